#include "common/exits.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <qassist/errors.h>

#include "common/text.h"

#define REPORT          "Try again; if it happens again, run with --verbose and report what it says."
#define NEW_CODE_HELPER "Get a new code and tell it to the sharer."
#define NEW_CODE_SHARER "Ask your helper for a new code and try again."

struct row {
    int error;
    enum exit_code code;
    const char *helper;
    const char *sharer; /* NULL: the helper's */
};

static const struct row rows[] = {
    {QA_OK, EXIT_ENDED, "", NULL},
    {QA_EINVAL, EXIT_INTERNAL, REPORT, NULL},
    {QA_ENOMEM, EXIT_INTERNAL, "Close other programs and try again.", NULL},
    {QA_ESTATE, EXIT_INTERNAL, REPORT, NULL},
    {QA_EIO, EXIT_INTERNAL, REPORT, NULL},
    {QA_ETIMEOUT, EXIT_PEER, "Call the sharer, get a new code and try again.",
     "Call your helper and ask for a new code."},
    {QA_ECANCELED, EXIT_ENDED, "", NULL},
    {QA_EPROTO, EXIT_PROTOCOL, "Both sides should install the newest qassist and try again.", NULL},
    {QA_EVERSION, EXIT_PROTOCOL, "Both sides should install the newest qassist and try again.",
     NULL},
    {QA_ELIMIT, EXIT_LIMIT, "Wait a minute and try again.", NULL},
    {QA_ECODE_FORMAT, EXIT_CODE, "The code has 12 digits or a few more. " NEW_CODE_HELPER,
     "Type the code exactly as your helper reads it: 12 digits, or a few more."},
    {QA_ECODE_CHECK, EXIT_CODE, "Read the code to the sharer again, digit by digit.",
     "Ask your helper to read the code again, digit by digit."},
    {QA_ECODE_UNKNOWN, EXIT_CODE, NEW_CODE_HELPER,
     "Check the code with your helper. Codes live ten minutes; a new one may be needed."},
    {QA_ECODE_EXPIRED, EXIT_CODE, NEW_CODE_HELPER, NEW_CODE_SHARER},
    {QA_ECODE_USED, EXIT_CODE, NEW_CODE_HELPER,
     "A code works once only. If it was not you who used it, tell your helper. " NEW_CODE_SHARER},
    {QA_ECODE_WRONG, EXIT_CODE,
     "Someone typed a wrong code, so this one is used up. Ask the sharer whether it was them, "
     "then get a new code.",
     "This code is used up now, so that nobody can guess it. " NEW_CODE_SHARER},
    {QA_EAUTH, EXIT_SIGN_IN, "Check --token-file, or ask whoever runs the relay for a new token.",
     NULL},
    {QA_ERELAY, EXIT_RELAY,
     "Check the internet connection and the relay's address (--relay, QASSIST_RELAY).", NULL},
    {QA_ERELAY_LOST, EXIT_RELAY, "Check the internet connection, then start again with a new code.",
     NULL},
    {QA_ETRUST, EXIT_RELAY,
     "Do not go on before you know why: check the address, and --ca where the relay has its own "
     "certificate authority.",
     "Do not go on. Check the relay's address with the organisation that helps you; --ca names "
     "its own certificate authority where it has one."},
    {QA_EPEER_LOST, EXIT_PEER, "Call the sharer; to go on, get a new code.",
     "Nothing is shared any more. To go on, ask your helper for a new code."},
    {QA_ETAMPERED, EXIT_PROTOCOL,
     "Someone on the way may be interfering. Try from another network with a new code, and tell "
     "whoever runs the relay.",
     NULL},
    {QA_EDENIED, EXIT_DENIED, "Talk to the sharer, then get a new code if they want your help.",
     "You said no, so nothing is shared."},
    {QA_ENOTALLOWED, EXIT_DENIED, "Ask the sharer to allow it.", NULL},
    {QA_EWORKER, EXIT_DEVICE, REPORT, NULL},
    {QA_EWORKER_HUNG, EXIT_DEVICE, REPORT, NULL},
    {QA_EWORKER_MISSING, EXIT_DEVICE,
     "qassist is not installed completely: install it again, or point QASSIST_WORKER at its "
     "worker program.",
     NULL},
    {QA_ESCREEN, EXIT_DEVICE, "Ask the sharer what is on their screen now, and try again.",
     "Run qa-share on the desktop to be shared (an X11 session), or name one with --display."},
    {QA_EINPUT, EXIT_DEVICE, "The sharer's system takes no input from outside; viewing may work.",
     "This desktop takes no input from other programs (XTEST); share without control."},
    {QA_ERATE, EXIT_LIMIT, "Wait a minute before the next try.", NULL},
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
        return REPORT;
    return role == EXIT_ROLE_SHARER && row->sharer ? row->sharer : row->helper;
}

void exit_story(int error, const char *detail, enum exit_role role, char *out, size_t size)
{
    char safe[512];
    text_safe(detail, safe, sizeof safe);
    bool says_more = *safe && strcmp(safe, qa_strerror(error)) != 0;
    snprintf(out, size, "%s%s%s. %s", qa_strerror(error), says_more ? ": " : "",
             says_more ? safe : "", exit_advice(error, role));
}
