/*
 * qa-share: the sharer's program, in a window or in the terminal; there it warns and asks for the
 * code, then hands over to the session.
 */
#include <stdio.h>
#include <string.h>

#include "common/events.h"
#include "common/i18n.h"
#include "qa-share/code_prompt.h"
#include "qa-share/gui.h"
#include "qa-share/report_door.h"
#include "qa-share/share.h"
#include "qa-share/share_check.h"

static void warn_of_options(const struct share_options *options)
{
    if (options->yes_view || options->yes_control)
        complain(&options->common, "%s",
                 _("WARNING: --yes-view and --yes-control are for tests only. Whoever has the code "
                   "gets what they allow without anybody being asked."));
    if (options->no_banner)
        complain(&options->common, "%s",
                 _("WARNING: because of --no-banner nothing on the screen will say that it is "
                   "shared."));
}

/* In a window, where one is wanted; else the terminal's turn is left with GUI_UNAVAILABLE. */
static int run_window(const struct share_options *options, const char *trouble)
{
    if (!share_options_want_window(options))
        return GUI_UNAVAILABLE;
    int code = gui_run(options, trouble);
    if (code >= 0 || options->face != FACE_WINDOW || trouble)
        return code;
    return usage_error(&options->common, "%s",
                       code == GUI_NOT_BUILT
                           ? _("this qa-share was built without windows; --no-gui works in the "
                               "terminal.")
                           : _("no window can be opened here; --no-gui works in the terminal."));
}

static int run_terminal(const struct share_options *options)
{
    if (options->resume || (options->common.json && !options->code))
        return share_run(options, NULL);
    if (!options->common.json)
        code_prompt_warn();
    char code[CODE_SIZE] = "";
    int error = code_prompt_get(options, code);
    if (!error)
        error = share_run(options, code);
    explicit_bzero(code, sizeof code);
    return error;
}

int main(int argc, char *argv[])
{
    i18n_start();
    struct share_options options;
    int error = share_options_parse(&options, argc, argv);
    if (error) {
        /* Who clicked on an icon reads no standard error. */
        run_window(&options, complained());
        return error;
    }
    if (options.report)
        return report_door_knock(options.report);
    events_enable(options.common.json);
    if (options.check)
        return share_check(&options);
    error = common_policy_check(&options.common, EXIT_ROLE_SHARER);
    if (error) {
        run_window(&options, complained());
        return error;
    }
    warn_of_options(&options);
    int code = run_window(&options, NULL);
    return code >= 0 ? code : run_terminal(&options);
}
