/*
 * The button that says which of the sharer's screens is seen, with a menu to choose another one.
 */
#ifndef QA_HELP_SCREEN_CHOOSER_H
#define QA_HELP_SCREEN_CHOOSER_H

#include <gtk/gtk.h>

#include "qa-help/screen_list.h"

struct screen_chooser {
    GtkMenuButton *button;
    GMenu *menu;
    GSimpleAction *action; /* its state is the id of what is seen; 0: all */
    gboolean several;
    gboolean possible;
    void (*choose)(void *user, guint32 id);
    void *user;
};

void screen_chooser_build(struct screen_chooser *chooser, void (*choose)(void *user, guint32 id),
                          void *user);

/* The mark in the menu follows what the sharer says, not what was asked for. */
void screen_chooser_set(struct screen_chooser *chooser, const struct screen_list *screens);

/* `possible`: another one may be chosen now. */
void screen_chooser_enable(struct screen_chooser *chooser, gboolean possible);

#endif
