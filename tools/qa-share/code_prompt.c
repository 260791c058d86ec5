#include "qa-share/code_prompt.h"

#include <stdio.h>
#include <string.h>

#include <qassist/qassist.h>

#include "common/events.h"
#include "common/exits.h"
#include "common/i18n.h"
#include "common/text.h"
#include "qa-share/terminal.h"

#define TRIES 5

void code_prompt_warn(void)
{
    static const char *const points[] = {
        N_("Before you share your screen:"),
        N_("- Share only with somebody you called yourself. If they called you, hang up."),
        N_("- Nobody honest hurries or frightens you."),
        N_("- Never tell or show anybody a password, and do no banking meanwhile."),
        N_("- Whoever controls your computer can do damage with it. Watch what they do."),
        N_("- In doubt press e (End): sharing stops at once."),
    };
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        text_wrap(stdout, i18n_text(points[i]), text_width(stdout));
    putchar('\n');
    fflush(stdout);
}

static int complain_of(const struct share_options *options, int error)
{
    complain(&options->common, "%s. %s", error_text(error), exit_advice(error, EXIT_ROLE_SHARER));
    int code = (int)exit_code_for(error);
    events_end(error, "", code);
    return code;
}

/* One line without its end; false at the end of input. */
static bool read_line(char code[CODE_SIZE])
{
    if (!fgets(code, CODE_SIZE, stdin))
        return false;
    size_t length = strcspn(code, "\r\n");
    if (!code[length]) {
        /* Longer than any code: the rest of the line must not become the next try. */
        for (int c = getchar(); c != '\n' && c != EOF;)
            c = getchar();
    }
    code[length] = '\0';
    return true;
}

static void say_again(int error)
{
    char text[256];
    snprintf(text, sizeof text, "%s %s",
             error == QA_ECODE_CHECK ? _("A digit is mistyped.")
                                     : _("That is not a complete code."),
             exit_advice(error, EXIT_ROLE_SHARER));
    text_wrap(stdout, text, text_width(stdout));
}

static int ask(const struct share_options *options, char code[CODE_SIZE])
{
    bool person = terminal_present();
    int error = QA_ECODE_FORMAT;
    for (int attempt = 0; attempt < (person ? TRIES : 1); attempt++) {
        if (person) {
            fputs(_("Security code from your helper: "), stdout);
            fflush(stdout);
        }
        if (!read_line(code)) {
            if (person)
                putchar('\n');
            return usage_error(&options->common, _("no code was given."));
        }
        error = qa_code_check(code);
        if (!error)
            return 0;
        if (person && attempt < TRIES - 1)
            say_again(error);
    }
    return complain_of(options, error);
}

int code_prompt_get(const struct share_options *options, char code[CODE_SIZE])
{
    if (!options->code)
        return ask(options, code);
    int error = qa_code_check(options->code);
    if (error)
        return complain_of(options, error);
    snprintf(code, CODE_SIZE, "%s", options->code);
    return 0;
}
