/*
 * Overlay: what is drawn on the sharer's screen while it is shared, one table for all kinds: x11
 * (laser pointer and marks in windows that let clicks through, the banner, the panic key), app (the
 * embedding program draws). Who may draw is decided above.
 */
#ifndef OVERLAY_OVERLAY_H
#define OVERLAY_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include <qassist/annotate.h>
#include <qassist/picture.h>
#include <qassist/sharer.h>

#include "base/log.h"
#include "overlay/panic_key.h"

struct overlay;

/* What the sharer may decide on its screen. */
enum overlay_wish {
    OVERLAY_PAUSE = 1,
    OVERLAY_RESUME,
    OVERLAY_TAKE_BACK, /* control */
    OVERLAY_END,
    OVERLAY_PANIC /* the panic key */
};

struct overlay_events {
    void (*wish)(void *user, enum overlay_wish wish);
    /* Where the banner is on the screen from now on, where the helper's pointer must not go. */
    void (*banner_moved)(void *user, const qa_rect *place);
    /* Cannot go on; the last event. QA_ESCREEN. */
    void (*failed)(void *user, int error, const char *detail);
};

/* What the banner says. */
struct overlay_status {
    unsigned permissions; /* bits of qa_permission */
    unsigned causes;      /* of a pause, bits of qa_pause_cause */
};

struct overlay_ops {
    /* The laser pointer, in pixels of the picture. */
    void (*point)(struct overlay *overlay, int32_t x, int32_t y);
    void (*point_hide)(struct overlay *overlay);
    /* A step of drawing, as it came from the helper: it may make no sense. */
    void (*mark)(struct overlay *overlay, const qa_mark_event *event);
    /* Where on the screen the shared picture is; what was drawn is gone when that changes. */
    void (*set_area)(struct overlay *overlay, const qa_rect *area);
    void (*set_status)(struct overlay *overlay, const struct overlay_status *status);
    /* The helper's input goes to the screen just now. */
    void (*note_input)(struct overlay *overlay);
    /* All is gone from the screen; frees; no event after it; allowed inside an event. */
    void (*destroy)(struct overlay *overlay);
};

/* Every kind of overlay starts with this. */
struct overlay {
    const struct overlay_ops *ops;
};

struct overlay_x11_options {
    const char *display;           /* NULL: the environment's */
    bool banner;                   /* wanted */
    uint64_t since_ms;             /* by clock.h: what its running time is counted from */
    const char *shown_name;        /* of the helper */
    const char *organisation;      /* "": none */
    const qa_banner_texts *texts;  /* NULL members: English; the strings outlive the overlay */
    const struct panic_key *panic; /* NULL: none */
};

/* The kinds. Each: 0, QA_ESCREEN (with *detail, static, saying why), QA_ENOMEM. */
int overlay_x11_new(uv_loop_t *loop, const struct overlay_x11_options *options,
                    const struct log *log, const struct overlay_events *events, void *user,
                    struct overlay **out, const char **detail);

/* Hands it all to functions. */
struct overlay_app_events {
    void (*point)(void *user, bool shown, int32_t x, int32_t y);
    void (*mark)(void *user, const qa_mark_event *event);
};
int overlay_app_new(const struct overlay_app_events *events, void *user, struct overlay **out);

#endif
