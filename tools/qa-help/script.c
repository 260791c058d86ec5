#include "qa-help/script.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <qassist/annotate.h>
#include <qassist/consent.h>
#include <qassist/input.h>

#include "qa-help/keys.h"
#include "qa-help/script_words.h"

#define COORDINATE_MAX 16383
#define WHEEL_MAX      12000
#define WAIT_MAX       3600000
#define WORDS_MAX      7
#define COMBO_MAX      6
#define DRAG_MOVES     8

/* What one line is being read from and into. */
struct reading {
    struct script *script;
    const char *rest; /* of the line, after the command */
    unsigned line;
    char *error;
};

static bool fail(struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(struct reading *reading, const char *format, ...)
{
    int used = snprintf(reading->error, SCRIPT_ERROR_SIZE, "line %u: ", reading->line);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reading->error + used, SCRIPT_ERROR_SIZE - (size_t)used, format, arguments);
    va_end(arguments);
    return false;
}

static bool add(struct reading *reading, struct script_step step)
{
    struct script *script = reading->script;
    step.line = reading->line;
    if (script->count == SCRIPT_STEPS_MAX) {
        free(step.text);
        return fail(reading, "the script is too long");
    }
    if (script->count == script->capacity) {
        size_t capacity = script->capacity ? script->capacity * 2 : 64;
        struct script_step *steps = realloc(script->steps, capacity * sizeof *steps);
        if (!steps) {
            free(step.text);
            return fail(reading, "out of memory");
        }
        script->steps = steps;
        script->capacity = capacity;
    }
    script->steps[script->count++] = step;
    return true;
}

/* Cuts the rest of the line into words; WORDS_MAX + 1 when there are more. */
static size_t split(char *text, char *words[WORDS_MAX])
{
    size_t count = 0;
    char *state = NULL;
    for (char *word = strtok_r(text, " \t", &state); word; word = strtok_r(NULL, " \t", &state)) {
        if (count == WORDS_MAX)
            return WORDS_MAX + 1;
        words[count++] = word;
    }
    return count;
}

/* `pairs` pairs of coordinates, then maybe a button. */
static bool read_places(struct reading *reading, char *words[], size_t count, size_t pairs,
                        int32_t places[4], uint32_t *button)
{
    bool with_button = button && count == pairs * 2 + 1;
    if (count != pairs * 2 && !with_button)
        return fail(reading, "expected %zu numbers%s", pairs * 2,
                    button ? " and maybe a button" : "");
    for (size_t i = 0; i < pairs * 2; i++)
        if (!script_read_number(words[i], 0, COORDINATE_MAX, &places[i]))
            return fail(reading, "'%.40s' is not a place on the screen (0 to %d)", words[i],
                        COORDINATE_MAX);
    if (with_button && !script_read_button(words[pairs * 2], button))
        return fail(reading, "'%.40s' is not a button: left, middle, right, back or forward",
                    words[pairs * 2]);
    return true;
}

static bool parse_move(struct reading *reading, char *words[], size_t count)
{
    int32_t place[4];
    return read_places(reading, words, count, 1, place, NULL) &&
           add(reading, (struct script_step){.kind = SCRIPT_MOVE, .x = place[0], .y = place[1]});
}

static bool add_button(struct reading *reading, int32_t x, int32_t y, uint32_t button, bool pressed)
{
    return add(reading,
               (struct script_step){
                   .kind = SCRIPT_BUTTON, .x = x, .y = y, .code = button, .pressed = pressed});
}

static bool parse_click(struct reading *reading, char *words[], size_t count)
{
    int32_t at[4];
    uint32_t button = QA_BUTTON_LEFT;
    return read_places(reading, words, count, 1, at, &button) &&
           add_button(reading, at[0], at[1], button, true) &&
           add_button(reading, at[0], at[1], button, false);
}

static bool parse_down(struct reading *reading, char *words[], size_t count)
{
    int32_t at[4];
    uint32_t button = QA_BUTTON_LEFT;
    return read_places(reading, words, count, 1, at, &button) &&
           add_button(reading, at[0], at[1], button, true);
}

static bool parse_up(struct reading *reading, char *words[], size_t count)
{
    int32_t at[4];
    uint32_t button = QA_BUTTON_LEFT;
    return read_places(reading, words, count, 1, at, &button) &&
           add_button(reading, at[0], at[1], button, false);
}

static bool parse_drag(struct reading *reading, char *words[], size_t count)
{
    int32_t at[4];
    uint32_t button = QA_BUTTON_LEFT;
    if (!read_places(reading, words, count, 2, at, &button) ||
        !add_button(reading, at[0], at[1], button, true))
        return false;
    for (int32_t i = 1; i <= DRAG_MOVES; i++) {
        int32_t x = at[0] + (at[2] - at[0]) * i / DRAG_MOVES;
        int32_t y = at[1] + (at[3] - at[1]) * i / DRAG_MOVES;
        if (!add(reading, (struct script_step){.kind = SCRIPT_MOVE, .x = x, .y = y}))
            return false;
    }
    return add_button(reading, at[2], at[3], button, false);
}

static bool parse_wheel(struct reading *reading, char *words[], size_t count)
{
    int32_t at[4], across, up;
    if (count != 4)
        return fail(reading, "expected X Y DX DY");
    if (!read_places(reading, words, 2, 1, at, NULL))
        return false;
    if (!script_read_number(words[2], -WHEEL_MAX, WHEEL_MAX, &across) ||
        !script_read_number(words[3], -WHEEL_MAX, WHEEL_MAX, &up))
        return fail(reading, "a wheel turns by -%d to %d, 120 a notch", WHEEL_MAX, WHEEL_MAX);
    return add(reading,
               (struct script_step){
                   .kind = SCRIPT_WHEEL, .x = at[0], .y = at[1], .wheel_x = across, .wheel_y = up});
}

static bool read_scancode(const char *word, uint32_t *out)
{
    char *end = NULL;
    unsigned long value = strtoul(word, &end, 16);
    if (strncasecmp(word, "0x", 2) != 0 || *end || value == 0 || value > 0x17f ||
        (value & 0xff) > 0x7f || (value & 0xff) == 0)
        return false;
    *out = (uint32_t)value;
    return true;
}

/* "ctrl+shift+t" or "0x1e" to scancodes, in order; 0 after an error. */
static size_t read_combo(struct reading *reading, const char *word, uint32_t codes[COMBO_MAX])
{
    if (read_scancode(word, &codes[0]))
        return 1;
    size_t count = 0;
    for (const char *at = word;; count++) {
        size_t length = strcspn(at, "+");
        if (count == COMBO_MAX) {
            fail(reading, "more than %d keys at once", COMBO_MAX);
            return 0;
        }
        codes[count] = keys_by_name(at, length);
        if (!codes[count]) {
            fail(reading, "'%.*s' is not the name of a key", (int)(length > 40 ? 40 : length), at);
            return 0;
        }
        if (!at[length])
            return count + 1;
        at += length + 1;
    }
}

static bool parse_key(struct reading *reading, char *words[], size_t count)
{
    bool press = count == 1 || (count == 2 && strcmp(words[1], "down") == 0);
    bool release = count == 1 || (count == 2 && strcmp(words[1], "up") == 0);
    if (!press && !release)
        return fail(reading, "expected a key and maybe 'down' or 'up'");
    uint32_t codes[COMBO_MAX];
    size_t keys = read_combo(reading, words[0], codes);
    bool good = keys > 0;
    for (size_t i = 0; good && press && i < keys; i++)
        good = add(reading,
                   (struct script_step){.kind = SCRIPT_KEY, .code = codes[i], .pressed = true});
    for (size_t i = keys; good && release && i > 0; i--)
        good = add(reading, (struct script_step){.kind = SCRIPT_KEY, .code = codes[i - 1]});
    return good;
}

static bool parse_milliseconds(struct reading *reading, char *words[], size_t count,
                               enum script_kind kind, int32_t otherwise)
{
    int32_t milliseconds = otherwise;
    if (count > 1 || (count == 0 && otherwise < 0))
        return fail(reading, "expected one number of milliseconds");
    if (count == 1 && !script_read_number(words[0], 0, WAIT_MAX, &milliseconds))
        return fail(reading, "'%.40s' is not a number of milliseconds (0 to %d)", words[0],
                    WAIT_MAX);
    return add(reading, (struct script_step){.kind = kind, .milliseconds = (uint32_t)milliseconds});
}

static bool parse_wait(struct reading *reading, char *words[], size_t count)
{
    return parse_milliseconds(reading, words, count, SCRIPT_WAIT, -1);
}

static bool parse_wait_frame(struct reading *reading, char *words[], size_t count)
{
    return parse_milliseconds(reading, words, count, SCRIPT_WAIT_FRAME, 10000);
}

static bool parse_wait_still(struct reading *reading, char *words[], size_t count)
{
    return parse_milliseconds(reading, words, count, SCRIPT_WAIT_STILL, 700);
}

/* "control,point" to permissions; viewing is not for the helper to ask. 0 after an error. */
static unsigned read_permissions(struct reading *reading, const char *list, size_t length)
{
    unsigned permissions = 0;
    for (const char *end = list + length;; list++) {
        size_t used = 0;
        char name[32];
        while (list + used < end && list[used] != ',')
            used++;
        snprintf(name, sizeof name, "%.*s", (int)(used < 31 ? used : 31), list);
        unsigned one = qa_permission_by_name(name);
        if (!one || one == QA_PERMISSION_VIEW) {
            fail(reading, "'%s' cannot be asked for; 'control' or 'point,annotate' can", name);
            return 0;
        }
        permissions |= one;
        list += used;
        if (list == end)
            return permissions;
    }
}

/* The permissions, then the purpose as it is. */
static bool parse_request(struct reading *reading)
{
    const char *list = reading->rest + strspn(reading->rest, " \t");
    size_t length = strcspn(list, " \t");
    unsigned permissions = read_permissions(reading, list, length);
    if (!permissions)
        return false;
    const char *purpose = list + length + strspn(list + length, " \t");
    if (strlen(purpose) > QA_PURPOSE_MAX)
        return fail(reading, "a purpose has at most %d bytes", QA_PURPOSE_MAX);
    char *text = *purpose ? strdup(purpose) : NULL;
    if (*purpose && !text)
        return fail(reading, "out of memory");
    return add(reading,
               (struct script_step){.kind = SCRIPT_REQUEST, .code = permissions, .text = text});
}

static bool parse_point(struct reading *reading, char *words[], size_t count)
{
    if (count == 1 && strcmp(words[0], "hide") == 0)
        return add(reading, (struct script_step){.kind = SCRIPT_POINT_HIDE});
    int32_t place[4];
    return read_places(reading, words, count, 1, place, NULL) &&
           add(reading, (struct script_step){.kind = SCRIPT_POINT, .x = place[0], .y = place[1]});
}

/* "x,y x,y ..." */
static bool check_places(struct reading *reading, const char *list)
{
    size_t count = 0;
    while (*list) {
        size_t length = strcspn(list, " \t");
        char place[24], *comma;
        int32_t x, y;
        snprintf(place, sizeof place, "%.*s", (int)(length < 23 ? length : 23), list);
        comma = strchr(place, ',');
        if (comma)
            *comma = '\0';
        if (!comma || !script_read_number(place, 0, QA_MARK_PLACE_MAX, &x) ||
            !script_read_number(comma + 1, 0, QA_MARK_PLACE_MAX, &y))
            return fail(reading, "'%.*s' is not a place like 120,80 (0 to %d)",
                        (int)(length < 40 ? length : 40), list, QA_MARK_PLACE_MAX);
        if (++count > QA_MARK_POINTS_MAX)
            return fail(reading, "a mark has at most %d places", QA_MARK_POINTS_MAX);
        list += length + strspn(list + length, " \t");
    }
    return count || fail(reading, "expected at least one place, like 120,80");
}

/* KIND COLOUR WIDTH, then the places as they are. */
static bool parse_mark(struct reading *reading)
{
    char kind[16], colour[16], width[16];
    int used = 0;
    struct script_step step = {.kind = SCRIPT_MARK};
    int32_t pixels;
    if (sscanf(reading->rest, " %15s %15s %15s %n", kind, colour, width, &used) != 3 || !used)
        return fail(reading, "expected KIND COLOUR WIDTH X,Y X,Y ...");
    if (!script_read_mark_kind(kind, &step.code))
        return fail(reading, "'%s' is not a mark: stroke, arrow or rectangle", kind);
    if (!script_read_colour(colour, &step.colour))
        return fail(reading,
                    "'%s' is not a colour: red, green, blue, yellow, white, black or "
                    "#rrggbb",
                    colour);
    if (!script_read_number(width, 1, QA_MARK_WIDTH_MAX, &pixels))
        return fail(reading, "'%s' is not a width (1 to %d)", width, QA_MARK_WIDTH_MAX);
    step.width = (uint32_t)pixels;
    if (!check_places(reading, reading->rest + used))
        return false;
    step.text = strdup(reading->rest + used);
    return step.text ? add(reading, step) : fail(reading, "out of memory");
}

static bool parse_alone(struct reading *reading, size_t count, enum script_kind kind)
{
    return count ? fail(reading, "expected nothing after this word")
                 : add(reading, (struct script_step){.kind = kind});
}

static bool parse_pause(struct reading *reading, char *words[], size_t count)
{
    return parse_alone(reading, count, SCRIPT_PAUSE);
}

static bool parse_resume(struct reading *reading, char *words[], size_t count)
{
    return parse_alone(reading, count, SCRIPT_RESUME);
}

static bool parse_undo(struct reading *reading, char *words[], size_t count)
{
    return parse_alone(reading, count, SCRIPT_UNDO);
}

static bool parse_clear(struct reading *reading, char *words[], size_t count)
{
    return parse_alone(reading, count, SCRIPT_CLEAR);
}

static bool parse_restart(struct reading *reading, char *words[], size_t count)
{
    return parse_alone(reading, count, SCRIPT_RESTART);
}

static bool parse_end(struct reading *reading, char *words[], size_t count)
{
    return parse_alone(reading, count, SCRIPT_END);
}

/* Takes the rest of the line as it is, with \n, \t and \\ for line feed, tab and backslash. */
static bool parse_words(struct reading *reading, enum script_kind kind)
{
    char *text = strdup(reading->rest);
    if (!text)
        return fail(reading, "out of memory");
    char *to = text;
    for (const char *from = text; *from; from++) {
        char c = *from;
        if (c == '\\') {
            from++;
            c = *from == 'n' ? '\n' : *from == 't' ? '\t' : *from == '\\' ? '\\' : '\0';
            if (!c) {
                free(text);
                return fail(reading, "after a backslash comes n, t or another backslash");
            }
        } else if ((unsigned char)c < ' ' && c != '\t') {
            free(text);
            return fail(reading, "text holds a control character");
        }
        *to++ = c;
    }
    *to = '\0';
    if (!*text) {
        free(text);
        return fail(reading, "expected some text");
    }
    return add(reading, (struct script_step){.kind = kind, .text = text});
}

static bool parse_text(struct reading *reading)
{
    return parse_words(reading, SCRIPT_TEXT);
}

static bool parse_chat(struct reading *reading)
{
    return parse_words(reading, SCRIPT_CHAT);
}

static bool parse_clipboard(struct reading *reading)
{
    return parse_words(reading, SCRIPT_CLIPBOARD);
}

/* Names may hold spaces; which there are is known only when the line is run. */
static bool parse_screen(struct reading *reading)
{
    const char *name = reading->rest + strspn(reading->rest, " \t");
    size_t length = strlen(name);
    while (length && (name[length - 1] == ' ' || name[length - 1] == '\t'))
        length--;
    if (!length)
        return fail(reading, "expected a screen's name or number, or 'all'");
    char *text = strndup(name, length);
    if (!text)
        return fail(reading, "out of memory");
    return add(reading, (struct script_step){.kind = SCRIPT_SCREEN, .text = text});
}

static bool parse_snapshot(struct reading *reading)
{
    if (!*reading->rest)
        return fail(reading, "expected the name of a PNG file");
    char *text = strdup(reading->rest);
    if (!text)
        return fail(reading, "out of memory");
    return add(reading, (struct script_step){.kind = SCRIPT_SNAPSHOT, .text = text});
}

static const struct command {
    const char *name;
    bool (*words)(struct reading *reading, char *words[], size_t count);
    bool (*whole)(struct reading *reading);
} commands[] = {
    {"move", parse_move, NULL},
    {"click", parse_click, NULL},
    {"down", parse_down, NULL},
    {"up", parse_up, NULL},
    {"drag", parse_drag, NULL},
    {"wheel", parse_wheel, NULL},
    {"key", parse_key, NULL},
    {"text", NULL, parse_text},
    {"wait", parse_wait, NULL},
    {"wait-frame", parse_wait_frame, NULL},
    {"wait-still", parse_wait_still, NULL},
    {"request", NULL, parse_request},
    {"pause", parse_pause, NULL},
    {"resume", parse_resume, NULL},
    {"chat", NULL, parse_chat},
    {"clipboard", NULL, parse_clipboard},
    {"screen", NULL, parse_screen},
    {"point", parse_point, NULL},
    {"mark", NULL, parse_mark},
    {"undo", parse_undo, NULL},
    {"clear", parse_clear, NULL},
    {"restart", parse_restart, NULL},
    {"snapshot", NULL, parse_snapshot},
    {"end", parse_end, NULL},
};

static bool run_command(struct reading *reading, const struct command *command)
{
    if (command->whole)
        return command->whole(reading);
    char *copy = strdup(reading->rest);
    if (!copy)
        return fail(reading, "out of memory");
    char *words[WORDS_MAX];
    size_t count = split(copy, words);
    bool good = count <= WORDS_MAX ? command->words(reading, words, count)
                                   : fail(reading, "too many words");
    free(copy);
    return good;
}

/* A line is taken as a whole or not at all. Returns false. */
static bool forget_from(struct script *script, size_t first)
{
    while (script->count > first)
        free(script->steps[--script->count].text);
    return false;
}

bool script_parse_line(struct script *script, const char *text, unsigned line,
                       char error[SCRIPT_ERROR_SIZE])
{
    struct reading reading = {.script = script, .line = line, .error = error};
    size_t before = script->count;
    text += strspn(text, " \t");
    if (!*text || *text == '#')
        return true;
    size_t length = strcspn(text, " \t");
    reading.rest = text + length;
    if (*reading.rest)
        reading.rest++;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strlen(commands[i].name) == length && strncmp(commands[i].name, text, length) == 0)
            return run_command(&reading, &commands[i]) || forget_from(script, before);
    return fail(&reading, "'%.*s' is not a command", (int)(length > 40 ? 40 : length), text);
}

bool script_parse_file(struct script *script, FILE *file, char error[SCRIPT_ERROR_SIZE])
{
    char *text = NULL;
    size_t room = 0;
    ssize_t length;
    bool good = true;
    for (unsigned line = 1; good && (length = getline(&text, &room, file)) >= 0; line++) {
        struct reading reading = {.line = line, .error = error};
        while (length && (text[length - 1] == '\n' || text[length - 1] == '\r'))
            text[--length] = '\0';
        if (length > SCRIPT_LINE_MAX)
            good = fail(&reading, "longer than %d bytes", SCRIPT_LINE_MAX);
        else if (strlen(text) != (size_t)length)
            good = fail(&reading, "holds a NUL byte");
        else
            good = script_parse_line(script, text, line, error);
    }
    if (good && ferror(file)) {
        snprintf(error, SCRIPT_ERROR_SIZE, "reading failed: %s", strerror(errno));
        good = false;
    }
    free(text);
    return good;
}

bool script_step_is_input(const struct script_step *step)
{
    return step->kind <= SCRIPT_TEXT;
}

void script_free(struct script *script)
{
    for (size_t i = 0; i < script->count; i++)
        free(script->steps[i].text);
    free(script->steps);
    *script = (struct script){0};
}
