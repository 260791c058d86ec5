/* A session without a window, as the person in front of the terminal sees it. */
#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/events.h"
#include "common/i18n.h"
#include "common/permission_words.h"
#include "common/text.h"
#include "qa-help/code_panel.h"
#include "qa-help/headless_state.h"

static void close_line(struct headless *headless)
{
    if (headless->line_open)
        putchar('\n');
    headless->line_open = false;
    fflush(stdout);
}

void headless_say(struct headless *headless, const char *text)
{
    close_line(headless);
    if (!events_enabled())
        text_wrap(stdout, text, text_width(stdout));
    fflush(stdout);
}

void headless_draw_countdown(void *user)
{
    struct headless *headless = user;
    int64_t left = (headless->code_expires - loop_now() + 999) / 1000;
    if (left < 0)
        left = 0;
    char text[32];
    code_panel_time_left((unsigned)left, text, sizeof text);
    fputs("\r   ", stdout);
    printf(_("Valid for %s."), text);
    fputs("  ", stdout);
    fflush(stdout);
    headless->line_open = true;
    if (left)
        loop_timer_set(&headless->countdown, 1000);
}

static void face_code(void *user, const char *code, unsigned seconds_left, const char *shown_name,
                      const char *organisation)
{
    struct headless *headless = user;
    if (events_enabled())
        return;
    bool terminal = isatty(STDOUT_FILENO);
    bool unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    char left[32], text[1024];
    if (terminal)
        code_panel_draw(stdout, code, text_width(stdout), unicode);
    else
        printf("%s: %s\n", _("Security code"), code);
    if (*organisation)
        snprintf(text, sizeof text,
                 _("Call the person you help, read them this code, and ask them to type it into "
                   "qa-share. They will see you as %s from %s."),
                 shown_name, organisation);
    else
        snprintf(text, sizeof text,
                 _("Call the person you help, read them this code, and ask them to type it into "
                   "qa-share. They will see you as %s."),
                 shown_name);
    text_wrap(stdout, text, text_width(stdout));
    headless->code_expires = loop_now() + (int64_t)seconds_left * 1000;
    if (terminal) {
        headless_draw_countdown(headless);
    } else {
        code_panel_time_left(seconds_left, left, sizeof left);
        printf(_("Valid for %s."), left);
        putchar('\n');
    }
    fflush(stdout);
}

static void face_state(void *user, qa_session_state state)
{
    struct headless *headless = user;
    bool is_back = headless->broken_off && state == QA_STATE_ACTIVE;
    headless->broken_off = state == QA_STATE_RECONNECTING;
    if (headless->broken_off)
        runner_on_hidden(&headless->runner);
    if (state != QA_STATE_WAITING)
        loop_timer_clear(&headless->countdown);
    /* The countdown and the end have words of their own. */
    if (is_back)
        headless_say(headless, _("You are back in the session and see the screen."));
    else if (state == QA_STATE_ACTIVE)
        headless_say(headless, _("The sharer shows the screen. Ctrl+C ends the session."));
    else if (state != QA_STATE_WAITING && state != QA_STATE_PAUSED && state != QA_STATE_ENDED)
        headless_say(headless, help_session_wait_text(&headless->session, state));
    headless_advance(headless);
}

static void face_permissions(void *user, unsigned permissions, int reason)
{
    struct headless *headless = user;
    char words[256], text[512];
    unsigned gained = permissions & ~headless->permissions & ~(unsigned)QA_PERMISSION_VIEW;
    headless->permissions = permissions;
    if (gained) {
        permissions_in_words(gained, words, sizeof words);
        snprintf(text, sizeof text, _("The sharer allowed: %s."), words);
        headless_say(headless, text);
    }
    runner_on_permissions(&headless->runner, permissions, reason);
}

static void face_refused(void *user, unsigned permissions, int reason, unsigned wait_seconds)
{
    char text[512];
    help_session_refusal_text(permissions, reason, text, sizeof text);
    headless_say(user, text);
}

/* What the sharer hides is not kept either. */
static void face_paused(void *user, unsigned causes)
{
    struct headless *headless = user;
    if (causes & (QA_PAUSED_BY_SHARER | QA_PAUSED_BY_PROMPT)) {
        snapshot_free(&headless->snapshot);
        runner_on_hidden(&headless->runner);
    }
    if (causes)
        headless_say(headless, paused_words_helper(causes));
    runner_pump(&headless->runner);
}

static void face_chat(void *user, const char *text)
{
    char line[4300];
    /* Written a line after the other, as it was typed. */
    for (const char *at = text, *end; at; at = *end ? end + 1 : NULL) {
        end = strchrnul(at, '\n');
        if (at == text)
            snprintf(line, sizeof line, _("The sharer writes: %.*s"), (int)(end - at), at);
        else
            snprintf(line, sizeof line, "  %.*s", (int)(end - at), at);
        headless_say(user, line);
    }
}

static void face_chat_delivered(void *user, uint32_t id)
{
    headless_say(user, _("(Your message arrived.)"));
}

static void face_clipboard(void *user, const char *text)
{
    headless_say(user, _("The sharer copied a text; --json shows it."));
}

static void face_restart(void *user, uint32_t seconds, int reason)
{
    struct headless *headless = user;
    headless_say(headless, help_session_restart_text(seconds, reason));
    runner_on_restart(&headless->runner);
}

static void face_screens(void *user, const struct screen_list *screens)
{
    struct headless *headless = user;
    char text[2048];
    if (screens->count > 1 || headless->screens_said) {
        screen_list_words(screens, text, sizeof text);
        headless_say(headless, text);
        headless->screens_said = true;
    }
    runner_on_screens(&headless->runner, screens);
}

static void face_notice(void *user, qa_notice notice)
{
    headless_say(user, help_session_notice_text(notice));
}

static void face_frame(void *user, qa_frame *frame)
{
    struct headless *headless = user;
    headless->last_frame = loop_now();
    headless->picture_saved = false;
    if (!snapshot_update(&headless->snapshot, frame)) {
        complain(&headless->options->common, _("out of memory."));
        headless->exit_code = EXIT_INTERNAL;
        headless_end_session(headless);
        return;
    }
    runner_on_frame(&headless->runner);
    if (headless->phase == PHASE_STILL)
        headless_advance(headless);
}

static void face_cursor(void *user, const qa_cursor *cursor)
{
}

static void face_cursor_position(void *user, int32_t x, int32_t y)
{
}

static void face_token_refused(void *user)
{
    struct headless *headless = user;
    headless->token_refused = true;
    loop_stop(&headless->loop);
}

static int face_end(void *user, int error, const char *text)
{
    struct headless *headless = user;
    loop_timer_clear(&headless->countdown);
    headless_save_final(headless);
    if (!error && !headless->own_end && runner_unfinished(&headless->runner)) {
        headless->exit_code = EXIT_SCRIPT;
        complain(&headless->options->common,
                 _("the sharer ended the session before the script did."));
    }
    if (headless->exit_code < 0)
        headless->exit_code = !error && headless->refused ? EXIT_SCRIPT : (int)exit_code_for(error);
    if (error) {
        close_line(headless);
        complain(&headless->options->common, "%s", text);
    } else {
        headless_say(headless, text);
    }
    loop_stop(&headless->loop);
    return headless->exit_code;
}

const struct help_face headless_face = {
    .screens = face_screens,
    .code = face_code,
    .state = face_state,
    .permissions = face_permissions,
    .notice = face_notice,
    .paused = face_paused,
    .refused = face_refused,
    .chat = face_chat,
    .chat_delivered = face_chat_delivered,
    .clipboard = face_clipboard,
    .restart = face_restart,
    .frame = face_frame,
    .cursor = face_cursor,
    .cursor_position = face_cursor_position,
    .token_refused = face_token_refused,
    .end = face_end,
};
