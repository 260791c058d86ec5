/*
 * The configuration file: INI, read by inih line by line, so that every line that is wrong can be
 * named, not only the first.
 */
#include <errno.h>
#include <string.h>

#include <ini.h>

#include "qa-relay/settings.h"

#define LINES_MAX 5000

struct reader {
    struct settings *settings;
    struct faults *faults;
    const char *path;
    FILE *file;
    unsigned line;
    bool understood; /* the line at hand means something, or was complained of */
};

static void line_fault(struct reader *reader, const char *words, const char *name)
{
    char where[SETTING_WHERE_MAX];
    snprintf(where, sizeof where, "%s:%u", reader->path, reader->line);
    if (name)
        fault(reader->faults, where, "%s %s", name, words);
    else
        fault(reader->faults, where, "%s", words);
    reader->understood = true;
}

/* ---- lines ---- */

static void check_section(struct reader *reader, const char *line)
{
    char section[64];
    const char *end = strchr(line, ']');
    if (!end)
        return; /* understood by nobody */
    snprintf(section, sizeof section, "%.*s", (int)(end - line - 1), line + 1);
    reader->understood = true;
    if (!settings_section_known(section))
        line_fault(reader,
                   "there is no such section; qa-relay check-config --example writes all of them",
                   NULL);
}

static void look_at(struct reader *reader, const char *line)
{
    static const char mark[] = "\xEF\xBB\xBF";
    if (reader->line == 1 && !strncmp(line, mark, strlen(mark)))
        line += strlen(mark);
    line += strspn(line, " \t\r\n\v\f");
    reader->understood = !*line || *line == '#' || *line == ';';
    if (*line == '[')
        check_section(reader, line);
}

static void check_last_line(struct reader *reader)
{
    if (reader->line && !reader->understood)
        line_fault(reader, "this is no line of such a file; it wants NAME = VALUE", NULL);
}

/* inih's way to get lines. */
static char *read_line(char *line, int size, void *user)
{
    struct reader *reader = user;
    check_last_line(reader);
    if (reader->line == LINES_MAX || !fgets(line, size, reader->file))
        return NULL;
    reader->line++;
    look_at(reader, line);
    if (strchr(line, '\n') || feof(reader->file))
        return line;
    line_fault(reader, "this line is too long", NULL);
    for (int c = 0; c != '\n' && c != EOF;)
        c = fgetc(reader->file);
    strcpy(line, "\n");
    return line;
}

/* ---- settings ---- */

static int take(void *user, const char *section, const char *name, const char *value)
{
    struct reader *reader = user;
    char words[160];
    int index = settings_find(name);
    const struct setting *setting = index < 0 ? NULL : &settings_table[index];
    if (*section && !settings_section_known(section)) {
        reader->understood = true; /* the section's own line was complained of */
        return 1;
    }
    if (!setting) {
        line_fault(reader, "is no setting; qa-relay check-config --example writes all of them",
                   name);
    } else if (!setting->section) {
        line_fault(reader, "can be given on the command line only", name);
    } else if (strcmp(setting->section, section)) {
        snprintf(words, sizeof words, "belongs below the line [%s]", setting->section);
        line_fault(reader, words, name);
    } else if (reader->settings->origins[index].source == SETTING_FILE) {
        snprintf(words, sizeof words, "was set in line %u already; leave one of the two out",
                 reader->settings->origins[index].line);
        line_fault(reader, words, name);
    } else if (settings_take(reader->settings, (size_t)index, value, words, sizeof words)) {
        line_fault(reader, words, name);
    } else {
        reader->settings->origins[index] =
            (struct setting_origin){.source = SETTING_FILE, .line = reader->line};
    }
    reader->understood = true;
    return 1;
}

void settings_read_file(struct settings *settings, const char *path, struct faults *faults)
{
    struct reader reader = {.settings = settings, .faults = faults, .path = path};
    reader.file = fopen(path, "re");
    if (!reader.file) {
        fault(faults, path, "cannot be read: %s", strerror(errno));
        return;
    }
    ini_parse_stream(read_line, &reader, take, &reader);
    if (reader.line == LINES_MAX)
        line_fault(&reader, "this file is too long", NULL);
    if (ferror(reader.file))
        fault(faults, path, "cannot be read: %s", strerror(errno));
    fclose(reader.file);
}
