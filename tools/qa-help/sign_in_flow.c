#include "qa-help/sign_in_flow.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/events.h"
#include "common/exits.h"
#include "common/i18n.h"
#include "common/text.h"
#include "qa-help/remember.h"

#define SENTENCE_SIZE (PATH_MAX * 3)

extern char **environ;

/* What library and relay say when it fails; here for the translators, looked up by the text. */
static const char *const said_of_sign_ins[] __attribute__((unused)) = {
    N_("nobody signed in in the browser in time"),
    N_("nobody signed in on another device in time"),
    N_("the relay does not answer"),
    N_("the relay does not know about sign-ins"),
    N_("this relay takes no sign-ins; it wants the token of a helper account"),
    N_("the relay takes no sign-ins of this issuer"),
    N_("the relay takes no sign-ins on another device; sign in in a browser here"),
    N_("the issuer knows no sign-in on another device; sign in in a browser here"),
    N_("the issuer did not let you in, or you said no there"),
    N_("no port of this machine can be opened for the browser's answer"),
    N_("this sign-in is of somebody who may not help through this relay; ask whoever runs it"),
    N_("this sign-in is of an organisation that may not help through this relay"),
    N_("this sign-in is of a helper who was blocked; ask whoever runs the relay"),
    N_("this sign-in has expired; sign in again"),
    N_("this sign-in was ended; sign in again"),
};

bool sign_in_open_browser(const char *address)
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
    struct sign_in_flow *flow = user;
    cJSON *event = events_new("sign-in");
    cJSON_AddStringToObject(event, "address", address);
    events_send(event);
    bool opened = !events_enabled() && sign_in_open_browser(address);
    flow->face->address(flow->face_user, address, opened);
}

static void on_device(qa_sign_in *sign_in, const char *address, const char *code,
                      const char *complete, uint32_t seconds_left, void *user)
{
    struct sign_in_flow *flow = user;
    cJSON *event = events_new("sign-in");
    cJSON_AddStringToObject(event, "address", address);
    cJSON_AddStringToObject(event, "code", code);
    cJSON_AddStringToObject(event, "complete", complete);
    cJSON_AddNumberToObject(event, "seconds_left", seconds_left);
    events_send(event);
    flow->face->device(flow->face_user, address, code);
}

/* Helping goes on also where it cannot be kept. */
static bool keep(const struct help_options *options, const qa_sign_in_token *token)
{
    char error[SENTENCE_SIZE];
    if (!options->remember)
        return false;
    bool kept = remember_write(options->common.relay, options->issuer, token->token,
                               token->seconds_left, error, sizeof error);
    if (!kept)
        complain(&options->common, "%s", error);
    return kept;
}

static void on_token(qa_sign_in *sign_in, const qa_sign_in_token *token, void *user)
{
    struct sign_in_flow *flow = user;
    cJSON *event = events_new("signed-in");
    cJSON_AddStringToObject(event, "shown_name", token->shown_name);
    cJSON_AddStringToObject(event, "organisation", token->organisation);
    cJSON_AddStringToObject(event, "account", token->account);
    cJSON_AddNumberToObject(event, "seconds_left", token->seconds_left);
    events_send(event);
    snprintf(flow->token->text, sizeof flow->token->text, "%s", token->token);
    bool kept = keep(flow->options, token);
    flow->face->signed_in(flow->face_user, token->shown_name, token->organisation, kept);
}

static void on_end(qa_sign_in *sign_in, int error, const char *detail, void *user)
{
    struct sign_in_flow *flow = user;
    char safe[512];
    text_safe(detail, safe, sizeof safe);
    int code = error == QA_ETIMEOUT ? EXIT_SIGN_IN : (int)exit_code_for(error);
    uint32_t retry_s = qa_sign_in_retry_seconds(sign_in);
    if (retry_s)
        complain(&flow->options->common, _("signing in failed: %s. Try again in %u seconds."),
                 i18n_text(safe), retry_s);
    else
        complain(&flow->options->common, _("signing in failed: %s."), i18n_text(safe));
    events_end(error, detail, retry_s, code);
    flow->face->failed(flow->face_user, code);
}

int sign_in_flow_start(struct sign_in_flow *flow, qa_context *context)
{
    const qa_sign_in_callbacks callbacks = {.size = sizeof callbacks,
                                            .on_address = on_address,
                                            .on_device = on_device,
                                            .on_token = on_token,
                                            .on_end = on_end};
    qa_sign_in_options options = QA_SIGN_IN_OPTIONS_INIT;
    options.method = flow->options->device ? QA_SIGN_IN_DEVICE : QA_SIGN_IN_BROWSER;
    options.issuer = flow->options->issuer;
    options.issuer_ca_file = flow->options->issuer_ca;
    int error = qa_sign_in_new(context, &options, &callbacks, flow, &flow->running);
    if (!error)
        error = qa_sign_in_start(flow->running);
    return error ? common_fail(&flow->options->common, error, EXIT_ROLE_HELPER) : 0;
}

void sign_in_flow_drop(struct sign_in_flow *flow)
{
    qa_sign_in_unref(flow->running);
    flow->running = NULL;
}

int sign_in_take_kept(const struct help_options *options, struct help_token *token)
{
    char error[SENTENCE_SIZE];
    uint32_t seconds_left = 0;
    token->remembered = false;
    if (!options->remember)
        return 0;
    enum remember_result result = remember_read(options->common.relay, options->issuer, token->text,
                                                &seconds_left, error, sizeof error);
    if (result == REMEMBER_REFUSED) {
        complain(&options->common, "%s", error);
        events_end(QA_EAUTH, error, 0, EXIT_USAGE);
        return EXIT_USAGE;
    }
    token->remembered = result == REMEMBER_GOOD;
    if (token->remembered) {
        cJSON *event = events_new("sign-in-kept");
        cJSON_AddNumberToObject(event, "seconds_left", seconds_left);
        events_send(event);
    }
    return 0;
}

void sign_in_forget_kept(const struct help_options *options, struct help_token *token)
{
    char error[SENTENCE_SIZE];
    explicit_bzero(token, sizeof *token);
    if (options->remember &&
        remember_forget(options->common.relay, options->issuer, false, error, sizeof error) < 0)
        complain(&options->common, "%s", error);
}
