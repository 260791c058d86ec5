#include "qa-help/screen_tiles.h"

#define TILE 128

void screen_tiles_clear(struct screen_tiles *tiles)
{
    for (int i = 0; i < tiles->columns * tiles->rows; i++)
        g_clear_object(&tiles->tiles[i]);
    g_free(tiles->tiles);
    *tiles = (struct screen_tiles){0};
}

void screen_tiles_resize(struct screen_tiles *tiles, int width, int height)
{
    screen_tiles_clear(tiles);
    tiles->width = width;
    tiles->height = height;
    tiles->columns = (width + TILE - 1) / TILE;
    tiles->rows = (height + TILE - 1) / TILE;
    tiles->tiles = g_new0(GdkTexture *, (gsize)tiles->columns * (gsize)tiles->rows);
}

static void remake_tile(struct screen_tiles *tiles, qa_frame *frame, int column, int row)
{
    int x = column * TILE, y = row * TILE;
    int width = MIN(TILE, tiles->width - x), height = MIN(TILE, tiles->height - y);
    size_t stride = qa_frame_stride(frame), own = (size_t)width * 4;
    const uint8_t *from = qa_frame_pixels(frame) + (size_t)y * stride + (size_t)x * 4;
    uint8_t *pixels = g_malloc(own * (size_t)height);
    for (int line = 0; line < height; line++, from += stride) {
        uint8_t *to = pixels + (size_t)line * own;
        memcpy(to, from, own);
        /* The fourth byte means nothing on the way and opacity here. */
        for (int i = 0; i < width; i++)
            to[i * 4 + 3] = 0xff;
    }
    GBytes *bytes = g_bytes_new_take(pixels, own * (size_t)height);
    GdkTexture **tile = &tiles->tiles[row * tiles->columns + column];
    g_clear_object(tile);
    *tile = gdk_memory_texture_new(width, height, GDK_MEMORY_B8G8R8A8_PREMULTIPLIED, bytes, own);
    g_bytes_unref(bytes);
}

static void mark(struct screen_tiles *tiles, gboolean *dirty, const qa_rect *rect)
{
    int left = rect->x / TILE, right = (rect->x + rect->width - 1) / TILE;
    int top = rect->y / TILE, bottom = (rect->y + rect->height - 1) / TILE;
    for (int row = MAX(top, 0); row <= MIN(bottom, tiles->rows - 1); row++)
        for (int column = MAX(left, 0); column <= MIN(right, tiles->columns - 1); column++)
            dirty[row * tiles->columns + column] = TRUE;
}

void screen_tiles_update(struct screen_tiles *tiles, qa_frame *frame)
{
    size_t count = 0;
    const qa_rect *damage = qa_frame_damage(frame, &count);
    gboolean *dirty = g_new0(gboolean, (gsize)tiles->columns * (gsize)tiles->rows);
    for (size_t i = 0; i < count; i++)
        mark(tiles, dirty, &damage[i]);
    for (int i = 0; i < tiles->columns * tiles->rows; i++)
        if (dirty[i])
            remake_tile(tiles, frame, i % tiles->columns, i / tiles->columns);
    g_free(dirty);
}

void screen_tiles_snapshot(const struct screen_tiles *tiles, GtkSnapshot *snapshot,
                           graphene_rect_t (*target)(void *user, int x, int y, int width,
                                                     int height),
                           void *user)
{
    for (int i = 0; i < tiles->columns * tiles->rows; i++) {
        GdkTexture *tile = tiles->tiles[i];
        if (!tile)
            continue;
        graphene_rect_t rect = target(user, i % tiles->columns * TILE, i / tiles->columns * TILE,
                                      gdk_texture_get_width(tile), gdk_texture_get_height(tile));
        gtk_snapshot_append_texture(snapshot, tile, &rect);
    }
}
