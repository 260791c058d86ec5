/*
 * Helper: the side that sees and, where allowed, controls.
 *
 * Life: qa_helper_new, qa_helper_start, on_code (tell it to the sharer), on_peer (somebody typed it
 * and it is right), on_permissions (view allowed), on_frame ..., qa_helper_end, on_end (always the
 * last).
 */
#ifndef QASSIST_HELPER_H
#define QASSIST_HELPER_H

#include <stdbool.h>
#include <stdint.h>

#include <qassist/annotate.h>
#include <qassist/consent.h>
#include <qassist/context.h>
#include <qassist/input.h>
#include <qassist/picture.h>
#include <qassist/screen.h>
#include <qassist/session.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qa_helper qa_helper;

/* Most characters of one qa_helper_text. */
#define QA_TEXT_MAX 128

/* Fields past `size` read as zero; strings are copied. */
typedef struct qa_helper_options {
    size_t size;
    /* The sign-in token of a helper account (a line of a token file); required; wiped at the end.
     */
    const char *token;
    /*
     * How long a session that broke off (network, sleep, a relay that was restarted) may take to
     * come back, counted from when the other side was last heard. 0: 120, which is also the most
     * that relays wait; negative: a break is the end.
     */
    int32_t reconnect_seconds;
} qa_helper_options;

#define QA_HELPER_OPTIONS_INIT QA_INIT(qa_helper_options)

/*
 * Any callback may be NULL. All run on the dispatch thread; what they are handed is valid during
 * the call unless it says otherwise. Calling any function of the library from within is allowed.
 */
typedef struct qa_helper_callbacks {
    size_t size;

    /*
     * The security code, digits in groups of four ("4821 9305 7716"), and how long it lives. Show
     * it, say it, keep it nowhere. `shown_name` and `organisation` are what the sharer will read.
     */
    void (*on_code)(qa_helper *helper, const char *code, uint32_t seconds_left,
                    const char *shown_name, const char *organisation, void *user_data);

    /* The sharer typed the right code; the encrypted channel stands and the sharer is being asked.
     */
    void (*on_peer)(qa_helper *helper, void *user_data);

    /* The session went on to another state. */
    void (*on_state)(qa_helper *helper, qa_session_state state, void *user_data);

    /*
     * What is allowed now (bits of qa_permission), after each change. `reason` is 0, or why what
     * was asked for or held is not there; on_refused says of what and in more detail.
     */
    void (*on_permissions)(qa_helper *helper, unsigned permissions, int reason, void *user_data);

    /* Something the helper's user should know of and that does not end the session. */
    void (*on_notice)(qa_helper *helper, qa_notice notice, void *user_data);

    /*
     * A new picture. The frame is lent: see qa_frame_pixels for how long. The next one is decoded
     * only after the return, and what the sharer's screen did meanwhile is in it.
     */
    void (*on_frame)(qa_helper *helper, qa_frame *frame, void *user_data);

    /* The sharer's pointer looks different from now on. */
    void (*on_cursor)(qa_helper *helper, const qa_cursor *cursor, void *user_data);

    /* The sharer's pointer moved on its own, in pixels of the picture. */
    void (*on_cursor_position)(qa_helper *helper, int32_t x, int32_t y, void *user_data);

    /*
     * The session is over; nothing follows. `error` is 0 after an orderly end by either side;
     * `detail` says more in words, never NULL.
     */
    void (*on_end)(qa_helper *helper, int error, const char *detail, void *user_data);

    /*
     * The session paused, goes on (causes 0), or is paused for other reasons than before; bits of
     * qa_pause_cause. While the sharer's causes are among them the screen is hidden: take the last
     * picture away. What is seen after is told by an on_frame whose damage is the whole picture.
     */
    void (*on_paused)(qa_helper *helper, unsigned causes, void *user_data);

    /*
     * These permissions, asked for or held until now, are not there, because of `reason`:
     * QA_EDENIED (the sharer said no), QA_ETIMEOUT (the sharer did not answer), QA_ENOTALLOWED
     * (taken back), QA_EEXPIRED (their time is over; the sharer is being asked again), QA_ERATE and
     * QA_ELIMIT (asked again too soon, or once too often). Asking for them in the next
     * `wait_seconds` is in vain; QA_WAIT_SESSION: in this session. on_permissions follows.
     */
    void (*on_refused)(qa_helper *helper, unsigned permissions, int reason, uint32_t wait_seconds,
                       void *user_data);

    /*
     * The sharer's monitors, `count` of them (none where it shares no display), and which one is
     * shown (0: all), with the start of viewing and after each change: one was chosen, plugged in
     * or unplugged. One that was chosen and vanished gives way to all. After another choice the
     * next on_frame is the first picture of it, whole.
     */
    void (*on_screens)(qa_helper *helper, const qa_screen_info *const *screens, size_t count,
                       uint32_t chosen, void *user_data);

    /*
     * The sharer wrote: printable text, lines parted by line feeds, at most QA_CHAT_MAX characters.
     * Without this callback the sharer learns that nobody was handed it.
     */
    void (*on_chat)(qa_helper *helper, const char *text, void *user_data);

    /* The sharer's program was handed the message of this number (qa_helper_chat). */
    void (*on_chat_delivered)(qa_helper *helper, uint32_t id, void *user_data);

    /*
     * The sharer copied a text, and QA_PERMISSION_CLIPBOARD_TO_HELPER is allowed: UTF-8 of at most
     * QA_CLIPBOARD_MAX bytes without control characters but tab, line feed and carriage return.
     */
    void (*on_clipboard)(qa_helper *helper, const char *text, void *user_data);

    /*
     * The answer to qa_helper_request_restart. `seconds`: the sharer allowed it and may take so
     * long to come back; the session waits in QA_STATE_RECONNECTING then, and viewing is asked
     * anew. 0: not allowed, because of `reason`: QA_EDENIED, QA_ETIMEOUT, QA_ENOTALLOWED (there is
     * no way back), QA_ERATE and QA_ELIMIT (asked again too soon, or once too often), QA_EIO (the
     * sharer's disk), QA_ERELAY_LOST (a break came between).
     */
    void (*on_restart)(qa_helper *helper, uint32_t seconds, int reason, void *user_data);
} qa_helper_callbacks;

#define QA_HELPER_CALLBACKS_INIT QA_INIT(qa_helper_callbacks)

/*
 * Makes a helper on a context. `user_data` goes to every callback. On success *out holds a
 * reference. Errors: QA_EINVAL (no token, or one that is not a token), QA_ENOMEM. Dispatch thread.
 */
QA_API int qa_helper_new(qa_context *context, const qa_helper_options *options,
                         const qa_helper_callbacks *callbacks, void *user_data, qa_helper **out);

/*
 * Connects, signs in and asks for a code; the rest comes by callback. Once a helper.
 * Errors: QA_ESTATE (started before), QA_ENOMEM. Dispatch thread.
 */
QA_API int qa_helper_start(qa_helper *helper);

/*
 * Asks the sharer for permissions beyond viewing, one or several at once; those that are allowed or
 * being asked already are left out. `purpose` (NULL: none) says in the helper's words what they are
 * for: printable UTF-8 of at most QA_PURPOSE_MAX bytes in one line; it is copied. The sharer may
 * allow some of them; the answer is on_permissions. Errors: QA_EINVAL, QA_ESTATE (not viewing, or
 * all are asked or allowed), QA_ERATE (the sharer said no; see on_refused for how long), QA_ELIMIT
 * (the sharer said no three times). Dispatch thread.
 */
QA_API int qa_helper_request(qa_helper *helper, unsigned permissions, const char *purpose);

/*
 * Asks the sharer whether its computer may be restarted, with the session going on after that; the
 * answer is on_restart. Errors: QA_ESTATE (not viewing, being asked or allowed already, or
 * reconnecting is off), QA_ERATE, QA_ELIMIT (the sharer said no). Dispatch thread.
 */
QA_API int qa_helper_request_restart(qa_helper *helper);

/*
 * How long the sharer may still take to come back from the restart that it allowed; 0: none was
 * allowed, or it is over. Dispatch thread.
 */
QA_API uint32_t qa_helper_restart_seconds(const qa_helper *helper);

/*
 * Stops the pictures and all traffic for them until qa_helper_resume; the last picture stays.
 * Permissions stay and work again after. Errors: QA_ESTATE (not viewing, or paused so already).
 * Dispatch thread.
 */
QA_API int qa_helper_pause(qa_helper *helper);
QA_API int qa_helper_resume(qa_helper *helper);

/*
 * Shows the monitor with this id of on_screens, or all (0). The answer is on_screens, also where
 * the choice is in vain because the monitor has just vanished. From here until its first picture
 * the pointer's input fails with QA_ESTATE, for it would be aimed at what is not shown any more.
 * The sharer's side takes more than 100 a second for a flood and ends the session.
 * Errors: QA_EINVAL (no such one), QA_ESTATE (not viewing, or nothing listed yet). Dispatch thread.
 */
QA_API int qa_helper_choose_screen(qa_helper *helper, uint32_t id);

/*
 * Sends input. Each fails with QA_ENOTALLOWED without control, QA_ESTATE when not viewing or
 * paused, QA_EINVAL for values out of range, QA_ELIMIT when the sharer takes no more just now.
 * Dispatch thread.
 */
QA_API int qa_helper_pointer_move(qa_helper *helper, int32_t x, int32_t y);
QA_API int qa_helper_pointer_button(qa_helper *helper, int32_t x, int32_t y, qa_button button,
                                    bool pressed);
QA_API int qa_helper_pointer_wheel(qa_helper *helper, int32_t x, int32_t y, int32_t wheel_x,
                                   int32_t wheel_y);
QA_API int qa_helper_key(qa_helper *helper, uint32_t scancode, bool pressed);

/*
 * Types a text, whole or (on any error) not at all. `utf8` ends in NUL and has at most QA_TEXT_MAX
 * characters; control characters but tab and line feed are refused. Errors as above.
 */
QA_API int qa_helper_text(qa_helper *helper, const char *utf8);

/*
 * Writes to the sharer, from the moment both are in the session (QA_STATE_ASKING) until its end,
 * whatever is allowed or paused. `utf8`: at most QA_CHAT_MAX characters; what cannot be shown is
 * left out, a tab becomes a space. *id (NULL: not wanted) is its number, 1 for the first one; see
 * on_chat_delivered. Errors: QA_EINVAL (nothing to show, or too long), QA_ESTATE, QA_ELIMIT (16
 * messages have not reached the sharer's program yet), QA_ERATE, QA_ENOMEM. Dispatch thread.
 */
QA_API int qa_helper_chat(qa_helper *helper, const char *utf8, uint32_t *id);

/*
 * Puts a text into the sharer's clipboard; needs QA_PERMISSION_CLIPBOARD_TO_SHARER. A newer text
 * replaces one that is still on its way; the text that came last from there is not sent back.
 * `utf8` has at most QA_CLIPBOARD_MAX bytes; control characters but tab, line feed and carriage
 * return are left out. Errors: QA_EINVAL (nothing to send, or too long), QA_ESTATE (not viewing, or
 * paused), QA_ENOTALLOWED, QA_ENOMEM. Dispatch thread.
 */
QA_API int qa_helper_clipboard(qa_helper *helper, const char *utf8);

/*
 * Shows the laser pointer at a place of the picture, and takes it away. It vanishes by itself when
 * it does not move for two seconds. Only the newest of many places is sent. Errors: QA_ENOTALLOWED
 * (without QA_PERMISSION_POINT), QA_ESTATE (not viewing, paused, or the picture of a newly chosen
 * screen has not come), QA_EINVAL (outside of the picture). Dispatch thread.
 */
QA_API int qa_helper_point(qa_helper *helper, int32_t x, int32_t y);
QA_API int qa_helper_point_hide(qa_helper *helper);

/*
 * Draws a mark: begin it, go on to further places, end it. `colour` is 0xRRGGBB, `width` in pixels
 * of the picture, 1 to QA_MARK_WIDTH_MAX. Beginning another one ends the one before. undo takes the
 * newest mark away, clear all of them. Errors as above with QA_PERMISSION_ANNOTATE, and QA_EINVAL
 * (kind, colour or width, or going on where no mark was begun on this picture since the last pause
 * and under this permission), QA_ELIMIT (a stroke with QA_MARK_POINTS_MAX points, or the way to the
 * sharer is full just now: nothing was done). Dispatch thread.
 */
QA_API int qa_helper_mark_begin(qa_helper *helper, qa_mark_kind kind, uint32_t colour,
                                uint32_t width, int32_t x, int32_t y);
QA_API int qa_helper_mark_to(qa_helper *helper, int32_t x, int32_t y);
QA_API int qa_helper_mark_end(qa_helper *helper);
QA_API int qa_helper_undo(qa_helper *helper);
QA_API int qa_helper_clear(qa_helper *helper);

/* What is allowed now. Dispatch thread. */
QA_API unsigned qa_helper_permissions(const qa_helper *helper);

/* What is asked for and not answered yet. Dispatch thread. */
QA_API unsigned qa_helper_requested(const qa_helper *helper);

/* Why the session is paused, bits of qa_pause_cause; 0: it is not. Dispatch thread. */
QA_API unsigned qa_helper_paused(const qa_helper *helper);

/* Where the session is. Dispatch thread. */
QA_API qa_session_state qa_helper_state(const qa_helper *helper);

/* Ends the session in order; on_end follows. Harmless when it is over. Dispatch thread. */
QA_API void qa_helper_end(qa_helper *helper);

/*
 * After an error of on_end that is the relay's: the seconds after which another try may do better,
 * 0 where it did not say. Dispatch thread.
 */
QA_API uint32_t qa_helper_retry_seconds(const qa_helper *helper);

/* Takes another reference; returns helper. Dispatch thread. */
QA_API qa_helper *qa_helper_ref(qa_helper *helper);

/*
 * Gives one back; NULL is allowed. The last one ends a running session at once, without on_end.
 * Dispatch thread.
 */
QA_API void qa_helper_unref(qa_helper *helper);

#ifdef __cplusplus
}
#endif

#endif
