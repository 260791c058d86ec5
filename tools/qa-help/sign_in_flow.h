/*
 * One sign-in, as the faces (terminal, window) see it: the library's callbacks as JSON events first
 * and then as calls of the face; the system's browser; what is kept for the next start.
 */
#ifndef QA_HELP_SIGN_IN_FLOW_H
#define QA_HELP_SIGN_IN_FLOW_H

#include <qassist/qassist.h>

#include "qa-help/help_options.h"
#include "qa-help/token.h"

/* What a face is told; `user` is the face. */
struct sign_in_face {
    /* `opened`: in the browser, as far as one can know. */
    void (*address)(void *user, const char *address, bool opened);
    void (*device)(void *user, const char *address, const char *code);
    /* The token is there; `kept`: also on disk. */
    void (*signed_in)(void *user, const char *shown_name, const char *organisation, bool kept);
    /* The last where there is no token; it was complained about. */
    void (*failed)(void *user, int exit_code);
};

struct sign_in_flow {
    const struct help_options *options;
    struct help_token *token;
    const struct sign_in_face *face;
    void *face_user;
    qa_sign_in *running;
};

/*
 * Takes what was kept, where the user asks for that; token->remembered says whether there was any.
 * 0, or an exit code after complaining.
 */
int sign_in_take_kept(const struct help_options *options, struct help_token *token);

/* After the relay refused a token that is not fresh. */
void sign_in_forget_kept(const struct help_options *options, struct help_token *token);

/* 0, or an exit code after complaining. */
int sign_in_flow_start(struct sign_in_flow *flow, qa_context *context);

/* Stops what runs and wipes it; not the token. */
void sign_in_flow_drop(struct sign_in_flow *flow);

/* False where there is none, as far as one can know. */
bool sign_in_open_browser(const char *address);

#endif
