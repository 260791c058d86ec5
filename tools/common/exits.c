#include "common/exits.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <qassist/errors.h>

#include "common/i18n.h"
#include "common/text.h"

#define REPORT          N_("Try again; if it happens again, run with --verbose and report what it says.")
#define NEW_CODE_HELPER N_("Get a new code and tell it to the sharer.")
#define NEW_CODE_SHARER N_("Ask your helper for a new code and try again.")

/* Longer waits than that are none that anybody should be told. */
#define RETRY_MAX_S 86400

/* What relays say beside an error; here for the translators, looked up by the text itself. */
static const char *const said_by_relays[] __attribute__((unused)) = {
    N_("the relay is full"),
    N_("the relay is busy; try again"),
    N_("the relay has as many sessions as it may have"),
    N_("there are too many connections from this address"),
    N_("there are too many sessions at this address"),
    N_("this helper has as many codes and sessions as one may have at once"),
    N_("what may be relayed in a day is used up"),
    N_("this session has moved as much as this relay allows"),
    N_("this session has taken as long as this relay allows"),
    N_("nothing was shown in this session"),
};

struct row {
    int error;
    enum exit_code code;
    const char *helper;
    const char *sharer; /* NULL: the helper's */
};

static const struct row rows[] = {
    {QA_OK, EXIT_ENDED, "", NULL},
    {QA_EINVAL, EXIT_INTERNAL, REPORT, NULL},
    {QA_ENOMEM, EXIT_INTERNAL, N_("Close other programs and try again."), NULL},
    {QA_ESTATE, EXIT_INTERNAL, REPORT, NULL},
    {QA_EIO, EXIT_INTERNAL, REPORT, NULL},
    {QA_ETIMEOUT, EXIT_PEER, N_("Call the sharer, get a new code and try again."),
     N_("Call your helper and ask for a new code.")},
    {QA_ECANCELED, EXIT_ENDED, "", NULL},
    {QA_EPROTO, EXIT_PROTOCOL, N_("Both sides should install the newest qassist and try again."),
     NULL},
    {QA_EVERSION, EXIT_PROTOCOL, N_("Both sides should install the newest qassist and try again."),
     NULL},
    {QA_ELIMIT, EXIT_LIMIT, N_("Wait a minute and try again."), NULL},
    {QA_ECODE_FORMAT, EXIT_CODE,
     N_("The code has 12 digits or a few more. "
        "Get a new code and tell it to the sharer."),
     N_("Type the code exactly as your helper reads it: 12 digits, or a few more.")},
    {QA_ECODE_CHECK, EXIT_CODE, N_("Read the code to the sharer again, digit by digit."),
     N_("Ask your helper to read the code again, digit by digit.")},
    {QA_ECODE_UNKNOWN, EXIT_CODE, NEW_CODE_HELPER,
     N_("Check the code with your helper. Codes live ten minutes; a new one may be needed.")},
    {QA_ECODE_EXPIRED, EXIT_CODE, NEW_CODE_HELPER, NEW_CODE_SHARER},
    {QA_ECODE_USED, EXIT_CODE, NEW_CODE_HELPER,
     N_("A code works once only. If it was not you who used it, tell your helper. "
        "Ask your helper for a new code and try again.")},
    {QA_ECODE_WRONG, EXIT_CODE,
     N_("Someone typed a wrong code, so this one is used up. Ask the sharer whether it was them, "
        "then get a new code."),
     N_("This code is used up now, so that nobody can guess it. "
        "Ask your helper for a new code and try again.")},
    {QA_EAUTH, EXIT_SIGN_IN,
     N_("Check --token-file, or ask whoever runs the relay for a new token."), NULL},
    {QA_ERELAY, EXIT_RELAY,
     N_("Check the internet connection and the relay's address (--relay, QASSIST_RELAY)."), NULL},
    {QA_ERELAY_LOST, EXIT_RELAY,
     N_("Check the internet connection, then start again with a new code."), NULL},
    {QA_ETRUST, EXIT_RELAY,
     N_("Do not go on before you know why: check the address, and --ca where the relay has its own "
        "certificate authority."),
     N_("Do not go on. Check the relay's address with the organisation that helps you; --ca names "
        "its own certificate authority where it has one.")},
    {QA_EPEER_LOST, EXIT_PEER, N_("Call the sharer; to go on, get a new code."),
     N_("Nothing is shared any more. To go on, ask your helper for a new code.")},
    {QA_ETAMPERED, EXIT_PROTOCOL,
     N_("Someone on the way may be interfering. Try from another network with a new code, and tell "
        "whoever runs the relay."),
     NULL},
    {QA_EDENIED, EXIT_DENIED, N_("Talk to the sharer, then get a new code if they want your help."),
     N_("You said no, so nothing is shared.")},
    {QA_ENOTALLOWED, EXIT_DENIED, N_("Ask the sharer to allow it."), NULL},
    {QA_EEXPIRED, EXIT_DENIED, N_("Call the sharer; to go on, get a new code."),
     N_("Nothing is shared any more. To go on, ask your helper for a new code.")},
    {QA_EWORKER, EXIT_DEVICE, REPORT, NULL},
    {QA_EWORKER_HUNG, EXIT_DEVICE, REPORT, NULL},
    {QA_EWORKER_MISSING, EXIT_DEVICE,
     N_("qassist is not installed completely: install it again, or point QASSIST_WORKER at its "
        "worker program."),
     NULL},
    {QA_ESCREEN, EXIT_DEVICE, N_("Ask the sharer what is on their screen now, and try again."),
     N_("Run qa-share on the desktop to be shared (an X11 session), or name one with --display.")},
    {QA_EINPUT, EXIT_DEVICE,
     N_("The sharer's system takes no input from outside; viewing may work."),
     N_("This desktop takes no input from other programs (XTEST); share without control.")},
    {QA_EINVITATION, EXIT_CODE, NEW_CODE_HELPER, NEW_CODE_SHARER},
    {QA_ERATE, EXIT_LIMIT, N_("Wait a minute before the next try."), NULL},
    {QA_EPOLICY, EXIT_POLICY,
     N_("Nothing is wrong with this computer. Ask the organisation, yours or the sharer's, how "
        "help "
        "is given there."),
     N_("Nothing is shared, and nothing is wrong with this computer. Ask your own organisation how "
        "you get help.")},
};

static const struct row *find(int error)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].error == error)
            return &rows[i];
    return NULL;
}

enum exit_code exit_code_for(int error)
{
    const struct row *row = find(error);
    return row ? row->code : EXIT_INTERNAL;
}

const char *exit_advice(int error, enum exit_role role)
{
    const struct row *row = find(error);
    if (!row)
        return i18n_text(REPORT);
    if (error == QA_EAUTH && role == EXIT_ROLE_SIGNED_IN)
        return _("Sign in again, or ask whoever runs the relay.");
    return i18n_text(role == EXIT_ROLE_SHARER && row->sharer ? row->sharer : row->helper);
}

const char *error_text(int error)
{
    return i18n_text(qa_strerror(error));
}

/* As many of the largest unit as say it well, rather too long than too short. */
static void say_wait(uint32_t seconds, enum exit_role role, char *out, size_t size)
{
    if (seconds <= 1)
        snprintf(out, size, "%s",
                 i18n_text(role == EXIT_ROLE_SHARER ? NEW_CODE_SHARER : NEW_CODE_HELPER));
    else if (seconds < 120)
        snprintf(out, size, _("Try again in %u seconds."), seconds);
    else if (seconds < 7200)
        snprintf(out, size, _("Try again in %u minutes."), (seconds + 59) / 60);
    else
        snprintf(out, size, _("Try again in %u hours."), (seconds + 3599) / 3600);
}

void exit_story(int error, const char *detail, uint32_t retry_s, enum exit_role role, char *out,
                size_t size)
{
    char safe[512], advice[512];
    text_safe(detail, safe, sizeof safe);
    if (retry_s && retry_s <= RETRY_MAX_S && exit_code_for(error) == EXIT_LIMIT)
        say_wait(retry_s, role, advice, sizeof advice);
    else
        snprintf(advice, sizeof advice, "%s", exit_advice(error, role));
    bool says_more = *safe && strcmp(safe, qa_strerror(error)) != 0;
    snprintf(out, size, "%s%s%s. %s", error_text(error), says_more ? ": " : "",
             says_more ? i18n_text(safe) : "", advice);
}
