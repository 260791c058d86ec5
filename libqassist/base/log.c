#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

void log_line(const struct log *log, qa_log_level level, const char *format, ...)
{
    if (!log || !log->write || level > log->level)
        return;
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    log->write(level, line, log->user_data);
}
