/*
 * Helpers who sign in at an issuer: an ID token is verified, forgotten, and answered with a token
 * of the relay's own, short-lived and revocable. What the relay keeps is sign_in_store.h.
 */
#ifndef RELAY_SIGN_IN_H
#define RELAY_SIGN_IN_H

#include "relay/connection.h"

struct sign_ins;
struct sign_in_job;

/*
 * Reads the file of issuers and makes what they need. 0, QA_EINVAL, QA_ESTATE or QA_EIO with a
 * sentence in `why`, QA_ENOMEM. *out: sign_ins_free.
 */
int sign_ins_new(struct relay_server *server, const char *issuers_file, struct sign_ins **out,
                 char *why, size_t why_size);

/* Lets go of what is on the loop, which must run once more before sign_ins_free. NULL is allowed.
 */
void sign_ins_close(struct sign_ins *sign_ins);
void sign_ins_free(struct sign_ins *sign_ins);

/* Another one took its place: what is being looked at is refused, and all of it goes by itself. */
void sign_ins_retire(struct sign_ins *sign_ins);

/* The messages. */
void sign_in_asked(struct connection *connection, const struct relay_message *message);
void sign_in_ended(struct connection *connection, const struct relay_message *message);

/* The connection goes: nothing is looked at for it any more. */
void sign_in_abandon(struct connection *connection);

/* Whose sign-ins are taken; returns how many. */
size_t sign_ins_list(const struct sign_ins *sign_ins, struct relay_issuer out[RELAY_ISSUERS_MAX]);

/* True for a token that this part issues. */
bool sign_in_is_token(const char *token);

/*
 * Fills in the helper's account, name and organisation from their token. 0, or QA_EAUTH with why
 * not.
 */
int sign_in_take_token(struct connection *helper, const char *token, const char **why);

/* True when a helper who signed in (sign_in_account_valid) may still help. */
bool sign_in_may_help(const struct sign_ins *sign_ins, const char *account);

/* True when somebody was blocked since the last call. Also deletes what is of no use any more. */
bool sign_in_sweep(struct sign_ins *sign_ins, int64_t wall);

#endif
