#include "session/chat.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

/* A person who types fast stays far below. */
#define SEND_BURST    20
#define SEND_EVERY_MS 500
/* Whoever keeps to the above stays below this, however the network bunches it. */
#define RECEIVE_BURST    80
#define RECEIVE_EVERY_MS 400

void chat_init(struct chat *chat)
{
    *chat = (struct chat){.sending = rate_make(SEND_BURST, SEND_EVERY_MS),
                          .receiving = rate_make(RECEIVE_BURST, RECEIVE_EVERY_MS)};
}

static void forget(char *text)
{
    sodium_memzero(text, strlen(text));
    free(text);
}

void chat_free(struct chat *chat)
{
    for (size_t i = 0; i < chat->waiting_count; i++)
        forget(chat->waiting[i].text);
    chat->waiting_count = 0;
}

int chat_send(struct chat *chat, const char *text, uint64_t now_ms, uint32_t *id)
{
    if (chat->waiting_count == CHAT_WAITING_MAX || chat->sent == UINT32_MAX)
        return QA_ELIMIT;
    char *copy = strdup(text);
    if (!copy)
        return QA_ENOMEM;
    if (!rate_take(&chat->sending, now_ms)) {
        forget(copy);
        return QA_ERATE;
    }
    *id = ++chat->sent;
    chat->waiting[chat->waiting_count++] = (struct chat_waiting){.id = *id, .text = copy};
    return 0;
}

int chat_delivered(struct chat *chat, uint32_t id)
{
    if (!id || id > chat->sent)
        return QA_EPROTO;
    for (size_t i = 0; i < chat->waiting_count; i++) {
        if (chat->waiting[i].id != id)
            continue;
        forget(chat->waiting[i].text);
        chat->waiting_count--;
        memmove(&chat->waiting[i], &chat->waiting[i + 1],
                (chat->waiting_count - i) * sizeof chat->waiting[0]);
        return 1;
    }
    return 0;
}

int chat_receive(struct chat *chat, uint32_t id, uint64_t now_ms)
{
    if (!rate_take(&chat->receiving, now_ms))
        return QA_EPROTO;
    if (id <= chat->received)
        return 0;
    if (id != chat->received + 1)
        return QA_EPROTO;
    chat->received = id;
    return 1;
}
