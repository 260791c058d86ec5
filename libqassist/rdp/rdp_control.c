#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <qassist/errors.h>

#include "rdp/rdp_private.h"

/* So that a worker gone mad cannot keep the loop busy. */
#define MESSAGES_PER_WAKE 64

void rdp_control_update(struct rdp *rdp)
{
    if (rdp->state != RDP_RUNNING)
        return;
    rdp_watch(&rdp->control_poll, &rdp->control_watched,
              UV_READABLE | (outbox_empty(&rdp->outbox) ? 0 : UV_WRITABLE), rdp_control_on_poll);
}

static void receive_input(struct rdp *rdp, const struct worker_input *input)
{
    qa_input_event event = {.size = sizeof event,
                            .type = (qa_input_type)input->type,
                            .x = input->x,
                            .y = input->y,
                            .button = input->button,
                            .pressed = input->pressed,
                            .wheel_x = input->wheel_x,
                            .wheel_y = input->wheel_y,
                            .scancode = input->scancode,
                            .codepoint = input->codepoint};
    if (rdp->events.input)
        rdp->events.input(rdp->user, &event);
}

static qa_rect rect_of(const struct worker_rect *rect)
{
    return (qa_rect){rect->x, rect->y, rect->width, rect->height};
}

static void tell_frame(struct rdp *rdp, const struct worker_frame *frame)
{
    qa_rect damage[WORKER_DAMAGE_MAX + WORKER_MOVES_MAX];
    qa_move moves[WORKER_MOVES_MAX];
    for (uint32_t i = 0; i < frame->count; i++)
        damage[i] = rect_of(&frame->rects[i]);
    for (uint32_t i = 0; i < frame->move_count; i++) {
        const struct worker_move *move = &frame->moves[i];
        damage[frame->count + i] = rect_of(&move->to);
        moves[i] = (qa_move){rect_of(&move->to), move->from_x, move->from_y};
    }
    struct rdp_frame told = {.damage = damage,
                             .count = frame->count + frame->move_count,
                             .painted = frame->count,
                             .moves = moves,
                             .move_count = frame->move_count};
    rdp->events.frame(rdp->user, &told);
}

static void receive_frame(struct rdp *rdp, const struct worker_frame *frame)
{
    if (rdp->frame_out) {
        rdp_fail(rdp, QA_EWORKER, "the RDP worker sent a frame too many");
        return;
    }
    if ((frame->width != rdp->picture->width || frame->height != rdp->picture->height) &&
        picture_resize(rdp->picture, frame->width, frame->height) != 0) {
        rdp_fail(rdp, QA_EWORKER, "the RDP worker gave a size that cannot be");
        return;
    }
    rdp->frame_out = true;
    rdp->generation = frame->generation;
    if (rdp->events.frame)
        tell_frame(rdp, frame);
    else
        rdp_frame_done(rdp);
}

static void tell_cursor(struct rdp *rdp)
{
    struct rdp_cursor_intake intake = rdp->cursor;
    rdp->cursor = (struct rdp_cursor_intake){0};
    qa_cursor cursor = {.size = sizeof cursor,
                        .width = intake.shape.width,
                        .height = intake.shape.height,
                        .hot_x = intake.shape.hot_x,
                        .hot_y = intake.shape.hot_y,
                        .pixels = intake.pixels};
    if (rdp->events.cursor)
        rdp->events.cursor(rdp->user, &cursor);
    free(intake.pixels);
}

static void receive_cursor(struct rdp *rdp, const struct worker_cursor *shape)
{
    free(rdp->cursor.pixels);
    rdp->cursor = (struct rdp_cursor_intake){.shape = *shape};
    rdp->cursor.length = (size_t)shape->width * (size_t)shape->height * 4;
    if (!rdp->cursor.length) {
        tell_cursor(rdp);
        return;
    }
    rdp->cursor.pixels = malloc(rdp->cursor.length);
    if (!rdp->cursor.pixels)
        rdp_fail(rdp, QA_ENOMEM, "no memory for the pointer's shape");
}

static void receive_cursor_data(struct rdp *rdp, const struct worker_cursor_data *data)
{
    if (data->count > rdp->cursor.length - rdp->cursor.received) {
        rdp_fail(rdp, QA_EWORKER, "the RDP worker sent a pointer too large");
        return;
    }
    memcpy(rdp->cursor.pixels + rdp->cursor.received, data->bytes, data->count);
    rdp->cursor.received += data->count;
    if (rdp->cursor.received == rdp->cursor.length)
        tell_cursor(rdp);
}

static void receive_hello(struct rdp *rdp, const struct worker_hello *hello)
{
    if (rdp->greeted || hello->version != WORKER_PROTOCOL_VERSION ||
        hello->role != (uint32_t)rdp->role)
        rdp_fail(rdp, QA_EWORKER, "the RDP worker is of another version");
    rdp->greeted = true;
}

static void receive_pong(struct rdp *rdp, const struct worker_ping *pong)
{
    if (pong->sequence != rdp->outbox.ping_sequence)
        return;
    rdp->pong_awaited = false;
    if (rdp->events.answered)
        rdp->events.answered(rdp->user);
}

static void receive_ready(struct rdp *rdp)
{
    if (rdp->ready) {
        rdp_fail(rdp, QA_EWORKER, "the RDP worker was ready twice");
        return;
    }
    rdp->ready = true;
    if (rdp->events.ready)
        rdp->events.ready(rdp->user);
}

static void receive_position(struct rdp *rdp, const struct worker_position *position)
{
    if (rdp->events.cursor_position)
        rdp->events.cursor_position(rdp->user, position->x, position->y);
}

static void receive_epoch(struct rdp *rdp, const struct worker_epoch *epoch)
{
    if (rdp->events.input_epoch)
        rdp->events.input_epoch(rdp->user, epoch->epoch);
}

/* False: it crossed on its way what was said last, which it does not count. */
static bool is_of_the_last(const struct rdp *rdp, const struct worker_captures *captures)
{
    const struct outbox *outbox = &rdp->outbox;
    return captures->count == outbox->captures && !outbox->size && !outbox->damage;
}

/* There will be another for what crossed it. */
static void receive_taken(struct rdp *rdp, const struct worker_captures *captures)
{
    if (rdp->events.taken && is_of_the_last(rdp, captures))
        rdp->events.taken(rdp->user);
}

/* What crossed it is the answer. */
static void receive_renew(struct rdp *rdp, const struct worker_captures *captures)
{
    if (!is_of_the_last(rdp, captures))
        return;
    if (rdp->events.renew)
        rdp->events.renew(rdp->user);
    else
        rdp_damage(rdp, NULL, 0);
}

static void receive_unexpected(struct rdp *rdp, uint32_t type)
{
    rdp_fail(rdp, QA_EWORKER, "the RDP worker sent message %u out of place", (unsigned)type);
}

/* Messages that come from a server worker only, or from a client worker only. */
static bool of_role(const struct rdp *rdp, uint32_t type)
{
    switch (type) {
    case WORKER_INPUT:
    case WORKER_INPUT_EPOCH:
    case WORKER_TAKEN:
    case WORKER_RENEW:
        return rdp->role == RDP_SERVER;
    case WORKER_FRAME:
    case WORKER_CURSOR:
    case WORKER_CURSOR_DATA:
    case WORKER_CURSOR_POSITION:
        return rdp->role == RDP_CLIENT;
    default:
        return true;
    }
}

static void dispatch(struct rdp *rdp, const union worker_message *message)
{
    uint32_t type = message->header.type;
    if (!of_role(rdp, type) || (!rdp->greeted && type != WORKER_HELLO)) {
        receive_unexpected(rdp, type);
        return;
    }
    switch (type) {
    case WORKER_HELLO:
        receive_hello(rdp, &message->hello);
        break;
    case WORKER_PONG:
        receive_pong(rdp, &message->ping);
        break;
    case WORKER_READY:
        receive_ready(rdp);
        break;
    case WORKER_INPUT:
        receive_input(rdp, &message->input);
        break;
    case WORKER_INPUT_EPOCH:
        receive_epoch(rdp, &message->epoch);
        break;
    case WORKER_TAKEN:
        receive_taken(rdp, &message->captures);
        break;
    case WORKER_RENEW:
        receive_renew(rdp, &message->captures);
        break;
    case WORKER_FRAME:
        receive_frame(rdp, &message->frame);
        break;
    case WORKER_CURSOR:
        receive_cursor(rdp, &message->cursor);
        break;
    case WORKER_CURSOR_DATA:
        receive_cursor_data(rdp, &message->cursor_data);
        break;
    case WORKER_CURSOR_POSITION:
        receive_position(rdp, &message->position);
        break;
    default:
        receive_unexpected(rdp, type);
    }
}

void rdp_control_read(struct rdp *rdp)
{
    union worker_message message;
    for (int i = 0; i < MESSAGES_PER_WAKE && rdp->state == RDP_RUNNING; i++) {
        /* With MSG_TRUNC a packet that is too long shows its true length. */
        ssize_t received =
            recv(rdp->control_fd, &message, sizeof message, MSG_DONTWAIT | MSG_TRUNC);
        if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return;
        if (received <= 0) {
            /* Its process ends now; should it not, it is no worker any more. */
            uv_poll_stop(&rdp->control_poll);
            worker_process_kill(&rdp->process);
            return;
        }
        if (!worker_message_valid(&message, (size_t)received)) {
            rdp_fail(rdp, QA_EWORKER, "the RDP worker sent a message that is not valid");
            return;
        }
        dispatch(rdp, &message);
    }
}

void rdp_control_on_poll(uv_poll_t *handle, int status, int events)
{
    struct rdp *rdp = handle->data;
    if (status < 0)
        events = UV_READABLE;
    if (events & UV_READABLE)
        rdp_control_read(rdp);
    if (rdp->state != RDP_RUNNING || !uv_is_active((uv_handle_t *)handle))
        return;
    /* A closed socket is seen by the next read. */
    (void)outbox_flush(&rdp->outbox, rdp->control_fd);
    rdp_control_update(rdp);
}
