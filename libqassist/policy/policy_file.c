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
    unsigned seen; /* bits of rows */
    char user[WS_PROXY_AUTH_MAX + 1], password[WS_PROXY_AUTH_MAX + 1];
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

static int take_proxy(struct reader *reader, const char *value)
{
    struct ws_proxy_rules *rules = &reader->policy->proxies;
    rules->set = true;
    rules->direct = !strcmp(value, "none");
    if (rules->direct || !ws_proxy_parse(value, &rules->proxy))
        return 1;
    return refuse(reader, "a proxy is none, or an address such as http://proxy.example:3128");
}

static int take_bypass(struct reader *reader, const char *value)
{
    struct ws_proxy_rules *rules = &reader->policy->proxies;
    if (!*value || strlen(value) >= sizeof rules->bypass)
        return refuse(reader, "this value is empty or too long");
    strcpy(rules->bypass, value);
    return 1;
}

static int take_secret(struct reader *reader, const char *value, char out[WS_PROXY_AUTH_MAX + 1])
{
    for (const char *at = value; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return refuse(reader, "this value is a line of text");
    if (!*value || strlen(value) > WS_PROXY_AUTH_MAX)
        return refuse(reader, "this value is empty or too long");
    strcpy(out, value);
    return 1;
}

static int take_user(struct reader *reader, const char *value)
{
    if (strchr(value, ':'))
        return refuse(reader, "the user's name has no colon");
    return take_secret(reader, value, reader->user);
}

static int take_password(struct reader *reader, const char *value)
{
    return take_secret(reader, value, reader->password);
}

static const struct row {
    const char *section, *name;
    int (*take)(struct reader *reader, const char *value);
    bool again; /* each line adds one */
} rows[] = {
    {"policy", "remote-help", take_off, false},
    {"policy", "relay", take_relay, true},
    {"policy", "organisation", take_organisation, true},
    {"policy", "control", take_control, false},
    {"policy", "clipboard", take_clipboard, false},
    {"policy", "contact", take_contact, false},
    {"proxy", "address", take_proxy, false},
    {"proxy", "user", take_user, false},
    {"proxy", "password", take_password, false},
    {"proxy", "bypass", take_bypass, false},
};

static int take(void *user, const char *section, const char *name, const char *value)
{
    struct reader *reader = user;
    if (strcmp(section, "policy") != 0 && strcmp(section, "proxy") != 0)
        return refuse(reader, "there are the sections [policy] and [proxy]");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].section, section) != 0 || strcmp(rows[i].name, name) != 0)
            continue;
        if (!rows[i].again && reader->seen & 1u << i)
            return refuse(reader, "this name is there twice");
        reader->seen |= 1u << i;
        return rows[i].take(reader, value);
    }
    return refuse(reader, "this name is not known here");
}

/* Who signs in at the proxy, besides what its address may say. */
static const char *join_proxy(struct reader *reader)
{
    struct ws_proxy_rules *rules = &reader->policy->proxies;
    bool named = reader->user[0] || reader->password[0];
    if (!rules->set || rules->direct)
        return named || rules->bypass[0] ? "[proxy] lacks the address of a proxy" : NULL;
    if (!named)
        return NULL;
    if (!reader->user[0] || !reader->password[0] || rules->proxy.auth[0])
        return "[proxy] needs both user and password, once";
    int length = snprintf(rules->proxy.auth, sizeof rules->proxy.auth, "%s:%s", reader->user,
                          reader->password);
    return length < (int)sizeof rules->proxy.auth ? NULL
                                                  : "the proxy's user and password are too long";
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

static int check_whole(struct reader *reader, char why[POLICY_WORDS_MAX])
{
    const char *proxy = join_proxy(reader);
    if (!reader->seen)
        snprintf(why, POLICY_WORDS_MAX, "it says nothing");
    else if (proxy)
        snprintf(why, POLICY_WORDS_MAX, "%s", proxy);
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
    int line = find_misread(&reader, text, length), error = QA_EINVAL;
    if (!line)
        line = ini_parse_string(text, take, &reader);
    if (!line)
        error = check_whole(&reader, why);
    else
        snprintf(why, POLICY_WORDS_MAX, "line %d: %s", line < 0 ? 0 : line,
                 reader.wrong[0] ? reader.wrong : "this is no line of such a file");
    explicit_bzero(&reader, sizeof reader);
    return error;
}
