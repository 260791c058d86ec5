#include "qa-help/script_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <qassist/annotate.h>
#include <qassist/input.h>

struct word {
    const char *name; /* NULL: the end of a table */
    uint32_t value;
};

static bool find(const struct word *words, const char *name, uint32_t *out)
{
    for (; words->name; words++)
        if (strcmp(name, words->name) == 0) {
            *out = words->value;
            return true;
        }
    return false;
}

bool script_read_number(const char *word, long least, long most, int32_t *out)
{
    char *end = NULL;
    errno = 0;
    long value = strtol(word, &end, 10);
    if (errno || end == word || *end || value < least || value > most)
        return false;
    *out = (int32_t)value;
    return true;
}

bool script_read_button(const char *word, uint32_t *out)
{
    static const struct word buttons[] = {
        {"left", QA_BUTTON_LEFT}, {"middle", QA_BUTTON_MIDDLE},   {"right", QA_BUTTON_RIGHT},
        {"back", QA_BUTTON_BACK}, {"forward", QA_BUTTON_FORWARD}, {0}};
    return find(buttons, word, out);
}

bool script_read_mark_kind(const char *word, uint32_t *out)
{
    static const struct word kinds[] = {{"stroke", QA_MARK_STROKE},
                                        {"arrow", QA_MARK_ARROW},
                                        {"rectangle", QA_MARK_RECTANGLE},
                                        {0}};
    return find(kinds, word, out);
}

bool script_read_colour(const char *word, uint32_t *out)
{
    static const struct word colours[] = {{"red", 0xe02020},
                                          {"green", 0x20a040},
                                          {"blue", 0x2060ff},
                                          {"yellow", 0xffd000},
                                          {"white", 0xffffff},
                                          {"black", 0x000000},
                                          {0}};
    if (find(colours, word, out))
        return true;
    if (word[0] != '#' || strlen(word) != 7 || strspn(word + 1, "0123456789abcdefABCDEF") != 6)
        return false;
    *out = (uint32_t)strtoul(word + 1, NULL, 16);
    return true;
}
