#include "session/clip.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>
#include <qassist/session.h>

#include "wire/talk_text.h"

/* Of whole texts. A person copies less often; a program that copies all the time waits. */
#define SEND_BURST    10
#define SEND_EVERY_MS 500
/* Whoever keeps to the above stays below this. */
#define RECEIVE_BURST    40
#define RECEIVE_EVERY_MS 400

static void forget(char **text, size_t length)
{
    if (!*text)
        return;
    sodium_memzero(*text, length);
    free(*text);
    *text = NULL;
}

/* ---- sending ---- */

void clip_sender_init(struct clip_sender *sender)
{
    *sender = (struct clip_sender){.rate = rate_make(SEND_BURST, SEND_EVERY_MS)};
}

int clip_sender_put(struct clip_sender *sender, const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (!copy)
        return QA_ENOMEM;
    memcpy(copy, text, length);
    copy[length] = '\0';
    clip_sender_drop(sender);
    sender->text = copy;
    sender->length = length;
    return 0;
}

bool clip_sender_next(struct clip_sender *sender, uint64_t now_ms, struct control_message *piece)
{
    if (!sender->text || sender->in_flight == CLIP_IN_FLIGHT_MAX)
        return false;
    if (!sender->sent && !rate_take(&sender->rate, now_ms))
        return false;
    const char *rest = sender->text + sender->sent;
    size_t length = talk_text_cut(rest, CONTROL_TEXT_MAX);
    *piece = (struct control_message){.type = CONTROL_CLIPBOARD, .first = !sender->sent};
    memcpy(piece->text, rest, length);
    sender->sent += length;
    sender->in_flight++;
    piece->last = sender->sent == sender->length;
    if (piece->last)
        clip_sender_drop(sender);
    return true;
}

int clip_sender_taken(struct clip_sender *sender)
{
    if (!sender->in_flight)
        return QA_EPROTO;
    sender->in_flight--;
    return 0;
}

void clip_sender_drop(struct clip_sender *sender)
{
    forget(&sender->text, sender->length);
    sender->length = sender->sent = 0;
}

void clip_sender_restart(struct clip_sender *sender)
{
    clip_sender_drop(sender);
    sender->in_flight = 0;
}

/* ---- receiving ---- */

void clip_receiver_init(struct clip_receiver *receiver)
{
    *receiver = (struct clip_receiver){.rate = rate_make(RECEIVE_BURST, RECEIVE_EVERY_MS)};
}

int clip_receiver_add(struct clip_receiver *receiver, const struct control_message *piece,
                      uint64_t now_ms)
{
    if (piece->first) {
        clip_receiver_drop(receiver);
        if (!rate_take(&receiver->rate, now_ms))
            return QA_EPROTO;
        if (!(receiver->text = malloc(QA_CLIPBOARD_MAX + 1)))
            return QA_ENOMEM;
        receiver->text[0] = '\0';
    }
    if (!receiver->text)
        return 0;
    size_t length = strlen(piece->text);
    if (length > QA_CLIPBOARD_MAX - receiver->length) {
        clip_receiver_drop(receiver);
        return QA_EPROTO;
    }
    memcpy(receiver->text + receiver->length, piece->text, length + 1);
    receiver->length += length;
    return piece->last;
}

void clip_receiver_drop(struct clip_receiver *receiver)
{
    forget(&receiver->text, receiver->length);
    receiver->length = 0;
}

/* ---- echoes ---- */

static void digest_of(const char *text, size_t length, uint8_t digest[CLIP_DIGEST])
{
    crypto_generichash(digest, CLIP_DIGEST, (const unsigned char *)text, length, NULL, 0);
}

void clip_echo_note(struct clip_echo *echo, const char *text, size_t length)
{
    digest_of(text, length, echo->digest);
    echo->known = true;
}

bool clip_echo_is(const struct clip_echo *echo, const char *text, size_t length)
{
    uint8_t digest[CLIP_DIGEST];
    digest_of(text, length, digest);
    bool same = echo->known && !sodium_memcmp(digest, echo->digest, sizeof digest);
    sodium_memzero(digest, sizeof digest);
    return same;
}

void clip_echo_forget(struct clip_echo *echo)
{
    sodium_memzero(echo, sizeof *echo);
}
