#include <stdlib.h>
#include <string.h>

#include <freerdp/codec/color.h>
#include <freerdp/gdi/gdi.h>
#include <freerdp/graphics.h>

#include "rdp/picture.h"
#include "worker/client.h"
#include "worker/quit.h"

static void tell_shape(struct ipc *ipc, const struct worker_cursor *shape, const uint8_t *pixels)
{
    union worker_message message = {.cursor = *shape};
    worker_message_init(&message, WORKER_CURSOR, sizeof message.cursor);
    ipc_send(ipc, &message);

    size_t length = (size_t)shape->width * (size_t)shape->height * 4;
    for (size_t sent = 0; sent < length;) {
        size_t count = length - sent < WORKER_CURSOR_CHUNK ? length - sent : WORKER_CURSOR_CHUNK;
        worker_message_init(&message, WORKER_CURSOR_DATA, sizeof message.cursor_data);
        message.cursor_data.count = (uint32_t)count;
        memcpy(message.cursor_data.bytes, pixels + sent, count);
        ipc_send(ipc, &message);
        sent += count;
    }
}

static BOOL on_hide(rdpContext *context)
{
    tell_shape(client_of(context)->ipc, &(struct worker_cursor){0}, NULL);
    return TRUE;
}

static BOOL on_set(rdpContext *context, rdpPointer *pointer)
{
    if (!pointer->width || !pointer->height)
        return on_hide(context);
    if (pointer->width > WORKER_CURSOR_SIDE_MAX || pointer->height > WORKER_CURSOR_SIDE_MAX)
        return FALSE;
    uint8_t *pixels = calloc((size_t)pointer->width * pointer->height, 4);
    if (!pixels)
        quit(WORKER_EXIT_MEMORY, "no memory for the pointer");
    BOOL done = freerdp_image_copy_from_pointer_data(
        pixels, PIXEL_FORMAT_BGRA32, 0, 0, 0, pointer->width, pointer->height, pointer->xorMaskData,
        pointer->lengthXorMask, pointer->andMaskData, pointer->lengthAndMask, pointer->xorBpp,
        &context->gdi->palette);
    if (done) {
        struct worker_cursor shape = {
            .width = (int32_t)pointer->width,
            .height = (int32_t)pointer->height,
            .hot_x = pointer->xPos < pointer->width ? (int32_t)pointer->xPos : 0,
            .hot_y = pointer->yPos < pointer->height ? (int32_t)pointer->yPos : 0};
        tell_shape(client_of(context)->ipc, &shape, pixels);
    }
    free(pixels);
    return done;
}

/* FreeRDP keeps the data; there is nothing of ours to make or free. */
static BOOL on_new(rdpContext *context, rdpPointer *pointer)
{
    return TRUE;
}

static void on_free(rdpContext *context, rdpPointer *pointer)
{
}

/* The pointer stays as it was: our own server always tells a shape. */
static BOOL on_default(rdpContext *context)
{
    return TRUE;
}

static UINT32 clamp_to_picture(UINT32 value)
{
    return value < PICTURE_SIDE_MAX ? value : PICTURE_SIDE_MAX - 1;
}

static BOOL on_position(rdpContext *context, UINT32 x, UINT32 y)
{
    union worker_message message = {
        .position = {.x = (int32_t)clamp_to_picture(x), .y = (int32_t)clamp_to_picture(y)}};
    worker_message_init(&message, WORKER_CURSOR_POSITION, sizeof message.position);
    ipc_send(client_of(context)->ipc, &message);
    return TRUE;
}

void client_cursor_init(struct client *client)
{
    rdpPointer pointer = {.size = sizeof pointer,
                          .New = on_new,
                          .Free = on_free,
                          .Set = on_set,
                          .SetNull = on_hide,
                          .SetDefault = on_default,
                          .SetPosition = on_position};
    graphics_register_pointer(client->context->graphics, &pointer);
}
