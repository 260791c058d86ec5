/* What --help, the example file and check-config --show say of the settings. */
#include <string.h>

#include "qa-relay/settings.h"

#define WIDTH  96
#define COLUMN 26

/* Writes words, from `column` on, and begins further lines with `margin`. */
static void print_wrapped(FILE *out, const char *words, size_t column, const char *margin)
{
    for (bool first = true; *words; first = false) {
        size_t length = strcspn(words, " ");
        if (!first && column + 1 + length > WIDTH) {
            fprintf(out, "\n%s", margin);
            column = strlen(margin);
        } else if (!first) {
            fputc(' ', out);
            column++;
        }
        fwrite(words, 1, length, out);
        column += length;
        words += length + strspn(words + length, " ");
    }
    fputc('\n', out);
}

static void print_option(FILE *out, const struct settings *defaults, size_t index)
{
    static const char margin[] = "                          ";
    const struct setting *setting = &settings_table[index];
    char value[256], words[640];
    int column = fprintf(out, "  --%s%s%s", setting->name, setting->value ? " " : "",
                         setting->value ? setting->value : "");
    column += fprintf(out, "%*s", column < COLUMN - 1 ? COLUMN - column : 2, "");
    settings_value(defaults, index, value, sizeof value);
    bool has_default = *value && setting->section && setting->type != SETTING_SWITCH;
    snprintf(words, sizeof words, "%s%s%s%s%s", setting->help, setting->choices ? "; one of " : "",
             setting->choices ? setting->choices : "", has_default ? "; default " : "",
             has_default ? value : "");
    print_wrapped(out, words, (size_t)column, margin);
}

void settings_print_options(FILE *out)
{
    struct settings defaults;
    settings_init(&defaults);
    for (size_t i = 0; i < settings_count; i++)
        if (settings_table[i].help)
            print_option(out, &defaults, i);
    settings_free(&defaults);
}

/* ---- the example file ---- */

static const char head[] =
    "# The settings of qa-relay, a relay of qassist. Each line below shows a default; take away "
    "its\n"
    "# first '#' and change it. qa-relay looks for this file at " SETTINGS_FILE ", or where\n"
    "# --config says. Options of the command line and variables of the environment "
    "(QA_RELAY_LISTEN\n"
    "# for listen, and so on) count more than this file.\n"
    "#\n"
    "# qa-relay check-config says which lines are wrong. Lines marked with (*) take effect when "
    "the\n"
    "# running relay gets SIGHUP (systemctl reload qa-relay), the others at its next start. What\n"
    "# follows a ';' after a space is a comment, too. See qa-relay.ini(5).\n";

void settings_print_example(FILE *out)
{
    struct settings defaults;
    const char *section = "";
    settings_init(&defaults);
    fputs(head, out);
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings_table[i];
        char value[256], words[640];
        if (!setting->section)
            continue;
        if (strcmp(section, setting->section))
            fprintf(out, "\n[%s]\n", setting->section);
        section = setting->section;
        settings_value(&defaults, i, value, sizeof value);
        if (setting->type == SETTING_NUMBER)
            snprintf(words, sizeof words, "%s%s; %u to %u%s", setting->help,
                     setting->live ? " (*)" : "", setting->min, setting->max,
                     strcmp(setting->value, "SECONDS") ? "" : " seconds");
        else
            snprintf(words, sizeof words, "%s%s%s%s", setting->help, setting->live ? " (*)" : "",
                     setting->choices ? "; one of " : "", setting->choices ? setting->choices : "");
        fprintf(out, "\n# %s: ", setting->name);
        print_wrapped(out, words, strlen(setting->name) + 4, "# ");
        fprintf(out, "#%s =%s%s\n", setting->name, *value ? " " : "", value);
    }
    settings_free(&defaults);
}

/* redis://USER:PASSWORD@HOST: what is shown may be pasted somewhere. */
static void hide_password(char *value)
{
    char *rest = strstr(value, "://"), *at = rest ? strrchr(rest, '@') : NULL;
    char *colon = at ? memchr(rest + 3, ':', (size_t)(at - rest - 3)) : NULL;
    for (char *secret = colon ? colon + 1 : at; secret < at; secret++)
        *secret = '*';
}

void settings_print_values(const struct settings *settings, FILE *out)
{
    for (size_t i = 0; i < settings_count; i++) {
        char value[SETTING_VALUE_MAX], where[SETTING_WHERE_MAX];
        if (!settings_table[i].section)
            continue;
        settings_value(settings, i, value, sizeof value);
        hide_password(value);
        settings_where(settings, i, where);
        fprintf(out, "%s =%s%s  ; %s\n", settings_table[i].name, *value ? " " : "", value, where);
    }
}
