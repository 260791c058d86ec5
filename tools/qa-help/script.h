/*
 * Input scripts of qa-help, one command a line. Read whole and checked before anything starts, so
 * that a mistyped last line does not leave half of the work done.
 */
#ifndef QA_HELP_SCRIPT_H
#define QA_HELP_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SCRIPT_LINE_MAX   65536
#define SCRIPT_STEPS_MAX  1000000
#define SCRIPT_ERROR_SIZE 256

enum script_kind {
    SCRIPT_MOVE,       /* x, y */
    SCRIPT_BUTTON,     /* x, y, code (qa_button), pressed */
    SCRIPT_WHEEL,      /* x, y, wheel_x, wheel_y */
    SCRIPT_KEY,        /* code (scancode), pressed */
    SCRIPT_TEXT,       /* text */
    SCRIPT_WAIT,       /* milliseconds */
    SCRIPT_WAIT_FRAME, /* milliseconds, at most */
    SCRIPT_WAIT_STILL, /* milliseconds without a change */
    SCRIPT_REQUEST,    /* code (permissions), text: the purpose or NULL */
    SCRIPT_PAUSE,
    SCRIPT_RESUME,
    SCRIPT_CHAT,      /* text */
    SCRIPT_CLIPBOARD, /* text */
    SCRIPT_SCREEN,    /* text: a screen's name or number, or "all" */
    SCRIPT_POINT,     /* x, y */
    SCRIPT_POINT_HIDE,
    SCRIPT_MARK, /* code (qa_mark_kind), colour, width, text: its places, "x,y x,y ..." */
    SCRIPT_UNDO,
    SCRIPT_CLEAR,
    SCRIPT_RESTART,  /* of the sharer's computer */
    SCRIPT_SNAPSHOT, /* text: file name */
    SCRIPT_END
};

struct script_step {
    enum script_kind kind;
    unsigned line;
    int32_t x, y;
    int32_t wheel_x, wheel_y; /* 120 a notch */
    uint32_t code;
    uint32_t colour; /* 0xRRGGBB */
    uint32_t width;
    bool pressed;
    uint32_t milliseconds;
    char *text; /* owned */
};

struct script {
    struct script_step *steps;
    size_t count, capacity;
};

/* Appends the steps of one line (without line feed), or none: false with `error` filled in. */
bool script_parse_line(struct script *script, const char *text, unsigned line,
                       char error[SCRIPT_ERROR_SIZE]);

/* Reads all lines. False with `error` filled in, "line 3: ..." where it is about one. */
bool script_parse_file(struct script *script, FILE *file, char error[SCRIPT_ERROR_SIZE]);

/* True for steps that need the sharer's permission to control. */
bool script_step_is_input(const struct script_step *step);

void script_free(struct script *script);

#endif
