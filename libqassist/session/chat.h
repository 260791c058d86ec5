/*
 * Chat: messages on their way until the other side's program was handed them, so that a user knows
 * which ones arrived and none is lost or shown twice when the connection breaks in between.
 * Messages are numbered from 1 on, each side for itself. Pure: no I/O, no clock.
 */
#ifndef SESSION_CHAT_H
#define SESSION_CHAT_H

#include <stddef.h>

#include "session/rate.h"

#define CHAT_WAITING_MAX 16 /* messages that were not confirmed yet */

struct chat {
    struct chat_waiting {
        uint32_t id;
        char *text;
    } waiting[CHAT_WAITING_MAX]; /* oldest first */
    size_t waiting_count;
    uint32_t sent;     /* the last one's number */
    uint32_t received; /* likewise */
    struct rate sending;
    struct rate receiving;
};

void chat_init(struct chat *chat);

/* Wipes and frees what waits. */
void chat_free(struct chat *chat);

/*
 * Takes a message (talk_text_lines) to be sent, and its number in *id. 0, QA_ELIMIT (too many wait
 * for the other side), QA_ERATE, QA_ENOMEM.
 */
int chat_send(struct chat *chat, const char *text, uint64_t now_ms, uint32_t *id);

/* The other side has it: 1 when that is news, 0 when not, QA_EPROTO when it was never sent. */
int chat_delivered(struct chat *chat, uint32_t id);

/*
 * A message came: 1 when it is to be shown, 0 when it was before (then it is confirmed again),
 * QA_EPROTO when one is missing before it or there are too many.
 */
int chat_receive(struct chat *chat, uint32_t id, uint64_t now_ms);

#endif
