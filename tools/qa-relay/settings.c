#include "qa-relay/settings.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define OF(field) offsetof(struct settings, field)

const struct setting settings_table[] = {
    {"relay", "listen", SETTING_TEXT, OF(relay.listen), .value = "ADDRESS:PORT",
     .help = "where to listen; port 0 takes any free one; with --dev 127.0.0.1:8443"},
    {"relay", "cert", SETTING_TEXT, OF(relay.certificate_file), .value = "FILE", .live = true,
     .help = "certificate chain, PEM"},
    {"relay", "key", SETTING_TEXT, OF(relay.key_file), .value = "FILE", .live = true,
     .help = "its key, PEM, without a password"},
    {"relay", "organisation", SETTING_TEXT, OF(relay.organisation), .value = "NAME", .live = true,
     .help = "whom sharers are told the helpers with an account here belong to"},
    {"relay", "contact", SETTING_TEXT, OF(relay.contact), .value = "TEXT", .live = true,
     .help = "whom people reach to report abuse, on the page that the relay shows a browser: an "
             "address of mail, of the web (https://), or words"},
    {"relay", "issuers", SETTING_TEXT, OF(relay.issuers_file), .value = "FILE", .live = true,
     .help = "whose sign-ins (OpenID Connect) are taken; see qa-relay(1)"},
    {"relay", "state", SETTING_TEXT, OF(state), .value = "DIR",
     .help = "the directory of helper accounts, records of sessions and the key of tickets; by "
             "default $STATE_DIRECTORY, which systemd sets, or ~/.local/state/qassist-relay"},

    {"nodes", "workers", SETTING_NUMBER, OF(workers), 1, WORKERS_MAX, .value = "N",
     .help = "so many processes behind the one port, one for each core"},
    {"nodes", "directory", SETTING_TEXT, OF(relay.directory), .value = "URL",
     .help = "redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]: makes this relay one node of several "
             "that "
             "share a Valkey or Redis; a password is "
             "better given in the file or the environment, for others see command lines"},
    {"nodes", "node-url", SETTING_TEXT, OF(relay.node_url), .value = "URL",
     .help = "this node's own address, past any balancer, which clients are sent to: of the "
             "service's host, or below it"},
    {"nodes", "cluster-key", SETTING_TEXT, OF(relay.cluster_key), .value = "FILE",
     .help = "32 secret bytes or more, the same at all nodes"},

    {"sessions", "code-lifetime", SETTING_NUMBER, OF(relay.code_lifetime_s), 1, 3600,
     .value = "SECONDS", .help = "how long a code can be used"},
    {"sessions", "session-lifetime", SETTING_NUMBER, OF(relay.session_lifetime_s), 1, 72 * 3600,
     .value = "SECONDS", .live = true, .help = "a session's greatest length"},

    {"sessions", "drain-seconds", SETTING_NUMBER, OF(drain_s), 1, 7 * 86400, .value = "SECONDS",
     .live = true,
     .help = "after SIGUSR1, which begins no new sessions, the longest wait for the old ones"},

    {"limits", "joins-per-minute", SETTING_NUMBER, OF(relay.quota.per_minute[QUOTA_JOIN]), 0,
     1000000, .value = "N", .live = true,
     .help = "tries of codes from one address; here and below 0 is no limit, and an IPv6 address "
             "is its /64"},
    {"limits", "joins-per-minute-total", SETTING_NUMBER,
     OF(relay.quota.per_minute_total[QUOTA_JOIN]), 0, 1000000, .value = "N", .live = true,
     .help = "the same of all together"},
    {"limits", "misses-per-minute", SETTING_NUMBER, OF(relay.quota.misses_per_minute), 0, 1000000,
     .value = "N", .live = true,
     .help =
         "tries of codes that do not exist, of all together, beyond which new codes get longer"},
    {"limits", "creates-per-minute", SETTING_NUMBER, OF(relay.quota.per_minute[QUOTA_CREATE]), 0,
     1000000, .value = "N", .live = true,
     .help = "codes asked for, and sign-ins, from one address"},
    {"limits", "creates-per-account", SETTING_NUMBER,
     OF(relay.quota.per_minute[QUOTA_CREATE_ACCOUNT]), 0, 1000000, .value = "N", .live = true,
     .help = "codes given to one helper in a minute"},
    {"limits", "creates-per-minute-total", SETTING_NUMBER,
     OF(relay.quota.per_minute_total[QUOTA_CREATE]), 0, 1000000, .value = "N", .live = true,
     .help = "codes asked for, and sign-ins, of all together"},
    {"limits", "rejoins-per-minute", SETTING_NUMBER, OF(relay.quota.per_minute[QUOTA_REJOIN]), 0,
     1000000, .value = "N", .live = true, .help = "sessions resumed from one address"},
    {"limits", "rejoins-per-minute-total", SETTING_NUMBER,
     OF(relay.quota.per_minute_total[QUOTA_REJOIN]), 0, 1000000, .value = "N", .live = true,
     .help = "the same of all together"},
    {"limits", "max-connections", SETTING_NUMBER, OF(relay.max_connections), 2, 1000000,
     .value = "N", .help = "connections in all; a session has two"},
    {"limits", "connections-per-address", SETTING_NUMBER, OF(relay.max_connections_per_address), 0,
     1000000, .value = "N", .live = true, .help = "connections at once from one address"},
    {"limits", "max-unasked", SETTING_NUMBER, OF(relay.max_unasked), 1, 1000000, .value = "N",
     .live = true, .help = "connections that have not said what they want"},
    {"limits", "max-unasked-per-address", SETTING_NUMBER, OF(relay.max_unasked_per_address), 0,
     1000000, .value = "N", .live = true, .help = "the same from one address"},
    {"limits", "hello-seconds", SETTING_NUMBER, OF(relay.hello_s), 1, 60, .value = "SECONDS",
     .help = "time to say what one wants, TLS included"},
    {"limits", "max-sessions", SETTING_NUMBER, OF(relay.max_sessions), 0, 1000000, .value = "N",
     .live = true, .help = "sessions at once in all, those that broke off included"},
    {"limits", "sessions-per-address", SETTING_NUMBER, OF(relay.max_sessions_per_address), 0,
     1000000, .value = "N", .live = true, .help = "ends of sessions at once at one address"},
    {"limits", "sessions-per-account", SETTING_NUMBER, OF(relay.max_sessions_per_account), 0,
     1000000, .value = "N", .live = true, .help = "sessions and codes at once of one helper"},
    {"limits", "session-megabytes", SETTING_NUMBER, OF(relay.session_mib), 0, 1000000000,
     .value = "MIB", .live = true, .help = "what a session may move, both ways together"},
    {"limits", "unshown-megabytes", SETTING_NUMBER, OF(relay.unshown_mib), 0, 1000000000,
     .value = "MIB", .live = true, .help = "the same while it has shown no screen"},
    {"limits", "unshown-seconds", SETTING_NUMBER, OF(relay.unshown_s), 0, 86400, .value = "SECONDS",
     .live = true, .help = "how long two may be connected without showing a screen"},
    {"limits", "address-megabytes-per-day", SETTING_NUMBER,
     OF(relay.quota.mib_per_day[QUOTA_BYTES_ADDRESS]), 0, 1000000000, .value = "MIB", .live = true,
     .help = "what the sessions of one address may move in a day"},
    {"limits", "account-megabytes-per-day", SETTING_NUMBER,
     OF(relay.quota.mib_per_day[QUOTA_BYTES_ACCOUNT]), 0, 1000000000, .value = "MIB", .live = true,
     .help = "what the sessions of one helper may move in a day"},
    {"limits", "megabytes-per-day", SETTING_NUMBER, OF(relay.quota.mib_per_day[QUOTA_BYTES_ALL]), 0,
     1000000000, .value = "MIB", .live = true,
     .help = "what all sessions together may move in a day"},

    {"balancer", "proxy-protocol", SETTING_TEXT, OF(relay.proxy_protocol), .value = "ADDRESSES",
     .live = true,
     .help = "load balancers that begin with a PROXY header (version 2): addresses and networks, "
             "such as 10.0.0.7,2001:db8::/64"},
    {"balancer", "forwarded-for", SETTING_TEXT, OF(relay.forwarded_for), .value = "ADDRESSES",
     .live = true, .help = "load balancers whose X-Forwarded-For is believed"},

    {"log", "verbose", SETTING_SWITCH, OF(verbose), .live = true,
     .help = "more diagnosis on standard error"},
    {"log", "log-format", SETTING_TEXT, OF(log_format), .choices = "text|json", .value = "FORMAT",
     .live = true, .help = "lines of key=value pairs, or one JSON object each"},
    {"log", "log-personal", SETTING_SWITCH, OF(relay.log_personal), .live = true,
     .help = "the log also says who asked for what: address, account and name; without it nothing "
             "personal is logged"},

    {"metrics", "metrics-listen", SETTING_TEXT, OF(relay.metrics_listen), .value = "ADDRESS:PORT",
     .help = "plain HTTP for /metrics (Prometheus), /healthz and /readyz, such as 127.0.0.1:9464; "
             "not on unless this is set"},

    {NULL, "config", SETTING_TEXT, OF(config), .value = "FILE",
     .help = "the configuration file; by default " SETTINGS_FILE ", where it exists and --dev is "
             "not given"},
    {NULL, "dev", SETTING_SWITCH, OF(dev),
     .help = "for trying out on this machine: makes a certificate for localhost and a helper "
             "account in the state directory, and says what to type"},
    {NULL, "ready-fd", SETTING_NUMBER, OF(ready_fd), 3, 1000000, .value = "N",
     .help = "writes the port to this descriptor when it listens, and closes it"},
    /* For the program itself, when it starts its workers. */
    {NULL, "as-worker", SETTING_NUMBER, OF(relay.worker), 1, WORKERS_MAX, .help = NULL},
    {NULL, "restarted", SETTING_SWITCH, OF(relay.restarted), .help = NULL},
    {NULL, "clock-offset", SETTING_NUMBER, OF(clock_offset_s), 0, 1000000000, .help = NULL},
};

const size_t settings_count = sizeof settings_table / sizeof *settings_table;
static_assert(sizeof settings_table / sizeof *settings_table <= SETTINGS_MAX, "more origins");

static const void *field(const struct settings *settings, const struct setting *setting)
{
    return (const char *)settings + setting->offset;
}

static void set_text(struct settings *settings, const struct setting *setting, char *text)
{
    const char **at = (const char **)((char *)settings + setting->offset);
    free((char *)*at);
    *at = text;
}

void settings_init(struct settings *settings)
{
    *settings = (struct settings){0};
    relay_options_default(&settings->relay);
    settings->relay.listen = strdup("[::]:443");
    settings->log_format = strdup("text");
    settings->drain_s = 3600;
    settings->workers = 1;
}

void settings_free(struct settings *settings)
{
    for (size_t i = 0; i < settings_count; i++)
        if (settings_table[i].type == SETTING_TEXT)
            set_text(settings, &settings_table[i], NULL);
}

int settings_find(const char *name)
{
    for (size_t i = 0; i < settings_count; i++)
        if (!strcmp(settings_table[i].name, name))
            return (int)i;
    return -1;
}

bool settings_section_known(const char *section)
{
    for (size_t i = 0; i < settings_count; i++)
        if (settings_table[i].section && !strcmp(settings_table[i].section, section))
            return true;
    return false;
}

/* ---- taking ---- */

static bool is_choice(const char *choices, const char *text)
{
    size_t length = strlen(text);
    for (const char *at = choices; length; at++) {
        if (!strncmp(at, text, length) && (!at[length] || at[length] == '|'))
            return true;
        at = strchr(at, '|');
        if (!at)
            break;
    }
    return false;
}

static int take_text(struct settings *settings, const struct setting *setting, const char *text,
                     char *why, size_t why_size)
{
    if (setting->choices && !is_choice(setting->choices, text)) {
        snprintf(why, why_size, "wants one of %s", setting->choices);
        return -1;
    }
    char *copy = *text ? strdup(text) : NULL;
    if (*text && !copy) {
        snprintf(why, why_size, "cannot be kept: out of memory");
        return -1;
    }
    set_text(settings, setting, copy);
    return 0;
}

static int take_number(struct settings *settings, const struct setting *setting, const char *text,
                       char *why, size_t why_size)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno || *end || *text < '0' || *text > '9' || value < setting->min ||
        value > setting->max) {
        snprintf(why, why_size, "wants a number from %u to %u", setting->min, setting->max);
        return -1;
    }
    *(unsigned *)((char *)settings + setting->offset) = (unsigned)value;
    return 0;
}

static int take_switch(struct settings *settings, const struct setting *setting, const char *text,
                       char *why, size_t why_size)
{
    bool yes = !strcmp(text, "yes");
    if (!yes && strcmp(text, "no")) {
        snprintf(why, why_size, "wants yes or no");
        return -1;
    }
    *(bool *)((char *)settings + setting->offset) = yes;
    return 0;
}

int settings_take(struct settings *settings, size_t index, const char *text, char *why,
                  size_t why_size)
{
    const struct setting *setting = &settings_table[index];
    switch (setting->type) {
    case SETTING_TEXT:
        return take_text(settings, setting, text, why, why_size);
    case SETTING_NUMBER:
        return take_number(settings, setting, text, why, why_size);
    case SETTING_SWITCH:
        break;
    }
    return take_switch(settings, setting, text, why, why_size);
}

void settings_value(const struct settings *settings, size_t index, char *out, size_t size)
{
    const struct setting *setting = &settings_table[index];
    const void *at = field(settings, setting);
    const char *text;
    switch (setting->type) {
    case SETTING_TEXT:
        text = *(const char *const *)at;
        snprintf(out, size, "%s", text ? text : "");
        return;
    case SETTING_NUMBER:
        snprintf(out, size, "%u", *(const unsigned *)at);
        return;
    case SETTING_SWITCH:
        break;
    }
    snprintf(out, size, "%s", *(const bool *)at ? "yes" : "no");
}

/* ---- faults ---- */

void fault(struct faults *faults, const char *where, const char *format, ...)
{
    char words[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    faults->count++;
    faults->say(faults->user, where, words);
}
