/*
 * What the sharer reads while sharing, and how answers are understood. No terminal here.
 */
#ifndef QA_SHARE_STATUS_LINE_H
#define QA_SHARE_STATUS_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct status_line {
    const char *name;     /* the helper's */
    unsigned permissions; /* bits of qa_permission */
    unsigned causes;      /* of a pause, bits of qa_pause_cause */
    int64_t seconds;      /* since viewing began */
    bool apart;           /* the connection broke off and is being set up again */
};

/* Fits into that many columns; a long name is cut before anything else is. */
void status_line_format(const struct status_line *status, size_t columns, char *out, size_t size);

enum answer {
    ANSWER_YES,
    ANSWER_NO,
    ANSWER_SOME,
    ANSWER_END,
    ANSWER_WRITE,
    ANSWER_REPORT,
    ANSWER_UNCLEAR
};

/* Understands a typed line, in English and in the user's language; an empty one is no. */
enum answer answer_understand(const char *line);

/* Where in an escape sequence the typed bytes are. */
enum key_state { KEY_PLAIN, KEY_ESCAPE, KEY_SEQUENCE, KEY_SINGLE };

/* False for the bytes of arrow, function and Alt keys, which are no keys of ours. */
bool key_is_plain(enum key_state *state, char byte);

#endif
