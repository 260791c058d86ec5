/*
 * The chat beside the picture: what both wrote, whether it arrived, and a line to write in.
 */
#ifndef QA_HELP_CHAT_PANE_H
#define QA_HELP_CHAT_PANE_H

#include <gtk/gtk.h>

struct chat_pane {
    GtkWidget *box;
    GtkBox *messages;
    GtkScrolledWindow *scrolled;
    GtkEntry *entry;
    GtkButton *send;
    GHashTable *waiting; /* number of a message -> the label that says whether it arrived */
    /* Sends; false: not possible now (it said why). *id becomes its number. */
    gboolean (*write)(void *user, const char *text, guint32 *id);
    void *user;
};

void chat_pane_build(struct chat_pane *pane,
                     gboolean (*write)(void *user, const char *text, guint32 *id), void *user);
void chat_pane_free(struct chat_pane *pane);

/* For a new session. */
void chat_pane_clear(struct chat_pane *pane);

void chat_pane_theirs(struct chat_pane *pane, const char *text);
void chat_pane_delivered(struct chat_pane *pane, guint32 id);

/* False: there is nobody to write to. */
void chat_pane_enable(struct chat_pane *pane, gboolean possible);

#endif
