#include "qa-help/runner.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_INTERVAL 10 /* milliseconds */
#define ASK_INTERVAL   200
#define TEXT_CHUNK     64 /* bytes of a text given to the library at once */

enum outcome { DONE, BLOCKED, STOPPED };

static void on_timer(void *user)
{
    runner_pump(user);
}

void runner_init(struct runner *runner, struct loop *loop, const struct runner_events *events,
                 void *user)
{
    *runner = (struct runner){.events = events, .user = user};
    loop_timer_init(loop, &runner->timer, on_timer, runner);
}

static enum outcome fail(struct runner *runner, const struct script_step *step, int error,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));

static enum outcome fail(struct runner *runner, const struct script_step *step, int error,
                         const char *format, ...)
{
    char text[256];
    int used = snprintf(text, sizeof text, "script line %u: ", step->line);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, sizeof text - (size_t)used, format, arguments);
    va_end(arguments);
    if (runner->events->failed(runner->user, error, text))
        return DONE;
    runner_stop(runner);
    return STOPPED;
}

/* Comes back to the same step later. */
static enum outcome retry_in(struct runner *runner, int64_t milliseconds)
{
    loop_timer_set(&runner->timer, milliseconds > 0 ? milliseconds : 1);
    return BLOCKED;
}

static bool has_control(const struct runner *runner)
{
    return qa_helper_permissions(runner->helper) & QA_PERMISSION_CONTROL;
}

/* Puts a question. BLOCKED: comes back when there is an answer, or when it may be put. */
static enum outcome ask(struct runner *runner, const struct script_step *step, unsigned permissions,
                        const char *purpose)
{
    int error = qa_helper_request(runner->helper, permissions, purpose);
    if (error == QA_ESTATE)
        return retry_in(runner, RETRY_INTERVAL);
    if (error == QA_ERATE) /* the sharer said no; there is a time for asking again */
        return retry_in(runner, ASK_INTERVAL);
    if (error)
        return fail(runner, step, error, "asking for permission failed: %s", qa_strerror(error));
    if (permissions & QA_PERMISSION_CONTROL)
        runner->answer = RUNNER_ASKED;
    runner->step_asked = true;
    return BLOCKED;
}

/* DONE when input may be sent now. */
static enum outcome ready_for_input(struct runner *runner, const struct script_step *step)
{
    if (!runner->picture || qa_helper_state(runner->helper) != QA_STATE_ACTIVE)
        return BLOCKED;
    if (has_control(runner))
        return DONE;
    if (qa_helper_requested(runner->helper) & QA_PERMISSION_CONTROL)
        return BLOCKED;
    switch (runner->answer) {
    case RUNNER_NOT_ASKED:
        return ask(runner, step, QA_PERMISSION_CONTROL, NULL);
    case RUNNER_ALLOWED:
        return fail(runner, step, QA_ENOTALLOWED, "the sharer took back control");
    default:
        return fail(runner, step, QA_EDENIED, "the sharer did not allow control");
    }
}

/* Up to TEXT_CHUNK bytes, never cut inside a character. */
static int send_text(struct runner *runner, const struct script_step *step)
{
    const char *rest = step->text + runner->text_sent;
    while (*rest) {
        char chunk[TEXT_CHUNK + 1];
        size_t length = strnlen(rest, TEXT_CHUNK);
        while (rest[length] && ((unsigned char)rest[length] & 0xc0) == 0x80 && length > 1)
            length--;
        memcpy(chunk, rest, length);
        chunk[length] = '\0';
        int error = qa_helper_text(runner->helper, chunk);
        explicit_bzero(chunk, sizeof chunk);
        if (error)
            return error;
        runner->text_sent += length;
        rest += length;
    }
    return 0;
}

static int send_input(struct runner *runner, const struct script_step *step)
{
    qa_helper *helper = runner->helper;
    switch (step->kind) {
    case SCRIPT_MOVE:
        return qa_helper_pointer_move(helper, step->x, step->y);
    case SCRIPT_BUTTON:
        return qa_helper_pointer_button(helper, step->x, step->y, (qa_button)step->code,
                                        step->pressed);
    case SCRIPT_WHEEL:
        return qa_helper_pointer_wheel(helper, step->x, step->y, step->wheel_x, step->wheel_y);
    case SCRIPT_KEY:
        return qa_helper_key(helper, step->code, step->pressed);
    default:
        return send_text(runner, step);
    }
}

/* Input or a mark was sent, or cannot be taken just now. */
static enum outcome sent(struct runner *runner, const struct script_step *step, int error)
{
    if (!error)
        return DONE;
    if (error == QA_ELIMIT || error == QA_ESTATE)
        return retry_in(runner, RETRY_INTERVAL);
    return fail(runner, step, error, "%s", qa_strerror(error));
}

static enum outcome run_input(struct runner *runner, const struct script_step *step)
{
    enum outcome ready = ready_for_input(runner, step);
    return ready == DONE ? sent(runner, step, send_input(runner, step)) : ready;
}

/* The mark, or as much of it as could not be sent before. */
static int send_mark(struct runner *runner, const struct script_step *step)
{
    while (step->text[runner->text_sent]) {
        const char *place = step->text + runner->text_sent;
        int x = 0, y = 0, length = 0;
        sscanf(place, "%d,%d %n", &x, &y, &length);
        int error = runner->text_sent
                        ? qa_helper_mark_to(runner->helper, x, y)
                        : qa_helper_mark_begin(runner->helper, (qa_mark_kind)step->code,
                                               step->colour, step->width, x, y);
        if (error)
            return error;
        runner->text_sent += (size_t)length;
    }
    return qa_helper_mark_end(runner->helper);
}

static int draw(struct runner *runner, const struct script_step *step)
{
    switch (step->kind) {
    case SCRIPT_POINT:
        return qa_helper_point(runner->helper, step->x, step->y);
    case SCRIPT_POINT_HIDE:
        return qa_helper_point_hide(runner->helper);
    case SCRIPT_MARK:
        return send_mark(runner, step);
    case SCRIPT_UNDO:
        return qa_helper_undo(runner->helper);
    default:
        return qa_helper_clear(runner->helper);
    }
}

static enum outcome run_drawing(struct runner *runner, const struct script_step *step)
{
    if (!runner->picture || qa_helper_state(runner->helper) != QA_STATE_ACTIVE) {
        runner->text_sent = 0; /* what there was of a mark is gone when it goes on */
        return BLOCKED;
    }
    return sent(runner, step, draw(runner, step));
}

/* Done when all was answered, with yes or no. */
static enum outcome run_request(struct runner *runner, const struct script_step *step)
{
    unsigned missing = step->code & ~qa_helper_permissions(runner->helper);
    if (!missing)
        return DONE;
    if (qa_helper_requested(runner->helper) & missing)
        return BLOCKED;
    return runner->step_asked ? DONE : ask(runner, step, missing, step->text);
}

/* The library bounds how much may be on its way. */
static bool is_for_later(int error)
{
    return error == QA_ELIMIT || error == QA_ERATE;
}

static enum outcome run_chat(struct runner *runner, const struct script_step *step)
{
    int error = runner->events->chat(runner->user, step->text);
    if (is_for_later(error))
        return retry_in(runner, ASK_INTERVAL);
    return error ? fail(runner, step, error, "%s", qa_strerror(error)) : DONE;
}

static enum outcome run_clipboard(struct runner *runner, const struct script_step *step)
{
    const unsigned needed = QA_PERMISSION_CLIPBOARD_TO_SHARER;
    if (qa_helper_state(runner->helper) != QA_STATE_ACTIVE ||
        qa_helper_requested(runner->helper) & needed)
        return BLOCKED;
    if (!(qa_helper_permissions(runner->helper) & needed))
        return runner->step_asked
                   ? fail(runner, step, QA_EDENIED, "the sharer did not allow the clipboard")
                   : ask(runner, step, needed, NULL);
    int error = qa_helper_clipboard(runner->helper, step->text);
    return error ? fail(runner, step, error, "%s", qa_strerror(error)) : DONE;
}

/* Done when the sharer answered, with yes. */
static enum outcome run_restart(struct runner *runner, const struct script_step *step)
{
    if (runner->step_asked && !runner->restart_told)
        return BLOCKED;
    if (qa_helper_restart_seconds(runner->helper))
        return DONE;
    if (runner->step_asked)
        return fail(runner, step, QA_EDENIED, "the sharer's computer may not be restarted");
    int error = qa_helper_request_restart(runner->helper);
    if (error == QA_ERATE)
        return retry_in(runner, ASK_INTERVAL);
    if (error)
        return fail(runner, step, error, "asking for a restart failed: %s", qa_strerror(error));
    runner->step_asked = true;
    runner->restart_told = false;
    return BLOCKED;
}

static enum outcome run_pause(struct runner *runner, const struct script_step *step)
{
    bool pause = step->kind == SCRIPT_PAUSE;
    int error = pause ? qa_helper_pause(runner->helper) : qa_helper_resume(runner->helper);
    if (!error)
        return DONE;
    return fail(runner, step, 0,
                pause ? "this side has paused already" : "this side has not paused");
}

/* Over when the first picture of it is there, so that what comes next is about that one. */
static enum outcome run_screen(struct runner *runner, const struct script_step *step)
{
    if (!runner->screens || !runner->picture)
        return BLOCKED;
    uint32_t id;
    if (!screen_list_find(runner->screens, step->text, &id))
        return fail(runner, step, 0, "the sharer has no screen '%.60s'", step->text);
    if (runner->screens->chosen == id)
        return DONE;
    if (runner->step_asked)
        return runner->screen_lists == runner->screens_before
                   ? BLOCKED
                   : fail(runner, step, 0, "the screen '%.60s' cannot be shown", step->text);
    int error = qa_helper_choose_screen(runner->helper, id);
    if (error == QA_ESTATE)
        return retry_in(runner, RETRY_INTERVAL);
    if (error)
        return fail(runner, step, error, "%s", qa_strerror(error));
    runner->step_asked = true;
    runner->screens_before = runner->screen_lists;
    return BLOCKED;
}

static enum outcome run_wait(struct runner *runner, const struct script_step *step)
{
    int64_t left = runner->step_since + step->milliseconds - loop_now();
    return left > 0 ? retry_in(runner, left) : DONE;
}

static enum outcome run_wait_frame(struct runner *runner, const struct script_step *step)
{
    if (runner->frames != runner->step_frames)
        return DONE;
    int64_t left = runner->step_since + step->milliseconds - loop_now();
    if (left > 0)
        return retry_in(runner, left);
    return fail(runner, step, 0, "no new picture came within %u ms", step->milliseconds);
}

static enum outcome run_wait_still(struct runner *runner, const struct script_step *step)
{
    if (!runner->picture)
        return BLOCKED;
    int64_t since =
        runner->last_frame > runner->step_since ? runner->last_frame : runner->step_since;
    int64_t left = since + step->milliseconds - loop_now();
    return left > 0 ? retry_in(runner, left) : DONE;
}

static enum outcome run_snapshot(struct runner *runner, const struct script_step *step)
{
    if (!runner->picture)
        return BLOCKED;
    if (runner->events->snapshot(runner->user, step->text))
        return DONE;
    return fail(runner, step, 0, "the picture could not be saved");
}

static enum outcome run_step(struct runner *runner, const struct script_step *step)
{
    switch (step->kind) {
    case SCRIPT_REQUEST:
        return run_request(runner, step);
    case SCRIPT_PAUSE:
    case SCRIPT_RESUME:
        return run_pause(runner, step);
    case SCRIPT_CHAT:
        return run_chat(runner, step);
    case SCRIPT_CLIPBOARD:
        return run_clipboard(runner, step);
    case SCRIPT_WAIT:
        return run_wait(runner, step);
    case SCRIPT_WAIT_FRAME:
        return run_wait_frame(runner, step);
    case SCRIPT_WAIT_STILL:
        return run_wait_still(runner, step);
    case SCRIPT_SCREEN:
        return run_screen(runner, step);
    case SCRIPT_POINT:
    case SCRIPT_POINT_HIDE:
    case SCRIPT_MARK:
    case SCRIPT_UNDO:
    case SCRIPT_CLEAR:
        return run_drawing(runner, step);
    case SCRIPT_RESTART:
        return run_restart(runner, step);
    case SCRIPT_SNAPSHOT:
        return run_snapshot(runner, step);
    case SCRIPT_END:
        runner_stop(runner);
        runner->events->end(runner->user);
        return STOPPED;
    default:
        return run_input(runner, step);
    }
}

static void begin_step(struct runner *runner)
{
    runner->step_asked = false;
    runner->step_since = loop_now();
    runner->step_frames = runner->frames;
    runner->text_sent = 0;
}

/* Before there is anything to see, a script can only write to the sharer, and end. */
static bool may_begin(const struct runner *runner)
{
    qa_session_state state = qa_helper_state(runner->helper);
    if (runner->stopped || state == QA_STATE_ENDED)
        return false;
    bool shown = state == QA_STATE_ACTIVE || state == QA_STATE_PAUSED;
    if (shown || !runner_unfinished(runner))
        return shown;
    enum script_kind kind = runner->script.steps[runner->next].kind;
    return kind == SCRIPT_END || (kind == SCRIPT_CHAT && state == QA_STATE_ASKING);
}

void runner_pump(struct runner *runner)
{
    if (!may_begin(runner))
        return;
    while (runner_unfinished(runner)) {
        if (!may_begin(runner))
            return;
        if (runner->step_since == 0)
            begin_step(runner);
        if (run_step(runner, &runner->script.steps[runner->next]) != DONE)
            return;
        runner->next++;
        runner->step_since = 0;
    }
    /* Lines may come for hours: what was run is let go. */
    script_free(&runner->script);
    runner->next = 0;
    runner->events->idle(runner->user);
}

void runner_on_screens(struct runner *runner, const struct screen_list *screens)
{
    if (runner->screens && runner->chosen != screens->chosen)
        runner->picture = false; /* the one at hand is of another screen */
    runner->screens = screens;
    runner->chosen = screens->chosen;
    runner->screen_lists++;
    runner_pump(runner);
}

void runner_on_frame(struct runner *runner)
{
    runner->frames++;
    runner->picture = true;
    runner->last_frame = loop_now();
    runner_pump(runner);
}

void runner_on_restart(struct runner *runner)
{
    runner->restart_told = true;
    runner_pump(runner);
}

void runner_on_hidden(struct runner *runner)
{
    runner->picture = false;
}

void runner_on_permissions(struct runner *runner, unsigned permissions, int reason)
{
    if (permissions & QA_PERMISSION_CONTROL)
        runner->answer = RUNNER_ALLOWED;
    else if (runner->answer == RUNNER_ASKED && reason)
        runner->answer = RUNNER_REFUSED;
    runner_pump(runner);
}

bool runner_unfinished(const struct runner *runner)
{
    return runner->next < runner->script.count;
}

void runner_stop(struct runner *runner)
{
    runner->stopped = true;
    loop_timer_clear(&runner->timer);
}

void runner_free(struct runner *runner)
{
    runner_stop(runner);
    script_free(&runner->script);
}
