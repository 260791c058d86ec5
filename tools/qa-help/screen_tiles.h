/*
 * The sharer's screen as textures of GTK, where it cannot be put past GTK: tiles, so that a small
 * change remakes and redraws little.
 */
#ifndef QA_HELP_SCREEN_TILES_H
#define QA_HELP_SCREEN_TILES_H

#include <gtk/gtk.h>

#include <qassist/picture.h>

struct screen_tiles {
    int width, height; /* of the picture; 0: none */
    int columns, rows;
    GdkTexture **tiles;
};

/* Forgets the picture. */
void screen_tiles_clear(struct screen_tiles *tiles);

/* An empty picture of this size. */
void screen_tiles_resize(struct screen_tiles *tiles, int width, int height);

/* Takes what changed; during on_frame only. */
void screen_tiles_update(struct screen_tiles *tiles, qa_frame *frame);

/* Draws them; `target` says where a rectangle of the picture goes. */
void screen_tiles_snapshot(const struct screen_tiles *tiles, GtkSnapshot *snapshot,
                           graphene_rect_t (*target)(void *user, int x, int y, int width,
                                                     int height),
                           void *user);

#endif
