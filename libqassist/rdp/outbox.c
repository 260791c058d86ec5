#include "rdp/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <qassist/errors.h>

#include "rdp/picture.h"

static void drop_cursor(struct outbox *outbox)
{
    free(outbox->cursor_pixels);
    outbox->cursor_pixels = NULL;
    outbox->cursor_length = 0;
    outbox->cursor_sent = 0;
}

void outbox_free(struct outbox *outbox)
{
    drop_cursor(outbox);
}

void outbox_set_size(struct outbox *outbox, int32_t width, int32_t height)
{
    outbox->size = true;
    outbox->width = width;
    outbox->height = height;
    /* All of a resized picture is new to the worker. */
    outbox->damage = false;
    outbox->rect_count = 0;
}

static bool clip(qa_rect *rect, int32_t width, int32_t height)
{
    int64_t left = rect->x > 0 ? rect->x : 0;
    int64_t top = rect->y > 0 ? rect->y : 0;
    int64_t right = (int64_t)rect->x + rect->width;
    int64_t bottom = (int64_t)rect->y + rect->height;
    if (right > width)
        right = width;
    if (bottom > height)
        bottom = height;
    if (left >= right || top >= bottom)
        return false;
    *rect =
        (qa_rect){(int32_t)left, (int32_t)top, (int32_t)(right - left), (int32_t)(bottom - top)};
    return true;
}

static qa_rect bounds(const qa_rect *a, const qa_rect *b)
{
    int32_t left = a->x < b->x ? a->x : b->x;
    int32_t top = a->y < b->y ? a->y : b->y;
    int32_t right = a->x + a->width > b->x + b->width ? a->x + a->width : b->x + b->width;
    int32_t bottom = a->y + a->height > b->y + b->height ? a->y + a->height : b->y + b->height;
    return (qa_rect){left, top, right - left, bottom - top};
}

void outbox_add_damage(struct outbox *outbox, const qa_rect *damage, size_t count)
{
    outbox->damage = outbox->width > 0;
    for (size_t i = 0; i < count; i++) {
        qa_rect rect = damage[i];
        if (!clip(&rect, outbox->width, outbox->height))
            continue;
        if (outbox->rect_count == WORKER_DAMAGE_MAX) {
            for (size_t j = 1; j < outbox->rect_count; j++)
                outbox->rects[0] = bounds(&outbox->rects[0], &outbox->rects[j]);
            outbox->rect_count = 1;
        }
        outbox->rects[outbox->rect_count++] = rect;
    }
}

int outbox_set_cursor(struct outbox *outbox, const qa_cursor *cursor)
{
    union worker_message message = {0};
    worker_message_init(&message, WORKER_CURSOR, sizeof message.cursor);
    if (cursor->width || cursor->height) {
        message.cursor.width = cursor->width;
        message.cursor.height = cursor->height;
        message.cursor.hot_x = cursor->hot_x;
        message.cursor.hot_y = cursor->hot_y;
    }
    if (!worker_message_valid(&message, sizeof message.cursor))
        return QA_EINVAL;
    size_t length = (size_t)message.cursor.width * (size_t)message.cursor.height * 4;
    uint8_t *pixels = NULL;
    if (length) {
        if (!cursor->pixels)
            return QA_EINVAL;
        pixels = malloc(length);
        if (!pixels)
            return QA_ENOMEM;
        memcpy(pixels, cursor->pixels, length);
    }
    drop_cursor(outbox);
    outbox->cursor = true;
    outbox->shape = message.cursor;
    outbox->cursor_pixels = pixels;
    outbox->cursor_length = length;
    return 0;
}

int outbox_set_cursor_position(struct outbox *outbox, int32_t x, int32_t y)
{
    if (x < 0 || y < 0 || x >= PICTURE_SIDE_MAX || y >= PICTURE_SIDE_MAX)
        return QA_EINVAL;
    outbox->position = true;
    outbox->position_x = x;
    outbox->position_y = y;
    return 0;
}

static void build_input(union worker_message *message, const struct outbox_input *entry)
{
    if (entry->is_epoch) {
        worker_message_init(message, WORKER_INPUT_EPOCH, sizeof message->epoch);
        message->epoch.epoch = entry->epoch;
        return;
    }
    const qa_input_event *event = &entry->event;
    worker_message_init(message, WORKER_INPUT, sizeof message->input);
    message->input.type = event->type;
    message->input.x = event->x;
    message->input.y = event->y;
    message->input.button = event->button;
    message->input.pressed = event->pressed;
    message->input.wheel_x = event->wheel_x;
    message->input.wheel_y = event->wheel_y;
    message->input.scancode = event->scancode;
    message->input.codepoint = event->codepoint;
}

static struct outbox_input *input_at(struct outbox *outbox, size_t index)
{
    return &outbox->input[(outbox->input_first + index) % OUTBOX_INPUT_MAX];
}

static int add_entry(struct outbox *outbox, const struct outbox_input *entry)
{
    union worker_message message = {0};
    build_input(&message, entry);
    if (!worker_message_valid(&message, message.header.length))
        return QA_EINVAL;
    if (outbox->input_count == OUTBOX_INPUT_MAX)
        return QA_ELIMIT;
    *input_at(outbox, outbox->input_count++) = *entry;
    return 0;
}

static bool is_move(const struct outbox_input *entry)
{
    return !entry->is_epoch && entry->event.type == QA_INPUT_MOVE;
}

int outbox_add_input(struct outbox *outbox, const qa_input_event *event)
{
    struct outbox_input entry = {.event = *event};
    bool overtakes = is_move(&entry) && outbox->input_count &&
                     is_move(input_at(outbox, outbox->input_count - 1));
    outbox->input_count -= overtakes;
    int error = add_entry(outbox, &entry);
    if (error)
        outbox->input_count += overtakes;
    return error;
}

int outbox_add_epoch(struct outbox *outbox, unsigned epoch)
{
    return add_entry(outbox, &(struct outbox_input){.is_epoch = true, .epoch = epoch});
}

bool outbox_empty(const struct outbox *outbox)
{
    return !outbox->hello && !outbox->ping && !outbox->frame_done && !outbox->refresh &&
           !outbox->patience && !outbox->size && !outbox->damage && !outbox->cursor &&
           !outbox->cursor_pixels && !outbox->position && !outbox->input_count;
}

/* 1 sent, 0 the socket is full, QA_EIO. */
static int send_message(int fd, const union worker_message *message)
{
    ssize_t sent;
    do {
        sent = send(fd, message, message->header.length, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return 1;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? 0 : QA_EIO;
}

static int send_flag(int fd, bool *flag, const union worker_message *message)
{
    int result = send_message(fd, message);
    if (result == 1)
        *flag = false;
    return result;
}

static int send_hello(struct outbox *outbox, int fd)
{
    union worker_message message = {0};
    worker_message_init(&message, WORKER_HELLO, sizeof message.hello);
    message.hello.version = WORKER_PROTOCOL_VERSION;
    message.hello.role = outbox->role;
    message.hello.flags = outbox->flags;
    message.hello.connect_limit_ms = outbox->connect_limit_ms;
    return send_flag(fd, &outbox->hello, &message);
}

static int send_ping(struct outbox *outbox, int fd)
{
    union worker_message message = {0};
    worker_message_init(&message, WORKER_PING, sizeof message.ping);
    message.ping.sequence = outbox->ping_sequence;
    return send_flag(fd, &outbox->ping, &message);
}

static int send_simple(int fd, bool *flag, enum worker_message_type type)
{
    union worker_message message = {0};
    worker_message_init(&message, type, sizeof message.header);
    return send_flag(fd, flag, &message);
}

static int send_size(struct outbox *outbox, int fd)
{
    union worker_message message = {0};
    worker_message_init(&message, WORKER_SIZE, sizeof message.size);
    message.size.width = outbox->width;
    message.size.height = outbox->height;
    message.size.generation = outbox->generation;
    int result = send_flag(fd, &outbox->size, &message);
    outbox->captures += result == 1;
    return result;
}

static int send_damage(struct outbox *outbox, int fd)
{
    union worker_message message = {0};
    worker_message_init(&message, WORKER_DAMAGE, sizeof message.damage);
    message.damage.width = outbox->width;
    message.damage.height = outbox->height;
    message.damage.count = (uint32_t)outbox->rect_count;
    for (size_t i = 0; i < outbox->rect_count; i++) {
        const qa_rect *rect = &outbox->rects[i];
        message.damage.rects[i] = (struct worker_rect){rect->x, rect->y, rect->width, rect->height};
    }
    int result = send_flag(fd, &outbox->damage, &message);
    if (result == 1) {
        outbox->rect_count = 0;
        outbox->captures++;
    }
    return result;
}

static int send_cursor(struct outbox *outbox, int fd)
{
    union worker_message message = {.cursor = outbox->shape};
    return send_flag(fd, &outbox->cursor, &message);
}

static int send_cursor_data(struct outbox *outbox, int fd)
{
    union worker_message message = {0};
    worker_message_init(&message, WORKER_CURSOR_DATA, sizeof message.cursor_data);
    size_t count = outbox->cursor_length - outbox->cursor_sent;
    if (count > WORKER_CURSOR_CHUNK)
        count = WORKER_CURSOR_CHUNK;
    message.cursor_data.count = (uint32_t)count;
    memcpy(message.cursor_data.bytes, outbox->cursor_pixels + outbox->cursor_sent, count);
    int result = send_message(fd, &message);
    if (result == 1) {
        outbox->cursor_sent += count;
        if (outbox->cursor_sent == outbox->cursor_length)
            drop_cursor(outbox);
    }
    return result;
}

static int send_position(struct outbox *outbox, int fd)
{
    union worker_message message = {0};
    worker_message_init(&message, WORKER_CURSOR_POSITION, sizeof message.position);
    message.position.x = outbox->position_x;
    message.position.y = outbox->position_y;
    return send_flag(fd, &outbox->position, &message);
}

static int send_input(struct outbox *outbox, int fd)
{
    union worker_message message = {0};
    build_input(&message, input_at(outbox, 0));
    int result = send_message(fd, &message);
    if (result == 1) {
        outbox->input_first = (outbox->input_first + 1) % OUTBOX_INPUT_MAX;
        outbox->input_count--;
    }
    return result;
}

/* The most urgent message that waits. */
static int send_next(struct outbox *outbox, int fd)
{
    if (outbox->hello)
        return send_hello(outbox, fd);
    if (outbox->ping)
        return send_ping(outbox, fd);
    if (outbox->frame_done)
        return send_simple(fd, &outbox->frame_done, WORKER_FRAME_DONE);
    if (outbox->refresh)
        return send_simple(fd, &outbox->refresh, WORKER_REFRESH);
    if (outbox->patience)
        return send_simple(fd, &outbox->patience, WORKER_PATIENCE);
    if (outbox->input_count)
        return send_input(outbox, fd);
    if (outbox->size)
        return send_size(outbox, fd);
    if (outbox->damage)
        return send_damage(outbox, fd);
    if (outbox->cursor)
        return send_cursor(outbox, fd);
    if (outbox->cursor_pixels)
        return send_cursor_data(outbox, fd);
    return send_position(outbox, fd);
}

int outbox_flush(struct outbox *outbox, int fd)
{
    while (!outbox_empty(outbox)) {
        int result = send_next(outbox, fd);
        if (result <= 0)
            return result;
    }
    return 0;
}
