/*
 * Screen: where the shared picture comes from, one table for all kinds: x11, app (the embedder's
 * own pixels), pattern (tests). A backend writes straight into the shared picture and says what
 * changed. It is made only after viewing was allowed, and touches no pixel before `start` or while
 * paused.
 */
#ifndef SCREEN_SCREEN_H
#define SCREEN_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include <qassist/picture.h>

#include "base/log.h"
#include "rdp/picture.h"

struct screen;

#define SCREEN_MONITORS_MAX 16
#define SCREEN_NAME_SIZE    64

/* A monitor, in pixels of the display; what of it lies outside of the display is cut off. */
struct screen_monitor {
    uint32_t id; /* 1 and up; the same name has the same one as long as it is kept */
    char name[SCREEN_NAME_SIZE]; /* as the display has it: bytes of others */
    qa_rect place;
    unsigned scale_percent; /* of text and windows; 100 where the display says nothing */
    bool primary;
};

struct screen_list {
    struct screen_monitor monitors[SCREEN_MONITORS_MAX];
    size_t count;
    uint32_t chosen; /* the monitor that the picture shows; 0: the whole display */
    /*
     * The part of the display that the picture shows: a place of the picture plus this one's x and
     * y is a place of the display.
     */
    qa_rect shown;
};

struct screen_events {
    /*
     * Monitors or what is shown of them changed; also once before the first picture. Comes before
     * the `resized` or `damaged` that brings the pixels. A kind without monitors never says it.
     */
    void (*screens)(void *user, const struct screen_list *list);
    /*
     * picture->width and height are new (also right after start); the whole picture is damaged, and
     * no `damaged` says so as well.
     */
    void (*resized)(void *user);
    void (*damaged)(void *user, const qa_rect *damage, size_t count);
    void (*cursor)(void *user, const qa_cursor *cursor);
    void (*cursor_position)(void *user, int32_t x, int32_t y);
    /*
     * A window that asks for a password or for privileges is up (true), or none any more. Nothing
     * of a picture that may show it was said before; paused within this event, nothing is after.
     */
    void (*prompt)(void *user, bool up);
    /* Cannot go on; the last event. QA_ESCREEN. */
    void (*failed)(void *user, int error, const char *detail);
};

struct screen_ops {
    /* Begins to capture; events come from the loop from here on. 0, QA_ESCREEN, QA_ENOMEM. */
    int (*start)(struct screen *screen);
    /* true: no capture at all until false, then the whole picture is damaged. */
    void (*set_paused)(struct screen *screen, bool paused);
    /*
     * The receiver takes no more damage just now (true) or again (false): keep merging damage
     * meanwhile, but for an answer (below) in other rows than those that were said.
     */
    void (*set_busy)(struct screen *screen, bool busy);
    /*
     * What was said last is out of date, and the receiver does not look at it before it is told:
     * capture at once what changed since, busy or not. `damaged` or `resized` answers, where
     * nothing changed without a rectangle; while paused, after the pause.
     */
    void (*renew)(struct screen *screen);
    /*
     * Somebody has just typed or clicked: what changes next is an answer, which is captured without
     * keeping to a pace. NULL: nothing is to be done for it.
     */
    void (*expect_answer)(struct screen *screen);
    /*
     * Shows this monitor from now on, 0: all of them. `screens` answers, also when nothing changes;
     * while paused, after the pause. QA_EINVAL where there is no such one. NULL: no choice here.
     */
    int (*choose)(struct screen *screen, uint32_t id);
    /*
     * Before `start`: the monitor of this name is shown from the first picture on, where there is
     * one. NULL: no choice here.
     */
    void (*begin_with)(struct screen *screen, const char *name);
    /* Stops and frees; no event after it; allowed inside an event. */
    void (*destroy)(struct screen *screen);
};

/* Every kind of screen starts with this. */
struct screen {
    const struct screen_ops *ops;
};

/*
 * The kinds. Each: 0, QA_ESCREEN (with *detail, static or NULL, saying why), QA_ENOMEM. `prompts`
 * is a list of the windows that are prompts, as prompt_classes.h has it; NULL: the usual ones;
 * empty: none.
 */
int screen_x11_new(uv_loop_t *loop, const char *display, const char *prompts,
                   struct picture *picture, const struct log *log,
                   const struct screen_events *events, void *user, struct screen **out,
                   const char **detail);
int screen_app_new(uv_loop_t *loop, struct picture *picture, const struct screen_events *events,
                   void *user, struct screen **out);
/* A moving pattern of known pixels, for tests. */
int screen_pattern_new(uv_loop_t *loop, int32_t width, int32_t height, unsigned frames_per_second,
                       struct picture *picture, const struct screen_events *events, void *user,
                       struct screen **out);

/* screen_app: the embedder's next picture; see qa_sharer_submit_frame for what the arguments are.
 */
int screen_app_submit(struct screen *screen, int32_t width, int32_t height, size_t stride,
                      const uint8_t *pixels, const qa_rect *damage, size_t count);

/*
 * screen_pattern: the frames drawn so far, which is also the number of the frame in the picture,
 * and the colour (BGRX as a number, 0x00RRGGBB) of a pixel of frame n, so that a test can tell what
 * it should have seen. Nothing is drawn while paused, or while busy without `renew`.
 */
uint32_t screen_pattern_frames(const struct screen *screen);
uint32_t screen_pattern_pixel(uint32_t frame, int32_t x, int32_t y);

#endif
