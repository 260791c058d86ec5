#include "qa-help/sign_in.h"

#include <limits.h>
#include <stdio.h>

#include "common/events.h"
#include "common/exits.h"
#include "common/i18n.h"
#include "common/signals.h"
#include "common/text.h"
#include "qa-help/remember.h"
#include "qa-help/sign_in_flow.h"

struct terminal {
    qa_context *context;
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

static void face_address(void *user, const char *address, bool opened)
{
    if (opened)
        say(_("Sign in in the browser that opens now. If none does, open this address on this "
              "computer:"),
            address);
    else
        say(_("To sign in, open this address in a browser on this computer:"), address);
}

static void face_device(void *user, const char *address, const char *code)
{
    char text[256];
    snprintf(text, sizeof text,
             _("To sign in, open this address on any device of yours and type the code %s there:"),
             code);
    say(text, address);
}

static void face_signed_in(void *user, const char *shown_name, const char *organisation, bool kept)
{
    struct terminal *terminal = user;
    char text[512];
    snprintf(text, sizeof text, _("You are signed in; sharers will see you as %s from %s."),
             shown_name, organisation);
    say(text, NULL);
    if (kept)
        say(_("The sign-in is kept on this computer until it ends, or until qa-help --sign-out."),
            NULL);
    terminal->exit_code = 0;
    qa_context_stop(terminal->context);
}

static void face_failed(void *user, int exit_code)
{
    struct terminal *terminal = user;
    terminal->exit_code = exit_code;
    qa_context_stop(terminal->context);
}

static const struct sign_in_face face = {.address = face_address,
                                         .device = face_device,
                                         .signed_in = face_signed_in,
                                         .failed = face_failed};

static int ask_user(const struct help_options *options, struct help_token *token)
{
    struct terminal terminal = {.exit_code = -1};
    struct sign_in_flow flow = {
        .options = options, .token = token, .face = &face, .face_user = &terminal};
    int error = common_context_new(&options->common, &terminal.context);
    if (error)
        return common_fail(&options->common, error, EXIT_ROLE_HELPER);
    int code = sign_in_flow_start(&flow, terminal.context);
    if (!code)
        error = qa_context_run(terminal.context);
    sign_in_flow_drop(&flow);
    qa_context_unref(terminal.context);
    if (code || terminal.exit_code >= 0)
        return code ? code : terminal.exit_code;
    return common_fail(&options->common, error, EXIT_ROLE_HELPER);
}

int sign_in_run(const struct help_options *options, struct help_token *token)
{
    int code = sign_in_take_kept(options, token);
    if (!code && token->remembered)
        say(_("You are still signed in from an earlier start; qa-help --sign-out ends that."),
            NULL);
    return code || token->remembered ? code : ask_user(options, token);
}

int sign_in_again(const struct help_options *options, struct help_token *token)
{
    sign_in_forget_kept(options, token);
    say(_("The relay does not take the earlier sign-in any more."), NULL);
    signals_stop(); /* as at the first time, they end the program while the user is asked */
    int code = ask_user(options, token);
    signals_start();
    return code;
}

int sign_in_forget(const struct help_options *options)
{
    char error[PATH_MAX * 3];
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
