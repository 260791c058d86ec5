#include "common/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/events.h"
#include "common/i18n.h"
#include "common/text.h"

/* Relays wait no longer. */
#define RECONNECT_MAX 120

bool common_option(struct common_options *options, int value, const char *argument)
{
    switch (value) {
    case OPTION_RELAY:
        options->relay_given = argument;
        return true;
    case OPTION_CA:
        options->ca = argument;
        return true;
    case OPTION_POLICY:
        options->policy = argument;
        return true;
    case OPTION_JSON:
        options->json = true;
        return true;
    case OPTION_VERBOSE:
        options->verbose = true;
        return true;
    case OPTION_RECONNECT:
        options->reconnect_given = argument;
        return true;
    case OPTION_VERSION:
        printf("%s %s\n", options->program, qa_version());
        exit(fflush(stdout) == 0 ? EXIT_ENDED : EXIT_INTERNAL);
    case OPTION_HELP:
        fputs(i18n_text(options->help), stdout);
        exit(fflush(stdout) == 0 ? EXIT_ENDED : EXIT_INTERNAL);
    default:
        return false;
    }
}

static char last_words[1024];

const char *complained(void)
{
    return last_words;
}

void complain(const struct common_options *options, const char *format, ...)
{
    char text[8192];
    int used = snprintf(text, sizeof text, "%s: ", options->program);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, sizeof text - (size_t)used, format, arguments);
    va_end(arguments);
    snprintf(last_words, sizeof last_words, "%s", text + used);
    /* A program that reads along gets one line, a person whole words. */
    if (isatty(STDERR_FILENO))
        text_wrap(stderr, text, text_width(stderr));
    else
        fprintf(stderr, "%s\n", text);
}

int usage_error(const struct common_options *options, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(last_words, sizeof last_words, format, arguments);
    fprintf(stderr, "%s: %s", options->program, last_words);
    fputc('\n', stderr);
    fprintf(stderr, _("Try '%s --help'."), options->program);
    fputc('\n', stderr);
    va_end(arguments);
    return EXIT_USAGE;
}

int bad_option(const struct common_options *options, int value, char *const argv[])
{
    const char *word = argv[optind - 1];
    if (value == ':')
        return usage_error(options, _("%s needs a value after it."), word);
    return usage_error(options, _("'%s' is not an option, or not complete."), word);
}

static int read_reconnect(struct common_options *options)
{
    if (!options->reconnect_given)
        return 0;
    long seconds = option_number(options->reconnect_given, RECONNECT_MAX);
    if (seconds < 0)
        return usage_error(options, _("--reconnect-seconds takes a number from 0 to %d."),
                           RECONNECT_MAX);
    options->reconnect_seconds = seconds ? (int32_t)seconds : -1;
    return 0;
}

int common_options_finish(struct common_options *options)
{
    int error = read_reconnect(options);
    if (error)
        return error;
    const char *text = options->relay_given;
    if (!text)
        text = getenv("QASSIST_RELAY");
    if (!text || !*text)
        return usage_error(options,
                           _("which relay? Say --relay relay.example, or set QASSIST_RELAY."));
    if (!relay_url_complete(text, options->relay))
        return usage_error(options,
                           _("'%s' is not a relay's address; it looks like relay.example or "
                             "wss://relay.example:8443."),
                           text);
    if (options->ca && access(options->ca, R_OK) < 0)
        return usage_error(options, _("cannot read the certificate file %s: %s."), options->ca,
                           strerror(errno));
    return 0;
}

long option_number(const char *text, long max)
{
    char *end = NULL;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < 0 || value > max)
        return -1;
    return value;
}

static void print_log_line(qa_log_level level, const char *line, void *user_data)
{
    static const char *const names[] = {"", "error", "warning", "info", "debug"};
    const struct common_options *options = user_data;
    const char *name = level >= QA_LOG_ERROR && level <= QA_LOG_DEBUG ? names[level] : "log";
    complain(options, "%s: %s", name, line);
}

int common_context_new(const struct common_options *options, qa_context **out)
{
    qa_context_options context = QA_CONTEXT_OPTIONS_INIT;
    context.relay_url = options->relay;
    context.ca_file = options->ca;
    context.policy_file = options->policy;
    if (options->verbose) {
        context.log = print_log_line;
        context.log_user_data = (void *)options;
        context.log_level = QA_LOG_DEBUG;
    }
    return qa_context_new(&context, out);
}

int common_fail(const struct common_options *options, int error, enum exit_role role)
{
    int code = (int)exit_code_for(error);
    complain(options, "%s. %s", error_text(error), exit_advice(error, role));
    events_end(error, "", 0, code);
    return code;
}

int common_policy_check(const struct common_options *options, enum exit_role role)
{
    qa_context *context;
    const char *why;
    char story[1024];
    int code = 0;
    if (common_context_new(options, &context))
        return 0; /* the session will say it */
    if (!qa_context_allowed(context, &why)) {
        code = (int)exit_code_for(QA_EPOLICY);
        exit_story(QA_EPOLICY, why, 0, role, story, sizeof story);
        complain(options, "%s", story);
        events_end(QA_EPOLICY, why, 0, code);
    }
    qa_context_unref(context);
    return code;
}
