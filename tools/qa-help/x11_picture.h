/*
 * The sharer's screen on an X display, past the toolkit: a child of the toolkit's window, which
 * pixels go into at once, without waiting for a frame of the toolkit. The picture is kept in a
 * pixmap of the X server, which scales it where it is not shown in actual size. No input goes to
 * this window: the pointer falls through to the one below.
 */
#ifndef QA_HELP_X11_PICTURE_H
#define QA_HELP_X11_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include <qassist/picture.h>

struct x11_picture;

/* Where the picture lies in the parent window, in its pixels, and what of that is visible. */
struct x11_place {
    qa_rect picture;
    qa_rect visible; /* width 0: nothing */
};

/* NULL: not possible on this display; draw otherwise. `parent` is the id of the window. */
struct x11_picture *x11_picture_new(const char *display, uint32_t parent);
void x11_picture_free(struct x11_picture *picture);

/* A new picture of another size. False: it does not fit into the X server's memory. */
bool x11_picture_resize(struct x11_picture *picture, int width, int height);

/* There is no picture any more. */
void x11_picture_forget(struct x11_picture *picture);

/* Takes what changed and shows it; during on_frame only. */
void x11_picture_put(struct x11_picture *picture, qa_frame *frame);

/* Moves it. */
void x11_picture_place(struct x11_picture *picture, const struct x11_place *place);

/* Shows all of it again, after somebody drew over it. */
void x11_picture_show(struct x11_picture *picture);

/* The pointer that is drawn into the picture: its shape (pixels NULL: none) and where it is. */
void x11_picture_cursor(struct x11_picture *picture, const qa_cursor *cursor);
void x11_picture_cursor_at(struct x11_picture *picture, int x, int y, bool shown);

/* The connection's; x11_picture_dispatch when it is readable. */
int x11_picture_fd(const struct x11_picture *picture);

/* False: the connection is gone. */
bool x11_picture_dispatch(struct x11_picture *picture);

#endif
