/*
 * What the parts of qa-share's window know in common. Each page is a file: it builds itself, keeps
 * its widgets in its struct, and calls gui_... when the person decided something.
 */
#ifndef QA_SHARE_GUI_STATE_H
#define QA_SHARE_GUI_STATE_H

#include <gtk/gtk.h>

#include "qa-share/share_state.h"
#include "qa-share/words.h"

#define PAGE_WARN   "warn"
#define PAGE_FRAUD  "fraud"
#define PAGE_CODE   "code"
#define PAGE_WAIT   "wait"
#define PAGE_SHARED "shared"
#define PAGE_END    "end"

struct gui_warn {
    GtkButton *no;
    GtkButton *back; /* of the page after it */
    GtkButton *close;
};

struct gui_code {
    GtkEntry *entry;
    GtkEntryBuffer *buffer; /* wiped memory */
    GtkLabel *hint;
    GtkButton *go;
    guint grouping;   /* is to be put into groups of four soon */
    gboolean foreign; /* something else than digits was typed or pasted */
};

struct gui_wait {
    GtkLabel *state;
    GtkLabel *who;
    GtkButton *cancel;
};

struct gui_allowed {
    GtkWidget *row;
    GtkLabel *label;
    GtkButton *take_back; /* NULL: cannot be taken back alone */
};

struct gui_shared {
    GtkLabel *summary;
    GtkLabel *since;
    struct gui_allowed allowed[SHARE_WORDS];
    GtkLabel *clipboard;
    GtkLabel *news;
    GtkLabel *way_back;
    GtkCheckButton *prompts; /* allowed for the session */
    GtkButton *show_prompts; /* the one that is up, and all that follow */
    GtkButton *pause;
    GtkButton *end;
};

struct gui_end {
    GtkLabel *heading;
    GtkLabel *story;
    GtkLabel *advice;
    GtkButton *again;
    GtkButton *close;
};

struct gui_chat {
    GtkExpander *pane;
    GtkScrolledWindow *scrolled;
    GtkBox *log;
    GtkEntry *entry;
    guint scrolling;
};

struct gui_report {
    GtkWindow *dialog; /* NULL: none */
    GtkTextBuffer *buffer;
    GtkLabel *hint;
    GtkButton *send;
};

struct gui_question {
    GtkWindow *dialog; /* NULL: none */
    GtkLabel *left;
    GtkButton *allow;
    GtkCheckButton *ticks[SHARE_WORDS]; /* NULL where not asked, or asked alone */
    guint countdown;
    gint64 until; /* g_get_monotonic_time */
};

struct gui {
    struct share share;
    GMainLoop *loop;
    GtkWindow *window;
    GtkWidget *pages; /* of which one is visible */
    const char *page;
    struct gui_warn warn;
    struct gui_code code;
    struct gui_wait wait;
    struct gui_shared shared;
    struct gui_end end;
    struct gui_question question;
    struct gui_chat chat;
    struct gui_report report;
    gboolean running; /* a session */
    gboolean closing; /* the window is to go when the session is over */
};

/* The face's own user. */
struct gui *gui_of(struct share *share);

void gui_show(struct gui *gui, const char *page);

/* Begins a session with a code that was checked. */
void gui_start(struct gui *gui, const char *code);

/* Ends what runs and closes the window. */
void gui_close(struct gui *gui);

/* Pages: built once, each with a function that brings it up to date. */
GtkWidget *gui_warn_build(struct gui *gui);
GtkWidget *gui_fraud_build(struct gui *gui);
GtkWidget *gui_code_build(struct gui *gui);
void gui_code_clear(struct gui *gui);
void gui_code_fill(struct gui *gui, const char *code);
GtkWidget *gui_wait_build(struct gui *gui);
void gui_wait_update(struct gui *gui);
GtkWidget *gui_shared_build(struct gui *gui);
void gui_shared_update(struct gui *gui);
GtkWidget *gui_end_build(struct gui *gui);
void gui_end_tell(struct gui *gui, int error, const char *story);

/* The chat below the pages; taken away and emptied at the end. */
GtkWidget *gui_chat_build(struct gui *gui);
void gui_chat_update(struct gui *gui);
void gui_chat_take(struct gui *gui, const char *text);
void gui_chat_delivered(struct gui *gui, unsigned id);
void gui_chat_clear(struct gui *gui);

void gui_report_open(struct gui *gui);
void gui_report_close(struct gui *gui);

/* A window in front of ours; Escape is the same as closing it. */
GtkWindow *gui_dialog(struct gui *gui, const char *title, GCallback close_request);

/* The window as high as what it shows. */
void gui_fit(struct gui *gui);

/* The open question as a dialog; and away with it. */
void gui_question_open(struct gui *gui);
void gui_question_close(struct gui *gui);

#endif
