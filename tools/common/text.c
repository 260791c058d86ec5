#include "common/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

/* Decodes one character; 0 when the bytes are no valid UTF-8 (one byte is then to be skipped). */
static size_t decode(const unsigned char *bytes, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = bytes[0];
    size_t length = first < 0x80             ? 1
                    : (first & 0xe0) == 0xc0 ? 2
                    : (first & 0xf0) == 0xe0 ? 3
                    : (first & 0xf8) == 0xf0 ? 4
                                             : 0;
    if (!length)
        return 0;
    uint32_t value = length == 1 ? first : first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3f);
    }
    if ((length > 1 && value < least[length]) || value > 0x10ffff ||
        (value >= 0xd800 && value < 0xe000))
        return 0;
    *out = value;
    return length;
}

static bool harmless(uint32_t c)
{
    if (c < 0x20 || (c >= 0x7f && c < 0xa0))
        return false;
    bool changes_direction = c == 0x61c || c == 0x200e || c == 0x200f ||
                             (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    bool breaks_lines = c == 0x2028 || c == 0x2029;
    return !changes_direction && !breaks_lines;
}

void text_safe(const char *text, char *out, size_t size)
{
    const unsigned char *in = (const unsigned char *)text;
    size_t used = 0;
    while (*in) {
        uint32_t c = 0;
        size_t length = decode(in, &c);
        bool keep = length && harmless(c);
        size_t needed = keep ? length : 1;
        if (used + needed + 1 > size)
            break;
        if (keep)
            memcpy(out + used, in, length);
        else
            out[used] = '?';
        used += needed;
        in += length ? length : 1;
    }
    out[used] = '\0';
}

/* Bytes and columns of the next character in the present locale. */
static size_t next_character(const char *text, mbstate_t *state, size_t *columns)
{
    wchar_t wide;
    size_t length = mbrtowc(&wide, text, strlen(text), state);
    if (length == (size_t)-1 || length == (size_t)-2 || length == 0) {
        memset(state, 0, sizeof *state);
        *columns = 1;
        return 1;
    }
    int width = wcwidth(wide);
    *columns = width > 0 ? (size_t)width : 0;
    return length;
}

size_t text_columns(const char *text)
{
    mbstate_t state = {0};
    size_t total = 0;
    while (*text) {
        size_t columns;
        text += next_character(text, &state, &columns);
        total += columns;
    }
    return total;
}

void text_cut(char *text, size_t limit)
{
    mbstate_t state = {0};
    size_t total = 0;
    while (*text) {
        size_t columns, length = next_character(text, &state, &columns);
        if (total + columns > limit) {
            *text = '\0';
            return;
        }
        total += columns;
        text += length;
    }
}

void text_wrap(FILE *out, const char *paragraph, size_t width)
{
    size_t column = 0;
    while (*paragraph) {
        size_t length = strcspn(paragraph, " ");
        char word[512];
        snprintf(word, sizeof word, "%.*s", (int)length, paragraph);
        size_t columns = text_columns(word);
        if (column && column + 1 + columns > width) {
            fputc('\n', out);
            column = 0;
        } else if (column) {
            fputc(' ', out);
            column++;
        }
        fputs(word, out);
        column += columns;
        paragraph += length;
        paragraph += strspn(paragraph, " ");
    }
    fputc('\n', out);
}

size_t text_width(FILE *file)
{
    struct winsize size;
    if (ioctl(fileno(file), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return 80;
    if (size.ws_col < 40)
        return 40;
    return size.ws_col > 100 ? 100 : size.ws_col;
}
