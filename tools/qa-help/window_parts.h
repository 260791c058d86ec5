/*
 * The widgets of qa-help's window, built once; window.c moves between the pages.
 */
#ifndef QA_HELP_WINDOW_PARTS_H
#define QA_HELP_WINDOW_PARTS_H

#include <gtk/gtk.h>

#define PAGE_SIGN_IN "sign-in"
#define PAGE_CODE    "code"
#define PAGE_WAIT    "wait"
#define PAGE_SCREEN  "screen"
#define PAGE_END     "end"

struct window_parts {
    GtkWindow *window;
    GtkWidget *content; /* a horizontal box that holds the pages */
    GtkStack *pages;

    /* code */
    GtkLabel *code;
    GtkLabel *code_time;
    GtkLabel *code_name;
    GtkLabel *code_notice;
    GtkButton *copy;

    /* wait */
    GtkSpinner *spinner; /* spins on its page only: it costs */
    GtkLabel *wait_text;

    /* screen */
    GtkWidget *screen_page; /* a vertical box */
    GtkWidget *view;        /* a ScreenView */
    GtkLabel *paused;
    GtkLabel *status;

    /* end */
    GtkLabel *end_text;
    GtkButton *again;
    GtkButton *close;

    /* header */
    GtkButton *end; /* while there is no toolbar */
};

/* A page of the window: a box in its middle. */
GtkWidget *window_parts_page(struct window_parts *parts, const char *name);
GtkLabel *window_parts_text(const char *text, const char *class);
GtkButton *window_parts_button(const char *label, const char *spoken, const char *class);

void window_parts_build(struct window_parts *parts);

/* What a screen reader says for a widget. */
void window_parts_name(gpointer widget, const char *spoken);

/* Sets a button's text and what a screen reader says for it. */
void window_parts_label(GtkButton *button, const char *label, const char *spoken);

#endif
