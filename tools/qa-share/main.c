/*
 * qa-share: the sharer's program. Warns, asks for the code, then hands over to the session.
 */
#include <stdio.h>
#include <string.h>

#include "common/events.h"
#include "common/i18n.h"
#include "qa-share/code_prompt.h"
#include "qa-share/share.h"

static void warn_of_test_options(const struct share_options *options)
{
    if (options->yes_view || options->yes_control)
        complain(&options->common, "%s",
                 _("WARNING: --yes-view and --yes-control are for tests only. Whoever has the code "
                   "gets what they allow without anybody being asked."));
}

int main(int argc, char *argv[])
{
    i18n_start();
    struct share_options options;
    int error = share_options_parse(&options, argc, argv);
    if (error)
        return error;
    events_enable(options.common.json);
    warn_of_test_options(&options);
    if (options.common.json && !options.code)
        return share_run(&options, NULL);
    if (!options.common.json)
        code_prompt_warn();
    char code[CODE_SIZE] = "";
    error = code_prompt_get(&options, code);
    if (!error)
        error = share_run(&options, code);
    explicit_bzero(code, sizeof code);
    return error;
}
