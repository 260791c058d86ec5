#include "rdp/worker_protocol.h"

#include <qassist/input.h>

#include "rdp/picture.h"

void worker_message_init(union worker_message *message, enum worker_message_type type,
                         size_t length)
{
    message->header.type = type;
    message->header.length = (uint32_t)length;
}

/* The length that a message of this type has; 0 for a type that there is not. */
static size_t fixed_length(uint32_t type)
{
    switch (type) {
    case WORKER_HELLO:
        return sizeof(struct worker_hello);
    case WORKER_PING:
    case WORKER_PONG:
        return sizeof(struct worker_ping);
    case WORKER_SIZE:
        return sizeof(struct worker_size);
    case WORKER_TAKEN:
    case WORKER_RENEW:
        return sizeof(struct worker_captures);
    case WORKER_DAMAGE:
        return sizeof(struct worker_damage);
    case WORKER_FRAME:
        return sizeof(struct worker_frame);
    case WORKER_CURSOR:
        return sizeof(struct worker_cursor);
    case WORKER_CURSOR_DATA:
        return sizeof(struct worker_cursor_data);
    case WORKER_CURSOR_POSITION:
        return sizeof(struct worker_position);
    case WORKER_INPUT:
        return sizeof(struct worker_input);
    case WORKER_INPUT_EPOCH:
        return sizeof(struct worker_epoch);
    case WORKER_READY:
    case WORKER_FRAME_DONE:
    case WORKER_REFRESH:
    case WORKER_PATIENCE:
        return sizeof(struct worker_header);
    default:
        return 0;
    }
}

static bool size_valid(int32_t width, int32_t height)
{
    return width >= 1 && width <= PICTURE_SIDE_MAX && height >= 1 && height <= PICTURE_SIDE_MAX;
}

static bool position_valid(int32_t x, int32_t y)
{
    return x >= 0 && x < PICTURE_SIDE_MAX && y >= 0 && y < PICTURE_SIDE_MAX;
}

static bool rect_valid(const struct worker_rect *rect, int32_t width, int32_t height)
{
    return rect->x >= 0 && rect->y >= 0 && rect->width >= 1 && rect->height >= 1 &&
           rect->x < width && rect->width <= width - rect->x && rect->y < height &&
           rect->height <= height - rect->y;
}

static bool damage_valid(const struct worker_damage *damage)
{
    if (!size_valid(damage->width, damage->height) || damage->count > WORKER_DAMAGE_MAX)
        return false;
    for (uint32_t i = 0; i < damage->count; i++)
        if (!rect_valid(&damage->rects[i], damage->width, damage->height))
            return false;
    return true;
}

static bool move_valid(const struct worker_move *move, int32_t width, int32_t height)
{
    struct worker_rect from = {move->from_x, move->from_y, move->to.width, move->to.height};
    return rect_valid(&move->to, width, height) && rect_valid(&from, width, height);
}

static bool frame_valid(const struct worker_frame *frame)
{
    if (!size_valid(frame->width, frame->height) || frame->generation > WORKER_GENERATION_MAX)
        return false;
    if (frame->count > WORKER_DAMAGE_MAX || frame->move_count > WORKER_MOVES_MAX ||
        (!frame->count && !frame->move_count))
        return false;
    for (uint32_t i = 0; i < frame->count; i++)
        if (!rect_valid(&frame->rects[i], frame->width, frame->height))
            return false;
    for (uint32_t i = 0; i < frame->move_count; i++)
        if (!move_valid(&frame->moves[i], frame->width, frame->height))
            return false;
    return true;
}

static bool cursor_valid(const struct worker_cursor *cursor)
{
    if (cursor->width == 0 && cursor->height == 0)
        return cursor->hot_x == 0 && cursor->hot_y == 0;
    return cursor->width >= 1 && cursor->width <= WORKER_CURSOR_SIDE_MAX && cursor->height >= 1 &&
           cursor->height <= WORKER_CURSOR_SIDE_MAX && cursor->hot_x >= 0 &&
           cursor->hot_x < cursor->width && cursor->hot_y >= 0 && cursor->hot_y < cursor->height;
}

static bool button_valid(uint32_t button)
{
    switch (button) {
    case QA_BUTTON_LEFT:
    case QA_BUTTON_MIDDLE:
    case QA_BUTTON_RIGHT:
    case QA_BUTTON_BACK:
    case QA_BUTTON_FORWARD:
        return true;
    default:
        return false;
    }
}

static bool wheel_valid(int32_t steps)
{
    return steps >= -WORKER_WHEEL_MAX && steps <= WORKER_WHEEL_MAX;
}

static bool input_valid(const struct worker_input *input)
{
    if (input->pressed > 1)
        return false;
    switch (input->type) {
    case QA_INPUT_MOVE:
        return position_valid(input->x, input->y);
    case QA_INPUT_BUTTON:
        return position_valid(input->x, input->y) && button_valid(input->button);
    case QA_INPUT_WHEEL:
        return position_valid(input->x, input->y) && wheel_valid(input->wheel_x) &&
               wheel_valid(input->wheel_y);
    case QA_INPUT_KEY: {
        uint32_t code = input->scancode & ~QA_SCANCODE_EXTENDED;
        return code >= 0x01 && code <= 0x7f;
    }
    case QA_INPUT_TEXT:
        return input->codepoint >= 1 && input->codepoint <= 0x10ffff &&
               !(input->codepoint >= 0xd800 && input->codepoint <= 0xdfff);
    default:
        return false;
    }
}

bool worker_message_valid(const union worker_message *message, size_t received)
{
    if (received < sizeof(struct worker_header))
        return false;
    size_t length = fixed_length(message->header.type);
    if (!length || received != length || message->header.length != length)
        return false;
    switch (message->header.type) {
    case WORKER_HELLO:
        return message->hello.role == WORKER_SERVER || message->hello.role == WORKER_CLIENT;
    case WORKER_SIZE:
        return size_valid(message->size.width, message->size.height) &&
               message->size.generation <= WORKER_GENERATION_MAX;
    case WORKER_DAMAGE:
        return damage_valid(&message->damage);
    case WORKER_FRAME:
        return frame_valid(&message->frame);
    case WORKER_CURSOR:
        return cursor_valid(&message->cursor);
    case WORKER_CURSOR_DATA:
        return message->cursor_data.count >= 1 && message->cursor_data.count <= WORKER_CURSOR_CHUNK;
    case WORKER_CURSOR_POSITION:
        return position_valid(message->position.x, message->position.y);
    case WORKER_INPUT:
        return input_valid(&message->input);
    case WORKER_INPUT_EPOCH:
        return message->epoch.epoch < WORKER_EPOCHS;
    default:
        return true;
    }
}
