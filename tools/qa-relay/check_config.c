/* qa-relay check-config: what is wrong with the settings, without starting anything. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "qa-relay/relay_tool.h"
#include "qa-relay/settings.h"
#include "relay/options_check.h"

extern char **environ;

struct check {
    const struct settings *settings;
    struct faults *faults;
};

static void setting_fault(void *user, const char *name, const char *words)
{
    const struct check *check = user;
    char where[SETTING_WHERE_MAX];
    settings_where(check->settings, (size_t)settings_find(name), where);
    fault(check->faults, where, "%s: %s", name, words);
}

static void check_values(const struct settings *settings, struct faults *faults)
{
    struct check check = {settings, faults};
    relay_options_check(&settings->relay, setting_fault, &check);
}

/* A variable that is misspelt would be missed by nobody. */
static void look_for_strangers(void)
{
    for (char **at = environ; *at; at++) {
        char name[SETTING_VARIABLE_MAX] = "";
        bool known = strncmp(*at, "QA_RELAY_", 9) != 0;
        for (size_t i = 0; !known && i < settings_count; i++) {
            settings_variable(&settings_table[i], name);
            size_t length = strlen(name);
            known = !strncmp(*at, name, length) && (*at)[length] == '=';
        }
        if (!known)
            complain("note: the variable %.*s is no setting of qa-relay", (int)strcspn(*at, "="),
                     *at);
    }
}

/* Takes a word of this command's own out of its arguments. */
static bool take_word(int *argc, char **argv, const char *word)
{
    int kept = 0;
    for (int i = 0; i < *argc; i++)
        if (strcmp(argv[i], word))
            argv[kept++] = argv[i];
    bool taken = kept < *argc;
    argv[kept] = NULL;
    *argc = kept;
    return taken;
}

int check_config_command(int argc, char **argv)
{
    struct settings settings;
    struct faults faults = complaining;
    if (take_word(&argc, argv, "--example")) {
        settings_print_example(stdout);
        return EXIT_DONE;
    }
    bool show = take_word(&argc, argv, "--show");
    /* A file alone is the one to look at. */
    char *alone[] = {argv[0], "--config", argc == 2 ? argv[1] : NULL, NULL};
    if (argc == 2 && argv[1][0] != '-') {
        argc = 3;
        argv = alone;
    }
    int code = settings_load(argc, argv, &settings, &faults);
    if (code < 0 || (code && !faults.count)) {
        settings_free(&settings);
        return code < 0 ? EXIT_DONE : code;
    }
    settings_complete(&settings, &faults);
    check_values(&settings, &faults);
    look_for_strangers();
    if (show)
        settings_print_values(&settings, stdout);
    if (faults.count)
        complain("%u %s wrong; a relay would not start with this", faults.count,
                 faults.count == 1 ? "thing is" : "things are");
    else if (!show)
        printf("%s: all right\n", settings.config ? settings.config : "the settings");
    code = faults.count ? EXIT_USAGE : EXIT_DONE;
    settings_free(&settings);
    return code;
}
