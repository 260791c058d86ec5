/*
 * The row of buttons above the sharer's screen. Buttons call window_... through their events;
 * toolbar_update shows what is the case.
 */
#ifndef QA_HELP_TOOLBAR_H
#define QA_HELP_TOOLBAR_H

#include <gtk/gtk.h>

#include <qassist/helper.h>

#include "qa-help/request_panel.h"
#include "qa-help/screen_chooser.h"

struct toolbar_events {
    void (*request)(void *user, unsigned permissions, const char *purpose);
    void (*restart)(void *user);            /* ask for one */
    void (*screen)(void *user, guint32 id); /* 0: all */
    void (*pause)(void *user, gboolean paused);
    void (*fit)(void *user, gboolean fit);
    void (*full_screen)(void *user, gboolean full);
    void (*draw)(void *user, gboolean shown);
    void (*chat)(void *user, gboolean shown);
    void (*clipboard)(void *user); /* send it */
    void (*end)(void *user);
};

struct toolbar {
    const struct toolbar_events *events;
    void *user;
    GtkWidget *row;
    struct request_panel request;
    struct screen_chooser screens;
    GtkToggleButton *fit;
    GtkToggleButton *actual;
    GtkToggleButton *full_screen;
    GtkToggleButton *draw; /* shows the drawing tools */
    GtkToggleButton *pause;
    GtkToggleButton *chat;
    GtkButton *clipboard;
    GtkButton *end;
    gboolean updating; /* buttons are set by toolbar_update, not by the user */
};

void toolbar_build(struct toolbar *toolbar, const struct toolbar_events *events, void *user);

/* `restart_asked`: the sharer did not answer that yet. */
void toolbar_update(struct toolbar *toolbar, const qa_helper *helper, gboolean restart_asked);

/* `unread`: messages that were not shown yet. */
void toolbar_set_chat(struct toolbar *toolbar, gboolean shown, guint unread);

void toolbar_set_draw(struct toolbar *toolbar, gboolean shown);

void toolbar_set_full_screen(struct toolbar *toolbar, gboolean full);

/* Gives the keyboard to its first button. */
void toolbar_focus(struct toolbar *toolbar);

#endif
