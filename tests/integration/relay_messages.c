/* Reads a relay message a line; writes it as the library would say it, or "refused". For
 * test_asyncapi.py. */
#include <stdio.h>
#include <string.h>

#include "wire/relay_message.h"

int main(void)
{
    static char line[2 * RELAY_MESSAGE_MAX];
    while (fgets(line, sizeof line, stdin)) {
        struct relay_message message;
        char out[RELAY_MESSAGE_MAX];
        size_t length = strcspn(line, "\n");
        if (relay_message_decode(line, length, &message) || relay_message_encode(&message, out) < 0)
            puts("refused");
        else
            puts(out);
    }
    return 0;
}
