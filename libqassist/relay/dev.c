#include "relay/dev.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "relay/accounts.h"
#include "relay/dev_certificate.h"

/* True when the token file is that of an account which still stands. */
static bool token_serves(const char *state_dir, const char *token_file)
{
    char *token;
    size_t length;
    if (private_file_read(token_file, RELAY_TOKEN_MAX + 1, &token, &length))
        return false;
    token[strcspn(token, "\n")] = '\0';
    struct accounts accounts;
    bool serves = false;
    if (!accounts_load(state_dir, &accounts)) {
        const struct account *account = accounts_find(&accounts, token);
        serves = account && accounts_verify(token, account->hash);
        accounts_free(&accounts);
    }
    sodium_memzero(token, length);
    free(token);
    return serves;
}

static int make_helper(const char *state_dir, const char *token_file)
{
    struct account account;
    char token[RELAY_TOKEN_MAX + 2];
    int error = accounts_add(state_dir, DEV_HELPER_NAME, &account, token);
    if (error)
        return error;
    strcat(token, "\n");
    error = private_file_replace(token_file, token, strlen(token));
    sodium_memzero(token, sizeof token);
    return error;
}

static int find_paths(const char *state_dir, struct dev_files *out)
{
    int error = state_path(out->ca, state_dir, "ca.pem");
    if (!error)
        error = state_path(out->certificate, state_dir, "dev-cert.pem");
    if (!error)
        error = state_path(out->key, state_dir, "dev-key.pem");
    if (!error)
        error = state_path(out->token, state_dir, "dev-helper.token");
    return error;
}

int dev_prepare(const char *state_dir, struct dev_files *out, char *why, size_t why_size)
{
    int lock = -1;
    int error = find_paths(state_dir, out);
    if (!error) {
        lock = state_lock(state_dir, "dev.lock");
        error = lock < 0 ? QA_EIO : 0;
    }
    if (!error && !dev_certificate_valid(out->ca, out->certificate, out->key))
        error = dev_certificate_make(out->ca, out->certificate, out->key);
    if (!error && !token_serves(state_dir, out->token))
        error = make_helper(state_dir, out->token);
    if (error)
        snprintf(why, why_size, "cannot prepare the state directory %s: %s", state_dir,
                 error == QA_EIO && errno ? strerror(errno) : qa_strerror(error));
    if (lock >= 0)
        close(lock);
    return error;
}
