#include "qa-share/gui.h"

int gui_possible(const struct share_options *options)
{
    return GUI_NOT_BUILT;
}

int gui_run(const struct share_options *options, const char *trouble)
{
    return GUI_NOT_BUILT;
}
