#include "wire/printable.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

/* One character as it stands in a text. */
struct character {
    uint32_t point;
    const char *at;
    size_t length;
};

struct range {
    uint32_t first;
    uint32_t last;
};

/*
 * What could hide, reorder or break off the text around it, or shows as nothing: controls, format
 * characters, fillers, variation selectors, tags, private use. Non-characters are tested apart.
 */
static const struct range refused[] = {
    {0x0000, 0x001f},   {0x007f, 0x009f},   {0x00ad, 0x00ad},    {0x034f, 0x034f},
    {0x061c, 0x061c},   {0x115f, 0x1160},   {0x17b4, 0x17b5},    {0x180b, 0x180f},
    {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},    {0x2800, 0x2800},
    {0x3164, 0x3164},   {0xe000, 0xf8ff},   {0xfdd0, 0xfdef},    {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffc},    {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
};

bool printable_character(uint32_t point)
{
    if ((point & 0xfffe) == 0xfffe)
        return false;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (point >= refused[i].first && point <= refused[i].last)
            return false;
    return true;
}

static bool is_space(uint32_t point)
{
    return point == 0x20 || point == 0xa0 || point == 0x1680 || point == 0x202f ||
           point == 0x205f || point == 0x3000 || (point >= 0x2000 && point <= 0x200a);
}

static bool is_ascii_punctuation(uint32_t point)
{
    return (point >= 0x21 && point <= 0x2f) || (point >= 0x3a && point <= 0x40) ||
           (point >= 0x5b && point <= 0x60) || (point >= 0x7b && point <= 0x7e);
}

static struct character decode(const char *text)
{
    struct character character = {.at = text};
    character.point = utf8_decode(text, &character.length);
    return character;
}

/* Takes the next character that may be shown; false at the end of the text. */
static bool next_shown(const char **text, struct character *out)
{
    while (**text) {
        *out = decode(*text);
        *text += out->length;
        if (out->point != UTF8_INVALID && printable_character(out->point))
            return true;
    }
    return false;
}

/* Adds a whole character to the NUL-terminated out; false when it does not fit. */
static bool append(char *out, size_t size, size_t *length, const struct character *character)
{
    if (*length + character->length >= size)
        return false;
    memcpy(out + *length, character->at, character->length);
    *length += character->length;
    out[*length] = '\0';
    return true;
}

static bool all_valid(const char *text, size_t max, bool lines)
{
    if (strnlen(text, max + 1) > max)
        return false;
    while (*text) {
        struct character character = decode(text);
        bool line_feed = lines && character.point == '\n';
        if (character.point == UTF8_INVALID ||
            (!printable_character(character.point) && !line_feed))
            return false;
        text += character.length;
    }
    return true;
}

bool printable_valid(const char *text, size_t max)
{
    return all_valid(text, max, false);
}

bool printable_lines_valid(const char *text, size_t max)
{
    return all_valid(text, max, true);
}

size_t printable_copy(const char *text, char *out, size_t size)
{
    size_t length = 0;
    struct character character;
    if (!size)
        return 0;
    out[0] = '\0';
    while (next_shown(&text, &character) && append(out, size, &length, &character))
        ;
    return length;
}

/* Where the last word with more than punctuation in it starts; NULL when that is the first word. */
static const char *find_last_word(const char *name)
{
    const char *last = NULL;
    bool first_seen = false, in_word = false, counted = false;
    struct character character;
    while (next_shown(&name, &character)) {
        if (is_space(character.point)) {
            in_word = counted = false;
            continue;
        }
        if (!in_word && !first_seen) {
            first_seen = true;
            counted = true;
        }
        in_word = true;
        if (!counted && !is_ascii_punctuation(character.point)) {
            last = character.at;
            counted = true;
        }
    }
    return last;
}

/* " L." for the word at `word`, with the accent that may follow the letter as its own character. */
static size_t make_initial(const char *word, char out[16])
{
    struct character character;
    size_t length = 1;
    strcpy(out, " ");
    if (next_shown(&word, &character))
        append(out, 16, &length, &character);
    if (next_shown(&word, &character) && character.point >= 0x300 && character.point <= 0x36f)
        append(out, 16, &length, &character);
    append(out, 16, &length, &(struct character){'.', ".", 1});
    return length;
}

static size_t copy_first_word(const char *name, char *out, size_t size)
{
    size_t length = 0;
    struct character character;
    out[0] = '\0';
    while (next_shown(&name, &character)) {
        if ((is_space(character.point) && length) || character.point == ',')
            break;
        if (!is_space(character.point) && !append(out, size, &length, &character))
            break;
    }
    return length;
}

/* What may follow a name and a comma without being a first name. */
static bool is_title(const char *text)
{
    static const char *const titles[] = {"jr", "sr", "ii", "iii", "iv", "md", "phd", "esq"};
    char letters[8] = "";
    size_t length = 0;
    for (; *text; text++) {
        bool letter = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z');
        if (!letter && *text != ' ' && *text != '.')
            return false;
        if (letter && length + 1 >= sizeof letters)
            return false;
        if (letter)
            letters[length++] = (char)(*text | 0x20);
    }
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (!strcmp(letters, titles[i]))
            return true;
    return !length;
}

static size_t join(const char *first, const char *initial_of, char *out, size_t size)
{
    if (!size)
        return 0;
    char initial[16] = "";
    size_t initial_length = initial_of ? make_initial(initial_of, initial) : 0;
    /* A field too small for both keeps the first name. */
    if (size < initial_length + 8)
        initial_length = 0;
    size_t length = copy_first_word(first, out, size - initial_length);
    memcpy(out + length, initial, initial_length);
    length += initial_length;
    out[length] = '\0';
    return length;
}

/* The first character that is to stand in an initial; NULL when there is none. */
static const char *find_initial(const char *name)
{
    struct character character;
    while (next_shown(&name, &character))
        if (!is_space(character.point) && !is_ascii_punctuation(character.point))
            return character.at;
    return NULL;
}

size_t printable_given_family(const char *given, const char *family, char *out, size_t size)
{
    return join(given, find_initial(family), out, size);
}

/* A directory's "Last, First" must not show the last name as if it were the first. */
size_t printable_first_name_initial(const char *name, char *out, size_t size)
{
    char before[512], first[8];
    const char *comma = strchr(name, ',');
    if (!comma || (size_t)(comma - name) >= sizeof before)
        return join(name, find_last_word(name), out, size);
    memcpy(before, name, (size_t)(comma - name));
    before[comma - name] = '\0';
    if (is_title(comma + 1) || !copy_first_word(comma + 1, first, sizeof first))
        return join(before, find_last_word(before), out, size);
    return join(comma + 1, find_initial(before), out, size);
}
