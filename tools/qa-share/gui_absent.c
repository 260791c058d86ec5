#include "qa-share/gui.h"

int gui_run(const struct share_options *options, const char *trouble)
{
    return GUI_NOT_BUILT;
}
