/*
 * qa-help: the helper's program. Reads options and token, then hands over to the window or to the
 * terminal.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/events.h"
#include "common/exits.h"
#include "common/i18n.h"
#include "qa-help/headless.h"
#include "qa-help/help_options.h"
#include "qa-help/sign_in.h"
#include "qa-help/token.h"
#include "qa-help/window.h"

static bool get_token(const struct help_options *options, char token[TOKEN_SIZE])
{
    char error[PATH_MAX * 2 + 256], path[PATH_MAX];
    const char *file = options->token_file;
    if (!file || !*file) {
        if (!token_default_path(path, sizeof path)) {
            complain(&options->common, _("where is your token? Say --token-file FILE."));
            return false;
        }
        file = path;
    }
    if (token_read(file, token, error, sizeof error))
        return true;
    complain(&options->common, "%s", error);
    return false;
}

static int run(const struct help_options *options, struct help_token *token)
{
    if (options->headless)
        return headless_run(options, token);
    int code = window_run(options, token);
    if (code != WINDOW_UNAVAILABLE)
        return code;
    return usage_error(&options->common, _("no window can be opened here; --headless works in "
                                           "the terminal."));
}

int main(int argc, char *argv[])
{
    i18n_start();
    struct help_options options;
    int code = help_options_parse(&options, argc, argv);
    if (code)
        return code;
    events_enable(options.common.json);
    if (options.sign_out)
        return sign_in_forget(&options);
    struct help_token token = {.remembered = false};
    if (options.headless || options.sign_in) /* the window says it by itself */
        code = common_policy_check(&options.common, EXIT_ROLE_HELPER);
    if (code)
        return code;
    if (options.sign_in && options.headless) /* the window has a page for it */
        code = sign_in_run(&options, &token);
    else if (!options.sign_in)
        code = get_token(&options, token.text) ? 0 : EXIT_USAGE;
    if (code)
        return code;
    code = run(&options, &token);
    explicit_bzero(&token, sizeof token);
    return code;
}
