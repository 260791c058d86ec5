#include "policy/policy_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include <qassist/consent.h>
#include <qassist/errors.h>

#include "link/ws_url.h"
#include "wire/printable.h"
#include "wire/relay_message.h"

/* inih splits longer lines, and reads the rest as a line of its own. */
#define LINE_MAX_BYTES 190

#define CLIPBOARD (QA_PERMISSION_CLIPBOARD_TO_SHARER | QA_PERMISSION_CLIPBOARD_TO_HELPER)

struct reader {
    struct policy *policy;
    unsigned seen; /* bits: lines that may be there once */
    size_t lines;
    char wrong[200];
};

static int refuse(struct reader *reader, const char *words)
{
    if (!reader->wrong[0])
        snprintf(reader->wrong, sizeof reader->wrong, "%s", words);
    return 0;
}

static int take_yes(struct reader *reader, const char *value, bool *yes)
{
    *yes = !strcmp(value, "yes");
    return *yes || !strcmp(value, "no") ? 1 : refuse(reader, "this value is yes or no");
}

static int add(struct reader *reader, struct policy_list *list, const char *text)
{
    if (list->count == POLICY_LIST_MAX)
        return refuse(reader, "there are more of these than fit");
    list->texts[list->count] = strdup(text);
    return list->texts[list->count] ? (list->count++, 1) : refuse(reader, "out of memory");
}

static int take_relay(struct reader *reader, const char *value)
{
    struct ws_url url;
    if (ws_url_parse(value, &url))
        return refuse(reader, "a relay is an address such as wss://relay.example");
    return add(reader, &reader->policy->relays, url.shown);
}

static int take_organisation(struct reader *reader, const char *value)
{
    if (!*value || !printable_valid(value, RELAY_NAME_MAX))
        return refuse(reader, "an organisation is at most 96 bytes of plain text");
    return add(reader, &reader->policy->organisations, value);
}

static int take_permissions(struct reader *reader, const char *value, unsigned permissions)
{
    bool yes;
    if (!take_yes(reader, value, &yes))
        return 0;
    if (!yes)
        reader->policy->denied |= permissions;
    return 1;
}

static int take_contact(struct reader *reader, const char *value)
{
    struct policy *policy = reader->policy;
    if (!*value || !printable_valid(value, sizeof policy->contact - 1))
        return refuse(reader, "the contact is a line of plain text");
    strcpy(policy->contact, value);
    return 1;
}

static int take_off(struct reader *reader, const char *value)
{
    bool yes;
    if (!take_yes(reader, value, &yes))
        return 0;
    reader->policy->off = !yes;
    return 1;
}

static int take_control(struct reader *reader, const char *value)
{
    return take_permissions(reader, value, QA_PERMISSION_CONTROL);
}

static int take_clipboard(struct reader *reader, const char *value)
{
    return take_permissions(reader, value, CLIPBOARD);
}

static const struct {
    const char *name;
    int (*take)(struct reader *reader, const char *value);
    bool again; /* each line adds one */
} rows[] = {
    {"remote-help", take_off, false},          {"relay", take_relay, true},
    {"organisation", take_organisation, true}, {"control", take_control, false},
    {"clipboard", take_clipboard, false},      {"contact", take_contact, false},
};

static int take(void *user, const char *section, const char *name, const char *value)
{
    struct reader *reader = user;
    if (strcmp(section, "policy") != 0)
        return refuse(reader, "there is one section, [policy]");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].name, name) != 0)
            continue;
        if (!rows[i].again && reader->seen & 1u << i)
            return refuse(reader, "this name is there twice");
        reader->seen |= 1u << i;
        reader->lines++;
        return rows[i].take(reader, value);
    }
    return refuse(reader, "this name is not known here");
}

/*
 * What inih would read as something else than people mean: a rule that gets lost so is one that
 * nobody obeys. Returns the line, 0: all is well.
 */
static int find_misread(struct reader *reader, const char *text, size_t length)
{
    int number = 1;
    if (memchr(text, '\0', length)) {
        refuse(reader, "the file holds a NUL byte");
        return number;
    }
    for (const char *line = text; *line; number++) {
        size_t size = strcspn(line, "\n"), indent = strspn(line, " \t\r");
        if (size > LINE_MAX_BYTES) {
            refuse(reader, "the line is longer than 190 bytes");
            return number;
        }
        if (indent && indent < size && line[indent] != '#' && line[indent] != ';') {
            refuse(reader, "the line begins with a blank");
            return number;
        }
        line += size + (line[size] == '\n');
    }
    return 0;
}

static int check_whole(const struct reader *reader, char why[POLICY_WORDS_MAX])
{
    if (!reader->lines)
        snprintf(why, POLICY_WORDS_MAX, "it says nothing");
    else if (reader->policy->organisations.count && !reader->policy->relays.count)
        snprintf(why, POLICY_WORDS_MAX,
                 "it names organisations, but no relay whose word on organisations counts (a line "
                 "relay = wss://...)");
    else
        return 0;
    return QA_EINVAL;
}

int policy_file_parse(struct policy *policy, const char *text, size_t length,
                      char why[POLICY_WORDS_MAX])
{
    struct reader reader = {.policy = policy};
    int line = find_misread(&reader, text, length);
    if (!line)
        line = ini_parse_string(text, take, &reader);
    if (!line)
        return check_whole(&reader, why);
    snprintf(why, POLICY_WORDS_MAX, "line %d: %s", line < 0 ? 0 : line,
             reader.wrong[0] ? reader.wrong : "this is no line of such a file");
    return QA_EINVAL;
}
