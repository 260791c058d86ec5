/*
 * Log lines on standard error: key=value pairs, or one JSON object each. Where standard error is
 * the journal's, each begins with its priority, as systemd reads it.
 */
#ifndef QA_RELAY_LOG_LINES_H
#define QA_RELAY_LOG_LINES_H

#include <stdbool.h>

#include <qassist/context.h>

struct log_lines {
    bool json;
    bool journal;
};

void log_lines_init(struct log_lines *lines, bool json);

/* A qa_log_fn; user_data is a struct log_lines. */
void log_lines_write(qa_log_level level, const char *line, void *user_data);

/* Text as a value that may have spaces: in quotes. */
void log_lines_quote(const char *text, char *out, size_t size);

#endif
