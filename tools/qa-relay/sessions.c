/* qa-relay sessions: what the service keeps of sessions, as JSON. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>
#include <sodium.h>

#include <qassist/errors.h>

#include "qa-relay/relay_tool.h"
#include "relay/records.h"

#define SID_DIGITS (2 * RELAY_SID_BYTES)

struct sessions_options {
    const char *state;
    const char *what; /* list, show, delete, export */
    uint8_t sid[RELAY_SID_BYTES];
};

enum { STATE = 256, HELP };

static const struct option long_options[] = {
    {"state", required_argument, NULL, STATE}, {"help", no_argument, NULL, HELP}, {0}};

/* ---- a record as JSON ---- */

static void add_time(cJSON *object, const char *name, int64_t seconds)
{
    char text[32] = "";
    struct tm parts;
    time_t when = (time_t)seconds;
    if (seconds && gmtime_r(&when, &parts))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (*text)
        cJSON_AddStringToObject(object, name, text);
    else
        cJSON_AddNullToObject(object, name);
}

static void add_errors(cJSON *object, const char *names)
{
    cJSON *list = cJSON_AddArrayToObject(object, "errors");
    char copy[RECORDS_ERRORS_MAX], *rest = copy, *name;
    snprintf(copy, sizeof copy, "%s", names);
    while ((name = strsep(&rest, " ")))
        if (*name)
            cJSON_AddItemToArray(list, cJSON_CreateString(name));
}

static cJSON *to_json(const struct record *record)
{
    char sid[SID_DIGITS + 1];
    sodium_bin2hex(sid, sizeof sid, record->sid, sizeof record->sid);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "sid", sid);
    add_time(object, "started", record->started);
    add_time(object, "ended", record->ended);
    add_errors(object, record->errors);
    cJSON *features = cJSON_AddArrayToObject(object, "features");
    for (uint32_t bit = 1; bit; bit <<= 1)
        if (record->features & bit && relay_feature_name(bit))
            cJSON_AddItemToArray(features, cJSON_CreateString(relay_feature_name(bit)));
    if (record->words[0])
        cJSON_AddStringToObject(object, "report", record->words);
    else
        cJSON_AddNullToObject(object, "report");
    return object;
}

/* ---- commands ---- */

static int say(cJSON *object, bool pretty)
{
    char *text = pretty ? cJSON_Print(object) : cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    if (!text)
        return EXIT_INTERNAL;
    puts(text);
    cJSON_free(text);
    return fflush(stdout) ? EXIT_INTERNAL : EXIT_DONE;
}

static void collect_one(void *user, const struct record *record)
{
    cJSON_AddItemToArray(user, to_json(record));
}

/* All at once, and written afterwards: whoever reads our output may take time. */
static int collect(struct records *records, cJSON **out)
{
    *out = cJSON_CreateArray();
    int error = records_walk(records, false, collect_one, *out);
    if (!error)
        return 0;
    cJSON_Delete(*out);
    return error;
}

static int list_all(struct records *records)
{
    cJSON *all, *one;
    int code = collect(records, &all);
    if (code)
        return code;
    while (code == EXIT_DONE && (one = cJSON_DetachItemFromArray(all, 0)))
        code = say(one, false);
    cJSON_Delete(all);
    return code;
}

static int export_all(struct records *records)
{
    cJSON *all, *whole;
    int error = collect(records, &all);
    if (error)
        return error;
    whole = cJSON_CreateObject();
    cJSON_AddItemToObject(whole, "sessions", all);
    return say(whole, true);
}

static int show_one(struct records *records, const uint8_t sid[RELAY_SID_BYTES])
{
    struct record record;
    int error = records_find(records, sid, &record);
    return error ? error : say(to_json(&record), true);
}

static int run(struct records *records, const struct sessions_options *options)
{
    int code;
    if (!strcmp(options->what, "list"))
        code = list_all(records);
    else if (!strcmp(options->what, "export"))
        code = export_all(records);
    else if (!strcmp(options->what, "show"))
        code = show_one(records, options->sid);
    else
        code = records_delete(records, options->sid);
    if (code == QA_EINVAL) {
        complain("there is no record of this session (see qa-relay sessions list)");
        return EXIT_USAGE;
    }
    if (code < 0) {
        complain("the records of sessions cannot be read or written");
        return EXIT_STATE;
    }
    return code;
}

static int take_sid(const char *text, uint8_t sid[RELAY_SID_BYTES])
{
    size_t length;
    if (!sodium_hex2bin(sid, RELAY_SID_BYTES, text, strlen(text), NULL, &length, NULL) &&
        length == RELAY_SID_BYTES && strlen(text) == SID_DIGITS)
        return EXIT_DONE;
    return usage_error("'%s' is not a session's sid, %d hexadecimal digits", text, SID_DIGITS);
}

/* EXIT_DONE, EXIT_USAGE, or -1: help was asked for. */
static int parse(int argc, char **argv, struct sessions_options *options)
{
    int value;
    while ((value = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (value == STATE)
            options->state = optarg;
        else if (value == HELP)
            return -1;
        else
            return option_error(value, argv);
    }
    int words = argc - optind;
    options->what = words >= 1 ? argv[optind] : "";
    bool one = !strcmp(options->what, "show") || !strcmp(options->what, "delete");
    bool all = !strcmp(options->what, "list") || !strcmp(options->what, "export");
    if (one && words == 2)
        return take_sid(argv[optind + 1], options->sid);
    if (one)
        return usage_error("which session? qa-relay sessions %s SID", options->what);
    if (!all || words > 1)
        return usage_error("qa-relay sessions wants list, export, show SID, or delete SID");
    return EXIT_DONE;
}

int sessions_command(int argc, char **argv)
{
    struct sessions_options options = {0};
    char state[STATE_PATH_MAX], why[512] = "out of memory";
    int code = parse(argc, argv, &options);
    if (code < 0) {
        print_usage();
        return EXIT_DONE;
    }
    if (!code)
        code = open_configured_state(options.state, state);
    if (code)
        return code;
    struct records *records;
    if (records_open(state, &records, why, sizeof why)) {
        complain("%s", why);
        return EXIT_STATE;
    }
    code = run(records, &options);
    records_close(records);
    return code;
}
