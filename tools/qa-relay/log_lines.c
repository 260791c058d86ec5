#include "qa-relay/log_lines.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cjson/cJSON.h>

/* systemd says which file is the journal's: it may be another one by now. */
static bool is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat file;
    unsigned long long device, inode;
    return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
           !fstat(STDERR_FILENO, &file) && file.st_dev == device && file.st_ino == inode;
}

void log_lines_init(struct log_lines *lines, bool json)
{
    *lines = (struct log_lines){.json = json, .journal = is_journal()};
}

static void now_text(char out[40])
{
    struct timespec now;
    struct tm parts;
    char when[32] = "";
    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &parts))
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(out, 40, "%s.%03ldZ", when, now.tv_nsec / 1000000);
}

void log_lines_quote(const char *text, char *out, size_t size)
{
    size_t used = 0;
    out[used++] = '"';
    for (; *text && used + 4 < size; text++) {
        if (*text == '"' || *text == '\\')
            out[used++] = '\\';
        out[used++] = (unsigned char)*text < ' ' ? ' ' : *text;
    }
    out[used++] = '"';
    out[used] = '\0';
}

/* ---- JSON ---- */

/* The value at *at, its quotes taken away; *at goes behind it. */
static void take_value(const char **at, char *out, size_t size)
{
    const char *text = *at;
    size_t used = 0;
    bool quoted = *text == '"';
    for (text += quoted; *text && (quoted ? *text != '"' : *text != ' '); text++) {
        if (quoted && *text == '\\' && text[1])
            text++;
        if (used + 1 < size)
            out[used++] = *text;
    }
    out[used] = '\0';
    *at = text + (quoted && *text == '"');
}

static void add_value(cJSON *object, const char *key, const char *value)
{
    size_t length = strlen(value);
    bool is_number = length && length <= 15 && strspn(value, "0123456789") == length;
    if (is_number)
        cJSON_AddNumberToObject(object, key, atof(value));
    else
        cJSON_AddStringToObject(object, key, value);
}

static void add_pairs(cJSON *object, const char *line)
{
    char key[64], value[512];
    while (*line) {
        size_t length = strcspn(line, "= ");
        if (line[length] != '=' || length >= sizeof key) {
            line += length + (line[length] != '\0');
            continue;
        }
        memcpy(key, line, length);
        key[length] = '\0';
        line += length + 1;
        take_value(&line, value, sizeof value);
        add_value(object, key, value);
        line += *line == ' ';
    }
}

static char *make_json(const char *when, const char *level, const char *line)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "time", when);
    cJSON_AddStringToObject(object, "level", level);
    add_pairs(object, line);
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

/* ---- writing ---- */

void log_lines_write(qa_log_level level, const char *line, void *user_data)
{
    static const char *const names[] = {"", "error", "warning", "info", "debug"};
    static const char *const priorities[] = {"", "<3>", "<4>", "<6>", "<7>"};
    const struct log_lines *lines = user_data;
    const char *priority = lines->journal ? priorities[level] : "";
    char when[40];
    now_text(when);
    char *json = lines->json ? make_json(when, names[level], line) : NULL;
    if (json)
        fprintf(stderr, "%s%s\n", priority, json);
    else
        fprintf(stderr, "%stime=%s level=%s %s\n", priority, when, names[level], line);
    cJSON_free(json);
}
