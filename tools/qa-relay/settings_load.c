/* Settings from the command line, the environment and the file, the first one over the others. */
#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qa-relay/relay_tool.h"
#include "qa-relay/settings.h"

enum { FIRST = 256, VERSION = FIRST + SETTINGS_MAX, HELP };

/* What the command line says, before it is known which file comes first. */
struct flags {
    const char *text[SETTINGS_MAX];
};

/* ---- the command line ---- */

static void make_long_options(struct option out[SETTINGS_MAX + 3])
{
    size_t i;
    for (i = 0; i < settings_count; i++) {
        bool is_switch = settings_table[i].type == SETTING_SWITCH;
        out[i] = (struct option){settings_table[i].name,
                                 is_switch ? optional_argument : required_argument, NULL,
                                 FIRST + (int)i};
    }
    out[i++] = (struct option){"version", no_argument, NULL, VERSION};
    out[i++] = (struct option){"help", no_argument, NULL, HELP};
    out[i] = (struct option){0};
}

/* EXIT_DONE, EXIT_USAGE, or -1: answered, no more to do. */
static int read_flags(int argc, char **argv, struct flags *flags)
{
    struct option long_options[SETTINGS_MAX + 3];
    make_long_options(long_options);
    optind = 0; /* it may be read again */
    for (int value; (value = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (value == '?' || value == ':')
            return option_error(value, argv);
        if (value == VERSION) {
            printf("qa-relay %s\n", QASSIST_VERSION);
            return -1;
        }
        if (value == HELP) {
            print_usage();
            return -1;
        }
        flags->text[value - FIRST] = optarg ? optarg : "yes";
    }
    if (optind < argc)
        return usage_error("'%s' is not understood here", argv[optind]);
    return EXIT_DONE;
}

/* ---- one over the other ---- */

void settings_variable(const struct setting *setting, char out[SETTING_VARIABLE_MAX])
{
    int length = snprintf(out, SETTING_VARIABLE_MAX, "QA_RELAY_%s", setting->name);
    for (int i = 0; i < length && i < SETTING_VARIABLE_MAX - 1; i++)
        out[i] = out[i] == '-' ? '_' : (char)toupper((unsigned char)out[i]);
}

static void take(struct settings *settings, size_t index, enum setting_source source,
                 const char *text, const char *where, struct faults *faults)
{
    char why[128];
    if (settings_take(settings, index, text, why, sizeof why))
        fault(faults, where, "%s %s", settings_table[index].name, why);
    else
        settings->origins[index] = (struct setting_origin){.source = source};
}

static const char *variable_of(size_t index, char name[SETTING_VARIABLE_MAX])
{
    settings_variable(&settings_table[index], name);
    return getenv(name);
}

static void take_environment(struct settings *settings, struct faults *faults)
{
    char name[SETTING_VARIABLE_MAX];
    for (size_t i = 0; i < settings_count; i++) {
        const char *text = settings_table[i].section ? variable_of(i, name) : NULL;
        if (text)
            take(settings, i, SETTING_ENVIRONMENT, text, name, faults);
    }
}

static void take_flags(struct settings *settings, const struct flags *flags, struct faults *faults)
{
    char where[SETTING_VARIABLE_MAX];
    for (size_t i = 0; i < settings_count; i++) {
        snprintf(where, sizeof where, "--%s", settings_table[i].name);
        if (flags->text[i])
            take(settings, i, SETTING_FLAG, flags->text[i], where, faults);
    }
}

/* The file to read, or NULL. A named one must be there; the usual one need not be. */
static const char *choose_file(const struct flags *flags)
{
    char name[SETTING_VARIABLE_MAX];
    size_t config = (size_t)settings_find("config"), dev = (size_t)settings_find("dev");
    const char *given = flags->text[config];
    if (!given)
        given = variable_of(config, name);
    if (given && *given)
        return given;
    bool is_dev = flags->text[dev] && strcmp(flags->text[dev], "no");
    return is_dev || access(SETTINGS_FILE, F_OK) ? NULL : SETTINGS_FILE;
}

int settings_load(int argc, char **argv, struct settings *out, struct faults *faults)
{
    struct flags flags = {0};
    settings_init(out);
    int code = read_flags(argc, argv, &flags);
    if (code)
        return code;
    const char *file = choose_file(&flags);
    if (file)
        settings_read_file(out, file, faults);
    take_environment(out, faults);
    take_flags(out, &flags, faults);
    if (file) {
        char why[128];
        if (settings_take(out, (size_t)settings_find("config"), file, why, sizeof why))
            fault(faults, file, "%s", why);
    }
    return faults->count ? EXIT_USAGE : EXIT_DONE;
}

/* ---- what they mean together ---- */

static void by_default(struct settings *settings, const char *name, const char *text,
                       struct faults *faults)
{
    size_t index = (size_t)settings_find(name);
    if (settings->origins[index].source == SETTING_DEFAULT)
        take(settings, index, SETTING_DEFAULT, text, name, faults);
}

void settings_complete(struct settings *settings, struct faults *faults)
{
    struct relay_options *relay = &settings->relay;
    if (settings->dev && (relay->certificate_file || relay->key_file))
        fault(faults, "--dev", "makes its own certificate; leave out --cert and --key");
    if (!settings->dev && (!relay->certificate_file || !relay->key_file))
        fault(faults, "a relay needs a certificate",
              "give --cert FILE and --key FILE, or the lines cert and key of the configuration "
              "file; to try it out on this machine, use --dev");
    if (settings->dev) {
        by_default(settings, "listen", "127.0.0.1:8443", faults);
        by_default(settings, "organisation", "Development", faults);
    }
    if (!relay->organisation)
        relay->organisation = strdup("");
    if (!relay->listen || !relay->organisation)
        fault(faults, "listen", "wants ADDRESS:PORT");
    if (relay->directory && (!relay->node_url || !relay->cluster_key))
        fault(faults, "directory",
              "is for several nodes, each with node-url, its own address, and cluster-key, a file "
              "that all of them have alike");
    if (!relay->directory && (relay->node_url || relay->cluster_key))
        fault(faults, relay->node_url ? "node-url" : "cluster-key",
              "is for several nodes, with a directory");
    relay->clock_offset_s = settings->clock_offset_s;
}

void settings_where(const struct settings *settings, size_t index, char out[SETTING_WHERE_MAX])
{
    const struct setting *setting = &settings_table[index];
    const struct setting_origin *origin = &settings->origins[index];
    switch (origin->source) {
    case SETTING_FILE:
        snprintf(out, SETTING_WHERE_MAX, "%s:%u", settings->config, origin->line);
        return;
    case SETTING_ENVIRONMENT:
        settings_variable(setting, out);
        return;
    case SETTING_FLAG:
        snprintf(out, SETTING_WHERE_MAX, "--%s", setting->name);
        return;
    case SETTING_DEFAULT:
        break;
    }
    snprintf(out, SETTING_WHERE_MAX, "default");
}
