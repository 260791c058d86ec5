/* qa-relay helper: who may ask for codes. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "qa-relay/relay_tool.h"
#include "relay/accounts.h"

struct helper_options {
    const char *state;
    const char *token_file;
    bool print_token;
    const char *what; /* add, list, remove, or a command of block.c */
    const char *name;
};

enum { STATE = 256, TOKEN_FILE, PRINT_TOKEN, HELP };

static const struct option long_options[] = {{"state", required_argument, NULL, STATE},
                                             {"token-file", required_argument, NULL, TOKEN_FILE},
                                             {"print-token", no_argument, NULL, PRINT_TOKEN},
                                             {"help", no_argument, NULL, HELP},
                                             {0}};

static int complain_of_accounts(const char *state)
{
    complain("the helper accounts, %s/helpers, cannot be used: %s", state,
             errno == EBADMSG ? "the file is damaged; restore it or move it away"
                              : strerror(errno));
    return EXIT_STATE;
}

static int explain(int error, const struct helper_options *options, const char *state)
{
    switch (error) {
    case QA_ELIMIT:
        complain("several helpers are called '%s'; name the one you mean by its id (see qa-relay "
                 "helper list)",
                 options->name);
        return EXIT_USAGE;
    case QA_EINVAL:
        if (!strcmp(options->what, "remove"))
            complain("no helper has the name or id '%s' (see qa-relay helper list)", options->name);
        else
            complain("a helper's name is 1 to %d bytes of plain text", RELAY_NAME_MAX);
        return EXIT_USAGE;
    case QA_EIO:
        return complain_of_accounts(state);
    default:
        complain("%s", qa_strerror(error));
        return EXIT_INTERNAL;
    }
}

int check_accounts(const char *state)
{
    struct accounts accounts;
    int error = accounts_load(state, &accounts);
    accounts_free(&accounts);
    return error ? complain_of_accounts(state) : EXIT_DONE;
}

/* Where the token goes if nobody says. */
static int default_token_file(const char *state, const char *id, char out[STATE_PATH_MAX])
{
    char folder[STATE_PATH_MAX], name[ACCOUNTS_ID_DIGITS + 8];
    int error = state_path(folder, state, "tokens");
    if (!error && private_directory_make(folder))
        error = QA_EIO;
    snprintf(name, sizeof name, "%s.token", id);
    return error ? error : state_path(out, folder, name);
}

static int hand_out(const struct helper_options *options, const char *state,
                    const struct account *account, const char *token)
{
    char path[STATE_PATH_MAX], line[RELAY_TOKEN_MAX + 2];
    if (options->print_token) {
        printf("%s\n", token);
        return EXIT_DONE;
    }
    int error = 0;
    if (options->token_file)
        snprintf(path, sizeof path, "%s", options->token_file);
    else
        error = default_token_file(state, account->id, path);
    int length = snprintf(line, sizeof line, "%s\n", token);
    if (!error)
        error = private_file_replace(path, line, (size_t)length);
    sodium_memzero(line, sizeof line);
    if (error) {
        complain("the token cannot be written: %s; the account was not kept", strerror(errno));
        (void)accounts_remove(state, account->id);
        return EXIT_STATE;
    }
    printf("Added the helper \"%s\" with the id %s.\n"
           "The token that they sign in with is in %s\n"
           "Move that file to the helper's machine, readable by them alone, and there:\n"
           "  qa-help --relay RELAY --token-file FILE\n"
           "or keep it there as ~/.config/qassist/token. Whoever has it can ask for codes in the\n"
           "helper's name; qa-relay helper remove %s ends that.\n",
           account->name, account->id, path, account->id);
    return EXIT_DONE;
}

static int add(const struct helper_options *options, const char *state)
{
    struct account account;
    char token[RELAY_TOKEN_MAX + 1];
    int error = accounts_add(state, options->name, &account, token);
    if (error == QA_ELIMIT) {
        complain("there are %d helpers already", ACCOUNTS_MAX);
        return EXIT_STATE;
    }
    if (error)
        return explain(error, options, state);
    int code = hand_out(options, state, &account, token);
    sodium_memzero(token, sizeof token);
    return code;
}

static int list(const struct helper_options *options, const char *state)
{
    struct accounts accounts;
    int error = accounts_load(state, &accounts);
    if (error)
        return explain(error, options, state);
    for (size_t i = 0; i < accounts.count; i++) {
        const struct account *account = &accounts.list[i];
        char day[16] = "";
        struct tm parts;
        time_t created = (time_t)account->created;
        if (gmtime_r(&created, &parts))
            strftime(day, sizeof day, "%Y-%m-%d", &parts);
        printf("%s  %s  %s\n", account->id, day, account->name);
    }
    if (!accounts.count)
        fprintf(stderr, "No helpers yet; add one with: qa-relay helper add NAME\n");
    accounts_free(&accounts);
    return EXIT_DONE;
}

static int remove_helper(const struct helper_options *options, const char *state)
{
    int error = accounts_remove(state, options->name);
    if (error)
        return explain(error, options, state);
    printf("Removed. Their token is worth nothing from now on, and a running relay ends their\n"
           "sessions within a second or two.\n");
    return EXIT_DONE;
}

/* EXIT_DONE, EXIT_USAGE, or -1: help was asked for. */
static int parse(int argc, char **argv, struct helper_options *options)
{
    int value;
    while ((value = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        switch (value) {
        case STATE:
            options->state = optarg;
            break;
        case TOKEN_FILE:
            options->token_file = optarg;
            break;
        case PRINT_TOKEN:
            options->print_token = true;
            break;
        case HELP:
            return -1;
        default:
            return option_error(value, argv);
        }
    }
    int words = argc - optind;
    options->what = words >= 1 ? argv[optind] : "";
    options->name = words >= 2 ? argv[optind + 1] : NULL;
    bool named = !strcmp(options->what, "add") || !strcmp(options->what, "remove");
    if (is_block_command(options->what))
        return options->token_file || options->print_token
                   ? usage_error("--token-file and --print-token are for qa-relay helper add")
                   : EXIT_DONE;
    if (named && words == 1)
        return usage_error("whom? qa-relay helper %s NAME", options->what);
    if (named && words > 2)
        return usage_error("put a name of several words in quotes");
    if (!named && (strcmp(options->what, "list") != 0 || words > 1))
        return usage_error(
            "qa-relay helper wants add NAME, list, remove NAME, block ID, unblock ID or "
            "blocked");
    return EXIT_DONE;
}

int helper_command(int argc, char **argv)
{
    struct helper_options options = {0};
    char state[STATE_PATH_MAX];
    int code = parse(argc, argv, &options);
    if (code < 0) {
        print_usage();
        return EXIT_DONE;
    }
    if (!code && is_block_command(options.what))
        return block_command(options.what, argv + optind + 1, argc - optind - 1, options.state);
    if (!code)
        code = open_configured_state(options.state, state);
    if (code)
        return code;
    if (sodium_init() < 0)
        return EXIT_INTERNAL;
    if (!strcmp(options.what, "add"))
        return add(&options, state);
    if (!strcmp(options.what, "list"))
        return list(&options, state);
    return remove_helper(&options, state);
}
