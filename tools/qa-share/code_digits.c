#include "qa-share/code_digits.h"

#include <string.h>

#include <qassist/sharer.h>

/* Bytes of a separator at `text`; 0 where there is none. */
static size_t separator(const char *text, size_t length)
{
    /* Also what word processors make of them: no-break space, hyphens and dashes. */
    static const char *const known[] = {" ",
                                        "\t",
                                        "\n",
                                        "\r",
                                        "-",
                                        ".",
                                        "\xc2\xa0",
                                        "\xe2\x80\xaf",
                                        "\xe2\x80\x90",
                                        "\xe2\x80\x91",
                                        "\xe2\x80\x93",
                                        "\xe2\x80\x94"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t own = strlen(known[i]);
        if (own <= length && memcmp(text, known[i], own) == 0)
            return own;
    }
    return 0;
}

bool code_digits_only(const char *text, size_t length, char *out, size_t size)
{
    bool clean = true;
    size_t used = 0, at = 0;
    while (at < length) {
        size_t skip = separator(text + at, length - at);
        if (skip) {
            at += skip;
            continue;
        }
        char c = text[at++];
        if (c < '0' || c > '9')
            clean = false;
        else if (used + 1 < size)
            out[used++] = c;
    }
    out[used] = '\0';
    return clean;
}

enum code_standing code_digits_look(const char *digits)
{
    if (strlen(digits) < CODE_DIGITS_LEAST)
        return CODE_TOO_SHORT;
    return qa_code_check(digits) == 0 ? CODE_GOOD : CODE_MISTYPED;
}

void code_digits_group(const char *digits, char out[CODE_GROUPED_SIZE])
{
    size_t used = 0;
    for (size_t i = 0; digits[i] && i < CODE_DIGITS_MOST; i++) {
        if (i && i % 4 == 0)
            out[used++] = ' ';
        out[used++] = digits[i];
    }
    out[used] = '\0';
}

size_t code_digits_cursor(size_t digits_before)
{
    return digits_before + (digits_before ? (digits_before - 1) / 4 : 0);
}
