#include "qa-help/window.h"

int window_run(const struct help_options *options, struct help_token *token)
{
    return WINDOW_UNAVAILABLE;
}
