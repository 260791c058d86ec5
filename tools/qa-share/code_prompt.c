#include "qa-share/code_prompt.h"

#include <stdio.h>
#include <string.h>

#include <qassist/qassist.h>

#include "common/exits.h"
#include "common/i18n.h"
#include "common/text.h"
#include "qa-share/terminal.h"
#include "qa-share/words.h"

#define TRIES 5

static void print_point(const char *text)
{
    char point[512];
    snprintf(point, sizeof point, "- %s", text);
    text_wrap(stdout, point, text_width(stdout));
}

void code_prompt_warn(void)
{
    text_wrap(stdout, _("Before you share your screen:"), text_width(stdout));
    for (const char *const *warning = share_warnings; *warning; warning++)
        print_point(i18n_text(*warning));
    print_point(_("In doubt press e (End): sharing stops at once."));
    putchar('\n');
    fflush(stdout);
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
    return common_fail(&options->common, error, EXIT_ROLE_SHARER);
}

int code_prompt_get(const struct share_options *options, char code[CODE_SIZE])
{
    if (!options->code)
        return ask(options, code);
    int error = qa_code_check(options->code);
    if (error)
        return common_fail(&options->common, error, EXIT_ROLE_SHARER);
    snprintf(code, CODE_SIZE, "%s", options->code);
    return 0;
}
