/* qa-relay serve: the service itself, and --dev. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "qa-relay/manager.h"
#include "qa-relay/relay_tool.h"
#include "qa-relay/service.h"
#include "relay/dev.h"
#include "relay/server.h"

/* ---- saying ---- */

/* The host of --listen, as a client can use it. */
static void print_url(const struct settings *settings, unsigned port)
{
    const char *listen = settings->relay.listen;
    int host = (int)(strrchr(listen, ':') - listen);
    bool any = !host || settings->relay.listen_fd || !strncmp(listen, "*", (size_t)host) ||
               !strncmp(listen, "[::]", (size_t)host) || !strncmp(listen, "0.0.0.0", (size_t)host);
    if (settings->dev || any)
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

static int say_ready(const struct settings *settings, const struct dev_files *files,
                     const struct relay_server *server)
{
    unsigned port = relay_server_port(server);
    print_url(settings, port);
    if (settings->dev)
        print_next_steps(files, port);
    if (relay_server_metrics_port(server))
        printf("metrics on port %u\n", relay_server_metrics_port(server));
    fflush(stdout);
    if (!settings->ready_fd)
        return EXIT_DONE;
    if (dprintf((int)settings->ready_fd, "%u\n", port) < 0) {
        complain("--ready-fd %u cannot be written: %s", settings->ready_fd, strerror(errno));
        return EXIT_USAGE;
    }
    close((int)settings->ready_fd);
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

static int serve(struct service *service, const struct dev_files *files)
{
    const struct settings *settings = &service->settings;
    char why[512];
    signal(SIGPIPE, SIG_IGN);
    service_set_log(service);
    int error =
        relay_server_new(&settings->relay, &service->log, &service->server, why, sizeof why);
    if (error) {
        complain("%s", why);
        return exit_of(error);
    }
    int code = service_begin(service);
    if (!code)
        code = say_ready(settings, files, service->server);
    if (!code) {
        service_say_ready(service);
        code = relay_server_run(service->server) ? EXIT_INTERNAL : EXIT_DONE;
    }
    service_end(service);
    relay_server_free(service->server);
    return code;
}

/* What --dev makes takes the place of what was not given. */
static int prepare_dev(struct settings *settings, const char *state, struct dev_files *files)
{
    char why[512];
    if (dev_prepare(state, files, why, sizeof why)) {
        complain("%s", why);
        return EXIT_STATE;
    }
    settings->relay.certificate_file = strdup(files->certificate);
    settings->relay.key_file = strdup(files->key);
    return settings->relay.certificate_file && settings->relay.key_file ? EXIT_DONE : EXIT_INTERNAL;
}

static int serve_with(struct service *service)
{
    struct settings *settings = &service->settings;
    struct dev_files files = {0};
    char state[STATE_PATH_MAX];
    int code = open_state(settings->state, state);
    if (code)
        return code;
    if (sodium_init() < 0)
        return EXIT_INTERNAL;
    code = check_accounts(state);
    if (!code && settings->dev)
        code = prepare_dev(settings, state, &files);
    if (!code)
        code = manager_take_sockets(&settings->relay);
    if (code)
        return code;
    settings->relay.state_dir = state;
    return serve(service, &files);
}

int serve_command(int argc, char **argv)
{
    struct service service = {.argc = argc, .argv = argv};
    struct faults faults = complaining;
    int code = settings_load(argc, argv, &service.settings, &faults);
    if (!code) {
        settings_complete(&service.settings, &faults);
        code = faults.count ? EXIT_USAGE : serve_with(&service);
    }
    settings_free(&service.settings);
    return code < 0 ? EXIT_DONE : code;
}
