#include "wire/code.h"

#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "base/random.h"

/* Damm's quasigroup: catches every single wrong digit and every swap of neighbours. */
static const unsigned char damm[10][10] = {
    {0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3}, {4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
    {1, 7, 5, 0, 9, 8, 3, 4, 2, 6}, {6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
    {5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7}, {9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
    {2, 5, 8, 1, 4, 3, 6, 7, 9, 0}};

/* What people, phones and word processors put between digits, in UTF-8. */
static const char *const separators[] = {
    " ",
    "\t",
    "\r",
    "\n",
    "-",
    ".",
    "\xc2\xa0",     /* no-break space */
    "\xc2\xb7",     /* middle dot */
    "\xe2\x80\x80", /* U+2000 to U+200A: spaces of all widths */
    "\xe2\x80\x81",
    "\xe2\x80\x82",
    "\xe2\x80\x83",
    "\xe2\x80\x84",
    "\xe2\x80\x85",
    "\xe2\x80\x86",
    "\xe2\x80\x87",
    "\xe2\x80\x88",
    "\xe2\x80\x89",
    "\xe2\x80\x8a",
    "\xe2\x80\x90", /* U+2010 to U+2015: hyphens and dashes */
    "\xe2\x80\x91",
    "\xe2\x80\x92",
    "\xe2\x80\x93",
    "\xe2\x80\x94",
    "\xe2\x80\x95",
    "\xe2\x80\xaf", /* narrow no-break space */
    "\xe2\x81\x9f", /* medium mathematical space */
    "\xe2\x88\x92", /* minus */
    "\xe3\x80\x80", /* ideographic space */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The check digit of a row of digits; of a row that ends in its own check digit, '0'. */
static char check_digit(const char *digits, size_t count)
{
    unsigned char interim = 0;
    for (size_t i = 0; i < count; i++)
        interim = damm[interim][digits[i] - '0'];
    return (char)('0' + interim);
}

/* Bytes of the separator that `text` begins with; 0 when it begins with none. */
static size_t separator_length(const char *text)
{
    for (size_t i = 0; i < sizeof separators / sizeof separators[0]; i++) {
        size_t length = strlen(separators[i]);
        if (!strncmp(text, separators[i], length))
            return length;
    }
    return 0;
}

bool code_route_valid(const char *route)
{
    size_t length = 0;
    while (length <= CODE_ROUTE_MAX && is_digit(route[length]))
        length++;
    return length >= CODE_ROUTE_MIN && length <= CODE_ROUTE_MAX && !route[length];
}

int code_draw(const char *route, struct code *out)
{
    struct code drawn = {0};
    if (!code_route_valid(route)) {
        code_wipe(out);
        return QA_EINVAL;
    }
    strcpy(drawn.route, route);
    for (size_t i = 0; i < CODE_SECRET_DIGITS; i++)
        drawn.secret[i] = (char)('0' + random_below(10));
    *out = drawn;
    code_wipe(&drawn);
    return 0;
}

static int split(const char *digits, size_t count, struct code *out)
{
    if (count < CODE_ROUTE_MIN + CODE_SECRET_DIGITS + 1)
        return QA_ECODE_FORMAT;
    if (check_digit(digits, count) != '0')
        return QA_ECODE_CHECK;
    size_t route_length = count - CODE_SECRET_DIGITS - 1;
    memcpy(out->route, digits, route_length);
    memcpy(out->secret, digits + route_length, CODE_SECRET_DIGITS);
    return 0;
}

int code_parse(const char *text, struct code *out)
{
    char digits[CODE_DIGITS_MAX];
    size_t count = 0;
    int error = 0;
    code_wipe(out);
    while (*text && !error) {
        size_t skip = separator_length(text);
        if (skip)
            text += skip;
        else if (is_digit(*text) && count < sizeof digits)
            digits[count++] = *text++;
        else
            error = QA_ECODE_FORMAT;
    }
    if (!error)
        error = split(digits, count, out);
    sodium_memzero(digits, sizeof digits);
    return error;
}

void code_format(const struct code *code, char out[CODE_TEXT_SIZE])
{
    char digits[CODE_DIGITS_MAX];
    size_t route_length = strlen(code->route);
    memcpy(digits, code->route, route_length);
    memcpy(digits + route_length, code->secret, CODE_SECRET_DIGITS);
    size_t count = route_length + CODE_SECRET_DIGITS;
    digits[count] = check_digit(digits, count);
    count++;
    for (size_t i = 0; i < count; i++) {
        if (i && i % 4 == 0)
            *out++ = ' ';
        *out++ = digits[i];
    }
    *out = '\0';
    sodium_memzero(digits, sizeof digits);
}

void code_wipe(struct code *code)
{
    sodium_memzero(code, sizeof *code);
}
