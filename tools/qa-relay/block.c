/* qa-relay helper block, unblock, blocked: those who sign in at an issuer have no account here. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "qa-relay/relay_tool.h"
#include "relay/sign_in_store.h"
#include "relay/sign_in_token.h"

bool is_block_command(const char *word)
{
    return !strcmp(word, "block") || !strcmp(word, "unblock") || !strcmp(word, "blocked");
}

static void print_blocked(void *user, const char *account, int64_t since)
{
    char day[16] = "";
    struct tm parts;
    time_t seconds = (time_t)since;
    bool *any = user;
    *any = true;
    if (gmtime_r(&seconds, &parts))
        strftime(day, sizeof day, "%Y-%m-%d", &parts);
    printf("%s  %s\n", account, day);
}

static int list_blocked(struct sign_in_store *store)
{
    bool any = false;
    if (sign_in_store_list(store, print_blocked, &any))
        return EXIT_STATE;
    if (!any)
        fprintf(stderr, "Nobody is blocked.\n");
    return EXIT_DONE;
}

static int set_blocked(struct sign_in_store *store, bool block, const char *account)
{
    int64_t now = (int64_t)time(NULL);
    int error = block ? sign_in_store_block(store, account, now)
                      : sign_in_store_unblock(store, account, now);
    if (error == QA_EINVAL)
        return usage_error("%s is not blocked", account);
    if (error) {
        complain("sign-ins.db in the state directory cannot be written");
        return EXIT_STATE;
    }
    if (block)
        printf("Blocked %s. Their sign-ins and tokens are worth nothing from now on, and a\n"
               "running relay ends their sessions within a second or two.\n",
               account);
    else
        printf("%s may sign in again.\n", account);
    return EXIT_DONE;
}

/* Who is meant: an id, or an issuer's address and what it calls them. */
static int find_account(char *const *word, int words, char out[ACCOUNTS_ID_DIGITS + 1])
{
    if (words == 2) {
        sign_in_account(word[0], word[1], out);
        return EXIT_DONE;
    }
    if (words != 1 || !sign_in_account_valid(word[0]))
        return usage_error("whom? An id as qa-help --json shows it (o and 15 digits), or ISSUER "
                           "SUBJECT; helpers with an account here are removed (helper remove)");
    strcpy(out, word[0]);
    return EXIT_DONE;
}

int block_command(const char *what, char *const *word, int words, const char *given)
{
    char state[STATE_PATH_MAX], why[512] = "out of memory", account[ACCOUNTS_ID_DIGITS + 1] = "";
    bool lists = !strcmp(what, "blocked");
    int code = EXIT_DONE;
    if (sodium_init() < 0)
        return EXIT_INTERNAL;
    if (lists && words)
        return usage_error("'%s' is not understood here", word[0]);
    if (!lists)
        code = find_account(word, words, account);
    if (!code)
        code = open_configured_state(given, state);
    if (code)
        return code;
    struct sign_in_store *store;
    if (sign_in_store_open(state, &store, why, sizeof why)) {
        complain("%s", why);
        return EXIT_STATE;
    }
    code = lists ? list_blocked(store) : set_blocked(store, !strcmp(what, "block"), account);
    sign_in_store_close(store);
    return code;
}
