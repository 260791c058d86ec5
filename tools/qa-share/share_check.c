#include "qa-share/share_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <qassist/check.h>

#include "common/events.h"
#include "common/exits.h"
#include "common/i18n.h"
#include "common/text.h"
#include "qa-share/gui.h"

enum standing { GOOD, LIMITED, MISSING };

struct report {
    const struct common_options *common;
    int code;
};

static const struct words {
    qa_check_part part;
    const char *name; /* of an extension; "" otherwise */
    const char *good;
    const char *bad;
} words[] = {
    {QA_CHECK_DISPLAY, "", N_("The screen of this computer can be reached."),
     N_("The screen of this computer cannot be reached. Run this on the desktop that is to be "
        "shared, as the user who sits there.")},
    {QA_CHECK_EXTENSION, "DAMAGE", N_("What changes on the screen is noticed."),
     N_("What changes on the screen cannot be noticed, so that nothing can be shared.")},
    {QA_CHECK_EXTENSION, "XFIXES", N_("The mouse pointer can be shown to the helper."),
     N_("The mouse pointer cannot be read, so that nothing can be shared.")},
    {QA_CHECK_EXTENSION, "XTEST", N_("Mouse and keyboard can be lent to the helper."),
     N_("Mouse and keyboard cannot be lent to the helper, so that nothing can be shared.")},
    {QA_CHECK_EXTENSION, "XKEYBOARD", N_("The keyboard can be asked for its layout."),
     N_("The keyboard cannot be asked for its layout, so that nothing can be shared.")},
    {QA_CHECK_EXTENSION, "MIT-SHM", N_("Pictures of the screen come fast."),
     N_("Pictures of the screen come slowly, as over a network.")},
    {QA_CHECK_EXTENSION, "RANDR", N_("Single monitors can be shown."),
     N_("Single monitors cannot be shown, only all of the screen.")},
    {QA_CHECK_EXTENSION, "XInputExtension", N_("The mouse pointer is followed at once."),
     N_("The mouse pointer is followed with a delay.")},
    {QA_CHECK_EXTENSION, "SHAPE", N_("What the helper draws lets clicks through."),
     N_("What the helper draws cannot be put on the screen.")},
    {QA_CHECK_CAPTURE, "", N_("The screen can be captured."), N_("The screen cannot be captured.")},
    {QA_CHECK_INPUT, "", N_("The layout of your keyboard is known."),
     N_("Mouse and keyboard cannot be used.")},
    {QA_CHECK_CLIPBOARD, "", N_("The clipboard can be passed on."),
     N_("The clipboard cannot be passed on.")},
    {QA_CHECK_WORKER, "", N_("The program that sends the picture starts and answers."),
     N_("The program that sends the picture does not work. Install all of qassist again.")},
    {QA_CHECK_POLICY, "", N_("Your organisation's rules allow this relay."),
     N_("Your organisation's rules on this computer forbid it.")},
    {QA_CHECK_RELAY, "", N_("The relay answers, and it is the one that its certificate names."),
     N_("The relay cannot be used.")},
};

static const struct words *find_words(const qa_check_result *result)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].part == result->part &&
            (!*words[i].name || strcmp(words[i].name, result->name) == 0))
            return &words[i];
    return NULL;
}

/* For programs: one event a line of text; `what` is a word that stays as it is. */
static void send(const char *what, const char *name, enum standing standing, const char *detail)
{
    cJSON *event = events_new("check");
    cJSON_AddStringToObject(event, "what", what);
    cJSON_AddStringToObject(event, "name", name);
    cJSON_AddBoolToObject(event, "good", standing == GOOD);
    cJSON_AddBoolToObject(event, "needed", standing == MISSING);
    cJSON_AddStringToObject(event, "detail", detail);
    events_send(event);
}

static void print(const struct report *report, enum standing standing, const char *text,
                  const char *detail)
{
    if (report->common->json)
        return;
    const char *const marks[] = {_("good:"), _("limited:"), _("MISSING:")};
    char line[2048];
    int used = snprintf(line, sizeof line, "%s %s", marks[standing], text);
    if (*detail && used < (int)sizeof line)
        snprintf(line + used, sizeof line - (size_t)used, " (%s)", detail);
    text_wrap(stdout, line, text_width(stdout));
    fflush(stdout);
}

static void say(struct report *report, const char *what, enum standing standing, const char *text)
{
    send(what, "", standing, "");
    print(report, standing, text, "");
    if (standing == MISSING && !report->code)
        report->code = EXIT_DEVICE;
}

static const char *word_of(qa_check_part part)
{
    static const char *const names[] = {"",          "display", "extension", "capture", "input",
                                        "clipboard", "worker",  "policy",    "relay"};
    return part > 0 && (size_t)part < sizeof names / sizeof *names ? names[part] : "other";
}

static void on_result(const qa_check_result *result, void *user)
{
    struct report *report = user;
    enum standing standing = result->good ? GOOD : result->needed ? MISSING : LIMITED;
    const struct words *found = find_words(result);
    char name[600], detail[600], both[1300];
    text_safe(result->name, name, sizeof name);
    text_safe(result->detail, detail, sizeof detail);
    send(word_of(result->part), name, standing, detail);
    snprintf(both, sizeof both, "%s%s%s", name, *name && *detail ? ": " : "", detail);
    print(report, standing,
          found ? i18n_text(result->good ? found->good : found->bad) : word_of(result->part), both);
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

static bool is_wayland(const struct share_options *options)
{
    const char *kind = getenv("XDG_SESSION_TYPE");
    return !options->display &&
           (is_set("WAYLAND_DISPLAY") || (kind && strcmp(kind, "wayland") == 0));
}

/* Where the questions can be asked. */
static void check_face(struct report *report, const struct share_options *options)
{
    bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    int window = options->face == FACE_TERMINAL ? GUI_UNAVAILABLE : gui_possible(options);
    if (window == 0)
        say(report, "window", GOOD, _("Questions can be asked in a window."));
    else if (options->face != FACE_TERMINAL)
        say(report, "window", options->face == FACE_WINDOW ? MISSING : LIMITED,
            window == GUI_NOT_BUILT
                ? _("This qa-share was built without windows; it asks in a terminal.")
                : _("No window can be opened here; questions are asked in a terminal."));
    if (terminal)
        say(report, "terminal", GOOD, _("Questions can be asked in this terminal."));
}

static void check_session(struct report *report, const struct share_options *options)
{
    if (is_wayland(options))
        say(report, "wayland", MISSING,
            _("This is a Wayland session, and qa-share shares X11 screens only. Log out, and "
              "choose an X11 (Xorg) session where you log in."));
}

/* The library asks the system's rules; false: those of --policy forbid a session with the relay. */
static bool check_policy(struct report *report, const struct share_options *options)
{
    qa_context *context;
    const char *why;
    if (!options->common.policy || !*options->common.relay ||
        common_context_new(&options->common, &context))
        return true;
    bool allowed = qa_context_allowed(context, &why) != 0;
    if (!allowed)
        on_result(&(qa_check_result){.part = QA_CHECK_POLICY,
                                     .needed = true,
                                     .name = options->common.relay,
                                     .detail = why},
                  report);
    qa_context_unref(context);
    return allowed;
}

int share_check(const struct share_options *options)
{
    struct report report = {.common = &options->common};
    qa_check_options wanted = QA_CHECK_OPTIONS_INIT;
    wanted.display = options->display;
    wanted.ca_file = options->common.ca;
    check_session(&report, options);
    check_face(&report, options);
    bool allowed = check_policy(&report, options);
    if (allowed && *options->common.relay)
        wanted.relay_url = options->common.relay;
    int error = qa_check_sharing(&wanted, on_result, &report);
    if (!allowed && !error)
        error = QA_EPOLICY;
    if (!*options->common.relay)
        say(&report, "relay", LIMITED,
            _("No relay was looked at, for none was named: --relay relay.example, or "
              "QASSIST_RELAY."));
    if (error && !report.code)
        report.code = (int)exit_code_for(error);
    if (!options->common.json)
        text_wrap(stdout,
                  report.code ? _("Something that sharing needs is missing; see above.")
                              : _("All that sharing needs is there."),
                  text_width(stdout));
    events_end(error, "", 0, report.code);
    return report.code;
}
