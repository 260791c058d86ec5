#include <stdlib.h>
#include <string.h>

#include <freerdp/pointer.h>
#include <freerdp/settings.h>
#include <freerdp/update.h>

#include "worker/quit.h"
#include "worker/server.h"

/* The largest sides that the three kinds of pointer messages carry. */
#define SIDE_PLAIN 32
#define SIDE_96    96

void server_cursor_shape(struct server *server, const struct worker_cursor *shape)
{
    struct server_cursor *cursor = &server->cursor;
    free(cursor->pixels);
    cursor->shape = *shape;
    cursor->received = 0;
    cursor->length = (size_t)shape->width * (size_t)shape->height * 4;
    cursor->pixels = cursor->length ? malloc(cursor->length) : NULL;
    if (cursor->length && !cursor->pixels)
        quit(WORKER_EXIT_MEMORY, "no memory for the pointer");
    cursor->shape_waits = !cursor->length;
}

void server_cursor_data(struct server *server, const struct worker_cursor_data *data)
{
    struct server_cursor *cursor = &server->cursor;
    if (data->count > cursor->length - cursor->received)
        quit(WORKER_EXIT_CONTROL, "pointer too large");
    memcpy(cursor->pixels + cursor->received, data->bytes, data->count);
    cursor->received += data->count;
    cursor->shape_waits = cursor->received == cursor->length;
}

void server_cursor_position(struct server *server, const struct worker_position *position)
{
    server->cursor.x = position->x;
    server->cursor.y = position->y;
    server->cursor.position_waits = true;
}

void server_cursor_forget(struct server *server)
{
    struct server_cursor *cursor = &server->cursor;
    /* A type of 0: the library never told one. */
    if (cursor->shape.header.type && cursor->received == cursor->length)
        cursor->shape_waits = true;
}

static BOOL send_hidden(rdpContext *context)
{
    POINTER_SYSTEM_UPDATE update = {.type = SYSPTR_NULL};
    return context->update->pointer->PointerSystem(context, &update);
}

static BOOL send_default(rdpContext *context)
{
    POINTER_SYSTEM_UPDATE update = {.type = SYSPTR_DEFAULT};
    return context->update->pointer->PointerSystem(context, &update);
}

/* RDP has the bottom row first. */
static void flip(uint8_t *flipped, const struct server_cursor *cursor)
{
    size_t stride = (size_t)cursor->shape.width * 4;
    size_t rows = (size_t)cursor->shape.height;
    for (size_t row = 0; row < rows; row++)
        memcpy(flipped + row * stride, cursor->pixels + (rows - 1 - row) * stride, stride);
}

static BOOL send_new(rdpContext *context, const struct worker_cursor *shape, BYTE *pixels,
                     BYTE *mask, size_t mask_length)
{
    POINTER_NEW_UPDATE update = {
        .xorBpp = 32,
        .colorPtrAttr = {.hotSpotX = (UINT16)shape->hot_x,
                         .hotSpotY = (UINT16)shape->hot_y,
                         .width = (UINT16)shape->width,
                         .height = (UINT16)shape->height,
                         .lengthAndMask = (UINT16)mask_length,
                         .lengthXorMask = (UINT16)(shape->width * shape->height * 4),
                         .xorMaskData = pixels,
                         .andMaskData = mask}};
    return context->update->pointer->PointerNew(context, &update);
}

static BOOL send_large(rdpContext *context, const struct worker_cursor *shape, BYTE *pixels,
                       BYTE *mask, size_t mask_length)
{
    POINTER_LARGE_UPDATE update = {.xorBpp = 32,
                                   .hotSpotX = (UINT16)shape->hot_x,
                                   .hotSpotY = (UINT16)shape->hot_y,
                                   .width = (UINT16)shape->width,
                                   .height = (UINT16)shape->height,
                                   .lengthAndMask = (UINT32)mask_length,
                                   .lengthXorMask = (UINT32)(shape->width * shape->height * 4),
                                   .xorMaskData = pixels,
                                   .andMaskData = mask};
    return context->update->pointer->PointerLarge(context, &update);
}

static BOOL send_shape(struct server *server)
{
    rdpContext *context = server->peer->context;
    const struct server_cursor *cursor = &server->cursor;
    const struct worker_cursor *shape = &cursor->shape;
    if (!cursor->length)
        return send_hidden(context);
    UINT32 large = freerdp_settings_get_uint32(context->settings, FreeRDP_LargePointerFlag);
    int32_t side = shape->width > shape->height ? shape->width : shape->height;
    bool as_new = side <= SIDE_PLAIN || (side <= SIDE_96 && (large & LARGE_POINTER_FLAG_96x96));
    if (!as_new && !(large & LARGE_POINTER_FLAG_384x384))
        return send_default(context);

    /* The mask of old pointers: none of it, the pixels have their own alpha. */
    size_t mask_length = ((size_t)shape->width + 15) / 16 * 2 * (size_t)shape->height;
    uint8_t *pixels = malloc(cursor->length);
    uint8_t *mask = calloc(1, mask_length);
    if (!pixels || !mask)
        quit(WORKER_EXIT_MEMORY, "no memory for the pointer");
    flip(pixels, cursor);
    BOOL sent = as_new ? send_new(context, shape, pixels, mask, mask_length)
                       : send_large(context, shape, pixels, mask, mask_length);
    free(pixels);
    free(mask);
    return sent;
}

static BOOL send_position(struct server *server)
{
    rdpContext *context = server->peer->context;
    POINTER_POSITION_UPDATE update = {.xPos = (UINT32)server->cursor.x,
                                      .yPos = (UINT32)server->cursor.y};
    return context->update->pointer->PointerPosition(context, &update);
}

void server_cursor_send(struct server *server)
{
    struct server_cursor *cursor = &server->cursor;
    if ((cursor->shape_waits && !send_shape(server)) ||
        (cursor->position_waits && !send_position(server)))
        quit(WORKER_EXIT_PEER, "the peer takes no pointer of this kind");
    cursor->shape_waits = false;
    cursor->position_waits = false;
}
