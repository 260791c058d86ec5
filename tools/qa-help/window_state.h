/*
 * What the files of qa-help's window know in common: window.c runs it, window_face.c is what the
 * session tells it, window_actions.c what the user does, window_words.c what it says.
 */
#ifndef QA_HELP_WINDOW_STATE_H
#define QA_HELP_WINDOW_STATE_H

#include <gtk/gtk.h>

#include "qa-help/chat_pane.h"
#include "qa-help/draw_bar.h"
#include "qa-help/help_session.h"
#include "qa-help/screen_draw.h"
#include "qa-help/screen_input.h"
#include "qa-help/sign_in_flow.h"
#include "qa-help/toolbar.h"
#include "qa-help/window_parts.h"

struct window {
    struct window_parts parts;
    struct toolbar toolbar;
    struct chat_pane chat;
    struct help_session session;
    struct window_sign_in {
        struct sign_in_flow flow;
        GtkLabel *title, *text, *code;
        GtkEditable *address;
        GtkButton *open, *copy, *again, *cancel;
        guint later; /* what must not be done inside of a callback */
        gboolean under_way;
    } sign_in;
    struct screen_input *input;
    struct draw_bar draw_bar;
    struct screen_draw *draw;
    enum draw_tool tool;        /* what the mouse is over the picture */
    unsigned may_draw;          /* QA_PERMISSION_POINT, QA_PERMISSION_ANNOTATE */
    gboolean draw_shown;        /* the tools are wanted */
    struct screen_list screens; /* as they were told last */
    gboolean screen_asked;      /* for screen_wanted; not answered yet */
    guint32 screen_wanted;
    gboolean restart_asked; /* not answered yet */
    GMainLoop *loop;
    char code[64];
    gint64 code_expires; /* g_get_monotonic_time */
    guint countdown;
    guint message;         /* while something that just happened is said */
    const char *situation; /* what was the case last */
    gboolean session_over;
    gboolean closing;
    gboolean sized; /* the window was fitted to the picture once */
    gboolean chat_wanted;
    guint unread; /* messages of the sharer while the chat was not shown */
    gboolean full_screen;
    gboolean bars; /* in full screen: buttons and words are shown */
    int exit_code;
};

/* window_face.c */
extern const struct help_face window_face;
void window_show_page(struct window *window, const char *page);
void window_forget_code(struct window *window);
/* Shows what the library says that is the case now. */
void window_refresh(struct window *window);

/* window_actions.c */
void window_connect_actions(struct window *window);

/* window.c */
void window_start_session(struct window *window);
void window_close(struct window *window);

/* window_words.c: the line below the picture */
void window_say_situation(struct window *window);
/* Says what just happened, for some seconds; after window_refresh where both are due. */
void window_say(struct window *window, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Why the sharer was not asked for something (a qa_error). */
void window_say_not_asked(struct window *window, int error);
void window_forget_words(struct window *window);

/* window_talk.c: chat and clipboard */
void window_build_talk(struct window *window);
void window_refresh_talk(struct window *window);
void window_show_chat(struct window *window, gboolean shown);
void window_send_clipboard(struct window *window);
void window_chat(void *user, const char *text);
void window_chat_delivered(void *user, uint32_t id);
void window_clipboard(void *user, const char *text);

/* window_draw.c: laser pointer and pen */
void window_build_draw(struct window *window);
void window_refresh_draw(struct window *window);
void window_use_tool(struct window *window, enum draw_tool tool);
void window_show_draw(struct window *window, gboolean shown);
/* The row of tools is shown with the buttons, or not. */
void window_place_draw(struct window *window);
void window_end_draw(struct window *window);
/* What the mouse does now; NULL: nothing of that kind. */
const char *window_draw_words(const struct window *window);

/* window_screens.c: which of the sharer's screens is seen */
void window_forget_screens(struct window *window);
void window_choose_screen(struct window *window, guint32 id);
void window_screens(void *user, const struct screen_list *screens);

/* window_restart.c: a restart of the sharer's computer */
void window_ask_restart(struct window *window);
void window_restart(void *user, uint32_t seconds, int reason);
/* While the sharer is asked; NULL: it is not. */
const char *window_restart_words(const struct window *window);

/* window_sign_in.c: signing in, before the first session or anew */
void window_build_sign_in(struct window *window);
/* Begins with a session where there is a token, else with signing in. */
void window_begin(struct window *window);
void window_token_refused(void *user);
/* True when one was under way: there is no session then. */
gboolean window_cancel_sign_in(struct window *window);
void window_end_sign_in(struct window *window);

/* window_bars.c: buttons and words in full screen */
void window_connect_bars(struct window *window);
void window_set_full_screen(struct window *window, gboolean full);
void window_show_bars(struct window *window, gboolean shown);

#endif
