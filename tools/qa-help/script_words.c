#include "qa-help/script_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <qassist/annotate.h>
#include <qassist/input.h>

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
    static const struct {
        const char *name;
        qa_button button;
    } buttons[] = {{"left", QA_BUTTON_LEFT},
                   {"middle", QA_BUTTON_MIDDLE},
                   {"right", QA_BUTTON_RIGHT},
                   {"back", QA_BUTTON_BACK},
                   {"forward", QA_BUTTON_FORWARD}};
    for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++)
        if (strcmp(word, buttons[i].name) == 0) {
            *out = buttons[i].button;
            return true;
        }
    return false;
}

bool script_read_mark_kind(const char *word, uint32_t *out)
{
    static const char *const names[] = {
        [QA_MARK_STROKE] = "stroke", [QA_MARK_ARROW] = "arrow", [QA_MARK_RECTANGLE] = "rectangle"};
    for (uint32_t kind = QA_MARK_STROKE; kind <= QA_MARK_RECTANGLE; kind++)
        if (strcmp(word, names[kind]) == 0) {
            *out = kind;
            return true;
        }
    return false;
}

bool script_read_colour(const char *word, uint32_t *out)
{
    static const struct {
        const char *name;
        uint32_t colour;
    } names[] = {{"red", 0xe02020},    {"green", 0x20a040}, {"blue", 0x2060ff},
                 {"yellow", 0xffd000}, {"white", 0xffffff}, {"black", 0x000000}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(word, names[i].name) == 0) {
            *out = names[i].colour;
            return true;
        }
    if (word[0] != '#' || strlen(word) != 7 || strspn(word + 1, "0123456789abcdefABCDEF") != 6)
        return false;
    *out = (uint32_t)strtoul(word + 1, NULL, 16);
    return true;
}
