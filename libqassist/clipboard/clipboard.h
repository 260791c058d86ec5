/*
 * Clipboard: the sharer's, one table for all kinds: x11, app (the embedder's own), record (tests).
 * It is made only after a direction of it was allowed, and nothing of it is read while it is not
 * watched. Only session/clip_gate uses it.
 */
#ifndef CLIPBOARD_CLIPBOARD_H
#define CLIPBOARD_CLIPBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include <qassist/session.h>

#include "base/log.h"

struct clipboard;

struct clipboard_events {
    /*
     * While watched: the user copied something. At most QA_CLIPBOARD_MAX bytes, as some program
     * gave them: they may be anything. Not NUL-terminated.
     */
    void (*copied)(void *user, const char *data, size_t length);
};

struct clipboard_ops {
    /*
     * true: what is copied from now on is told; what was copied before is not looked at. false: not
     * any more, and what is just being read is dropped.
     */
    void (*set_watched)(struct clipboard *clipboard, bool watched);
    /* Makes a text (NUL-terminated UTF-8) the content; not told as copied. 0, QA_ENOMEM. */
    int (*put)(struct clipboard *clipboard, const char *text, size_t length);
    /* Frees; no event after it; allowed inside an event. */
    void (*destroy)(struct clipboard *clipboard);
};

/* Every kind of clipboard starts with this. */
struct clipboard {
    const struct clipboard_ops *ops;
};

/*
 * The selection CLIPBOARD of a display, as long as that is there. What a password manager marks as
 * secret is not read. 0, QA_EIO (with *detail), QA_ENOMEM.
 */
int clipboard_x11_new(uv_loop_t *loop, const char *display, const struct log *log,
                      const struct clipboard_events *events, void *user, struct clipboard **out,
                      const char **detail);

/* Hands what is put to a function; the embedder says itself what was copied. */
int clipboard_app_new(void (*on_put)(void *user, const char *text),
                      const struct clipboard_events *events, void *user, struct clipboard **out);
void clipboard_app_copied(struct clipboard *clipboard, const char *text, size_t length);

/* Keeps what was put, for tests; `copied` as for app. */
int clipboard_record_new(const struct clipboard_events *events, void *user, struct clipboard **out);
void clipboard_record_copied(struct clipboard *clipboard, const char *text, size_t length);
/* The text put last, NULL for none, and how many there were. */
const char *clipboard_record_text(const struct clipboard *clipboard, size_t *puts);

#endif
