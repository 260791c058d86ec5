/* qa-relay: the service in the middle, and the accounts of those who may ask for codes. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qa-relay/relay_tool.h"
#include "qa-relay/settings.h"

static const char usage_head[] =
    "Usage: qa-relay [serve] --cert FILE --key FILE [OPTION]...\n"
    "       qa-relay --dev [OPTION]...\n"
    "       qa-relay check-config [--show | --example] [FILE | OPTION...]\n"
    "       qa-relay helper add NAME [--state DIR] [--token-file FILE] [--print-token]\n"
    "       qa-relay helper list [--state DIR]\n"
    "       qa-relay helper remove NAME|ID [--state DIR]\n"
    "       qa-relay helper blocked [--state DIR]\n"
    "       qa-relay helper block|unblock ID|ISSUER SUBJECT [--state DIR]\n"
    "       qa-relay sessions list|export [--state DIR]\n"
    "       qa-relay sessions show|delete SID [--state DIR]\n"
    "\n"
    "Brings helpers and sharers of qassist together, and passes on what they encrypted for\n"
    "each other. Each option may also be a line of the configuration file, or a variable of the\n"
    "environment (QA_RELAY_LISTEN for --listen).\n"
    "\n";

void print_usage(void)
{
    fputs(usage_head, stdout);
    settings_print_options(stdout);
    fputs("  --version, --help\n\nSee qa-relay(1) and qa-relay.ini(5).\n", stdout);
}

void complain(const char *format, ...)
{
    va_list arguments;
    fputs("qa-relay: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

int usage_error(const char *format, ...)
{
    va_list arguments;
    fputs("qa-relay: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs("\nTry qa-relay --help.\n", stderr);
    return EXIT_USAGE;
}

int option_error(int value, char **argv)
{
    if (value == ':')
        return usage_error("%s wants a value", argv[optind - 1]);
    return usage_error("the option %s is not understood", argv[optind - 1]);
}

static int choose_state(const char *given, char out[STATE_PATH_MAX])
{
    const char *service = getenv("STATE_DIRECTORY"); /* systemd's StateDirectory= */
    const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int length;
    if (given)
        length = snprintf(out, STATE_PATH_MAX, "%s", given);
    else if (service && *service == '/')
        length = snprintf(out, STATE_PATH_MAX, "%s", service);
    else if (base && *base == '/')
        length = snprintf(out, STATE_PATH_MAX, "%s/qassist-relay", base);
    else if (home && *home == '/')
        length = snprintf(out, STATE_PATH_MAX, "%s/.local/state/qassist-relay", home);
    else
        return usage_error("HOME is not set; name a state directory with --state");
    if (length <= 0 || length >= STATE_PATH_MAX / 2)
        return usage_error("--state wants the path of a directory");
    return EXIT_DONE;
}

int open_state(const char *given, char out[STATE_PATH_MAX])
{
    char whole[PATH_MAX];
    int code = choose_state(given, out);
    if (code)
        return code;
    /* What is printed must be good to type elsewhere: the whole path. */
    bool there = !private_directory_make(out) && realpath(out, whole);
    if (there && strlen(whole) < STATE_PATH_MAX / 2) {
        strcpy(out, whole);
    } else {
        complain("the state directory %s cannot be used: %s; name another with --state, or give "
                 "this user the right to write there",
                 out, strerror(errno));
        return EXIT_STATE;
    }
    return EXIT_DONE;
}

static void say_fault(void *user, const char *where, const char *words)
{
    complain("%s: %s", where, words);
}

const struct faults complaining = {.say = say_fault};

/* What root writes into the folder of the relay's own user, that user could not read. */
static int check_owner(const char *state)
{
    struct stat about;
    if (geteuid() || stat(state, &about) || !about.st_uid)
        return EXIT_DONE;
    char user[64];
    const struct passwd *owner = getpwuid(about.st_uid);
    if (owner)
        snprintf(user, sizeof user, "%s", owner->pw_name);
    else
        snprintf(user, sizeof user, "#%u", (unsigned)about.st_uid);
    complain("%s belongs to the user %s, who could not read what root writes there; do this as "
             "that user: runuser -u %s -- qa-relay ...",
             state, user, user);
    return EXIT_STATE;
}

int open_configured_state(const char *given, char out[STATE_PATH_MAX])
{
    char *nothing[] = {"qa-relay", NULL};
    struct settings settings;
    struct faults faults = complaining;
    if (given) {
        int code = open_state(given, out);
        return code ? code : check_owner(out);
    }
    int code = settings_load(1, nothing, &settings, &faults);
    if (!code)
        code = open_state(settings.state, out);
    settings_free(&settings);
    return code ? code : check_owner(out);
}

int main(int argc, char **argv)
{
    if (argc >= 2 && !strcmp(argv[1], "helper"))
        return helper_command(argc - 1, argv + 1);
    if (argc >= 2 && !strcmp(argv[1], "sessions"))
        return sessions_command(argc - 1, argv + 1);
    if (argc >= 2 && !strcmp(argv[1], "check-config"))
        return check_config_command(argc - 1, argv + 1);
    if (argc >= 2 && !strcmp(argv[1], "serve"))
        return serve_command(argc - 1, argv + 1);
    if (argc >= 2 && argv[1][0] != '-')
        return usage_error("there is no command '%s'", argv[1]);
    return serve_command(argc, argv);
}
