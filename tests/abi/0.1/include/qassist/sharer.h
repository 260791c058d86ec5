/*
 * Sharer: the side whose screen is shown. It decides and enforces everything.
 *
 * Life: qa_sharer_new with the code, qa_sharer_start, on_helper (who is asking), on_consent (view),
 * then the screen is shared; on_consent (control, ...) when the helper asks; on_end (always the
 * last).
 */
#ifndef QASSIST_SHARER_H
#define QASSIST_SHARER_H

#include <stdbool.h>
#include <stdint.h>

#include <qassist/annotate.h>
#include <qassist/consent.h>
#include <qassist/context.h>
#include <qassist/input.h>
#include <qassist/picture.h>
#include <qassist/session.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qa_sharer qa_sharer;

/* What is shared and where input goes. */
typedef enum qa_screen_kind {
    QA_SCREEN_X11 = 0, /* an X11 display's screen; input through its XTEST */
    QA_SCREEN_APP = 1 /* the embedding program's own pixels (qa_sharer_submit_frame) and on_input */
} qa_screen_kind;

/* The banner: who sees what, for how long, and three buttons, always on top of the shared screen.
 */
typedef enum qa_banner_wish {
    QA_BANNER_DEFAULT = 0, /* on for QA_SCREEN_X11; there is none for QA_SCREEN_APP */
    QA_BANNER_ON = 1,
    QA_BANNER_OFF = 2 /* the program shows all that by itself */
} qa_banner_wish;

/*
 * The banner's words, such as translated ones. Any may be NULL: English. Each has at most
 * QA_BANNER_TEXT_MAX bytes of printable UTF-8. Those before `minutes` stand after the
 * helper's name, several of them after one another: "Ada L. - sees your screen - draws". Strings
 * are copied.
 */
typedef struct qa_banner_texts {
    size_t size;
    const char *view;                /* "sees your screen" */
    const char *point;               /* "points" */
    const char *annotate;            /* "draws" */
    const char *control;             /* "controls mouse and keyboard" */
    const char *clipboard_to_sharer; /* "writes your clipboard" */
    const char *clipboard_to_helper; /* "reads your clipboard" */
    const char *paused;              /* "sees nothing: you paused" */
    const char *paused_by_helper;    /* "paused, and sees nothing new" */
    const char *paused_by_prompt;    /* "sees nothing while you answer your system" */
    const char *minutes;             /* "{m} min": the running time */
    const char *hours;               /* "{h} h {m} min" */
    const char *button_pause;        /* "Pause" */
    const char *button_resume;       /* "Go on" */
    const char *button_take_back;    /* "Take back control" */
    const char *button_end;          /* "End" */
} qa_banner_texts;

#define QA_BANNER_TEXT_MAX 100

/* Fields past `size` read as zero; strings are copied. */
typedef struct qa_sharer_options {
    size_t size;
    /* The security code as typed: digits, spaces and dashes; required; wiped at the end. */
    const char *code;
    qa_screen_kind screen;
    /* QA_SCREEN_X11: the display, such as ":0"; NULL: the environment's. */
    const char *display;
    /* How long a question waits for its answer; then the answer is no. 0: 120. */
    uint32_t question_seconds;
    /* How long control lasts; then it is asked for again. 0: 1800. */
    uint32_t control_seconds;
    /*
     * After a No the same is asked again after so many seconds at the soonest, and after twice as
     * many with each further No; after three not any more in this session. 0: 10.
     */
    uint32_t refusal_seconds;
    /*
     * QA_SCREEN_X11: the windows that are prompts of the system, by the instance or class of their
     * WM_CLASS: names separated by commas or spaces, case of ASCII letters aside, a * at the end
     * standing for anything; `title:` before a name means the title instead. NULL: the usual
     * agents and dialogs for privileges and passwords; "":
     * none. While one is up the session is paused by QA_PAUSED_BY_PROMPT.
     */
    const char *prompt_classes;
    /* Ask "did you call them yourself?" (QA_CONSENT_CALLED) before the question about viewing. */
    bool ask_called;
    /* What on_warning tells instead of qa_sharer_warning(), say in the user's language; "":
     * nothing, for an app that has warned already. */
    const char *warning;
    /*
     * How long a session that broke off (network, sleep, a relay that was restarted) may take to
     * come back, counted from when the other side was last heard. 0: 120, which is also the most
     * that relays wait; negative: a break is the end.
     */
    int32_t reconnect_seconds;
    /*
     * QA_SCREEN_X11: whether a banner is on the screen while it is shared. The helper's pointer
     * cannot go there, and windows that come up do not cover it for long. What it decides (pause,
     * go on, take back control, end) is told by the callbacks, as if the program had called. Pango
     * draws its text and reads the fonts in a thread of its own, with all signals blocked there;
     * with QA_BANNER_OFF there is no thread.
     */
    qa_banner_wish banner;
    /* NULL: English. */
    const qa_banner_texts *banner_texts;
    /*
     * QA_SCREEN_X11: the keys that, pressed twice within two seconds, end the session whatever
     * window has the keyboard; see qa_panic_key_check. NULL: "Ctrl+Alt+Q"; "": none. With
     * QA_SCREEN_APP there is none: the program has keys of its own and qa_sharer_end.
     */
    const char *panic_key;
    /*
     * Where the invitation for coming back after a restart of the computer is kept, a directory of
     * the user's own. NULL: $XDG_STATE_HOME/qassist, or ~/.local/state/qassist.
     */
    const char *state_directory;
    /*
     * Come back to the session that was left for a restart (on_restart): `code` is not needed, and
     * the context's relay is that of qa_resume_relay. The invitation is used up whatever follows.
     * The sharer is asked about viewing anew. The session starts in QA_STATE_RECONNECTING and ends
     * with QA_EINVITATION where there is nothing to come back with.
     */
    bool resume;
} qa_sharer_options;

#define QA_SHARER_OPTIONS_INIT QA_INIT(qa_sharer_options)

/* Any callback may be NULL; without on_consent every question is answered no. Dispatch thread. */
typedef struct qa_sharer_callbacks {
    size_t size;

    /*
     * Who is asking: first name and initial, and the organisation that the relay vouches for (may
     * be empty). Both are printable text. Show them before any question.
     */
    void (*on_helper)(qa_sharer *sharer, const char *shown_name, const char *organisation,
                      void *user_data);

    /*
     * A question; answer it now, or keep a reference and answer later. One is open at a time; what
     * the helper asks for meanwhile is asked after.
     */
    void (*on_consent)(qa_sharer *sharer, qa_consent *consent, void *user_data);

    /* The session went on to another state. */
    void (*on_state)(qa_sharer *sharer, qa_session_state state, void *user_data);

    /* What the helper may do now (bits of qa_permission), after each change. */
    void (*on_permissions)(qa_sharer *sharer, unsigned permissions, void *user_data);

    /* QA_SCREEN_APP: input that the helper sent and control allows. */
    void (*on_input)(qa_sharer *sharer, const qa_input_event *event, void *user_data);

    /* The session is over; nothing follows. `error` and `detail` as in qa_helper_callbacks. */
    void (*on_end)(qa_sharer *sharer, int error, const char *detail, void *user_data);

    /*
     * A question is void: nobody answered in time, what it asks for was taken back, or the session
     * is over. Close its dialog; an answer comes too late.
     */
    void (*on_withdrawn)(qa_sharer *sharer, qa_consent *consent, void *user_data);

    /* The session paused, goes on (causes 0), or is paused for other reasons than before; bits of
     * qa_pause_cause. */
    void (*on_paused)(qa_sharer *sharer, unsigned causes, void *user_data);

    /*
     * QA_SCREEN_X11: what the helper sees from now on: the monitor of this id and name, or, with id
     * 0 and name "", all of the display. The helper chooses; once at the start and after each
     * change of the monitors.
     */
    void (*on_screen)(qa_sharer *sharer, uint32_t id, const char *name, void *user_data);

    /*
     * Words to show to the sharer before anything else: nothing was sent yet, and qa_sharer_end
     * leaves it at that. Lines end in line feeds.
     */
    void (*on_warning)(qa_sharer *sharer, const char *text, void *user_data);

    /*
     * The helper wrote: printable text, lines parted by line feeds, at most QA_CHAT_MAX characters.
     * Without this callback the helper learns that nobody was handed it.
     */
    void (*on_chat)(qa_sharer *sharer, const char *text, void *user_data);

    /* The helper's program was handed the message of this number (qa_sharer_chat). */
    void (*on_chat_delivered)(qa_sharer *sharer, uint32_t id, void *user_data);

    /*
     * The helper put a text into the clipboard: UTF-8 of at most QA_CLIPBOARD_MAX bytes without
     * control characters but tab, line feed and carriage return. QA_SCREEN_APP: put it into the
     * app's. QA_SCREEN_X11: it is in the display's; told so that the app can say so.
     */
    void (*on_clipboard)(qa_sharer *sharer, const char *text, void *user_data);

    /*
     * QA_SCREEN_APP: the helper's laser pointer is at a place of the picture, or (not `shown`)
     * nowhere. Take it away, too, when it has not moved for some two seconds.
     */
    void (*on_point)(qa_sharer *sharer, bool shown, int32_t x, int32_t y, void *user_data);

    /*
     * QA_SCREEN_APP: the helper draws. Draw it over what is shared; without a mark begun before
     * there is no QA_MARK_TO. What has to vanish (see annotate.h) comes as QA_MARK_CLEAR.
     */
    void (*on_mark)(qa_sharer *sharer, const qa_mark_event *event, void *user_data);

    /*
     * The computer may be restarted (QA_CONSENT_RESTART was allowed): for so many seconds the
     * session can be taken up with option `resume`, once. `error` 0; else the invitation could not
     * be written, `seconds` is 0, and the helper was told no. The end of the session voids it;
     * see qa_sharer_leave.
     */
    void (*on_restart)(qa_sharer *sharer, uint32_t seconds, int error, void *user_data);
} qa_sharer_callbacks;

#define QA_SHARER_CALLBACKS_INIT QA_INIT(qa_sharer_callbacks)

/*
 * Looks at a code without telling anybody: 0, QA_ECODE_FORMAT (digits missing or too many, or other
 * characters), QA_ECODE_CHECK (a digit is mistyped). Any thread.
 */
QA_API int qa_code_check(const char *code);

/*
 * Looks at a setting of panic_key: modifiers (Ctrl, Alt, Shift, Super) and one key at the end (a
 * letter, a digit, F1 to F24, Pause, Escape and the like), such as "Ctrl+Alt+Q"; "" is none. 0, or
 * QA_EINVAL with what is wrong in *why (static memory, English; `why` may be NULL). Any thread.
 */
QA_API int qa_panic_key_check(const char *setting, const char **why);

/*
 * Makes a sharer on a context. On success *out holds a reference.
 * Errors: those of qa_code_check, QA_EINVAL (also for a banner, its texts or a panic key that are
 * not as said above), QA_ENOMEM. Dispatch thread.
 */
QA_API int qa_sharer_new(qa_context *context, const qa_sharer_options *options,
                         const qa_sharer_callbacks *callbacks, void *user_data, qa_sharer **out);

/*
 * Plain words that protect people from false helpers, in English, a line each, parted by line
 * feeds: for apps to show before a code is typed. Static memory; any thread.
 */
QA_API const char *qa_sharer_warning(void);

/*
 * Warns (on_warning), then connects and joins. Nothing is captured before the view consent is
 * answered yes. Once a sharer. Errors: QA_ESTATE. Dispatch thread.
 */
QA_API int qa_sharer_start(qa_sharer *sharer);

/*
 * Takes permissions back at once, queued input included; the others stay. Without view the session
 * ends. Errors: QA_EINVAL, QA_ESTATE (not active). Dispatch thread.
 */
QA_API int qa_sharer_revoke(qa_sharer *sharer, unsigned permissions);

/*
 * Pauses: the screen is hidden from the helper and no input arrives until qa_sharer_resume.
 * Permissions stay and work again after. Errors: QA_ESTATE (not active, or paused so already; the
 * helper's own pause is another one). Dispatch thread.
 */
QA_API int qa_sharer_pause(qa_sharer *sharer);
QA_API int qa_sharer_resume(qa_sharer *sharer);

/*
 * A prompt of the system, such as one for a password, is up (true) or gone: meanwhile the session
 * is paused by QA_PAUSED_BY_PROMPT, so that the sharer answers it alone. For prompts that only the
 * app knows of; those on an X11 display are noticed besides. While the helper has control, an open
 * question (on_consent) pauses in the same way, also where prompts are allowed: nobody but the
 * sharer answers it. Errors: QA_ESTATE (over). Dispatch thread.
 */
QA_API int qa_sharer_set_prompt(qa_sharer *sharer, bool up);

/* Whether prompts do not pause, for the rest of this session. Errors: QA_ESTATE (over). Dispatch
 * thread. */
QA_API int qa_sharer_allow_prompts(qa_sharer *sharer, bool allowed);

/*
 * QA_SCREEN_APP: gives the present picture. `pixels` is height rows of stride bytes, BGRX8888,
 * copied before the return; `damage` (count rectangles, NULL for all) says what changed. A new size
 * is allowed at any time. Before view is allowed and while paused nothing is copied and QA_ESTATE
 * is returned. Errors: QA_EINVAL, QA_ESTATE, QA_ELIMIT (larger than 8192 x 8192). Dispatch thread.
 */
QA_API int qa_sharer_submit_frame(qa_sharer *sharer, int32_t width, int32_t height, size_t stride,
                                  const uint8_t *pixels, const qa_rect *damage, size_t count);

/*
 * Writes to the helper, from the moment both are in the session (QA_STATE_ASKING) until its end,
 * whatever is allowed or paused. `utf8`: at most QA_CHAT_MAX characters; what cannot be shown is
 * left out, a tab becomes a space. *id (NULL: not wanted) is its number, 1 for the first one; see
 * on_chat_delivered. Errors: QA_EINVAL (nothing to show, or too long), QA_ESTATE, QA_ELIMIT (16
 * messages have not reached the helper's program yet), QA_ERATE, QA_ENOMEM. Dispatch thread.
 */
QA_API int qa_sharer_chat(qa_sharer *sharer, const char *utf8, uint32_t *id);

/*
 * QA_SCREEN_APP: the user copied a text in the app. It goes to the helper where
 * QA_PERMISSION_CLIPBOARD_TO_HELPER is allowed; a newer text replaces one that is still on its way.
 * `utf8` has at most QA_CLIPBOARD_MAX bytes; control characters but tab, line feed and carriage
 * return are left out. With QA_SCREEN_X11 the library reads the display's clipboard itself: what is
 * copied while it is allowed, and nothing else. Errors: QA_EINVAL, QA_ESTATE (not active, paused,
 * or QA_SCREEN_X11), QA_ENOTALLOWED. Dispatch thread.
 */
QA_API int qa_sharer_clipboard(qa_sharer *sharer, const char *utf8);

/*
 * Reports this session to the service and ends it. `words` (at most QA_REPORT_MAX characters, made
 * printable as by qa_sharer_chat) say what happened; they are kept with the session's record. The
 * helper sees an orderly end only. Errors: QA_EINVAL (no words, or too long; nothing is ended),
 * QA_ESTATE (not joined yet; after a break not back at the service yet, on_state says when; or
 * over), QA_EIO, QA_ENOMEM. Dispatch thread.
 */
QA_API int qa_sharer_report(qa_sharer *sharer, const char *words);

/*
 * The computer is about to be restarted, and that was allowed: sharing stops at once and this side
 * goes without ending the session, so that option `resume` takes it up again; on_end follows.
 * Errors: QA_ESTATE (no restart was allowed, or its time is over). Dispatch thread.
 */
QA_API int qa_sharer_leave(qa_sharer *sharer);

/*
 * The relay of the session that can be taken up with option `resume`, for qa_context_new: its URL
 * into `out` of `size` bytes (513 are enough). `state_directory` as in the options. The invitation
 * stays where it is. Errors: QA_EINVITATION (there is none), QA_ELIMIT (size), QA_EINVAL. Any
 * thread.
 */
QA_API int qa_resume_relay(const char *state_directory, char *out, size_t size);

/* What is allowed now. Dispatch thread. */
QA_API unsigned qa_sharer_permissions(const qa_sharer *sharer);

/* How long one permission lasts yet, rounded up; 0: not allowed, or without a limit. Dispatch
 * thread. */
QA_API uint32_t qa_sharer_seconds_left(const qa_sharer *sharer, unsigned permission);

/* Why the session is paused, bits of qa_pause_cause; 0: it is not. Dispatch thread. */
QA_API unsigned qa_sharer_paused(const qa_sharer *sharer);

/* Where the session is. Dispatch thread. */
QA_API qa_session_state qa_sharer_state(const qa_sharer *sharer);

/* Ends the session: capture and input stop before the return; on_end follows. Dispatch thread. */
QA_API void qa_sharer_end(qa_sharer *sharer);

/*
 * After an error of on_end that is the relay's: the seconds after which another try may do better,
 * 0 where it did not say. Dispatch thread.
 */
QA_API uint32_t qa_sharer_retry_seconds(const qa_sharer *sharer);

/* Takes another reference; returns sharer. Dispatch thread. */
QA_API qa_sharer *qa_sharer_ref(qa_sharer *sharer);

/* Gives one back; NULL is allowed. The last one ends a running session at once, without on_end. */
QA_API void qa_sharer_unref(qa_sharer *sharer);

#ifdef __cplusplus
}
#endif

#endif
