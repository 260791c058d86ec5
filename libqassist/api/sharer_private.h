/*
 * The sharer's handle from inside, for the files that share it: sharer.c (role and public calls),
 * sharer_questions.c (consents), sharer_screen.c (pictures out), sharer_screens.c (monitors and
 * prompts on them), sharer_overlay.c (what is drawn there), sharer_input.c (input in),
 * sharer_clipboard.c (chat and clipboard), sharer_restart.c (coming back after a restart),
 * sharer_safety.c (warning and report).
 */
#ifndef API_SHARER_PRIVATE_H
#define API_SHARER_PRIVATE_H

#include <qassist/sharer.h>

#include "api/session.h"
#include "overlay/overlay.h"
#include "screen/screen.h"
#include "session/clip_gate.h"
#include "session/gate.h"
#include "session/sharer_machine.h"

struct qa_sharer {
    struct session session; /* first */
    struct sharer_machine machine;
    qa_sharer_callbacks callbacks;
    void *user_data;
    qa_screen_kind screen_kind;
    char *display;
    char *prompt_classes; /* NULL: the usual ones */
    struct screen *screen;
    struct screen_list screens; /* empty before they are known, and for an app's pixels */
    bool screens_known;
    bool choice_open;                     /* the helper's, not carried out yet */
    uint32_t generation;                  /* of the RDP picture; another one with each choice */
    char chosen_before[SCREEN_NAME_SIZE]; /* shown before a break; empty: all monitors */
    bool prompt_by_app;                   /* where a prompt was noticed */
    bool prompt_by_screen;
    struct overlay *overlay;
    uint64_t shared_ms; /* when the screen was shared first; 0: not yet */
    bool banner;        /* wanted */
    bool panics;        /* there is a panic key */
    struct panic_key panic;
    qa_banner_texts banner_texts; /* copies */
    struct gate gate;
    bool in_gate;        /* an event of the worker is passing the gate right now */
    qa_consent *consent; /* the open question; the reference is the user's */
    bool ask_called;     /* to be asked before viewing is */
    struct clip_gate clip_gate;
    bool clipboard_failed; /* the display has none that can be used */
    char *warning;         /* the app's; NULL: ours */
    struct deferred start;
    char *state_directory; /* where invitations are kept; NULL: the usual place */
    bool resume;           /* to start with one of these */
    bool invited;          /* one is on the disk */
};

/* Calls the user back where there is such a callback. */
#define TELL_SHARER(sharer, callback, ...)                                            \
    do {                                                                              \
        if ((sharer)->callbacks.callback)                                             \
            (sharer)->callbacks.callback((sharer), __VA_ARGS__, (sharer)->user_data); \
    } while (0)

static inline qa_sharer *sharer_of(struct session *session)
{
    return (qa_sharer *)session;
}

/* ---- sharer_screen.c ---- */

/* The one place where a capture begins: after the yes to viewing. */
void sharer_start_sharing(qa_sharer *sharer);
void sharer_hold_pictures(qa_sharer *sharer, bool hold);
void sharer_stop_screen(qa_sharer *sharer);

/* ---- sharer_screens.c ---- */

/* What the screen says; user data is the sharer. */
void sharer_on_screens(void *user, const struct screen_list *list);
void sharer_on_prompt(void *user, bool up);

/* After a break another screen took the place of the one before: it shows the same monitor. */
void sharer_choose_as_before(qa_sharer *sharer);

/* The screen is gone; another one may come after a break. */
void sharer_forget_screens(qa_sharer *sharer);

/* Tells the helper which screens there are, and the user what is shown. */
void sharer_send_screens(qa_sharer *sharer);
void sharer_show_screens(qa_sharer *sharer);

/* The helper asks for another one; it is answered in any case. */
void sharer_choose_screen(qa_sharer *sharer, uint32_t id);

/* From a place in the picture to one on the display, for whoever draws or aims there. */
static inline void sharer_to_display(const qa_sharer *sharer, int32_t *x, int32_t *y)
{
    *x += sharer->screens.shown.x;
    *y += sharer->screens.shown.y;
}

/* ---- sharer_overlay.c ---- */

/* Takes the options over; 0, QA_EINVAL, QA_ENOMEM. Freed with sharer_overlay_free either way. */
int sharer_overlay_options(qa_sharer *sharer, const qa_sharer_options *options);
void sharer_overlay_free(qa_sharer *sharer);

/* From the yes to viewing until the end. 0, QA_ESCREEN (with *detail), QA_ENOMEM. */
int sharer_open_overlay(qa_sharer *sharer, const char **detail);

/* What the helper draws; dropped where that is not allowed. */
void sharer_take_point(qa_sharer *sharer, const struct control_point *point);
void sharer_take_mark(qa_sharer *sharer, const struct control_mark *mark);
void sharer_close_overlay(qa_sharer *sharer);

/* The shared picture shows this part of the display. */
void sharer_overlay_area(qa_sharer *sharer, const qa_rect *area);

/* Permissions or the pause changed: says so, and takes away what may not be there any more. */
void sharer_overlay_update(qa_sharer *sharer);

/* ---- sharer_input.c ---- */

/* What the worker says about input; user data is the sharer. */
void sharer_on_rdp_input(void *user, const qa_input_event *event);
void sharer_on_rdp_input_epoch(void *user, unsigned epoch);

/* Tells the app of input (QA_SCREEN_APP), now or when the present call of its own is over. */
void sharer_on_app_input(void *user, const qa_input_event *event);

/* ---- sharer_clipboard.c ---- */

extern const struct talk_role sharer_talk_role;

void sharer_clipboard_init(qa_sharer *sharer);

/* Permissions or pauses changed: opens and closes its directions. */
void sharer_clipboard_update(qa_sharer *sharer);
void sharer_clipboard_stop(qa_sharer *sharer);

/* ---- sharer_restart.c ---- */

/* Writes the invitation and tells the helper and the user. */
void sharer_allow_restart(qa_sharer *sharer);
void sharer_refuse_restart(qa_sharer *sharer, int reason, uint32_t wait_s);
void sharer_forget_restart(qa_sharer *sharer);

/* Takes the invitation that was left before the restart, or removes one that is too old. False:
 * the session cannot begin, and ends. */
bool sharer_take_invitation(qa_sharer *sharer);

/* ---- sharer_questions.c ---- */

/* Lends the machine's open question to the user, if it still is `question`. */
void sharer_ask(qa_sharer *sharer, unsigned question);

/* The question that was lent, if any, is void; the user is told. */
void sharer_withdraw(qa_sharer *sharer);

#endif
