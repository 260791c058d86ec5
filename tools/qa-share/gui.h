/*
 * The face in a window (GTK 4), for people who never saw a terminal: warnings, the code, questions
 * as dialogs, and one page that says all the time who sees what.
 */
#ifndef QA_SHARE_GUI_H
#define QA_SHARE_GUI_H

#include <stdbool.h>

#include "qa-share/share_options.h"

/* Returned in place of an exit code where no window can be opened, or none was built in. */
#define GUI_UNAVAILABLE (-1)
#define GUI_NOT_BUILT   (-2)

/*
 * Runs sessions until the window is closed; the exit code of the last one. With `trouble` (NULL:
 * none) only says in a window why nothing can be shared.
 */
int gui_run(const struct share_options *options, const char *trouble);

/* 0 where a window could be opened, or why not, as above. */
int gui_possible(const struct share_options *options);

#endif
