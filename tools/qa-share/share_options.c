#include "qa-share/share_options.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <qassist/sharer.h>

#include "common/exits.h"
#include "common/i18n.h"

static const char help[] =
    N_("qa-share - let a helper see your screen and, if you allow it, control it\n"
       "Usage: qa-share [--relay HOST] [options] [CODE | LINK]\n"
       "\n"
       "Call your helper yourself. They read you a security code; without CODE you are\n"
       "asked for it. Nothing is shown before you say yes, and you can end at any time.\n"
       "LINK (qassist://relay.example/CODE) fills in the code in the window, and no more.\n"
       "\n"
       "  --relay HOST     the relay (or set QASSIST_RELAY)\n"
       "  --ca FILE        trust only these certificate authorities (PEM)\n"
       "  --policy FILE    obey these rules, too (man qassist-policy.ini)\n"
       "  --display NAME   the X11 display to share (otherwise DISPLAY)\n"
       "  --prompt-classes LIST\n"
       "                   windows that hide the screen while they are open: their\n"
       "                   WM_CLASS, separated by commas (otherwise the usual dialogs\n"
       "                   for passwords and privileges)\n"
       "  --gui            in a window (the default where there is no terminal)\n"
       "  --no-gui         in the terminal\n"
       "  --panic-key KEYS end at once when pressed twice (otherwise Ctrl+Alt+Q; \"\": none)\n"
       "  --no-banner      no banner on the screen that says who is there\n"
       "  --json           events for programs on standard output, answers on standard\n"
       "                   input\n"
       "  --control-minutes N   ask again after so long whether control goes on (30)\n"
       "  --question-seconds N  a question unanswered for so long is answered no (120)\n"
       "  --refusal-seconds N   after a No nobody may ask the same before (10)\n"
       "  --allow-prompts       system prompts (passwords, ...) do not hide the screen\n"
       "  --report WORDS   end the session of the qa-share that runs, and tell the\n"
       "                   relay's operators what happened\n"
       "  --check          say whether all that sharing needs is there, and share nothing\n"
       "  --resume         come back to the session from before a restart\n"
       "  --reconnect-seconds N\n"
       "                   how long a broken connection may take to come back; 0: not at\n"
       "                   all; otherwise 120\n"
       "  --verbose --version --help\n"
       "\n"
       "While you share:   p pause or go on    t take back control    e end\n"
       "                   c write to your helper    r report and end\n"
       "                   a allow system prompts to be seen, or hide them again\n"
       "\n"
       "For tests only, never on a screen that matters:\n"
       "  --yes-view       allow viewing without asking\n"
       "  --yes-control    allow control without asking\n"
       "\n"
       "Events, answers and exit codes: man qa-share\n");

enum {
    OPTION_DISPLAY = OPTION_OWN,
    OPTION_PROMPT_CLASSES,
    OPTION_GUI,
    OPTION_NO_GUI,
    OPTION_CONTROL_MINUTES,
    OPTION_QUESTION_SECONDS,
    OPTION_REFUSAL_SECONDS,
    OPTION_ALLOW_PROMPTS,
    OPTION_REPORT,
    OPTION_CHECK,
    OPTION_RESUME,
    OPTION_ASK_CALLED,
    OPTION_PANIC_KEY,
    OPTION_NO_BANNER,
    OPTION_YES_VIEW,
    OPTION_YES_CONTROL
};

static const struct option long_options[] = {
    COMMON_LONG_OPTIONS,
    {"display", required_argument, NULL, OPTION_DISPLAY},
    {"prompt-classes", required_argument, NULL, OPTION_PROMPT_CLASSES},
    {"gui", no_argument, NULL, OPTION_GUI},
    {"no-gui", no_argument, NULL, OPTION_NO_GUI},
    {"control-minutes", required_argument, NULL, OPTION_CONTROL_MINUTES},
    {"question-seconds", required_argument, NULL, OPTION_QUESTION_SECONDS},
    {"refusal-seconds", required_argument, NULL, OPTION_REFUSAL_SECONDS},
    {"allow-prompts", no_argument, NULL, OPTION_ALLOW_PROMPTS},
    {"report", required_argument, NULL, OPTION_REPORT},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"resume", no_argument, NULL, OPTION_RESUME},
    {"ask-called", no_argument, NULL, OPTION_ASK_CALLED},
    {"panic-key", required_argument, NULL, OPTION_PANIC_KEY},
    {"no-banner", no_argument, NULL, OPTION_NO_BANNER},
    {"yes-view", no_argument, NULL, OPTION_YES_VIEW},
    {"yes-control", no_argument, NULL, OPTION_YES_CONTROL},
    {NULL, 0, NULL, 0},
};

/* A number of units of so many seconds. */
static int take_time(struct share_options *options, const char *name, long unit, uint32_t *seconds)
{
    const long most = 86400 / unit;
    long value = option_number(optarg, most);
    if (value < 1)
        return usage_error(&options->common, _("%s takes a number from 1 to %ld; not '%s'."), name,
                           most, optarg);
    *seconds = (uint32_t)(value * unit);
    return 0;
}

static int take_panic_key(struct share_options *options, const char *keys)
{
    const char *why;
    options->panic_key = keys;
    return qa_panic_key_check(keys, &why) ? usage_error(&options->common, "--panic-key: %s.", why)
                                          : 0;
}

static int take(struct share_options *options, int value, char *const argv[])
{
    switch (value) {
    case OPTION_DISPLAY:
        options->display = optarg;
        return 0;
    case OPTION_PROMPT_CLASSES:
        options->prompt_classes = optarg;
        return 0;
    case OPTION_GUI:
        options->face = FACE_WINDOW;
        return 0;
    case OPTION_NO_GUI:
        options->face = FACE_TERMINAL;
        return 0;
    case OPTION_CONTROL_MINUTES:
        return take_time(options, "--control-minutes", 60, &options->control_seconds);
    case OPTION_QUESTION_SECONDS:
        return take_time(options, "--question-seconds", 1, &options->question_seconds);
    case OPTION_REFUSAL_SECONDS:
        return take_time(options, "--refusal-seconds", 1, &options->refusal_seconds);
    case OPTION_ALLOW_PROMPTS:
        options->allow_prompts = true;
        return 0;
    case OPTION_REPORT:
        options->report = optarg;
        return 0;
    case OPTION_CHECK:
        options->check = true;
        return 0;
    case OPTION_RESUME:
        options->resume = true;
        return 0;
    case OPTION_ASK_CALLED:
        options->ask_called = true;
        return 0;
    case OPTION_PANIC_KEY:
        return take_panic_key(options, optarg);
    case OPTION_NO_BANNER:
        options->no_banner = true;
        return 0;
    case OPTION_YES_VIEW:
        options->yes_view = true;
        return 0;
    case OPTION_YES_CONTROL:
        options->yes_control = true;
        return 0;
    default:
        return common_option(&options->common, value, optarg)
                   ? 0
                   : bad_option(&options->common, value, argv);
    }
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

bool share_options_want_window(const struct share_options *options)
{
    if (options->face != FACE_AUTOMATIC || options->common.json)
        return options->face == FACE_WINDOW;
    struct stat input;
    /* Not a terminal, nor a pipe or file that could hold the code: started from a desktop. */
    bool nobody_types =
        fstat(STDIN_FILENO, &input) < 0 || (S_ISCHR(input.st_mode) && !isatty(STDIN_FILENO));
    return nobody_types && (is_set("DISPLAY") || is_set("WAYLAND_DISPLAY"));
}

static int check_display(const struct share_options *options)
{
    if ((options->display && *options->display) || is_set("DISPLAY"))
        return 0;
    if (is_set("WAYLAND_DISPLAY"))
        complain(&options->common, _("this is a Wayland session, and qa-share shares X11 screens "
                                     "only. Log in again and choose an X11 (Xorg) session."));
    else
        complain(&options->common,
                 _("there is no screen to share here. Run qa-share on the desktop "
                   "to be shared, or name one with --display."));
    return EXIT_DEVICE;
}

/* A link may say which relay only where nobody else has: it comes from anywhere. */
static int take_link_relay(struct share_options *options)
{
    char linked[RELAY_URL_SIZE], ours[RELAY_URL_SIZE];
    const char *set = options->common.relay_given;
    if (!set && is_set("QASSIST_RELAY"))
        set = getenv("QASSIST_RELAY");
    if (!*options->link.host)
        return 0;
    if (!set)
        options->common.relay_given = options->link.host;
    else if (relay_url_complete(options->link.host, linked) && relay_url_complete(set, ours) &&
             strcasecmp(linked, ours) != 0)
        return usage_error(&options->common,
                           _("the link leads to the relay %s, but this computer is set to %s. Ask "
                             "your helper for the code and type it."),
                           options->link.host, set);
    return 0;
}

/* A link fills in a code in the window, where the person goes on or does not, and no more. */
static int take_link(struct share_options *options, const char *word)
{
    if (!share_link_read(word, &options->link))
        return usage_error(&options->common, _("this is not a link of qassist; they look like %s."),
                           "qassist://relay.example/4821-9305-7716");
    options->linked = true;
    if (!share_options_want_window(options) || options->yes_view || options->yes_control ||
        options->resume || options->report)
        return usage_error(&options->common, "%s",
                           _("a link only fills in the code in the window (--gui); it goes with no "
                             "--json, --resume, --report or --yes-... option."));
    return take_link_relay(options);
}

/* A relay is looked at where one is named; what else is missing is what it tells. */
static int take_check(struct share_options *options)
{
    if (options->code || options->linked)
        return usage_error(&options->common, _("--check needs no code."));
    return options->common.relay_given || is_set("QASSIST_RELAY")
               ? common_options_finish(&options->common)
               : 0;
}

/* Before a restart it was at a relay, and there it still is. */
static int find_session(struct share_options *options)
{
    if (options->code)
        return usage_error(&options->common, _("--resume needs no code."));
    if (options->common.relay_given)
        return 0;
    int error = qa_resume_relay(NULL, options->resume_relay, sizeof options->resume_relay);
    if (error)
        return common_fail(&options->common, error, EXIT_ROLE_SHARER);
    options->common.relay_given = options->resume_relay;
    return 0;
}

int share_options_parse(struct share_options *options, int argc, char *argv[])
{
    *options = (struct share_options){.common = {.program = "qa-share", .help = help},
                                      .question_seconds = SHARE_QUESTION_SECONDS};
    int value, error = 0;
    opterr = 0; /* bad_option says it in our words */
    while (!error && (value = getopt_long(argc, argv, ":", long_options, NULL)) != -1)
        error = take(options, value, argv);
    if (!error && argc - optind > 1)
        error = usage_error(&options->common,
                            _("one code only; put quotes around a code with spaces in it."));
    if (!error && optind < argc && share_link_meant(argv[optind]))
        error = take_link(options, argv[optind]);
    else if (!error && optind < argc)
        options->code = argv[optind];
    if (!error && options->face == FACE_WINDOW && options->common.json)
        error = usage_error(&options->common, _("--gui and --json exclude each other."));
    if (!error && options->report)
        return options->code
                   ? usage_error(&options->common,
                                 _("--report needs no code; put quotes around its words."))
                   : 0;
    if (!error && options->check)
        return take_check(options);
    if (!error && options->resume)
        error = find_session(options);
    if (!error)
        error = common_options_finish(&options->common);
    if (!error)
        error = check_display(options);
    return error;
}
