/*
 * Lines on standard input as they come, for programs and scripts that drive a session.
 */
#ifndef COMMON_LINE_INPUT_H
#define COMMON_LINE_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/loop.h"

#define LINE_INPUT_MAX 65536

/*
 * One line without its end; NULL once, at the end of input. `broken` is a line that is too long or
 * holds a NUL byte (`line` is then empty).
 */
typedef void (*line_input_fn)(void *user, const char *line, bool broken);

struct line_input {
    struct loop *loop;
    line_input_fn fn;
    void *user;
    size_t length;
    bool broken;
    char line[LINE_INPUT_MAX + 1];
};

void line_input_start(struct line_input *input, struct loop *loop, line_input_fn fn, void *user);

/* No line follows. */
void line_input_stop(struct line_input *input);

#endif
