/* Signs in, refreshes, signs out; says what it is told on standard output. For test_sign_in.py. */
#include <stdio.h>
#include <string.h>

#include <qassist/qassist.h>

struct state {
    qa_context *context;
    int tokens;
    char first[256];
};

static void on_address(qa_sign_in *sign_in, const char *address, void *user)
{
    printf("address %s\n", address);
    fflush(stdout);
}

static void on_token(qa_sign_in *sign_in, const qa_sign_in_token *token, void *user)
{
    struct state *state = user;
    printf("token %s can_refresh=%d\n", token->token, token->can_refresh);
    fflush(stdout);
    if (state->tokens++ == 0) {
        snprintf(state->first, sizeof state->first, "%s", token->token);
        if (qa_sign_in_start(sign_in) != QA_ESTATE || qa_sign_in_refresh(sign_in) ||
            qa_sign_in_out(sign_in) != QA_ESTATE)
            printf("wrong\n");
    } else if (!strcmp(state->first, token->token) || qa_sign_in_out(sign_in)) {
        printf("wrong\n");
    }
}

static void on_end(qa_sign_in *sign_in, int error, const char *detail, void *user)
{
    struct state *state = user;
    printf("end %s %s\n", qa_err_name(error), detail);
    qa_context_stop(state->context);
}

int main(int argc, char *argv[])
{
    struct state state = {0};
    qa_context_options options = QA_CONTEXT_OPTIONS_INIT;
    qa_sign_in_options sign_in_options = QA_SIGN_IN_OPTIONS_INIT;
    const qa_sign_in_callbacks callbacks = {
        .size = sizeof callbacks, .on_address = on_address, .on_token = on_token, .on_end = on_end};
    qa_sign_in *sign_in;
    options.relay_url = argv[1];
    options.ca_file = argv[2];
    if (argc != 3 || qa_context_new(&options, &state.context) ||
        qa_sign_in_new(state.context, &sign_in_options, &callbacks, &state, &sign_in))
        return 1;
    if (qa_sign_in_start(sign_in) || qa_context_run(state.context))
        return 1;
    qa_sign_in_unref(sign_in);
    qa_context_unref(state.context);
    return 0;
}
