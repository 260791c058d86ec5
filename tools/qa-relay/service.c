#include "qa-relay/service.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "qa-relay/manager.h"
#include "qa-relay/relay_tool.h"
#include "relay/tls_files.h"

#define DAY_S     86400
#define WARN_DAYS 14

#define tell_log(service, level, ...) relay_log((service)->server, (level), __VA_ARGS__)

void service_set_log(struct service *service)
{
    const struct settings *settings = &service->settings;
    bool json = settings->log_format && !strcmp(settings->log_format, "json");
    log_lines_init(&service->lines, json);
    service->log = (struct log){.write = log_lines_write,
                                .user_data = &service->lines,
                                .level = settings->verbose ? QA_LOG_DEBUG : QA_LOG_INFO};
}

/* ---- the certificate ---- */

/* Once a day, and whenever there may be another one. */
static void check_certificate(uv_timer_t *timer)
{
    struct service *service = timer->data;
    int64_t left_s = tls_files_expiry(&service->server->tls) - (int64_t)time(NULL);
    if (left_s < WARN_DAYS * DAY_S)
        tell_log(service, QA_LOG_WARNING, "event=certificate_runs_out days=%lld",
                 (long long)(left_s / DAY_S));
}

/* ---- settings that are read again ---- */

static void log_fault(void *user, const char *where, const char *words)
{
    struct service *service = user;
    char place[200], what[280];
    log_lines_quote(where, place, sizeof place);
    log_lines_quote(words, what, sizeof what);
    tell_log(service, QA_LOG_ERROR, "event=setting_wrong where=%s reason=%s", place, what);
}

static void keep(struct service *service, struct settings *fresh, size_t index)
{
    char before[SETTING_VALUE_MAX], now[SETTING_VALUE_MAX], why[128];
    settings_value(&service->settings, index, before, sizeof before);
    settings_value(fresh, index, now, sizeof now);
    if (!strcmp(before, now))
        return;
    tell_log(service, QA_LOG_WARNING, "event=setting_needs_restart setting=%s",
             settings_table[index].name);
    settings_take(fresh, index, before, why, sizeof why);
}

/* What only the next start can change stays as it is. */
static void keep_fixed(struct service *service, struct settings *fresh)
{
    for (size_t i = 0; i < settings_count; i++)
        if (!settings_table[i].live && settings_table[i].section)
            keep(service, fresh, i);
}

static void take_over(struct service *service, struct settings *fresh)
{
    settings_free(&service->settings);
    service->settings = *fresh;
    *fresh = (struct settings){0};
    service_set_log(service);
    tell_log(service, QA_LOG_INFO, "event=reload result=ok");
    check_certificate(&service->certificate);
}

static void reload(struct service *service)
{
    struct settings fresh;
    struct faults faults = {.say = log_fault, .user = service};
    char why[512], quoted[400];
    int code = settings_load(service->argc, service->argv, &fresh, &faults);
    settings_complete(&fresh, &faults);
    if (code || faults.count) {
        tell_log(service, QA_LOG_ERROR, "event=reload result=refused faults=%u", faults.count);
        settings_free(&fresh);
        return;
    }
    keep_fixed(service, &fresh);
    fresh.relay.state_dir = service->settings.relay.state_dir;
    if (relay_server_reload(service->server, &fresh.relay, why, sizeof why)) {
        log_lines_quote(why, quoted, sizeof quoted);
        tell_log(service, QA_LOG_ERROR, "event=reload result=refused reason=%s", quoted);
    } else {
        take_over(service, &fresh);
    }
    settings_free(&fresh);
}

/* ---- signals ---- */

static void on_signal(uv_signal_t *handle, int number)
{
    struct service *service = handle->data;
    switch (number) {
    case SIGHUP:
        if (service->server->stopping)
            return;
        manager_tell_reloading();
        reload(service);
        manager_tell("READY=1");
        return;
    case SIGUSR1:
        manager_tell("STATUS=Draining: no new sessions begin");
        relay_server_drain(service->server, service->settings.drain_s);
        return;
    default:
        manager_tell("STOPPING=1");
        relay_server_stop(service->server);
    }
}

int service_begin(struct service *service)
{
    uv_loop_t *loop = &service->server->loop;
    const int numbers[SERVICE_SIGNALS] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP};
    uv_timer_init(loop, &service->watchdog);
    uv_timer_init(loop, &service->certificate);
    service->watchdog.data = service->certificate.data = service;
    for (int i = 0; i < SERVICE_SIGNALS; i++) {
        uv_signal_init(loop, &service->signals[i]);
        service->signals[i].data = service;
    }
    for (int i = 0; i < SERVICE_SIGNALS; i++) {
        /* On a terminal that is closed --dev ends. */
        bool wanted = numbers[i] != SIGHUP || !service->settings.dev;
        if (wanted && uv_signal_start(&service->signals[i], on_signal, numbers[i]))
            return EXIT_INTERNAL;
    }
    return EXIT_DONE;
}

/* ---- signs of life ---- */

static void bark(uv_timer_t *timer)
{
    const struct service *service = timer->data;
    const struct relay_server *server = service->server;
    manager_tell("WATCHDOG=1\nSTATUS=%s%zu sessions, %zu connections",
                 server->draining ? "Draining: " : "", meetings_count(server->meetings),
                 server->connection_count);
}

void service_say_ready(struct service *service)
{
    uint64_t period = manager_watchdog_ms();
    unsigned port = relay_server_port(service->server);
    manager_tell("READY=1\nSTATUS=Listening on port %u", port);
    tell_log(service, QA_LOG_INFO, "event=ready version=%s port=%u max_connections=%u",
             QASSIST_VERSION, port, service->server->options.max_connections);
    uv_timer_start(&service->certificate, check_certificate, 0, (uint64_t)DAY_S * 1000);
    if (period)
        uv_timer_start(&service->watchdog, bark, 0, period);
}

void service_end(struct service *service)
{
    manager_tell("STOPPING=1");
    uv_close((uv_handle_t *)&service->watchdog, NULL);
    uv_close((uv_handle_t *)&service->certificate, NULL);
    for (int i = 0; i < SERVICE_SIGNALS; i++)
        uv_close((uv_handle_t *)&service->signals[i], NULL);
}
