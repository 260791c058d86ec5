/*
 * What tells a headless session what to do while it runs: script lines on standard input
 * (--input -), or JSON objects that hold them (--json).
 */
#ifndef QA_HELP_LIVE_INPUT_H
#define QA_HELP_LIVE_INPUT_H

#include "common/line_input.h"
#include "qa-help/script.h"

struct live_input_events {
    /* Steps were appended to the script. */
    void (*steps)(void *user);
    /* {"command":"end"} */
    void (*end)(void *user);
    /* {"chat":"text"}, {"clipboard":"text"}: at once, whatever the script does */
    void (*chat)(void *user, const char *text);
    void (*clipboard)(void *user, const char *text);
    /* A line was not understood; nothing of it was appended. */
    void (*refused)(void *user, const char *why);
    /* No more lines come. */
    void (*closed)(void *user);
};

struct live_input {
    const struct live_input_events *events;
    void *user;
    struct script *script;
    bool plain;
    bool objects;
    unsigned line;
    struct line_input lines;
};

/* Appends to `script` what comes: plain script lines, JSON objects, or both. */
void live_input_start(struct live_input *input, struct loop *loop, struct script *script,
                      bool plain, bool objects, const struct live_input_events *events, void *user);

#endif
