#include "qa-share/status_line.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <qassist/consent.h>
#include <qassist/session.h>

#include "common/i18n.h"
#include "common/text.h"

#define NAME_MIN  8
#define NAME_SIZE 256

static void format_time(int64_t seconds, char *out, size_t size)
{
    long long hours = seconds / 3600, minutes = seconds / 60 % 60, rest = seconds % 60;
    if (hours)
        snprintf(out, size, "%lld:%02lld:%02lld", hours, minutes, rest);
    else
        snprintf(out, size, "%02lld:%02lld", minutes, rest);
}

/* Who sees and does what; %s is the helper's name. */
static const char *head(const struct status_line *status)
{
    if (status->causes & QA_PAUSED_BY_SHARER)
        return _("Paused: %s sees nothing");
    if (status->causes & QA_PAUSED_BY_PROMPT)
        return _("Prompt: %s sees nothing");
    if (status->causes)
        return _("%s paused");
    if (status->permissions & QA_PERMISSION_CONTROL)
        return _("%s controls your screen");
    if (status->permissions & ~(unsigned)QA_PERMISSION_VIEW)
        return _("%s sees your screen, and more");
    return _("%s sees your screen");
}

/* `write`: with the key for chat, which is left out first where there is no room. */
static void format(const struct status_line *status, const char *name, bool write, char *out,
                   size_t size)
{
    char who[NAME_SIZE + 128], time[32];
    bool more = status->permissions & ~(unsigned)QA_PERMISSION_VIEW;
    snprintf(who, sizeof who, head(status), name);
    format_time(status->seconds, time, sizeof time);
    if (status->apart) {
        snprintf(out, size, _("Nothing is shared: waiting for the connection to %s | e end"), name);
        return;
    }
    snprintf(out, size, "%s | %s | %s  %s%s%s%s%s", who, time,
             status->causes & QA_PAUSED_BY_SHARER ? _("p go on") : _("p pause"),
             more ? _("t take back") : "", more ? "  " : "", write ? _("c write") : "",
             write ? "  " : "", _("e end"));
}

void status_line_format(const struct status_line *status, size_t columns, char *out, size_t size)
{
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%s", status->name);
    bool write = true;
    format(status, name, write, out, size);
    if (text_columns(out) > columns)
        format(status, name, write = false, out, size);
    size_t width = text_columns(out), own = text_columns(name);
    if (width > columns && own > NAME_MIN) {
        size_t too_much = width - columns;
        text_cut(name, own > too_much + NAME_MIN ? own - too_much : NAME_MIN);
        format(status, name, write, out, size);
    }
    text_cut(out, columns);
}

enum answer answer_understand(const char *line)
{
    static const struct {
        const char *word;
        enum answer answer;
    } words[] = {
        /* Translators: typed answers to [y/N]; the English words are always understood, too. */
        {"", ANSWER_NO},         {N_("n"), ANSWER_NO},    {N_("no"), ANSWER_NO},
        {N_("y"), ANSWER_YES},   {N_("yes"), ANSWER_YES}, {"e", ANSWER_END},
        {N_("end"), ANSWER_END}, {N_("s"), ANSWER_SOME},  {N_("some"), ANSWER_SOME},
        {"c", ANSWER_WRITE},     {"r", ANSWER_REPORT},
    };
    char word[16];
    line += strspn(line, " \t");
    size_t length = strcspn(line, " \t");
    if (length >= sizeof word || line[length + strspn(line + length, " \t")])
        return ANSWER_UNCLEAR;
    memcpy(word, line, length);
    word[length] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(word, i18n_text(words[i].word)) == 0 || strcasecmp(word, words[i].word) == 0)
            return words[i].answer;
    return ANSWER_UNCLEAR;
}

bool key_is_plain(enum key_state *state, char byte)
{
    switch (*state) {
    case KEY_ESCAPE:
        if (byte != 0x1b)
            *state = byte == '[' ? KEY_SEQUENCE : byte == 'O' ? KEY_SINGLE : KEY_PLAIN;
        return false;
    case KEY_SEQUENCE: /* parameters, then one final byte */
        if (byte >= '@' && byte <= '~')
            *state = KEY_PLAIN;
        return false;
    case KEY_SINGLE:
        *state = KEY_PLAIN;
        return false;
    default:
        if (byte != 0x1b)
            return true;
        *state = KEY_ESCAPE;
        return false;
    }
}
