/* qa-relay's parts: the commands, and what they have in common. */
#ifndef QA_RELAY_RELAY_TOOL_H
#define QA_RELAY_RELAY_TOOL_H

#include <stdbool.h>

#include "relay/state.h"

/* The man page lists the same. */
enum relay_exit {
    EXIT_DONE = 0,
    EXIT_INTERNAL = 1,    /* memory, descriptors, or a fault of our own */
    EXIT_USAGE = 2,       /* the command line, the environment or the configuration file */
    EXIT_LISTEN = 3,      /* the address or port cannot be listened on */
    EXIT_CERTIFICATE = 4, /* certificate or key cannot be used */
    EXIT_STATE = 5        /* the state directory and what is in it */
};

/* Answers --help. */
void print_usage(void);

/* "qa-relay: ..." on standard error. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says what is wrong with the command line and where to read on; returns EXIT_USAGE. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The state directory: `given`, or else $XDG_STATE_HOME/qassist-relay or
 * ~/.local/state/qassist-relay; made where it is not there. EXIT_DONE, or an exit code after saying
 * why.
 */
int open_state(const char *given, char out[STATE_PATH_MAX]);

/* The same for commands beside serve: where nothing is given, what the configuration says. */
int open_configured_state(const char *given, char out[STATE_PATH_MAX]);

/* Complains of what is wrong with the settings; to be copied. */
struct faults;
extern const struct faults complaining;

/* After '?' or ':' of getopt_long: says which option is wrong; returns EXIT_USAGE. */
int option_error(int value, char **argv);

/* EXIT_DONE when the helper accounts can be read, or EXIT_STATE after saying why not. */
int check_accounts(const char *state);

/* The commands; argv[0] is their name. They return exit codes. */
int serve_command(int argc, char **argv);
int check_config_command(int argc, char **argv);
int helper_command(int argc, char **argv);
int sessions_command(int argc, char **argv);

/* Those of `helper` that are about helpers who sign in: block, unblock, blocked. `given` is the
 * state directory, or NULL. */
bool is_block_command(const char *word);
int block_command(const char *what, char *const *word, int words, const char *given);

#endif
