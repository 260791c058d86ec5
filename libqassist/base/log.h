/*
 * Diagnosis lines of one context. No line ever holds a code, key, token, name or session content.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <qassist/context.h>

struct log {
    qa_log_fn write; /* NULL: silent */
    void *user_data;
    qa_log_level level;
};

/* Formats one line (cut at 512 bytes) and hands it on where the level asks for it. `log` may be
 * NULL. */
void log_line(const struct log *log, qa_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(log, ...)   log_line((log), QA_LOG_ERROR, __VA_ARGS__)
#define log_warning(log, ...) log_line((log), QA_LOG_WARNING, __VA_ARGS__)
#define log_info(log, ...)    log_line((log), QA_LOG_INFO, __VA_ARGS__)
#define log_debug(log, ...)   log_line((log), QA_LOG_DEBUG, __VA_ARGS__)

#endif
