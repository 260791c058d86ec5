#include "qa-share/share.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/events.h"
#include "common/exits.h"
#include "common/i18n.h"
#include "common/signals.h"
#include "common/text.h"
#include "qa-share/banner_words.h"
#include "qa-share/report_door.h"
#include "qa-share/share_state.h"
#include "qa-share/words.h"

/* Room for the longest message of a chat, and for who wrote it. */
#define SAID_SIZE (4 * QA_CHAT_MAX + 1024)

void share_say(struct share *share, const char *format, ...)
{
    char text[SAID_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    share->face->say(share, text);
}

/* The same for what a face may have in sight anyway. */
#define say_unless_shown(share, ...) \
    ((share)->face->shows ? (void)0 : share_say((share), __VA_ARGS__))

/* Time goes by while something is shared. */
static void show_status(struct share *share)
{
    share->face->status(share);
    if (share->view_since)
        loop_timer_set(&share->status_timer, 1000);
}

static void on_status_timer(void *user)
{
    show_status(user);
}

void share_end(struct share *share)
{
    if (share->sharer)
        qa_sharer_end(share->sharer);
    else
        share_finish(share, 0, "", 0);
}

void share_leave(struct share *share)
{
    share->left = share->sharer && !qa_sharer_leave(share->sharer);
    if (!share->left)
        share_end(share);
}

static void on_helper(qa_sharer *sharer, const char *shown_name, const char *organisation,
                      void *user)
{
    struct share *share = user;
    text_safe(shown_name, share->name, sizeof share->name);
    text_safe(organisation, share->organisation, sizeof share->organisation);
    cJSON *event = events_new("helper");
    cJSON_AddStringToObject(event, "shown_name", share->name);
    cJSON_AddStringToObject(event, "organisation", share->organisation);
    events_send(event);
    if (*share->organisation)
        say_unless_shown(share,
                         _("Your helper is %s from %s (confirmed by %s). Is this who you called?"),
                         share->name, share->organisation, share->relay_host);
    else
        say_unless_shown(share, _("Your helper is %s (confirmed by %s). Is this who you called?"),
                         share->name, share->relay_host);
    show_status(share);
}

static void on_consent(qa_sharer *sharer, qa_consent *consent, void *user)
{
    ask_open(user, consent);
}

static void on_withdrawn(qa_sharer *sharer, qa_consent *consent, void *user)
{
    ask_withdraw(user, consent);
}

/* The most telling of the reasons that are new; or that none is left. */
static void say_pause(struct share *share, unsigned before, unsigned now)
{
    unsigned more = now & ~before;
    if (share->question)
        return; /* the helper is kept out until it is answered, and the person knows */
    if (more & QA_PAUSED_BY_SHARER)
        say_unless_shown(share, _("Paused. %s sees nothing and can do nothing."), share->name);
    else if (more & QA_PAUSED_BY_PROMPT)
        say_unless_shown(share,
                         _("Your system asks you something. %s sees nothing and can do nothing "
                           "until you have answered."),
                         share->name);
    else if (more & QA_PAUSED_BY_HELPER)
        say_unless_shown(share, _("%s paused and sees nothing new."), share->name);
    else if (!now && share->pause_said)
        say_unless_shown(share, _("Going on. %s sees your screen again."), share->name);
    share->pause_said = now != 0;
}

static void on_paused(qa_sharer *sharer, unsigned causes, void *user)
{
    struct share *share = user;
    unsigned before = share->pause_causes;
    share->pause_causes = causes;
    events_paused(causes);
    say_pause(share, before, causes);
    show_status(share);
}

static void on_screen(qa_sharer *sharer, uint32_t id, const char *name, void *user)
{
    struct share *share = user;
    bool other = id != share->screen;
    char *safe = share->screen_name;
    text_safe(name, safe, sizeof share->screen_name);
    share->screen = id;
    cJSON *event = events_new("screen");
    cJSON_AddNumberToObject(event, "id", id);
    cJSON_AddStringToObject(event, "name", safe);
    events_send(event);
    if (other && id)
        share_say(share, _("%s sees only the screen %s now."), share->name, safe);
    else if (other)
        share_say(share, _("%s sees all your screens now."), share->name);
    show_status(share);
}

/* Nobody should lose the way back by being tidy: what keeps the session, and what ends it. */
static void tell_way_back(struct share *share, uint32_t seconds)
{
    char how[1024];
    snprintf(how, sizeof how,
             _("You can restart your computer now. When it is up again, run this within %u "
               "minutes to come back to %s: qa-share --resume"),
             (unsigned)(seconds / 60), share->name);
    const char *keep = "";
    if (share->face->shows)
        keep = _("Leave this window open: the restart closes it. Closing it yourself, or End, ends "
                 "the session for good.");
    else if (share->face->keys)
        keep = _("Leave this open: the restart closes it. Ending with e or Ctrl+C ends the session "
                 "for good.");
    char text[2048];
    snprintf(text, sizeof text, share->face->shows ? "%s\n%s" : "%s %s", how, keep);
    if (share->face->way_back)
        share->face->way_back(share, text);
    else
        share_say(share, "%s", text);
}

static void on_restart(qa_sharer *sharer, uint32_t seconds, int error, void *user)
{
    struct share *share = user;
    share->may_leave = seconds != 0;
    events_restart(seconds, error);
    if (seconds) {
        tell_way_back(share, seconds);
        return;
    }
    if (share->face->way_back)
        share->face->way_back(share, "");
    share_say(share,
              _("What is needed for coming back after a restart could not be written to the "
                "disk: %s. The session would not survive a restart."),
              error_text(error));
}

static void say_state(struct share *share, qa_session_state state)
{
    switch (state) {
    case QA_STATE_CONNECTING:
        say_unless_shown(share, _("Connecting to %s…"), share->relay_host);
        break;
    case QA_STATE_PAIRING:
        say_unless_shown(share, _("Checking the code with your helper…"));
        break;
    case QA_STATE_RECONNECTING:
        if (share->coming_back)
            say_unless_shown(share, "%s", i18n_text(share_coming_back));
        else
            say_unless_shown(share,
                             _("The connection to %s broke off. Nothing is shared while it is "
                               "being set up again."),
                             share->name);
        break;
    default:
        break;
    }
}

static void on_state(qa_sharer *sharer, qa_session_state state, void *user)
{
    struct share *share = user;
    share->state = state;
    if (state != QA_STATE_RECONNECTING)
        share->coming_back = false;
    events_state(state);
    say_state(share, state);
    show_status(share);
}

/* What viewing and control do not say in words of their own. */
static void say_others(struct share *share, unsigned gained, unsigned lost)
{
    for (size_t i = 0; i < SHARE_WORDS; i++) {
        const struct share_words *words = &share_words[i];
        if (words->gained && gained & words->permission)
            say_unless_shown(share, i18n_text(words->gained), share->name);
        if (words->lost && lost & words->permission)
            share_say(share, i18n_text(words->lost), share->name);
    }
}

/* Nobody will ask for this; whoever waits for the question should know. */
static void say_denied(struct share *share)
{
    const unsigned clipboard =
        QA_PERMISSION_CLIPBOARD_TO_SHARER | QA_PERMISSION_CLIPBOARD_TO_HELPER;
    unsigned denied = QA_PERMISSIONS_ALL & ~qa_context_allowed(share->context, NULL);
    if (denied & QA_PERMISSION_CONTROL && denied & clipboard)
        share_say(share,
                  _("Your organisation does not allow %s to control your mouse and keyboard, or to "
                    "use your clipboard."),
                  share->name);
    else if (denied & QA_PERMISSION_CONTROL)
        share_say(share,
                  _("Your organisation does not allow %s to control your mouse and keyboard."),
                  share->name);
    else if (denied & clipboard)
        share_say(share, _("Your organisation does not allow %s to use your clipboard."),
                  share->name);
}

static void on_permissions(qa_sharer *sharer, unsigned permissions, void *user)
{
    struct share *share = user;
    unsigned gained = permissions & ~share->permissions, lost = share->permissions & ~permissions;
    bool keys = share->face->keys;
    /* By keys, a button here or one on the banner: who has it before its time is over. */
    bool took_back = loop_now() < share->control_until - 1000;
    share->permissions = permissions;
    share->control_until =
        loop_now() + qa_sharer_seconds_left(sharer, QA_PERMISSION_CONTROL) * INT64_C(1000);
    events_permissions(permissions, 0);
    if (gained & QA_PERMISSION_VIEW) {
        if (!share->view_since) /* a break does not begin it anew */
            share->view_since = loop_now();
        say_unless_shown(share,
                         keys ? _("%s sees your screen now. Press e to end at any time.")
                              : _("%s sees your screen now."),
                         share->name);
        const char *panic = banner_panic_key(share->options->panic_key);
        if (panic)
            say_unless_shown(share, _("In any window, %s pressed twice stops at once."), panic);
        say_denied(share);
    }
    if (gained & QA_PERMISSION_CONTROL)
        say_unless_shown(
            share,
            keys ? _("%s controls your mouse and keyboard now. Press t to take it back.")
                 : _("%s controls your mouse and keyboard now."),
            share->name);
    /* What a break took was told with it. */
    if (share->state == QA_STATE_RECONNECTING)
        lost = 0;
    if (lost & QA_PERMISSION_CONTROL && permissions & QA_PERMISSION_VIEW)
        share_say(share,
                  took_back ? _("You took back control. %s still sees your screen.")
                            : _("The time for control is over. %s still sees your screen."),
                  share->name);
    say_others(share, gained, lost);
    show_status(share);
}

void share_finish(struct share *share, int error, const char *detail, uint32_t retry_s)
{
    ask_close(share);
    share->view_since = 0;
    share->state = QA_STATE_ENDED;
    loop_timer_clear(&share->status_timer);
    share->exit_code = (int)exit_code_for(error);
    char story[1024];
    if (error)
        exit_story(error, detail, retry_s, EXIT_ROLE_SHARER, story, sizeof story);
    else if (share->left)
        snprintf(story, sizeof story, "%s",
                 _("Nothing is shared any more. When your computer is up again, run this to come "
                   "back: qa-share --resume"));
    else
        snprintf(story, sizeof story, "%s", _("The session is over. Nothing is shared any more."));
    share->face->ended(share, error, story);
    events_end(error, detail, retry_s, share->exit_code);
}

static void on_end(qa_sharer *sharer, int error, const char *detail, void *user)
{
    share_finish(user, error, detail, qa_sharer_retry_seconds(sharer));
}

void share_start(struct share *share, const char *code)
{
    qa_sharer_callbacks callbacks = {
        .size = sizeof callbacks,
        .on_helper = on_helper,
        .on_consent = on_consent,
        .on_state = on_state,
        .on_permissions = on_permissions,
        .on_end = on_end,
        .on_withdrawn = on_withdrawn,
        .on_paused = on_paused,
        .on_screen = on_screen,
        .on_restart = on_restart,
    };
    share_talk_callbacks(&callbacks);
    const qa_banner_texts words = banner_words();
    qa_sharer_options options = QA_SHARER_OPTIONS_INIT;
    options.code = code;
    options.resume = !code;
    share->coming_back = !code;
    options.display = share->options->display;
    options.prompt_classes = share->options->prompt_classes;
    options.reconnect_seconds = share->options->common.reconnect_seconds;
    options.question_seconds = share->options->question_seconds;
    options.control_seconds = share->options->control_seconds;
    options.refusal_seconds = share->options->refusal_seconds;
    /* Who comes back said so before. */
    options.ask_called =
        code && (share->face->asks_called || (events_enabled() && share->options->ask_called));
    /* People were warned before they typed the code. */
    options.warning = events_enabled() ? NULL : "";
    options.banner = share->options->no_banner ? QA_BANNER_OFF : QA_BANNER_DEFAULT;
    options.banner_texts = &words;
    options.panic_key = share->options->panic_key;
    int error = qa_sharer_new(share->context, &options, &callbacks, share, &share->sharer);
    if (!error && share->options->allow_prompts)
        share_allow_prompts(share, true);
    if (!error)
        error = qa_sharer_start(share->sharer);
    if (error)
        share_finish(share, error, "", 0);
}

static void refuse(int error)
{
    if (error && events_enabled())
        events_refused(qa_strerror(error));
}

void share_toggle_pause(struct share *share)
{
    refuse(share->pause_causes & QA_PAUSED_BY_SHARER ? qa_sharer_resume(share->sharer)
                                                     : qa_sharer_pause(share->sharer));
}

bool share_may_allow_prompts(const struct share *share)
{
    return share->pause_causes || !(share->permissions & QA_PERMISSION_CONTROL);
}

void share_allow_prompts(struct share *share, bool allowed)
{
    int error = qa_sharer_allow_prompts(share->sharer, allowed);
    refuse(error);
    if (!error)
        share->prompts_allowed = allowed;
    if (share->view_since)
        show_status(share);
}

void share_take_back(struct share *share, unsigned permissions)
{
    refuse(qa_sharer_revoke(share->sharer, permissions));
}

static void on_context(void *user)
{
    struct share *share = user;
    qa_context_dispatch(share->context);
}

static void on_signal(void *user)
{
    struct share *share = user;
    int number = signals_take();
    if (!number)
        return;
    share->stopping = true;
    if (number == SIGINT)
        share_end(share);
    else
        share_leave(share);
}

int share_open(struct share *share, const struct share_options *options)
{
    *share = (struct share){.options = options, .exit_code = EXIT_INTERNAL};
    relay_url_host(options->common.relay, share->relay_host);
    loop_init(&share->loop);
    loop_timer_init(&share->loop, &share->status_timer, on_status_timer, share);
    int error = common_context_new(&options->common, &share->context);
    if (error)
        return error;
    loop_watch(&share->loop, qa_context_get_fd(share->context), on_context, share);
    loop_watch(&share->loop, signals_start(), on_signal, share);
    report_door_open(share);
    return 0;
}

void share_reset(struct share *share)
{
    qa_sharer_unref(share->sharer);
    share->sharer = NULL;
    share->state = QA_STATE_NEW;
    share->permissions = 0;
    share->pause_causes = 0;
    share->screen = 0;
    *share->screen_name = '\0';
    share->prompts_allowed = share->pause_said = false;
    share->may_leave = share->left = share->coming_back = false;
    share->control_until = 0;
    *share->name = *share->organisation = '\0';
    share->reported = false;
}

void share_close(struct share *share)
{
    report_door_close(share);
    share_reset(share);
    qa_context_unref(share->context);
    share->context = NULL;
}

int share_run(const struct share_options *options, const char *code)
{
    struct share share;
    int error = share_open(&share, options);
    if (error)
        return common_fail(&options->common, error, EXIT_ROLE_SHARER);
    if (events_enabled())
        program_face_start(&share);
    else
        terminal_face_start(&share);
    if (code || options->resume)
        share_start(&share, code);
    loop_run(&share.loop);
    share_close(&share);
    return share.exit_code;
}
