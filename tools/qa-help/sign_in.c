#include "qa-help/sign_in.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <qassist/qassist.h>

#include "common/events.h"
#include "common/exits.h"
#include "common/i18n.h"
#include "common/signals.h"
#include "common/text.h"
#include "qa-help/remember.h"

#define SENTENCE_SIZE (PATH_MAX * 3)

extern char **environ;

struct state {
    const struct help_options *options;
    qa_context *context;
    char *token;
    int exit_code; /* -1: still under way */
};

/* An address on a line of its own, so that it can be taken up whole. */
static void say(const char *text, const char *address)
{
    if (events_enabled())
        return;
    text_wrap(stdout, text, text_width(stdout));
    if (address)
        printf("  %s\n", address);
    fflush(stdout);
}

static bool open_browser(const char *address)
{
    if (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY"))
        return false;
    /* A shell between: it is reaped at once, and xdg-open, which may last, by the system. */
    char shell[] = "sh", option[] = "-c", *copy = strdup(address);
    char script[] = "command -v xdg-open && { xdg-open \"$1\" & }";
    char *arguments[] = {shell, option, script, shell, copy, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;
    if (!copy || posix_spawn_file_actions_init(&actions)) {
        free(copy);
        return false;
    }
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    bool started = !posix_spawnp(&pid, shell, &actions, NULL, arguments, environ);
    while (started && waitpid(pid, &status, 0) < 0)
        started = errno == EINTR;
    posix_spawn_file_actions_destroy(&actions);
    free(copy);
    return started && WIFEXITED(status) && !WEXITSTATUS(status);
}

static void on_address(qa_sign_in *sign_in, const char *address, void *user)
{
    cJSON *event = events_new("sign-in");
    cJSON_AddStringToObject(event, "address", address);
    events_send(event);
    if (!events_enabled() && open_browser(address))
        say(_("Sign in in the browser that opens now. If none does, open this address on this "
              "computer:"),
            address);
    else
        say(_("To sign in, open this address in a browser on this computer:"), address);
}

static void on_device(qa_sign_in *sign_in, const char *address, const char *code,
                      const char *complete, uint32_t seconds_left, void *user)
{
    char text[256];
    cJSON *event = events_new("sign-in");
    cJSON_AddStringToObject(event, "address", address);
    cJSON_AddStringToObject(event, "code", code);
    cJSON_AddStringToObject(event, "complete", complete);
    cJSON_AddNumberToObject(event, "seconds_left", seconds_left);
    events_send(event);
    snprintf(text, sizeof text,
             _("To sign in, open this address on any device of yours and type the code %s there:"),
             code);
    say(text, address);
}

/* Helping goes on also where it cannot be kept. */
static void keep(const struct help_options *options, const qa_sign_in_token *token)
{
    char error[SENTENCE_SIZE];
    if (!options->remember)
        return;
    if (remember_write(options->common.relay, options->issuer, token->token, token->seconds_left,
                       error, sizeof error))
        say(_("The sign-in is kept on this computer until it ends, or until qa-help --sign-out."),
            NULL);
    else
        complain(&options->common, "%s", error);
}

static void on_token(qa_sign_in *sign_in, const qa_sign_in_token *token, void *user)
{
    struct state *state = user;
    char text[512];
    cJSON *event = events_new("signed-in");
    cJSON_AddStringToObject(event, "shown_name", token->shown_name);
    cJSON_AddStringToObject(event, "organisation", token->organisation);
    cJSON_AddStringToObject(event, "account", token->account);
    cJSON_AddNumberToObject(event, "seconds_left", token->seconds_left);
    events_send(event);
    snprintf(text, sizeof text, _("You are signed in; sharers will see you as %s from %s."),
             token->shown_name, token->organisation);
    say(text, NULL);
    keep(state->options, token);
    snprintf(state->token, TOKEN_SIZE, "%s", token->token);
    state->exit_code = 0;
    qa_context_stop(state->context);
}

static void on_end(qa_sign_in *sign_in, int error, const char *detail, void *user)
{
    struct state *state = user;
    char safe[512];
    text_safe(detail, safe, sizeof safe);
    state->exit_code = error == QA_ETIMEOUT ? EXIT_SIGN_IN : (int)exit_code_for(error);
    uint32_t retry_s = qa_sign_in_retry_seconds(sign_in);
    if (retry_s)
        complain(&state->options->common, _("signing in failed: %s. Try again in %u seconds."),
                 i18n_text(safe), retry_s);
    else
        complain(&state->options->common, _("signing in failed: %s."), i18n_text(safe));
    events_end(error, detail, retry_s, state->exit_code);
    qa_context_stop(state->context);
}

static int run(struct state *state)
{
    const qa_sign_in_callbacks callbacks = {.size = sizeof callbacks,
                                            .on_address = on_address,
                                            .on_device = on_device,
                                            .on_token = on_token,
                                            .on_end = on_end};
    qa_sign_in_options options = QA_SIGN_IN_OPTIONS_INIT;
    qa_sign_in *sign_in = NULL;
    options.method = state->options->device ? QA_SIGN_IN_DEVICE : QA_SIGN_IN_BROWSER;
    options.issuer = state->options->issuer;
    options.issuer_ca_file = state->options->issuer_ca;
    int error = qa_sign_in_new(state->context, &options, &callbacks, state, &sign_in);
    if (!error)
        error = qa_sign_in_start(sign_in);
    if (!error)
        error = qa_context_run(state->context);
    qa_sign_in_unref(sign_in);
    return error;
}

static int ask_user(const struct help_options *options, char token[TOKEN_SIZE])
{
    struct state state = {.options = options, .token = token, .exit_code = -1};
    int error = common_context_new(&options->common, &state.context);
    if (!error) {
        error = run(&state);
        qa_context_unref(state.context);
    }
    if (state.exit_code >= 0)
        return state.exit_code;
    return common_fail(&options->common, error, EXIT_ROLE_HELPER);
}

static int take_kept(const struct help_options *options, struct help_token *token)
{
    char error[SENTENCE_SIZE];
    uint32_t seconds_left = 0;
    enum remember_result result = remember_read(options->common.relay, options->issuer, token->text,
                                                &seconds_left, error, sizeof error);
    if (result == REMEMBER_REFUSED) {
        complain(&options->common, "%s", error);
        events_end(QA_EAUTH, error, 0, EXIT_USAGE);
        return EXIT_USAGE;
    }
    token->remembered = result == REMEMBER_GOOD;
    if (!token->remembered)
        return 0;
    cJSON *event = events_new("sign-in-kept");
    cJSON_AddNumberToObject(event, "seconds_left", seconds_left);
    events_send(event);
    say(_("You are still signed in from an earlier start; qa-help --sign-out ends that."), NULL);
    return 0;
}

int sign_in_run(const struct help_options *options, struct help_token *token)
{
    token->remembered = false;
    int code = options->remember ? take_kept(options, token) : 0;
    return code || token->remembered ? code : ask_user(options, token->text);
}

int sign_in_again(const struct help_options *options, struct help_token *token)
{
    char error[SENTENCE_SIZE];
    explicit_bzero(token, sizeof *token);
    if (remember_forget(options->common.relay, options->issuer, false, error, sizeof error) < 0)
        complain(&options->common, "%s", error);
    say(_("The relay does not take the earlier sign-in any more."), NULL);
    signals_stop(); /* as at the first time, they end the program while the user is asked */
    int code = ask_user(options, token->text);
    signals_start();
    return code;
}

int sign_in_forget(const struct help_options *options)
{
    char error[SENTENCE_SIZE];
    int count = remember_forget(options->common.relay, options->issuer, !options->issuer, error,
                                sizeof error);
    if (count < 0) {
        complain(&options->common, "%s", error);
        events_end(QA_EIO, error, 0, EXIT_INTERNAL);
        return EXIT_INTERNAL;
    }
    cJSON *event = events_new("signed-out");
    cJSON_AddNumberToObject(event, "forgotten", count);
    events_send(event);
    if (count)
        say(_("The sign-in is deleted from this computer. If somebody copied it before, it is good "
              "at the relay until it ends by itself; whoever runs the relay can end it at once."),
            NULL);
    else
        say(_("No sign-in at this relay was kept on this computer."), NULL);
    events_end(0, "", 0, EXIT_ENDED);
    return EXIT_ENDED;
}
