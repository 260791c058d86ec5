/*
 * What the helper asks the sharer for: a button that opens a list of permissions to tick, a line
 * for the purpose, and a button for a restart of the sharer's computer.
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
    GtkButton *restart;
    void (*request)(void *user, unsigned permissions,
                    const char *purpose); /* purpose: NULL: none */
    void (*ask_restart)(void *user);
    void *user;
};

void request_panel_build(struct request_panel *panel,
                         void (*request)(void *user, unsigned permissions, const char *purpose),
                         void (*ask_restart)(void *user), void *user);

/* Opens the list with just this ticked, where it may be asked for. */
void request_panel_suggest(struct request_panel *panel, unsigned permission);

/* `restart_asked`: and not answered; `possible`: something may be asked for now. */
void request_panel_update(struct request_panel *panel, unsigned allowed, unsigned asked,
                          gboolean restart_asked, gboolean possible);

#endif
