#include "base/utf8.h"

uint32_t utf8_decode(const char *text, size_t *length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    uint32_t point, least;
    size_t count;

    *length = 1;
    if (bytes[0] < 0x80)
        return bytes[0];
    if (bytes[0] >= 0xc2 && bytes[0] <= 0xdf) {
        point = bytes[0] & 0x1f;
        count = 2;
        least = 0x80;
    } else if ((bytes[0] & 0xf0) == 0xe0) {
        point = bytes[0] & 0x0f;
        count = 3;
        least = 0x800;
    } else if (bytes[0] >= 0xf0 && bytes[0] <= 0xf4) {
        point = bytes[0] & 0x07;
        count = 4;
        least = 0x10000;
    } else {
        return UTF8_INVALID;
    }
    /* The NUL at the end is no continuation byte, so this never reads past it. */
    for (size_t i = 1; i < count; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return UTF8_INVALID;
        point = point << 6 | (bytes[i] & 0x3f);
    }
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return UTF8_INVALID;
    *length = count;
    return point;
}
