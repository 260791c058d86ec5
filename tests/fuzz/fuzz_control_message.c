/* What is accepted can be written again and then reads the same; what is not leaves nothing. */
#include <string.h>

#include <qassist/errors.h>

#include "fuzz.h"
#include "wire/control_message.h"

static void check_same(const struct control_message *a, const struct control_message *b)
{
    must(a->type == b->type && a->permissions == b->permissions && a->causes == b->causes &&
         a->refused == b->refused && a->wait_s == b->wait_s && a->yes == b->yes);
    must(a->epoch == b->epoch && a->error == b->error);
    must(a->id == b->id && a->first == b->first && a->last == b->last);
    must(!strcmp(a->text, b->text));
    must(!memcmp(&a->screens, &b->screens, sizeof a->screens));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct control_message nothing;
    struct control_message message, again;
    char text[CONTROL_MESSAGE_MAX];
    int error = control_message_decode((const char *)data, size, &message);
    if (error) {
        must(error == QA_EPROTO || error == QA_ENOMEM);
        check_same(&message, &nothing);
        return 0;
    }
    int length = control_message_encode(&message, text);
    must(length > 0 && strlen(text) == (size_t)length);
    must(!control_message_decode(text, (size_t)length, &again));
    check_same(&message, &again);
    return 0;
}
