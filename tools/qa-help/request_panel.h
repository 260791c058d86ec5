/*
 * What the helper asks the sharer for: a button that opens a list of permissions to tick and a line
 * for the purpose.
 */
#ifndef QA_HELP_REQUEST_PANEL_H
#define QA_HELP_REQUEST_PANEL_H

#include <gtk/gtk.h>

#include <qassist/consent.h>

#define REQUEST_TICKS 5

struct request_panel {
    GtkMenuButton *button;
    GtkCheckButton *ticks[REQUEST_TICKS];
    GtkEntry *purpose;
    GtkButton *ask;
    void (*request)(void *user, unsigned permissions,
                    const char *purpose); /* purpose: NULL: none */
    void *user;
};

void request_panel_build(struct request_panel *panel,
                         void (*request)(void *user, unsigned permissions, const char *purpose),
                         void *user);

/* Opens the list with just this ticked, where it may be asked for. */
void request_panel_suggest(struct request_panel *panel, unsigned permission);

/* `possible`: something may be asked for now. */
void request_panel_update(struct request_panel *panel, unsigned allowed, unsigned asked,
                          gboolean possible);

#endif
