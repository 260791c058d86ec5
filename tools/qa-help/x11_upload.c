#include "qa-help/x11_upload.h"

#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>

#define SLOT_SIZE   ((size_t)1 << 20)
#define HEADER      64 /* more than what comes before the pixels of a request */
#define REQUEST_MAX ((size_t)1 << 18)

/* Memory of System V: an X server at the other end of a forwarded connection refuses it politely,
 * where a passed descriptor would break the connection. */
static uint8_t *share(xcb_connection_t *xcb, xcb_shm_seg_t *segment)
{
    const xcb_query_extension_reply_t *extension = xcb_get_extension_data(xcb, &xcb_shm_id);
    if (!extension || !extension->present)
        return NULL;
    int id = shmget(IPC_PRIVATE, SLOT_SIZE * X11_UPLOAD_SLOTS, IPC_CREAT | 0600);
    if (id < 0)
        return NULL;
    uint8_t *memory = shmat(id, NULL, 0);
    *segment = xcb_generate_id(xcb);
    xcb_generic_error_t *error = NULL;
    bool mapped = memory != (void *)-1;
    if (mapped)
        error = xcb_request_check(xcb, xcb_shm_attach_checked(xcb, *segment, (uint32_t)id, true));
    shmctl(id, IPC_RMID, NULL);
    if (mapped && error)
        shmdt(memory);
    bool shared = mapped && !error;
    free(error);
    return shared ? memory : NULL;
}

bool x11_upload_init(struct x11_upload *upload, xcb_connection_t *xcb)
{
    *upload = (struct x11_upload){.xcb = xcb};
    upload->memory = share(xcb, &upload->segment);
    if (upload->memory)
        return true;
    size_t most = (size_t)xcb_get_maximum_request_length(xcb) * 4 - HEADER;
    upload->request = most < REQUEST_MAX ? most : REQUEST_MAX;
    upload->buffer = malloc(upload->request);
    return upload->buffer;
}

void x11_upload_close(struct x11_upload *upload)
{
    if (upload->memory)
        shmdt(upload->memory);
    free(upload->buffer);
    *upload = (struct x11_upload){0};
}

/* Two pixels at a time: this runs over every pixel that changes. */
static void copy_row(uint8_t *to, const uint8_t *from, int width)
{
    const uint8_t opaque[8] = {0, 0, 0, 0xff, 0, 0, 0, 0xff};
    uint64_t mask, two;
    memcpy(&mask, opaque, sizeof mask);
    for (int pairs = width / 2; pairs > 0; pairs--, from += 8, to += 8) {
        memcpy(&two, from, sizeof two);
        two |= mask;
        memcpy(to, &two, sizeof two);
    }
    if (width % 2) {
        memcpy(to, from, 3);
        to[3] = 0xff;
    }
}

static void copy_rows(uint8_t *to, const struct x11_pixels *from, int row, int rows)
{
    for (int i = 0; i < rows; i++)
        copy_row(to + (size_t)i * (size_t)from->width * 4,
                 from->pixels + (size_t)(row + i) * from->stride, from->width);
}

/* Leaves the slot, and waits where the X server has not read what was last put from the next. */
static void next_slot(struct x11_upload *upload)
{
    upload->slots[upload->slot].fence = xcb_get_input_focus(upload->xcb);
    upload->slots[upload->slot].waited = true;
    upload->slot = (upload->slot + 1) % X11_UPLOAD_SLOTS;
    upload->used = 0;
    if (upload->slots[upload->slot].waited)
        free(xcb_get_input_focus_reply(upload->xcb, upload->slots[upload->slot].fence, NULL));
    upload->slots[upload->slot].waited = false;
}

static int at_most(size_t rows, int wanted)
{
    return rows < (size_t)wanted ? (int)rows : wanted;
}

static void put_shared(struct x11_upload *upload, const struct x11_pixels *from)
{
    size_t row_size = (size_t)from->width * 4;
    int rows;
    for (int row = 0; row < from->height; row += rows) {
        rows = at_most((SLOT_SIZE - upload->used) / row_size, from->height - row);
        if (rows == 0) {
            next_slot(upload);
            continue;
        }
        size_t offset = (size_t)upload->slot * SLOT_SIZE + upload->used;
        copy_rows(upload->memory + offset, from, row, rows);
        xcb_shm_put_image(upload->xcb, from->drawable, from->gc, (uint16_t)from->width,
                          (uint16_t)rows, 0, 0, (uint16_t)from->width, (uint16_t)rows,
                          (int16_t)from->x, (int16_t)(from->y + row), from->depth,
                          XCB_IMAGE_FORMAT_Z_PIXMAP, 0, upload->segment, (uint32_t)offset);
        upload->used += row_size * (size_t)rows;
    }
}

static void put_plain(struct x11_upload *upload, const struct x11_pixels *from)
{
    size_t row_size = (size_t)from->width * 4;
    int rows;
    for (int row = 0; row < from->height; row += rows) {
        rows = at_most(upload->request / row_size, from->height - row);
        copy_rows(upload->buffer, from, row, rows);
        xcb_put_image(upload->xcb, XCB_IMAGE_FORMAT_Z_PIXMAP, from->drawable, from->gc,
                      (uint16_t)from->width, (uint16_t)rows, (int16_t)from->x,
                      (int16_t)(from->y + row), 0, from->depth, (uint32_t)(row_size * (size_t)rows),
                      upload->buffer);
    }
}

void x11_upload_put(struct x11_upload *upload, const struct x11_pixels *from)
{
    if (from->width <= 0 || from->height <= 0)
        return;
    if (upload->memory)
        put_shared(upload, from);
    else
        put_plain(upload, from);
}
