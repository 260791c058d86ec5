#include "wire/talk_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <qassist/errors.h>

#include "base/utf8.h"
#include "wire/printable.h"

int talk_text_lines(const char *text, size_t max, char *out)
{
    size_t length = 0, characters = 0, trimmed = 0, taken;
    for (; *text; text += taken) {
        uint32_t point = utf8_decode(text, &taken);
        if (point == '\t')
            point = ' ';
        bool blank = point == ' ' || point == '\n';
        if (blank ? !length : point == UTF8_INVALID || !printable_character(point))
            continue;
        if (++characters > max) {
            if (blank)
                continue;
            return QA_EINVAL;
        }
        if (blank) {
            out[length++] = (char)point;
        } else {
            memcpy(out + length, text, taken);
            trimmed = length += taken;
        }
    }
    out[trimmed] = '\0';
    return (int)trimmed;
}

static bool is_pasteable(uint32_t point)
{
    if (point < 0x20)
        return point == '\t' || point == '\n' || point == '\r';
    return point != UTF8_INVALID && !(point >= 0x7f && point < 0xa0);
}

/* Decoding needs a NUL somewhere behind: the last characters are decoded from a copy. */
static uint32_t decode_bounded(const char *data, size_t left, size_t *taken)
{
    char tail[5] = {0};
    memcpy(tail, data, left < 4 ? left : 4);
    return utf8_decode(tail, taken);
}

size_t talk_text_clipboard(const char *data, size_t length, char *out)
{
    size_t used = 0, taken;
    for (size_t at = 0; at < length; at += taken) {
        uint32_t point = decode_bounded(data + at, length - at, &taken);
        if (!is_pasteable(point))
            continue;
        memmove(out + used, data + at, taken);
        used += taken;
    }
    out[used] = '\0';
    return used;
}

size_t talk_text_cut(const char *text, size_t max)
{
    size_t length = strnlen(text, max + 1);
    if (length <= max)
        return length;
    length = max;
    while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return length;
}
