/* Chat, clips and the clip gate: numbers, bounds, pieces, and that nothing passes a closed gate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>
#include <qassist/session.h>

#include "session/chat.h"
#include "session/clip.h"
#include "session/clip_gate.h"

static void test_a_rate(void **state)
{
    struct rate rate = rate_make(3, 100);
    for (int i = 0; i < 3; i++)
        assert_true(rate_take(&rate, 5000));
    assert_false(rate_take(&rate, 5000));
    assert_false(rate_take(&rate, 5099));
    assert_true(rate_take(&rate, 5100));
    assert_false(rate_take(&rate, 5101));
    for (int i = 0; i < 3; i++)
        assert_true(rate_take(&rate, UINT64_MAX / 2));
    assert_false(rate_take(&rate, UINT64_MAX / 2));
}

/* ---- chat ---- */

static void test_chat_is_numbered_and_waits_for_its_confirmation(void **state)
{
    struct chat chat;
    chat_init(&chat);
    uint32_t id;
    assert_int_equal(chat_send(&chat, "one", 1000, &id), 0);
    assert_int_equal(id, 1);
    assert_int_equal(chat_send(&chat, "two", 1000, &id), 0);
    assert_int_equal(id, 2);
    assert_int_equal(chat.waiting_count, 2);
    assert_int_equal(chat_delivered(&chat, 1), 1);
    assert_int_equal(chat.waiting_count, 1);
    assert_string_equal(chat.waiting[0].text, "two");
    /* Confirmed again after a reconnect. */
    assert_int_equal(chat_delivered(&chat, 1), 0);
    assert_int_equal(chat_delivered(&chat, 3), QA_EPROTO);
    assert_int_equal(chat_delivered(&chat, 0), QA_EPROTO);
    chat_free(&chat);
}

static void test_chat_that_nobody_confirms_is_bounded(void **state)
{
    struct chat chat;
    chat_init(&chat);
    uint32_t id;
    for (uint32_t i = 0; i < CHAT_WAITING_MAX; i++)
        assert_int_equal(chat_send(&chat, "x", i * 1000, &id), 0);
    assert_int_equal(chat_send(&chat, "x", 1000000, &id), QA_ELIMIT);
    assert_int_equal(chat_delivered(&chat, 7), 1);
    assert_int_equal(chat_send(&chat, "x", 1000000, &id), 0);
    assert_int_equal(id, CHAT_WAITING_MAX + 1);
    chat_free(&chat);
}

static void test_chat_has_a_rate(void **state)
{
    struct chat chat;
    chat_init(&chat);
    uint32_t id = 0;
    int error = 0;
    while (!error) {
        error = chat_send(&chat, "x", 1000, &id);
        if (!error)
            assert_int_equal(chat_delivered(&chat, id), 1);
    }
    assert_int_equal(error, QA_ERATE);
    assert_in_range(id, 10, 100);
    uint32_t before = id;
    assert_int_equal(chat_send(&chat, "x", 10000, &id), 0);
    assert_int_equal(id, before + 1); /* a refused one has no number */
    chat_free(&chat);
}

static void test_chat_received(void **state)
{
    struct chat chat;
    chat_init(&chat);
    assert_int_equal(chat_receive(&chat, 1, 0), 1);
    assert_int_equal(chat_receive(&chat, 1, 0), 0);
    assert_int_equal(chat_receive(&chat, 2, 0), 1);
    assert_int_equal(chat_receive(&chat, 4, 0), QA_EPROTO);
    chat_free(&chat);
}

static void test_a_flood_of_chat_breaks_the_protocol(void **state)
{
    struct chat chat;
    chat_init(&chat);
    uint32_t id = 0;
    int result = 1;
    while (result == 1 && id < 1000)
        result = chat_receive(&chat, ++id, 1000);
    assert_int_equal(result, QA_EPROTO);
    chat_free(&chat);
}

/* However long the network holds a conforming sender's messages back. */
static void test_bunched_chat_of_a_conforming_sender_is_taken(void **state)
{
    struct chat sender, receiver;
    chat_init(&sender);
    chat_init(&receiver);
    uint64_t now = 1000;
    uint32_t id, taken = 0;
    for (unsigned round = 0; round < 200; round++) {
        uint64_t stall = round * 37 % 3000;
        for (uint64_t at = now; at <= now + stall; at += 50)
            chat_send(&sender, "x", at, &id);
        now += stall;
        while (sender.waiting_count) {
            id = sender.waiting[0].id;
            assert_int_equal(chat_receive(&receiver, id, now), 1);
            chat_delivered(&sender, id);
            taken++;
        }
    }
    assert_true(taken > 400);
    chat_free(&sender);
    chat_free(&receiver);
}

/* ---- clips ---- */

static char *long_text(size_t length)
{
    char *text = malloc(length + 1);
    for (size_t i = 0; i < length; i++)
        text[i] = (char)('a' + i % 26);
    /* Characters of three bytes, so that pieces cannot be cut anywhere. */
    for (size_t i = 1; i + 3 <= length; i += 3)
        memcpy(text + i, "\xe2\x82\xac", 3);
    text[length] = '\0';
    return text;
}

/* Hands pieces over until the text is whole; the caller drops it. Returns how many there were. */
static unsigned carry(struct clip_sender *sender, struct clip_receiver *receiver, uint64_t now)
{
    struct control_message piece;
    unsigned pieces = 0;
    for (int whole = 0; !whole; pieces++) {
        assert_true(clip_sender_next(sender, now, &piece));
        whole = clip_receiver_add(receiver, &piece, now);
        assert_true(whole >= 0);
        assert_int_equal(clip_sender_taken(sender), 0);
    }
    return pieces;
}

static void test_a_clip_arrives(void **state)
{
    struct clip_sender sender;
    struct clip_receiver receiver;
    clip_sender_init(&sender);
    clip_receiver_init(&receiver);
    const size_t lengths[] = {1, 100, CONTROL_TEXT_MAX, CONTROL_TEXT_MAX + 1, QA_CLIPBOARD_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char *text = long_text(lengths[i]);
        assert_int_equal(clip_sender_put(&sender, text, lengths[i]), 0);
        unsigned pieces = carry(&sender, &receiver, 1000);
        assert_int_equal(receiver.length, lengths[i]);
        assert_string_equal(receiver.text, text);
        assert_in_range(pieces, lengths[i] / CONTROL_TEXT_MAX, lengths[i] / CONTROL_TEXT_MAX + 1);
        assert_null(sender.text);
        clip_receiver_drop(&receiver);
        free(text);
    }
}

static void test_few_pieces_are_on_their_way(void **state)
{
    struct clip_sender sender;
    clip_sender_init(&sender);
    char *text = long_text(QA_CLIPBOARD_MAX);
    struct control_message piece;
    assert_false(clip_sender_next(&sender, 0, &piece));
    clip_sender_put(&sender, text, QA_CLIPBOARD_MAX);
    for (int i = 0; i < CLIP_IN_FLIGHT_MAX; i++)
        assert_true(clip_sender_next(&sender, 0, &piece));
    assert_false(clip_sender_next(&sender, 0, &piece));
    /* A newer text does not make more fly. */
    clip_sender_put(&sender, "new", 3);
    assert_false(clip_sender_next(&sender, 0, &piece));
    assert_int_equal(clip_sender_taken(&sender), 0);
    assert_true(clip_sender_next(&sender, 0, &piece));
    assert_true(piece.first && piece.last);
    assert_string_equal(piece.text, "new");
    for (int i = 0; i < CLIP_IN_FLIGHT_MAX; i++)
        assert_int_equal(clip_sender_taken(&sender), 0);
    assert_int_equal(clip_sender_taken(&sender), QA_EPROTO);
    free(text);
}

static void test_a_newer_clip_replaces_what_came_of_one(void **state)
{
    struct clip_sender sender;
    struct clip_receiver receiver;
    clip_sender_init(&sender);
    clip_receiver_init(&receiver);
    char *text = long_text(QA_CLIPBOARD_MAX);
    struct control_message piece;
    clip_sender_put(&sender, text, QA_CLIPBOARD_MAX);
    clip_sender_next(&sender, 0, &piece);
    assert_int_equal(clip_receiver_add(&receiver, &piece, 0), 0);
    clip_sender_put(&sender, "newer", 5);
    carry(&sender, &receiver, 0);
    assert_string_equal(receiver.text, "newer");
    clip_receiver_drop(&receiver);
    free(text);
}

static void test_a_clip_longer_than_allowed_breaks_the_protocol(void **state)
{
    struct clip_receiver receiver;
    clip_receiver_init(&receiver);
    struct control_message piece = {.type = CONTROL_CLIPBOARD, .first = true};
    memset(piece.text, 'x', CONTROL_TEXT_MAX);
    int result = 0;
    size_t pieces = 0;
    for (; !result; pieces++) {
        result = clip_receiver_add(&receiver, &piece, 0);
        piece.first = false;
    }
    assert_int_equal(result, QA_EPROTO);
    assert_int_equal(pieces, QA_CLIPBOARD_MAX / CONTROL_TEXT_MAX + 1);
    assert_null(receiver.text);
}

static void test_the_rest_of_a_dropped_clip_is_ignored(void **state)
{
    struct clip_receiver receiver;
    clip_receiver_init(&receiver);
    struct control_message piece = {.type = CONTROL_CLIPBOARD, .first = true, .text = "a"};
    assert_int_equal(clip_receiver_add(&receiver, &piece, 0), 0);
    clip_receiver_drop(&receiver);
    piece.first = false;
    piece.last = true;
    assert_int_equal(clip_receiver_add(&receiver, &piece, 0), 0);
    assert_null(receiver.text);
}

static void test_clips_have_a_rate(void **state)
{
    struct clip_sender sender;
    struct clip_receiver receiver;
    clip_sender_init(&sender);
    clip_receiver_init(&receiver);
    struct control_message piece = {.type = CONTROL_CLIPBOARD, .first = true, .last = true};
    unsigned sent = 0;
    for (;; sent++) {
        clip_sender_put(&sender, "x", 1);
        if (!clip_sender_next(&sender, 1000, &piece))
            break;
        clip_sender_taken(&sender);
    }
    assert_in_range(sent, 5, 30);
    assert_true(clip_sender_next(&sender, 2000, &piece)); /* the newest goes when it may */
    clip_sender_drop(&sender);
    int result = 1;
    for (unsigned i = 0; result == 1 && i < 1000; i++) {
        result = clip_receiver_add(&receiver, &piece, 1000);
        clip_receiver_drop(&receiver);
    }
    assert_int_equal(result, QA_EPROTO);
}

/* ---- the gate ---- */

struct desk {
    struct clip_gate gate;
    struct clipboard *clipboard;
    char copied[64];
    unsigned copies;
};

static void on_copied(void *user, const char *text, size_t length)
{
    struct desk *desk = user;
    desk->copies++;
    snprintf(desk->copied, sizeof desk->copied, "%s", text);
    assert_int_equal(strlen(text), length);
}

static void set_up(struct desk *desk)
{
    *desk = (struct desk){0};
    clip_gate_init(&desk->gate, on_copied, desk);
    assert_int_equal(clipboard_record_new(&clip_gate_events, &desk->gate, &desk->clipboard), 0);
    clip_gate_attach(&desk->gate, desk->clipboard);
}

static void copy(struct desk *desk, const char *text)
{
    clipboard_record_copied(desk->clipboard, text, strlen(text));
}

static void put(struct desk *desk, const char *text)
{
    assert_int_equal(clip_gate_put(&desk->gate, text, strlen(text)), 0);
}

static size_t puts_of(const struct desk *desk)
{
    size_t puts;
    clipboard_record_text(desk->clipboard, &puts);
    return puts;
}

static void test_the_gate_is_closed_at_first(void **state)
{
    struct desk desk;
    set_up(&desk);
    copy(&desk, "secret");
    put(&desk, "evil");
    assert_int_equal(desk.copies, 0);
    assert_int_equal(puts_of(&desk), 0);
    clip_gate_detach(&desk.gate);
    put(&desk, "nowhere");
}

static void test_each_direction_is_apart(void **state)
{
    struct desk desk;
    set_up(&desk);
    clip_gate_set(&desk.gate, true, false);
    copy(&desk, "out");
    put(&desk, "in");
    assert_string_equal(desk.copied, "out");
    assert_int_equal(puts_of(&desk), 0);
    clip_gate_set(&desk.gate, false, true);
    copy(&desk, "more out");
    put(&desk, "in");
    assert_int_equal(desk.copies, 1);
    assert_int_equal(puts_of(&desk), 1);
    clip_gate_set(&desk.gate, false, false);
    copy(&desk, "out");
    put(&desk, "in");
    assert_int_equal(desk.copies, 1);
    assert_int_equal(puts_of(&desk), 1);
    clip_gate_detach(&desk.gate);
}

static void test_a_text_that_came_is_known_again(void **state)
{
    struct clip_echo echo = {0};
    assert_false(clip_echo_is(&echo, "", 0));
    clip_echo_note(&echo, "from there", 10);
    assert_true(clip_echo_is(&echo, "from there", 10));
    assert_false(clip_echo_is(&echo, "from there ", 11));
    clip_echo_forget(&echo);
    assert_false(clip_echo_is(&echo, "from there", 10));
}

static void on_app_put(void *user, const char *text)
{
    *(const char **)user = text;
}

static void on_app_copied(void *user, const char *data, size_t length)
{
    *(const char **)user = data;
}

static void test_the_embedders_clipboard(void **state)
{
    const char *last = NULL;
    const struct clipboard_events events = {.copied = on_app_copied};
    struct clipboard *clipboard;
    assert_int_equal(clipboard_app_new(on_app_put, &events, &last, &clipboard), 0);
    clipboard_app_copied(clipboard, "a", 1);
    assert_null(last);
    clipboard->ops->set_watched(clipboard, true);
    clipboard_app_copied(clipboard, "b", 1);
    assert_string_equal(last, "b");
    assert_int_equal(clipboard->ops->put(clipboard, "c", 1), 0);
    assert_string_equal(last, "c");
    clipboard->ops->destroy(clipboard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_rate),
        cmocka_unit_test(test_chat_is_numbered_and_waits_for_its_confirmation),
        cmocka_unit_test(test_chat_that_nobody_confirms_is_bounded),
        cmocka_unit_test(test_chat_has_a_rate),
        cmocka_unit_test(test_chat_received),
        cmocka_unit_test(test_a_flood_of_chat_breaks_the_protocol),
        cmocka_unit_test(test_bunched_chat_of_a_conforming_sender_is_taken),
        cmocka_unit_test(test_a_clip_arrives),
        cmocka_unit_test(test_few_pieces_are_on_their_way),
        cmocka_unit_test(test_a_newer_clip_replaces_what_came_of_one),
        cmocka_unit_test(test_a_clip_longer_than_allowed_breaks_the_protocol),
        cmocka_unit_test(test_the_rest_of_a_dropped_clip_is_ignored),
        cmocka_unit_test(test_clips_have_a_rate),
        cmocka_unit_test(test_the_gate_is_closed_at_first),
        cmocka_unit_test(test_each_direction_is_apart),
        cmocka_unit_test(test_a_text_that_came_is_known_again),
        cmocka_unit_test(test_the_embedders_clipboard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
