/* qa-relay: the service in the middle, and the accounts of those who may ask for codes. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qa-relay/relay_tool.h"

const char usage_text[] =
    "Usage: qa-relay [serve] --cert FILE --key FILE [OPTION]...\n"
    "       qa-relay --dev [OPTION]...\n"
    "       qa-relay helper add NAME [--state DIR] [--token-file FILE] [--print-token]\n"
    "       qa-relay helper list [--state DIR]\n"
    "       qa-relay helper remove NAME|ID [--state DIR]\n"
    "       qa-relay helper blocked [--state DIR]\n"
    "       qa-relay helper block|unblock ID|ISSUER SUBJECT [--state DIR]\n"
    "       qa-relay sessions list|export [--state DIR]\n"
    "       qa-relay sessions show|delete SID [--state DIR]\n"
    "\n"
    "Brings helpers and sharers of qassist together, and passes on what they encrypted for\n"
    "each other.\n"
    "\n"
    "  --listen ADDRESS:PORT   where to listen; default [::]:443, with --dev 127.0.0.1:8443;\n"
    "                          port 0 takes any free one\n"
    "  --cert FILE             certificate chain, PEM\n"
    "  --key FILE              its key, PEM\n"
    "  --organisation NAME     whom sharers are told the helpers belong to\n"
    "  --issuers FILE          whose sign-ins (OpenID Connect) are taken; see qa-relay(1)\n"
    "  --state DIR             helper accounts, records of sessions and the key of tickets;\n"
    "                          default ~/.local/state/qassist-relay\n"
    "  --dev                   for trying out on this machine: makes a certificate for localhost\n"
    "                          and a helper account in the state directory, and says what to type\n"
    "  --code-lifetime SECONDS how long a code can be used; default 600\n"
    "  --session-lifetime SECONDS  a session's greatest length; default 43200\n"
    "  --joins-per-minute N    tries of codes from one address; default 5\n"
    "  --creates-per-minute N  codes asked for from one address; default 10\n"
    "  --rejoins-per-minute N  sessions resumed from one address; default 60\n"
    "  --max-connections N     default 4096\n"
    "  --max-unasked N         connections that have not said what they want; default 512\n"
    "  --ready-fd N            writes the port to this descriptor when it listens, and closes it\n"
    "  --verbose               more diagnosis on standard error\n"
    "  --version, --help\n"
    "\n"
    "See qa-relay(1).\n";

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
    const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int length;
    if (given)
        length = snprintf(out, STATE_PATH_MAX, "%s", given);
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

int main(int argc, char **argv)
{
    if (argc >= 2 && !strcmp(argv[1], "helper"))
        return helper_command(argc - 1, argv + 1);
    if (argc >= 2 && !strcmp(argv[1], "sessions"))
        return sessions_command(argc - 1, argv + 1);
    if (argc >= 2 && !strcmp(argv[1], "serve"))
        return serve_command(argc - 1, argv + 1);
    if (argc >= 2 && argv[1][0] != '-')
        return usage_error("there is no command '%s'", argv[1]);
    return serve_command(argc, argv);
}
