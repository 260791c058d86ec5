#include "base/percent.h"

#include <sodium.h>

int percent_byte(const char *text, size_t length, size_t *taken)
{
    unsigned char byte;
    *taken = 1;
    if (*text != '%')
        return (unsigned char)*text;
    if (length < 3 || sodium_hex2bin(&byte, 1, text + 1, 2, NULL, NULL, NULL))
        return -1;
    *taken = 3;
    return byte;
}

bool percent_decode(const char *text, size_t length, char *out, size_t size)
{
    size_t used = 0;
    for (size_t at = 0, taken; at < length; at += taken) {
        int byte = percent_byte(text + at, length - at, &taken);
        if (byte < 0x20 || byte == 0x7f || used + 1 >= size)
            return false;
        out[used++] = (char)byte;
    }
    out[used] = '\0';
    return true;
}
