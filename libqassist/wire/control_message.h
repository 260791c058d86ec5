/*
 * Messages between helper and sharer on the mux's control stream: JSON objects, each with a "type".
 * As strict as relay_message.h: known types, right kinds; unknown members are ignored.
 */
#ifndef WIRE_CONTROL_MESSAGE_H
#define WIRE_CONTROL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/control_marks.h"
#include "wire/control_restart.h"
#include "wire/control_screens.h"

#define CONTROL_MESSAGE_MAX 16384 /* bytes of any encoded message, NUL included */
#define CONTROL_TEXT_MAX    6144  /* bytes of a text: a chat message, a piece of a clipboard */
#define CONTROL_EPOCHS      16
#define CONTROL_WAIT_MAX    86400 /* QA_WAIT_SESSION */

enum control_message_type {
    /*
     * sharer -> helper: what is allowed from now on, all of it, and why it is paused. `refused` is
     * what was asked for or held and is not there because of `error`. Input sent under another
     * epoch than this one is dropped.
     */
    CONTROL_PERMISSIONS = 1,
    CONTROL_REQUEST, /* helper -> sharer: please allow these; what for */
    CONTROL_PAUSE,   /* helper -> sharer: no pictures, or pictures again */
    CONTROL_BYE,     /* both ways: the orderly end; error 0 or why */
    CONTROL_PING,    /* both ways: asks for a pong */
    CONTROL_PONG,
    CONTROL_CHAT,           /* both ways: id, text */
    CONTROL_CHAT_DELIVERED, /* both ways: id; the other side's program was handed that message */
    /*
     * Both ways: the next piece of a clipboard's text. The first one drops what came of another
     * text before. What is not allowed when it arrives is ignored.
     */
    CONTROL_CLIPBOARD,
    CONTROL_CLIPBOARD_TAKEN, /* both ways: one piece was read, wanted or not */
    /*
     * sharer -> helper: the monitors and which is shown from the next RDP picture size on; after
     * each change and as the answer to each CHOOSE_SCREEN.
     */
    CONTROL_SCREENS,
    CONTROL_CHOOSE_SCREEN, /* helper -> sharer: show the monitor `id`, 0: all */
    CONTROL_POINT,         /* helper -> sharer: the laser pointer is there, or not any more */
    CONTROL_MARK,          /* helper -> sharer: a step of drawing */
    CONTROL_ASK_RESTART,   /* helper -> sharer: may your computer be restarted? */
    CONTROL_RESTART        /* sharer -> helper: the answer: restart, error (why not), wait_s */
};

struct control_message {
    enum control_message_type type;
    unsigned permissions; /* PERMISSIONS, REQUEST: bits of qa_permission */
    unsigned refused;     /* PERMISSIONS: likewise */
    uint32_t wait_s;      /* PERMISSIONS: asking again for what is refused is in vain before */
    unsigned causes;      /* PERMISSIONS: bits of qa_pause_cause */
    unsigned epoch;       /* PERMISSIONS: 0 to CONTROL_EPOCHS - 1 */
    int error;            /* PERMISSIONS (the reason), BYE: a qa_error or 0 */
    bool yes;             /* PAUSE: paused */
    /* CHAT, CHAT_DELIVERED: 1 for a side's first message, then one more each. CHOOSE_SCREEN. */
    uint32_t id;
    struct control_screens screens; /* SCREENS */
    struct control_point point;     /* POINT */
    struct control_mark mark;       /* MARK */
    struct control_restart restart; /* RESTART */
    bool first;                     /* CLIPBOARD: a new text begins */
    bool last;                      /* CLIPBOARD: this was all of it */
    /* CHAT (not empty), CLIPBOARD: as talk_text.h has it. REQUEST: the purpose, one line or none.
     */
    char text[CONTROL_TEXT_MAX + 1];
};

/* Writes a message as JSON with NUL; returns its length, QA_EINVAL or QA_ENOMEM. */
int control_message_encode(const struct control_message *message, char out[CONTROL_MESSAGE_MAX]);

/* Reads one; `data` needs no NUL. 0, QA_EPROTO, QA_ENOMEM. */
int control_message_decode(const char *data, size_t length, struct control_message *out);

/* Texts of users do not stay in memory. */
void control_message_wipe(struct control_message *message);

#endif
