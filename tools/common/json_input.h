/*
 * Commands of a program on standard input: one JSON object a line. Only read when --json is on.
 */
#ifndef COMMON_JSON_INPUT_H
#define COMMON_JSON_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "common/loop.h"

#define JSON_INPUT_LINE_MAX 16384

/* One object; NULL once, at the end of input. */
typedef void (*json_input_fn)(void *user, const cJSON *object);

struct json_input {
    struct loop *loop;
    json_input_fn fn;
    void *user;
    size_t length;
    bool too_long; /* the rest of an overlong line is being skipped */
    bool ended;
    char line[JSON_INPUT_LINE_MAX + 1];
};

void json_input_start(struct json_input *input, struct loop *loop, json_input_fn fn, void *user);

/* The string member of that name, or NULL. */
const char *json_input_string(const cJSON *object, const char *name);

/* Writes {"event":"refused","detail":...}. */
void json_input_refuse(const char *detail);

#endif
