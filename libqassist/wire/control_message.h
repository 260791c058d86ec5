/*
 * Messages between helper and sharer on the mux's control stream: JSON objects, each with a "type".
 * As strict as relay_message.h: known types, right kinds; unknown members are ignored.
 */
#ifndef WIRE_CONTROL_MESSAGE_H
#define WIRE_CONTROL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_MESSAGE_MAX 1024 /* bytes of any encoded message, NUL included */
#define CONTROL_EPOCHS      16

enum control_message_type {
    /*
     * sharer -> helper: what is allowed from now on, all of it. `reason` says why something that
     * was asked for or held is not there. Input sent under another epoch than this one is dropped.
     */
    CONTROL_PERMISSIONS = 1,
    CONTROL_REQUEST, /* helper -> sharer: please allow these */
    CONTROL_BYE,     /* both ways: the orderly end; error 0 or why */
    CONTROL_PING,    /* both ways: asks for a pong */
    CONTROL_PONG
};

struct control_message {
    enum control_message_type type;
    unsigned permissions; /* PERMISSIONS, REQUEST: bits of qa_permission */
    bool paused;          /* PERMISSIONS */
    unsigned epoch;       /* PERMISSIONS: 0 to CONTROL_EPOCHS - 1 */
    int error;            /* PERMISSIONS (the reason), BYE: a qa_error or 0 */
};

/* Writes a message as JSON with NUL; returns its length, QA_EINVAL or QA_ENOMEM. */
int control_message_encode(const struct control_message *message, char out[CONTROL_MESSAGE_MAX]);

/* Reads one; `data` needs no NUL. 0, QA_EPROTO, QA_ENOMEM. */
int control_message_decode(const char *data, size_t length, struct control_message *out);

#endif
