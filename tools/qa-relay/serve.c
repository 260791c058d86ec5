/* qa-relay serve: the service itself, and --dev. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "qa-relay/relay_tool.h"
#include "relay/dev.h"
#include "relay/server.h"

struct serve_options {
    struct relay_options relay;
    const char *state;
    int ready_fd;
    bool dev;
    bool verbose;
};

enum {
    LISTEN = 256,
    CERT,
    KEY,
    ORGANISATION,
    ISSUERS,
    STATE,
    DEV,
    CODE_LIFETIME,
    SESSION_LIFETIME,
    CLOCK_OFFSET,
    JOINS_PER_MINUTE,
    CREATES_PER_MINUTE,
    REJOINS_PER_MINUTE,
    MAX_CONNECTIONS,
    MAX_UNASKED,
    READY_FD,
    VERBOSE,
    VERSION,
    HELP
};

static const struct option long_options[] = {
    {"listen", required_argument, NULL, LISTEN},
    {"cert", required_argument, NULL, CERT},
    {"key", required_argument, NULL, KEY},
    {"organisation", required_argument, NULL, ORGANISATION},
    {"issuers", required_argument, NULL, ISSUERS},
    {"state", required_argument, NULL, STATE},
    {"dev", no_argument, NULL, DEV},
    {"code-lifetime", required_argument, NULL, CODE_LIFETIME},
    {"session-lifetime", required_argument, NULL, SESSION_LIFETIME},
    {"clock-offset", required_argument, NULL, CLOCK_OFFSET},
    {"rejoins-per-minute", required_argument, NULL, REJOINS_PER_MINUTE},
    {"joins-per-minute", required_argument, NULL, JOINS_PER_MINUTE},
    {"creates-per-minute", required_argument, NULL, CREATES_PER_MINUTE},
    {"max-connections", required_argument, NULL, MAX_CONNECTIONS},
    {"max-unasked", required_argument, NULL, MAX_UNASKED},
    {"ready-fd", required_argument, NULL, READY_FD},
    {"verbose", no_argument, NULL, VERBOSE},
    {"version", no_argument, NULL, VERSION},
    {"help", no_argument, NULL, HELP},
    {0}};

/* ---- options ---- */

/* A whole number in [min, max]; EXIT_DONE or EXIT_USAGE. */
static int number(const char *option, const char *text, unsigned min, unsigned max, unsigned *out)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno || *end || *text < '0' || *text > '9' || value < min || value > max)
        return usage_error("--%s wants a number from %u to %u", option, min, max);
    *out = (unsigned)value;
    return EXIT_DONE;
}

static int take_number(int value, const char *text, struct serve_options *options)
{
    struct relay_options *relay = &options->relay;
    unsigned fd = 0, offset = 0;
    int code;
    switch (value) {
    case CODE_LIFETIME:
        return number("code-lifetime", text, 1, 3600, &relay->code_lifetime_s);
    case SESSION_LIFETIME:
        return number("session-lifetime", text, 1, 72 * 3600, &relay->session_lifetime_s);
    case CLOCK_OFFSET:
        code = number("clock-offset", text, 0, 1000000000, &offset);
        relay->clock_offset_s = offset;
        return code;
    case REJOINS_PER_MINUTE:
        return number("rejoins-per-minute", text, 1, 1000000,
                      &relay->quota.per_minute[QUOTA_REJOIN]);
    case JOINS_PER_MINUTE:
        return number("joins-per-minute", text, 1, 1000000, &relay->quota.per_minute[QUOTA_JOIN]);
    case CREATES_PER_MINUTE:
        return number("creates-per-minute", text, 1, 1000000,
                      &relay->quota.per_minute[QUOTA_CREATE]);
    case MAX_CONNECTIONS:
        return number("max-connections", text, 2, 1000000, &relay->max_connections);
    case MAX_UNASKED:
        return number("max-unasked", text, 1, 1000000, &relay->max_unasked);
    default:
        code = number("ready-fd", text, 3, 1000000, &fd);
        options->ready_fd = (int)fd;
        return code;
    }
}

/* EXIT_DONE, EXIT_USAGE, or -1: answered, no more to do. */
static int take_option(int value, struct serve_options *options)
{
    switch (value) {
    case LISTEN:
        options->relay.listen = optarg;
        return EXIT_DONE;
    case CERT:
        options->relay.certificate_file = optarg;
        return EXIT_DONE;
    case KEY:
        options->relay.key_file = optarg;
        return EXIT_DONE;
    case ORGANISATION:
        options->relay.organisation = optarg;
        return EXIT_DONE;
    case ISSUERS:
        options->relay.issuers_file = optarg;
        return EXIT_DONE;
    case STATE:
        options->state = optarg;
        return EXIT_DONE;
    case DEV:
        options->dev = true;
        return EXIT_DONE;
    case VERBOSE:
        options->verbose = true;
        return EXIT_DONE;
    case VERSION:
        printf("qa-relay %s\n", QASSIST_VERSION);
        return -1;
    case HELP:
        fputs(usage_text, stdout);
        return -1;
    default:
        return take_number(value, optarg, options);
    }
}

static int complete(struct serve_options *options)
{
    struct relay_options *relay = &options->relay;
    if (options->dev && (relay->certificate_file || relay->key_file))
        return usage_error("--dev makes its own certificate; leave out --cert and --key");
    if (!options->dev && (!relay->certificate_file || !relay->key_file))
        return usage_error("a relay needs --cert FILE and --key FILE; to try it out on this "
                           "machine, use --dev");
    if (!relay->listen)
        relay->listen = options->dev ? "127.0.0.1:8443" : "[::]:443";
    if (!relay->organisation)
        relay->organisation = options->dev ? "Development" : "";
    return EXIT_DONE;
}

static int parse(int argc, char **argv, struct serve_options *options)
{
    relay_options_default(&options->relay);
    options->ready_fd = -1;
    int value, code = EXIT_DONE;
    while (!code && (value = getopt_long(argc, argv, ":", long_options, NULL)) != -1)
        code =
            value == '?' || value == ':' ? option_error(value, argv) : take_option(value, options);
    if (code)
        return code;
    if (optind < argc)
        return usage_error("'%s' is not understood here", argv[optind]);
    return complete(options);
}

/* ---- saying ---- */

static void write_log(qa_log_level level, const char *line, void *user_data)
{
    static const char *const names[] = {"", "error", "warning", "info", "debug"};
    struct timespec now;
    struct tm parts;
    char when[32] = "";
    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &parts))
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &parts);
    fprintf(stderr, "time=%s.%03ldZ level=%s %s\n", when, now.tv_nsec / 1000000, names[level],
            line);
}

/* The host of --listen, as a client can use it. */
static void print_url(const struct serve_options *options, unsigned port)
{
    const char *listen = options->relay.listen;
    int host = (int)(strrchr(listen, ':') - listen);
    bool any = !host || !strncmp(listen, "*", (size_t)host) ||
               !strncmp(listen, "[::]", (size_t)host) || !strncmp(listen, "0.0.0.0", (size_t)host);
    if (options->dev || any)
        printf("listening on wss://localhost:%u\n", port);
    else
        printf("listening on wss://%.*s:%u\n", host, listen, port);
}

static void print_next_steps(const struct dev_files *files, unsigned port)
{
    printf("\nThis relay is for trying qassist out on this machine. Next:\n"
           "  qa-help --relay wss://localhost:%u --ca '%s' --token-file '%s'\n"
           "It shows a security code. In another terminal:\n"
           "  qa-share --relay wss://localhost:%u --ca '%s'\n"
           "and type the code there. Ctrl+C ends the relay.\n",
           port, files->ca, files->token, port, files->ca);
}

static int say_ready(const struct serve_options *options, const struct dev_files *files,
                     unsigned port)
{
    print_url(options, port);
    if (options->dev)
        print_next_steps(files, port);
    fflush(stdout);
    if (options->ready_fd < 0)
        return EXIT_DONE;
    if (dprintf(options->ready_fd, "%u\n", port) < 0) {
        complain("--ready-fd %d cannot be written: %s", options->ready_fd, strerror(errno));
        return EXIT_USAGE;
    }
    close(options->ready_fd);
    return EXIT_DONE;
}

/* ---- serving ---- */

static int exit_of(int error)
{
    switch (error) {
    case QA_ETRUST:
        return EXIT_CERTIFICATE;
    case QA_EINVAL:
        return EXIT_USAGE;
    case QA_EIO:
        return EXIT_LISTEN;
    case QA_ESTATE:
        return EXIT_STATE;
    default:
        return EXIT_INTERNAL;
    }
}

static int serve(struct serve_options *options, const struct dev_files *files)
{
    const struct log log = {.write = write_log,
                            .level = options->verbose ? QA_LOG_DEBUG : QA_LOG_INFO};
    char why[512];
    struct relay_server *server;
    signal(SIGPIPE, SIG_IGN);
    int error = relay_server_new(&options->relay, &log, &server, why, sizeof why);
    if (error) {
        complain("%s", why);
        return exit_of(error);
    }
    int code = say_ready(options, files, relay_server_port(server));
    if (!code && relay_server_run(server))
        code = EXIT_INTERNAL;
    relay_server_free(server);
    return code;
}

int serve_command(int argc, char **argv)
{
    struct serve_options options = {0};
    struct dev_files files = {0};
    char state[STATE_PATH_MAX], why[512];
    int code = parse(argc, argv, &options);
    if (code)
        return code < 0 ? EXIT_DONE : code;
    code = open_state(options.state, state);
    if (code)
        return code;
    options.relay.state_dir = state;
    if (sodium_init() < 0)
        return EXIT_INTERNAL;
    code = check_accounts(state);
    if (code)
        return code;
    if (options.dev) {
        if (dev_prepare(state, &files, why, sizeof why)) {
            complain("%s", why);
            return EXIT_STATE;
        }
        options.relay.certificate_file = files.certificate;
        options.relay.key_file = files.key;
    }
    return serve(&options, &files);
}
