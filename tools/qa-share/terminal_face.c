/*
 * The face in a terminal: lines, one status line, keys. A question's default is no, and nothing
 * that was typed before it answers it. Without a terminal it only writes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/i18n.h"
#include "common/text.h"
#include "qa-share/share_state.h"
#include "qa-share/status_line.h"
#include "qa-share/terminal.h"
#include "qa-share/words.h"

#define ANSWER_SIZE 64

/* One terminal a process. */
static struct {
    char answer[ANSWER_SIZE];
    size_t answer_length;
    enum key_state key_state;
    unsigned answered; /* permissions of the open question that have their answer */
    unsigned allowed;  /* of these, those with a yes */
} typing;

static void draw_status(struct share *share)
{
    if (share->question || !share->view_since)
        return;
    struct status_line status = {
        .name = share->name,
        .control = share->permissions & QA_PERMISSION_CONTROL,
        .paused = share->pause_causes != 0,
        .seconds = (loop_now() - share->view_since) / 1000,
    };
    char text[512];
    status_line_format(&status, terminal_columns() - 1, text, sizeof text);
    terminal_status(text);
}

static void say(struct share *share, const char *text)
{
    terminal_say(text);
    draw_status(share);
}

/* What a question asks for is put one after the other; this is what is to be answered now. */
static unsigned present_permission(const struct share *share)
{
    unsigned left = qa_consent_permissions(share->question) & ~typing.answered;
    return left & ~(left - 1);
}

static void put_question(struct share *share)
{
    terminal_forget_typed();
    typing.answer_length = 0;
    printf(i18n_text(share_words_of(present_permission(share))->question), share->name);
    printf(" %s ", _("[y/N]"));
    fflush(stdout);
}

static void ask(struct share *share)
{
    terminal_status("");
    typing.answered = typing.allowed = 0;
    if (qa_consent_permissions(share->question) & QA_PERMISSION_CONTROL)
        share_say(share, _("%s asks for control. You can take it back at any time with t."),
                  share->name);
    if (*qa_consent_purpose(share->question)) {
        char purpose[2 * QA_PURPOSE_MAX];
        text_safe(qa_consent_purpose(share->question), purpose, sizeof purpose);
        share_say(share, _("%s says what for: \"%s\""), share->name, purpose);
    }
    put_question(share);
}

static void asked(struct share *share)
{
    putchar('\n');
}

static void answer_present(struct share *share, bool yes)
{
    unsigned present = present_permission(share);
    typing.answered |= present;
    typing.allowed |= yes ? present : 0;
    if (!present_permission(share)) {
        ask_answer(share, typing.allowed);
        return;
    }
    putchar('\n');
    put_question(share);
}

static void take_line(struct share *share)
{
    typing.answer[typing.answer_length] = '\0';
    enum answer answer = answer_understand(typing.answer);
    if (answer == ANSWER_YES || answer == ANSWER_NO) {
        answer_present(share, answer == ANSWER_YES);
        return;
    }
    putchar('\n');
    if (answer == ANSWER_END) {
        share_end(share);
    } else {
        share_say(share, _("Please type y for yes or n for no."));
        put_question(share);
    }
}

static void erase(size_t count)
{
    while (count-- && typing.answer_length) {
        typing.answer_length--;
        fputs("\b \b", stdout);
    }
}

static void take_answer(struct share *share, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char c = bytes[i];
        if (!key_is_plain(&typing.key_state, c))
            continue;
        if (c == '\n' || c == '\r') {
            /* What came with the same keystrokes was not meant for the next question. */
            take_line(share);
            break;
        }
        if (c == '\b' || c == 0x7f) {
            erase(1);
        } else if (c == 0x15) { /* Ctrl+U */
            erase(typing.answer_length);
        } else if (c >= ' ' && c < 0x7f && typing.answer_length < ANSWER_SIZE - 1) {
            typing.answer[typing.answer_length++] = c;
            putchar(c);
        }
    }
    fflush(stdout);
}

static void take_keys(struct share *share, const char *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!key_is_plain(&typing.key_state, keys[i]))
            continue;
        switch (keys[i]) {
        case 'p':
        case 'P':
            share_toggle_pause(share);
            break;
        case 't':
        case 'T':
            share_take_back(share, QA_PERMISSION_CONTROL);
            break;
        case 'e':
        case 'E':
            share_end(share);
            break;
        default:
            break;
        }
    }
}

static void on_typed(void *user)
{
    struct share *share = user;
    char bytes[256];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count <= 0) { /* the terminal is gone: nobody could take anything back any more */
        loop_unwatch(&share->loop, STDIN_FILENO);
        share_end(share);
    } else if (share->question) {
        take_answer(share, bytes, (size_t)count);
    } else {
        take_keys(share, bytes, (size_t)count);
    }
}

static void ended(struct share *share, int error, const char *story)
{
    terminal_status("");
    if (error)
        complain(&share->options->common, "%s", story);
    else
        share_say(share, "%s", story);
    terminal_restore();
    loop_stop(&share->loop);
}

static void nothing(struct share *share)
{
}

static const struct share_face terminal_face = {
    .keys = true,
    .say = say,
    .ask = ask,
    .asked = asked,
    .status = draw_status,
    .ended = ended,
};

static const struct share_face paper_face = {
    .say = say,
    .asked = nothing,
    .status = nothing,
    .ended = ended,
};

void terminal_face_start(struct share *share)
{
    bool person = terminal_present() && terminal_start();
    share->face = person ? &terminal_face : &paper_face;
    if (person)
        loop_watch(&share->loop, STDIN_FILENO, on_typed, share);
}
