#include "qa-help/window.h"

int window_run(const struct help_options *options, const char *token)
{
    return WINDOW_UNAVAILABLE;
}
