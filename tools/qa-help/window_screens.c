/* Which of the sharer's screens is seen: what the user chooses, and what the sharer says of it. */
#include <qassist/errors.h>

#include "common/exits.h"
#include "common/i18n.h"
#include "qa-help/window_state.h"

void window_forget_screens(struct window *window)
{
    window->screens = (struct screen_list){0};
    window->screen_asked = FALSE;
    screen_chooser_set(&window->toolbar.screens, &window->screens);
}

void window_choose_screen(struct window *window, guint32 id)
{
    int error = qa_helper_choose_screen(window->session.helper, id);
    if (error) {
        window_say(window, _("Another screen is not possible just now: %s."), error_text(error));
        return;
    }
    window->screen_asked = TRUE;
    window->screen_wanted = id;
}

void window_screens(void *user, const struct screen_list *screens)
{
    struct window *window = user;
    char text[512];
    gboolean changed =
        screen_list_change(&window->screens, screens,
                           window->screen_asked ? &window->screen_wanted : NULL, text, sizeof text);
    window->screens = *screens;
    window->screen_asked = FALSE;
    screen_chooser_set(&window->toolbar.screens, screens);
    if (changed)
        window_say(window, "%s", text);
}
