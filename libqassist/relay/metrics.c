#include "relay/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "relay/server.h"

#define PREFIX "qassist_relay_"

static const unsigned lag_bounds_ms[RELAY_LAG_BUCKETS - 1] = {5, 10, 25, 50, 100, 250, 1000};

void metrics_lag(struct relay_server *server, uint64_t now)
{
    uint64_t late = now > server->sweep_due_ms ? now - server->sweep_due_ms : 0;
    size_t bucket = 0;
    while (bucket < RELAY_LAG_BUCKETS - 1 && late > lag_bounds_ms[bucket])
        bucket++;
    server->lag.counts[bucket]++;
    server->lag.sum_ms += late;
}

/* ---- writing ---- */

struct writer {
    struct buffer *out;
    int error;
};

static void put(struct writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct writer *writer, const char *format, ...)
{
    char line[320];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof line)
        writer->error = QA_ELIMIT;
    else if (!writer->error)
        writer->error = buffer_append(writer->out, line, (size_t)length);
}

static void head(struct writer *writer, const char *name, const char *type, const char *help)
{
    put(writer, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(struct writer *writer, const char *name, const char *help, uint64_t value)
{
    head(writer, name, "gauge", help);
    put(writer, "%s %" PRIu64 "\n", name, value);
}

static void counter(struct writer *writer, const char *name, const char *help, uint64_t value)
{
    head(writer, name, "counter", help);
    put(writer, "%s %" PRIu64 "\n", name, value);
}

/* ---- figures ---- */

/* "QA_ECODE_USED" -> "code_used" */
static const char *result_name(unsigned result, char out[48])
{
    const char *name = qa_err_name(-(int)result);
    if (!result)
        return "ok";
    snprintf(out, 48, "%s", strncmp(name, "QA_E", 4) ? name : name + 4);
    for (char *at = out; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return out;
}

static void put_outcomes(struct writer *writer, const struct relay_server *server)
{
    static const char name[] = PREFIX "requests_total";
    char result[48];
    head(writer, name, "counter",
         "What was asked for, and its result: ok, or why it was refused or ended.");
    for (int kind = 0; kind < OUTCOME_KINDS; kind++)
        for (unsigned i = 0; i < OUTCOME_RESULTS; i++) {
            uint64_t count = server->outcomes.counts[kind][i];
            bool never_ok = kind == OUTCOME_NOTHING || kind == OUTCOME_SESSION;
            if (count || (!i && !never_ok))
                put(writer, "%s{kind=\"%s\",result=\"%s\"} %" PRIu64 "\n", name,
                    outcome_kind_name((enum outcome_kind)kind), result_name(i, result), count);
        }
}

static void put_lag(struct writer *writer, const struct relay_lag *lag)
{
    static const char name[] = PREFIX "loop_lag_seconds";
    uint64_t count = 0;
    head(writer, name, "histogram",
         "How late the relay came to its own timer, four times a second.");
    for (size_t i = 0; i < RELAY_LAG_BUCKETS - 1; i++) {
        count += lag->counts[i];
        put(writer, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, lag_bounds_ms[i] / 1000.0, count);
    }
    count += lag->counts[RELAY_LAG_BUCKETS - 1];
    put(writer,
        "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %" PRIu64 ".%03u\n%s_count %" PRIu64 "\n", name,
        count, name, lag->sum_ms / 1000, (unsigned)(lag->sum_ms % 1000), name, count);
}

static void put_connections(struct writer *writer, const struct relay_server *server)
{
    uint64_t queued = 0, held_back = 0;
    for (const struct connection *c = LIST_FIRST(&server->connections); c; c = LIST_NEXT(c, all)) {
        queued += c->out.length + c->stream.sealed.length;
        held_back += c->held_back;
    }
    gauge(writer, PREFIX "connections", "Connections.", server->connection_count);
    gauge(writer, PREFIX "connections_max", "Connections there may be.",
          server->options.max_connections);
    gauge(writer, PREFIX "connections_unasked", "Connections that have not said what they want.",
          server->unasked_count);
    counter(writer, PREFIX "connections_accepted_total", "Connections that were let in.",
            server->accepted);
    counter(writer, PREFIX "connections_turned_away_total",
            "Connections that were closed at once, because there were too many.",
            server->turned_away);
    gauge(writer, PREFIX "queued_bytes", "Bytes that wait for somebody who reads slowly.", queued);
    gauge(writer, PREFIX "connections_held_back",
          "Connections that are not read from until the other side has read.", held_back);
}

static void put_sessions(struct writer *writer, const struct relay_server *server)
{
    gauge(writer, PREFIX "codes_open", "Codes that can be joined now.",
          directory_open_count(server->directory));
    gauge(writer, PREFIX "sessions", "Sessions, those included that broke off and may come back.",
          meetings_count(server->meetings));
    gauge(writer, PREFIX "pairs", "Sessions with both ends here.", server->pairs);
    counter(writer, PREFIX "relayed_bytes_total", "Bytes passed on between helpers and sharers.",
            server->bytes);
}

static void put_service(struct writer *writer, const struct relay_server *server)
{
    static const char info[] = PREFIX "info", reloads[] = PREFIX "reloads_total";
    head(writer, info, "gauge", "The version that runs.");
    put(writer, "%s{version=\"%s\"} 1\n", info, QASSIST_VERSION);
    gauge(writer, PREFIX "draining", "1 while no new sessions begin.",
          server->draining || server->stopping);
    gauge(writer, PREFIX "certificate_expiry_timestamp_seconds", "When the certificate runs out.",
          (uint64_t)tls_files_expiry(&server->tls));
    head(writer, reloads, "counter", "Settings that were read again while it ran.");
    put(writer, "%s{result=\"ok\"} %" PRIu64 "\n%s{result=\"refused\"} %" PRIu64 "\n", reloads,
        server->reloads, reloads, server->reloads_refused);
}

/* ---- the process, by the names that all exporters use ---- */

static uint64_t resident_bytes(void)
{
    unsigned long long size, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    if (fscanf(file, "%llu %llu", &size, &resident) != 2)
        resident = 0;
    fclose(file);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void put_process(struct writer *writer, const struct relay_server *server)
{
    static const char cpu[] = "process_cpu_seconds_total";
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    long seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec;
    long micro = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    head(writer, cpu, "counter", "Processor time of the process.");
    put(writer, "%s %ld.%06ld\n", cpu, seconds + micro / 1000000, micro % 1000000);
    gauge(writer, "process_resident_memory_bytes", "Memory of the process.", resident_bytes());
    gauge(writer, "process_start_time_seconds", "When it was started.", (uint64_t)server->started);
}

int metrics_write(const struct relay_server *server, struct buffer *out)
{
    struct writer writer = {.out = out};
    put_service(&writer, server);
    put_sessions(&writer, server);
    put_outcomes(&writer, server);
    put_connections(&writer, server);
    put_lag(&writer, &server->lag);
    put_process(&writer, server);
    return writer.error;
}
