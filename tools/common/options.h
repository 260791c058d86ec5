/*
 * Options that qa-help and qa-share have in common, and the context that they lead to.
 */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include <qassist/context.h>

#include "common/exits.h"
#include "common/relay_url.h"

struct common_options {
    const char *program; /* "qa-help" */
    const char *help;    /* what --help prints */
    char relay[RELAY_URL_SIZE];
    const char *relay_given; /* as typed; NULL: from the environment */
    const char *ca;
    const char *policy; /* besides the system's; NULL: none */
    bool json;
    bool verbose;
    const char *reconnect_given; /* as typed; NULL: the usual */
    int32_t reconnect_seconds;   /* as in the library's options */
};

/* Values of getopt_long for the common ones; a program's own start at OPTION_OWN. */
enum {
    OPTION_RELAY = 256,
    OPTION_CA,
    OPTION_POLICY,
    OPTION_JSON,
    OPTION_VERBOSE,
    OPTION_RECONNECT,
    OPTION_VERSION,
    OPTION_HELP,
    OPTION_OWN
};

#define COMMON_LONG_OPTIONS                                                                       \
    {"relay", required_argument, NULL, OPTION_RELAY}, {"ca", required_argument, NULL, OPTION_CA}, \
        {"json", no_argument, NULL, OPTION_JSON}, {"verbose", no_argument, NULL, OPTION_VERBOSE}, \
        {"reconnect-seconds", required_argument, NULL, OPTION_RECONNECT},                         \
        {"policy", required_argument, NULL, OPTION_POLICY},                                       \
        {"version", no_argument, NULL, OPTION_VERSION},                                           \
    {                                                                                             \
        "help", no_argument, NULL, OPTION_HELP                                                    \
    }

/* Takes one common option; --version and --help print and exit. False: not a common one. */
bool common_option(struct common_options *options, int value, const char *argument);

/* What getopt_long (with opterr 0 and ":" as short options) could not take; returns EXIT_USAGE. */
int bad_option(const struct common_options *options, int value, char *const argv[]);

/* After the last option: completes the relay's address. 0, or an exit code after saying why. */
int common_options_finish(struct common_options *options);

/* Says what is wrong with the command line, and where to read on; returns EXIT_USAGE. */
int usage_error(const struct common_options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "program: ..." on standard error. */
void complain(const struct common_options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What complain or usage_error said last, without the program's name; "" when nothing. */
const char *complained(void);

/* A number of milliseconds or the like in [0, max]; -1 when it is none. */
long option_number(const char *text, long max);

/*
 * Asks nobody for anything where an organisation's rules allow no session: 0, or an exit code after
 * saying so to people (see complained) and programs.
 */
int common_policy_check(const struct common_options *options, enum exit_role role);

/* Says what went wrong before there was a session, to people and programs; the exit code. */
int common_fail(const struct common_options *options, int error, enum exit_role role);

/* 0, or a qa_error after nothing was said. */
int common_context_new(const struct common_options *options, qa_context **out);

#endif
