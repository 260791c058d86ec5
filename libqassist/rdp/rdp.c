#include "rdp/rdp.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "rdp/rdp_private.h"
#include "rdp/worker_place.h"

#define BYTES_WAITING_MAX        ((size_t)4 * 1024 * 1024)
#define PING_INTERVAL_DEFAULT_MS 2000
#define HANG_LIMIT_DEFAULT_MS    8000
/* Both sides start at the same time, after the sharer's consent. */
#define CONNECT_LIMIT_DEFAULT_MS 20000
#define STOP_GRACE_MS            1000
#define EXIT_NO_PROGRAM          127 /* what the dynamic linker ends with when a library is missing */

_Static_assert((int)RDP_SERVER == (int)WORKER_SERVER && (int)RDP_CLIENT == (int)WORKER_CLIENT,
               "roles are sent as they are");
_Static_assert(RDP_DAMAGE_MAX == WORKER_DAMAGE_MAX && RDP_MOVES_MAX == WORKER_MOVES_MAX,
               "damage is sent as it is");
_Static_assert(RDP_EPOCHS == WORKER_EPOCHS, "epochs are sent as they are");

void rdp_fail(struct rdp *rdp, int error, const char *format, ...)
{
    if (rdp->state != RDP_RUNNING)
        return;
    char detail[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);

    rdp->state = RDP_FAILED;
    uv_poll_stop(&rdp->stream_poll);
    uv_poll_stop(&rdp->control_poll);
    uv_timer_stop(&rdp->timer);
    worker_process_kill(&rdp->process);
    log_warning(rdp->log, "rdp: %s", detail);
    if (rdp->events.failed)
        rdp->events.failed(rdp->user, error, detail);
}

static void free_rdp(struct rdp *rdp)
{
    void (*done)(void *) = rdp->done;
    void *done_user = rdp->done_user;
    outbox_free(&rdp->outbox);
    buffer_free(&rdp->to_worker);
    free(rdp->cursor.pixels);
    free(rdp);
    if (done)
        done(done_user);
}

static void on_closed(uv_handle_t *handle)
{
    struct rdp *rdp = handle->data;
    if (--rdp->open_handles == 0)
        free_rdp(rdp);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void tell_end(struct rdp *rdp, const struct worker_process_end *end)
{
    if (!rdp->greeted && end->status == EXIT_NO_PROGRAM)
        rdp_fail(rdp, QA_EWORKER_MISSING, "the RDP worker program cannot run (%s)", end->text);
    else if (end->status == WORKER_EXIT_PEER)
        rdp_fail(rdp, QA_EPROTO, "the other side's RDP is not valid or has ended (%s)", end->text);
    else if (end->status == WORKER_EXIT_TIMEOUT)
        rdp_fail(rdp, QA_EWORKER, "the RDP worker got no connection in time (%s)", end->text);
    else
        rdp_fail(rdp, QA_EWORKER, "the RDP worker stopped: %s", end->text);
}

static void on_process_end(uv_poll_t *handle, int status, int events)
{
    struct rdp *rdp = handle->data;
    struct worker_process_end end;
    close_handle((uv_handle_t *)&rdp->process_poll);
    worker_process_reap(&rdp->process, &end);
    if (rdp->state == RDP_STOPPING)
        close_handle((uv_handle_t *)&rdp->timer);
    else
        tell_end(rdp, &end);
}

static void on_grace_over(uv_timer_t *timer)
{
    struct rdp *rdp = timer->data;
    worker_process_kill(&rdp->process);
}

static int check_role(const struct rdp *rdp, enum rdp_role role)
{
    return rdp->state == RDP_RUNNING && rdp->role == role ? 0 : QA_ESTATE;
}

/* In time before the worker gives up, and once more at the end of the pause. */
static void ask_patience(struct rdp *rdp)
{
    if (check_role(rdp, RDP_CLIENT) != 0 || rdp->ready)
        return;
    rdp->outbox.patience = true;
    rdp_control_update(rdp);
}

static void on_ping(uv_timer_t *timer)
{
    struct rdp *rdp = timer->data;
    /* The answer may wait in the socket, for one when this process itself stood still. */
    rdp_control_read(rdp);
    if (rdp->state != RDP_RUNNING)
        return;
    if (rdp->peer_paused)
        ask_patience(rdp);
    uint64_t now = clock_ms();
    uint64_t since = now - rdp->last_tick_ms;
    rdp->last_tick_ms = now;
    if (rdp->pong_awaited) {
        /* Time in which this process itself stood still does not count against the worker. */
        rdp->pong_waited_ms += since < 2u * rdp->ping_interval_ms ? since : rdp->ping_interval_ms;
        if (rdp->pong_waited_ms >= rdp->hang_limit_ms)
            rdp_fail(rdp, QA_EWORKER_HUNG, "the RDP worker did not answer for %u ms",
                     (unsigned)rdp->hang_limit_ms);
        return;
    }
    rdp->outbox.ping = true;
    rdp->outbox.ping_sequence++;
    rdp->pong_waited_ms = 0;
    rdp->pong_awaited = true;
    rdp_control_update(rdp);
}

static int start_handles(struct rdp *rdp, const struct rdp_options *options)
{
    uv_loop_t *loop = rdp->loop;
    if (uv_poll_init(loop, &rdp->process_poll, rdp->process.pidfd) != 0)
        return QA_EIO;
    rdp->process_poll.data = rdp;
    rdp->open_handles++;
    if (uv_poll_init(loop, &rdp->stream_poll, rdp->stream_fd) != 0)
        return QA_EIO;
    rdp->stream_poll.data = rdp;
    rdp->open_handles++;
    if (uv_poll_init(loop, &rdp->control_poll, rdp->control_fd) != 0)
        return QA_EIO;
    rdp->control_poll.data = rdp;
    rdp->open_handles++;
    uv_timer_init(loop, &rdp->timer);
    rdp->timer.data = rdp;
    rdp->open_handles++;

    uint32_t interval = rdp->ping_interval_ms =
        options->ping_interval_ms ? options->ping_interval_ms : PING_INTERVAL_DEFAULT_MS;
    rdp->hang_limit_ms = options->hang_limit_ms ? options->hang_limit_ms : HANG_LIMIT_DEFAULT_MS;
    uv_timer_start(&rdp->timer, on_ping, interval, interval);
    uv_poll_start(&rdp->process_poll, UV_READABLE, on_process_end);
    rdp_control_update(rdp);
    return 0;
}

static int make_pair(int type, int pair[2])
{
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0) {
        pair[0] = pair[1] = -1;
        return QA_EIO;
    }
    pair[0] = worker_fd_above_stdio(pair[0]);
    return pair[0] < 0 ? QA_EIO : 0;
}

static int start_process(struct rdp *rdp, const struct rdp_options *options)
{
    int stream[2] = {-1, -1};
    int control[2] = {-1, -1};
    int error = make_pair(SOCK_STREAM, stream);
    if (!error)
        error = make_pair(SOCK_SEQPACKET, control);
    if (!error) {
        char *place = options->worker_path ? NULL : worker_place_find();
        const char *path = options->worker_path ? options->worker_path : place;
        struct worker_process_fds fds = {stream[1], control[1], rdp->picture->fd};
        error = path ? worker_process_start(&rdp->process, path, &fds, options->worker_stderr)
                     : QA_ENOMEM;
        free(place);
    }
    close_fd(&stream[1]);
    close_fd(&control[1]);
    rdp->stream_fd = stream[0];
    rdp->control_fd = control[0];
    return error;
}

/* What a failed start leaves behind. */
static void abandon(struct rdp *rdp)
{
    close_fd(&rdp->stream_fd);
    close_fd(&rdp->control_fd);
    if (rdp->process.pidfd >= 0) {
        struct worker_process_end end;
        worker_process_kill(&rdp->process);
        worker_process_reap(&rdp->process, &end);
    }
    if (!rdp->open_handles) {
        free_rdp(rdp);
        return;
    }
    uv_handle_t *handles[] = {(uv_handle_t *)&rdp->process_poll, (uv_handle_t *)&rdp->stream_poll,
                              (uv_handle_t *)&rdp->control_poll, (uv_handle_t *)&rdp->timer};
    unsigned count = rdp->open_handles;
    for (unsigned i = 0; i < count; i++)
        close_handle(handles[i]);
}

void rdp_watch(uv_poll_t *poll, int *watched, int events, uv_poll_cb on_poll)
{
    if (events == *watched && (!events || uv_is_active((uv_handle_t *)poll)))
        return;
    *watched = events;
    if (events)
        uv_poll_start(poll, events, on_poll);
    else
        uv_poll_stop(poll);
}

int rdp_start(uv_loop_t *loop, const struct rdp_options *options, struct picture *picture,
              const struct rdp_events *events, void *user, struct rdp **out)
{
    struct rdp *rdp = calloc(1, sizeof *rdp);
    if (!rdp)
        return QA_ENOMEM;
    rdp->loop = loop;
    rdp->role = options->role;
    rdp->log = options->log;
    rdp->events = *events;
    rdp->user = user;
    rdp->picture = picture;
    rdp->process.pidfd = -1;
    buffer_init(&rdp->to_worker, BYTES_WAITING_MAX);
    rdp->outbox.hello = true;
    rdp->outbox.role = (uint32_t)options->role;
    rdp->outbox.flags = (options->classic_bitmaps ? WORKER_CLASSIC_BITMAPS : 0) |
                        (options->worker_stderr ? WORKER_VERBOSE : 0);

    rdp->outbox.connect_limit_ms =
        options->connect_limit_ms ? options->connect_limit_ms : CONNECT_LIMIT_DEFAULT_MS;

    int error = start_process(rdp, options);
    if (!error)
        error = start_handles(rdp, options);
    if (error) {
        abandon(rdp);
        return error;
    }
    log_debug(rdp->log, "rdp: worker %d started as %s", (int)rdp->process.pid,
              rdp->role == RDP_SERVER ? "server" : "client");
    *out = rdp;
    return 0;
}

int rdp_feed(struct rdp *rdp, const uint8_t *data, size_t length)
{
    if (rdp->state != RDP_RUNNING || rdp->stream_closed)
        return 0; /* lost with the worker; `failed` tells */
    int error = buffer_append(&rdp->to_worker, data, length);
    if (!error)
        rdp_stream_update(rdp);
    return error;
}

void rdp_set_reading(struct rdp *rdp, bool reading)
{
    rdp->reading = reading;
    if (rdp->state == RDP_RUNNING)
        rdp_stream_update(rdp);
}

int rdp_picture_resized(struct rdp *rdp)
{
    if (check_role(rdp, RDP_SERVER) != 0 || rdp->picture->width < 1)
        return QA_ESTATE;
    outbox_set_size(&rdp->outbox, rdp->picture->width, rdp->picture->height);
    rdp_control_update(rdp);
    return 0;
}

int rdp_damage(struct rdp *rdp, const qa_rect *damage, size_t count)
{
    if (check_role(rdp, RDP_SERVER) != 0)
        return QA_ESTATE;
    outbox_add_damage(&rdp->outbox, damage, count);
    rdp_control_update(rdp);
    return 0;
}

int rdp_cursor(struct rdp *rdp, const qa_cursor *cursor)
{
    if (check_role(rdp, RDP_SERVER) != 0)
        return QA_ESTATE;
    int error = outbox_set_cursor(&rdp->outbox, cursor);
    rdp_control_update(rdp);
    return error;
}

int rdp_cursor_position(struct rdp *rdp, int32_t x, int32_t y)
{
    if (check_role(rdp, RDP_SERVER) != 0)
        return QA_ESTATE;
    int error = outbox_set_cursor_position(&rdp->outbox, x, y);
    rdp_control_update(rdp);
    return error;
}

int rdp_input(struct rdp *rdp, const qa_input_event *event)
{
    if (check_role(rdp, RDP_CLIENT) != 0 || !rdp->ready)
        return QA_ESTATE;
    int error = outbox_add_input(&rdp->outbox, event);
    rdp_control_update(rdp);
    return error;
}

size_t rdp_input_room(const struct rdp *rdp)
{
    return OUTBOX_INPUT_MAX - rdp->outbox.input_count;
}

int rdp_input_epoch(struct rdp *rdp, unsigned epoch)
{
    if (check_role(rdp, RDP_CLIENT) != 0 || !rdp->ready)
        return QA_ESTATE;
    int error = outbox_add_epoch(&rdp->outbox, epoch);
    rdp_control_update(rdp);
    return error;
}

void rdp_frame_done(struct rdp *rdp)
{
    if (!rdp->frame_out)
        return;
    rdp->frame_out = false;
    rdp->outbox.frame_done = true;
    rdp_control_update(rdp);
}

void rdp_refresh(struct rdp *rdp)
{
    if (check_role(rdp, RDP_CLIENT) != 0 || !rdp->ready)
        return;
    rdp->outbox.refresh = true;
    rdp_control_update(rdp);
}

void rdp_set_peer_paused(struct rdp *rdp, bool paused)
{
    if (rdp->peer_paused != paused)
        ask_patience(rdp);
    rdp->peer_paused = paused;
}

void rdp_set_generation(struct rdp *rdp, uint32_t generation)
{
    rdp->outbox.generation = generation;
}

uint32_t rdp_generation(const struct rdp *rdp)
{
    return rdp->generation;
}

int rdp_pid(const struct rdp *rdp)
{
    return (int)rdp->process.pid;
}

void rdp_stop(struct rdp *rdp, void (*done)(void *user), void *user)
{
    if (!rdp || rdp->state == RDP_STOPPING)
        return;
    rdp->state = RDP_STOPPING;
    rdp->done = done;
    rdp->done_user = user;
    close_handle((uv_handle_t *)&rdp->stream_poll);
    close_handle((uv_handle_t *)&rdp->control_poll);
    uv_timer_stop(&rdp->timer);
    /* The end of the control socket asks the worker to end. */
    close_fd(&rdp->stream_fd);
    close_fd(&rdp->control_fd);
    if (rdp->process.pidfd >= 0)
        uv_timer_start(&rdp->timer, on_grace_over, STOP_GRACE_MS, 0);
    else
        close_handle((uv_handle_t *)&rdp->timer);
}
