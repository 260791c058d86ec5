/* What is accepted can be written again and then reads the same; what is not leaves nothing. */
#include <string.h>

#include <qassist/errors.h>

#include "fuzz.h"
#include "wire/relay_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct relay_message nothing;
    static struct relay_message message, again;
    char text[RELAY_MESSAGE_MAX];
    int error = relay_message_decode((const char *)data, size, &message);
    if (error) {
        must(error == QA_EPROTO || error == QA_ENOMEM);
        must(!memcmp(&message, &nothing, sizeof message));
        return 0;
    }
    int length = relay_message_encode(&message, text);
    must(length > 0 && strlen(text) == (size_t)length);
    must(!relay_message_decode(text, (size_t)length, &again));
    must(!memcmp(&message, &again, sizeof message));
    return 0;
}
