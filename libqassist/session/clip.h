/*
 * Clip: a clipboard's text cut into pieces for the control stream, and put together again. Few
 * pieces are on their way at a time, so that a long text holds up nothing else there; a newer text
 * replaces one that is not through. Pure: no I/O, no clock. Whether a text may go at all is decided
 * elsewhere (clip_gate, and the helper's and the sharer's handles).
 */
#ifndef SESSION_CLIP_H
#define SESSION_CLIP_H

#include <stddef.h>

#include "session/rate.h"
#include "wire/control_message.h"

#define CLIP_IN_FLIGHT_MAX 2 /* pieces that the other side has not taken yet */
#define CLIP_DIGEST        32

struct clip_sender {
    char *text; /* NULL: nothing to send */
    size_t length;
    size_t sent;
    unsigned in_flight;
    struct rate rate;
};

struct clip_receiver {
    char *text; /* of the text that is coming; NULL: none */
    size_t length;
    struct rate rate;
};

/* The last text that came, known by its hash: programs may take it over as their own copy. */
struct clip_echo {
    bool known;
    uint8_t digest[CLIP_DIGEST];
};

void clip_echo_note(struct clip_echo *echo, const char *text, size_t length);
bool clip_echo_is(const struct clip_echo *echo, const char *text, size_t length);
void clip_echo_forget(struct clip_echo *echo);

void clip_sender_init(struct clip_sender *sender);

/* Takes a text (talk_text_clipboard, not empty) in place of one that waits. 0, QA_ENOMEM. */
int clip_sender_put(struct clip_sender *sender, const char *text, size_t length);

/* Fills in the next piece to send; false when there is none, or none may be sent now. */
bool clip_sender_next(struct clip_sender *sender, uint64_t now_ms, struct control_message *piece);

/* The other side took a piece. 0, QA_EPROTO (none was on its way). */
int clip_sender_taken(struct clip_sender *sender);

/* Forgets the text; nothing more of it is sent. */
void clip_sender_drop(struct clip_sender *sender);

/* The connection is another one: what was on its way is lost. */
void clip_sender_restart(struct clip_sender *sender);

void clip_receiver_init(struct clip_receiver *receiver);

/*
 * A piece came: 1 with the text whole in receiver->text (clip_receiver_drop after use), 0,
 * QA_EPROTO (longer than QA_CLIPBOARD_MAX, or too often), QA_ENOMEM. Pieces of a text whose start
 * was dropped are ignored.
 */
int clip_receiver_add(struct clip_receiver *receiver, const struct control_message *piece,
                      uint64_t now_ms);

/* Forgets what came of a text. */
void clip_receiver_drop(struct clip_receiver *receiver);

#endif
