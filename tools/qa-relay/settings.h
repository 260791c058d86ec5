/*
 * The settings of qa-relay serve. One table (settings.c) says what each is called, where it goes
 * and what it may be; the command line, the environment, the configuration file, --help and the
 * example file all come from it. To add one: a field, its default in settings_init, a row, and a
 * paragraph in qa-relay.ini(5).
 */
#ifndef QA_RELAY_SETTINGS_H
#define QA_RELAY_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "relay/server.h"
#include "relay/workers.h"

#define SETTINGS_MAX      64
#define SETTING_VALUE_MAX 4200
#define SETTINGS_FILE     "/etc/qassist/relay.ini"

enum setting_type {
    SETTING_TEXT,   /* const char *, owned by the settings; NULL when not set or empty */
    SETTING_NUMBER, /* unsigned, in [min, max] */
    SETTING_SWITCH  /* bool: yes or no; as an option without a value, yes */
};

struct setting {
    const char *section; /* of the file; NULL: on the command line only */
    const char *name;    /* --NAME, QA_RELAY_NAME, and before the '=' in the file */
    enum setting_type type;
    size_t offset; /* in struct settings */
    unsigned min, max;
    const char *choices; /* the words that a text may be, separated by '|'; NULL: any text */
    const char *value;   /* what --help calls its value */
    bool live;           /* SIGHUP changes it; otherwise the next start does */
    const char *help;    /* NULL: only the manual knows it */
};

/* From the weakest to the strongest. */
enum setting_source { SETTING_DEFAULT, SETTING_FILE, SETTING_ENVIRONMENT, SETTING_FLAG };

struct setting_origin {
    enum setting_source source;
    unsigned line; /* of the file */
};

struct settings {
    struct relay_options relay; /* complete once settings_complete was called */
    const char *config;         /* the file that is read; NULL: none */
    const char *state;
    const char *log_format;
    unsigned drain_s;
    unsigned workers;
    unsigned clock_offset_s;
    unsigned ready_fd; /* 0: none */
    bool dev, verbose;
    struct setting_origin origins[SETTINGS_MAX];
};

/* Who hears what is wrong: `where` is FILE:LINE, a variable or an option. */
struct faults {
    void (*say)(void *user, const char *where, const char *words);
    void *user;
    unsigned count;
};

void fault(struct faults *faults, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- the table (settings.c) ---- */

extern const struct setting settings_table[];
extern const size_t settings_count;

void settings_init(struct settings *settings);
void settings_free(struct settings *settings);

/* -1: none is called so. */
int settings_find(const char *name);

/* True when any setting is in this section of the file. */
bool settings_section_known(const char *section);

/* Takes a value over; 0, or -1 with what it must be in `why`. */
int settings_take(struct settings *settings, size_t index, const char *text, char *why,
                  size_t why_size);

/* The value as the file would have it; empty when there is none. */
void settings_value(const struct settings *settings, size_t index, char *out, size_t size);

/* ---- reading (settings_load.c, settings_file.c) ---- */

#define SETTING_VARIABLE_MAX 80
#define SETTING_WHERE_MAX    1200

/* The name of its variable in the environment. */
void settings_variable(const struct setting *setting, char out[SETTING_VARIABLE_MAX]);

/*
 * Command line over environment over file over defaults; argv[0] is not looked at. What is wrong
 * goes to `faults`, and the rest is taken. EXIT_DONE, EXIT_USAGE, or -1: --help or --version was
 * answered. The caller frees `out` in any case.
 */
int settings_load(int argc, char **argv, struct settings *out, struct faults *faults);

/* What the settings mean together; after settings_load. Faults as above. */
void settings_complete(struct settings *settings, struct faults *faults);

/* Reads the file over what is there. */
void settings_read_file(struct settings *settings, const char *path, struct faults *faults);

/* Where the value came from, in words that lead there. */
void settings_where(const struct settings *settings, size_t index, char out[SETTING_WHERE_MAX]);

/* ---- writing (settings_print.c) ---- */

/* For --help: all options. */
void settings_print_options(FILE *out);

/* A configuration file with all settings at their defaults, commented out and explained. */
void settings_print_example(FILE *out);

/* All values, and where each is from. */
void settings_print_values(const struct settings *settings, FILE *out);

#endif
