#include "qa-help/help_options.h"
#include "common/i18n.h"

#include <stdlib.h>

#define MILLISECONDS_MAX 86400000L

static const char help[] =
    N_("qa-help - see another person's screen and, where they allow it, control it\n"
       "Usage: qa-help [--relay HOST] [options]\n"
       "\n"
       "Shows a security code. Tell it to the person you help; they type it into qa-share.\n"
       "\n"
       "  --relay HOST           the relay (or set QASSIST_RELAY)\n"
       "  --token-file FILE      your sign-in token (or set QASSIST_TOKEN_FILE;\n"
       "                         otherwise ~/.config/qassist/token)\n"
       "  --sign-in              sign in in the browser instead, where the relay allows it\n"
       "  --device               the same, on another device of yours\n"
       "  --remember             keep the sign-in for the next start, until it ends\n"
       "  --sign-out             delete what --remember kept, and end\n"
       "  --issuer ADDRESS       where to sign in, if the relay knows several\n"
       "  --issuer-ca FILE       trust only these authorities (PEM) for signing in\n"
       "  --ca FILE              trust only these certificate authorities (PEM)\n"
       "  --policy FILE          obey these rules, too (man qassist-policy.ini)\n"
       "\n"
       "Without a window:\n"
       "  --headless             show the code in the terminal, open no window\n"
       "  --snapshot FILE.png    save the screen once it is still, then end\n"
       "  --snapshot-after MS    how long without a change counts as still (700)\n"
       "  --input SCRIPT         ask for control, then run a script ('-': lines as they come)\n"
       "  --end-after MS         stay this long after script and snapshot\n"
       "\n"
       "  --json                 events for programs on standard output\n"
       "  --json-frames          the same, with every picture's changed parts\n"
       "  --reconnect-seconds N\n"
       "                   how long a broken connection may take to come back; 0: not at\n"
       "                   all; otherwise 120\n"
       "  --verbose --version --help\n"
       "\n"
       "Scripts, events and exit codes: man qa-help\n");

enum {
    OPTION_TOKEN_FILE = OPTION_OWN,
    OPTION_SIGN_IN,
    OPTION_DEVICE,
    OPTION_REMEMBER,
    OPTION_SIGN_OUT,
    OPTION_ISSUER,
    OPTION_ISSUER_CA,
    OPTION_HEADLESS,
    OPTION_SNAPSHOT,
    OPTION_SNAPSHOT_AFTER,
    OPTION_INPUT,
    OPTION_END_AFTER,
    OPTION_JSON_FRAMES
};

static const struct option long_options[] = {
    COMMON_LONG_OPTIONS,
    {"token-file", required_argument, NULL, OPTION_TOKEN_FILE},
    {"sign-in", no_argument, NULL, OPTION_SIGN_IN},
    {"device", no_argument, NULL, OPTION_DEVICE},
    {"remember", no_argument, NULL, OPTION_REMEMBER},
    {"sign-out", no_argument, NULL, OPTION_SIGN_OUT},
    {"issuer", required_argument, NULL, OPTION_ISSUER},
    {"issuer-ca", required_argument, NULL, OPTION_ISSUER_CA},
    {"headless", no_argument, NULL, OPTION_HEADLESS},
    {"snapshot", required_argument, NULL, OPTION_SNAPSHOT},
    {"snapshot-after", required_argument, NULL, OPTION_SNAPSHOT_AFTER},
    {"input", required_argument, NULL, OPTION_INPUT},
    {"end-after", required_argument, NULL, OPTION_END_AFTER},
    {"json-frames", no_argument, NULL, OPTION_JSON_FRAMES},
    {NULL, 0, NULL, 0},
};

static int take_milliseconds(struct help_options *options, const char *name, const char *text,
                             long *out)
{
    *out = option_number(text, MILLISECONDS_MAX);
    if (*out >= 0)
        return 0;
    return usage_error(&options->common, _("%s takes milliseconds, 0 to %ld; not '%s'."), name,
                       MILLISECONDS_MAX, text);
}

static int take(struct help_options *options, int value, char *const argv[])
{
    switch (value) {
    case OPTION_TOKEN_FILE:
        options->token_file = optarg;
        return 0;
    case OPTION_DEVICE:
        options->device = true;
        /* fall through */
    case OPTION_SIGN_IN:
        options->sign_in = true;
        return 0;
    case OPTION_REMEMBER:
        options->remember = options->sign_in = true;
        return 0;
    case OPTION_SIGN_OUT:
        options->sign_out = true;
        return 0;
    case OPTION_ISSUER:
        options->issuer = optarg;
        options->sign_in = true;
        return 0;
    case OPTION_ISSUER_CA:
        options->issuer_ca = optarg;
        options->sign_in = true;
        return 0;
    case OPTION_HEADLESS:
        options->headless = true;
        return 0;
    case OPTION_SNAPSHOT:
        options->snapshot = optarg;
        return 0;
    case OPTION_SNAPSHOT_AFTER:
        return take_milliseconds(options, "--snapshot-after", optarg, &options->snapshot_after);
    case OPTION_INPUT:
        options->input = optarg;
        return 0;
    case OPTION_END_AFTER:
        return take_milliseconds(options, "--end-after", optarg, &options->end_after);
    case OPTION_JSON_FRAMES:
        options->common.json = options->json_frames = true;
        return 0;
    default:
        return common_option(&options->common, value, optarg)
                   ? 0
                   : bad_option(&options->common, value, argv);
    }
}

static int check_combination(const struct help_options *options)
{
    if (options->sign_in && options->token_file)
        return usage_error(&options->common, _("--token-file and signing in exclude each other."));
    if (options->sign_out && (options->remember || options->token_file))
        return usage_error(&options->common,
                           _("--sign-out takes neither --remember nor --token-file."));
    if (!options->headless && (options->snapshot || options->input || options->end_after >= 0))
        return usage_error(&options->common,
                           _("--snapshot, --input and --end-after need --headless."));
    return 0;
}

int help_options_parse(struct help_options *options, int argc, char *argv[])
{
    *options = (struct help_options){
        .common = {.program = "qa-help", .help = help}, .snapshot_after = 700, .end_after = -1};
    int value, error = 0;
    opterr = 0; /* bad_option says it in our words */
    while (!error && (value = getopt_long(argc, argv, ":", long_options, NULL)) != -1)
        error = take(options, value, argv);
    if (!error && optind < argc)
        error =
            usage_error(&options->common,
                        _("'%s' is one word too many; the code goes to qa-share."), argv[optind]);
    if (!error)
        error = check_combination(options);
    if (!error)
        error = common_options_finish(&options->common);
    if (!options->token_file)
        options->token_file = getenv("QASSIST_TOKEN_FILE");
    return error;
}
