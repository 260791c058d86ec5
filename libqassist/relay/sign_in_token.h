/*
 * What the relay seals for helpers who signed in at an issuer, under keys derived from that of the
 * tickets: its own short-lived token, and the nonce by which an ID token is known to be for a
 * sign-in that began here. No clock: `now` comes in, seconds since 1970.
 */
#ifndef RELAY_SIGN_IN_TOKEN_H
#define RELAY_SIGN_IN_TOKEN_H

#include "relay/ticket.h"

#define SIGN_IN_PREFIX      "qa2."
#define SIGN_IN_TOKEN_ID    17 /* characters and NUL */
#define SIGN_IN_ISSUER_MARK 8

struct sign_in_token {
    char account[ACCOUNTS_ID_DIGITS + 1];
    char id[SIGN_IN_TOKEN_ID];           /* of this token, drawn when it is issued */
    uint8_t issuer[SIGN_IN_ISSUER_MARK]; /* whose sign-in it was */
    int64_t issued, expires;
    char shown_name[RELAY_NAME_MAX + 1];
};

/*
 * What the service calls a user: "o" and 15 digits from who they are at their issuer. No local
 * account has such an id.
 */
void sign_in_account(const char *issuer, const char *subject, char out[ACCOUNTS_ID_DIGITS + 1]);
bool sign_in_account_valid(const char *id);

void sign_in_issuer_mark(const char *issuer, uint8_t out[SIGN_IN_ISSUER_MARK]);

/* Fills in token->id. */
void sign_in_token_issue(const struct ticket_key *key, struct sign_in_token *token,
                         char out[RELAY_TOKEN_MAX + 1]);

/* 0, QA_EAUTH, QA_ECODE_EXPIRED. */
int sign_in_token_open(const struct ticket_key *key, int64_t now, const char *text,
                       struct sign_in_token *out);

void sign_in_nonce_issue(const struct ticket_key *key, int64_t now, char out[RELAY_TICKET_MAX + 1]);

/* When it was issued; QA_EAUTH: not by us. */
int64_t sign_in_nonce_open(const struct ticket_key *key, const char *text);

#endif
