/*
 * A helper without a token file: signs in at the issuer that the relay names, in the browser, then
 * asks for a code as the one who signed in, and ends when a sharer allows it to see.
 *
 * Usage: sign-in-helper wss://RELAY [CA.pem]
 */
#include <stdio.h>

#include <qassist/qassist.h>

struct app {
    qa_context *context;
    qa_sign_in *sign_in;
    qa_helper *helper;
    int error;
};

static void over(struct app *app, int error, const char *detail)
{
    if (error)
        fprintf(stderr, "%s (%s)\n", qa_strerror(error), detail);
    app->error = error;
    qa_context_stop(app->context);
}

static void on_code(qa_helper *helper, const char *code, uint32_t seconds, const char *shown_name,
                    const char *organisation, void *user_data)
{
    printf("Tell the sharer: %s\nIt will read: %s, %s\n", code, shown_name, organisation);
    fflush(stdout);
}

static void on_permissions(qa_helper *helper, unsigned permissions, int reason, void *user_data)
{
    if (permissions & QA_PERMISSION_VIEW)
        qa_helper_end(helper);
}

static void on_session_end(qa_helper *helper, int error, const char *detail, void *user_data)
{
    over(user_data, error, detail);
}

/* [sign-in] */
/* A program with a window opens it itself, say with gtk_uri_launcher_launch or xdg-open. */
static void on_address(qa_sign_in *sign_in, const char *address, void *user_data)
{
    printf("Open this in your browser: %s\n", address);
    fflush(stdout);
}

/* Signed in. The token is valid during the call; qa_helper_new copies it. */
static void on_token(qa_sign_in *sign_in, const qa_sign_in_token *token, void *user_data)
{
    struct app *app = user_data;
    if (app->helper)
        return; /* a fresh one after qa_sign_in_refresh */
    qa_helper_options options = QA_HELPER_OPTIONS_INIT;
    options.token = token->token;
    qa_helper_callbacks callbacks = QA_HELPER_CALLBACKS_INIT;
    callbacks.on_code = on_code;
    callbacks.on_permissions = on_permissions;
    callbacks.on_end = on_session_end;
    int error = qa_helper_new(app->context, &options, &callbacks, app, &app->helper);
    if (!error)
        error = qa_helper_start(app->helper);
    if (error)
        over(app, error, "no session");
}

static void on_sign_in_end(qa_sign_in *sign_in, int error, const char *detail, void *user_data)
{
    over(user_data, error, detail);
}

static int sign_in(struct app *app)
{
    qa_sign_in_options options = QA_SIGN_IN_OPTIONS_INIT; /* in the browser, the first issuer */
    qa_sign_in_callbacks callbacks = QA_SIGN_IN_CALLBACKS_INIT;
    callbacks.on_address = on_address;
    callbacks.on_token = on_token;
    callbacks.on_end = on_sign_in_end;
    int error = qa_sign_in_new(app->context, &options, &callbacks, app, &app->sign_in);
    return error ? error : qa_sign_in_start(app->sign_in);
}
/* [end sign-in] */

int main(int argc, char *argv[])
{
    struct app app = {0};
    qa_context_options options = QA_CONTEXT_OPTIONS_INIT;
    if (argc < 2) {
        fprintf(stderr, "Usage: %s wss://RELAY [CA.pem]\n", argv[0]);
        return 2;
    }
    options.relay_url = argv[1];
    options.ca_file = argc > 2 ? argv[2] : NULL;
    int error = qa_context_new(&options, &app.context);
    if (!error)
        error = sign_in(&app);
    if (error)
        fprintf(stderr, "Cannot start: %s\n", qa_strerror(error));
    else
        error = qa_context_run(app.context);
    qa_helper_unref(app.helper);
    qa_sign_in_unref(app.sign_in);
    qa_context_unref(app.context);
    return error || app.error;
}
