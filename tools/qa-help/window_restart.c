/* A restart of the sharer's computer, with the session going on: asked for, and the answer. */
#include "common/i18n.h"
#include "qa-help/window_state.h"

const char *window_restart_words(const struct window *window)
{
    if (!window->restart_asked)
        return NULL;
    return _("The sharer is being asked whether their computer may be restarted.");
}

void window_ask_restart(struct window *window)
{
    qa_helper *helper = window->session.helper;
    uint32_t seconds = qa_helper_restart_seconds(helper);
    if (seconds) { /* allowed before: what to do is worth saying again */
        window_say(window, "%s", help_session_restart_text(seconds, 0));
        return;
    }
    int error = qa_helper_request_restart(helper);
    window->restart_asked = !error;
    window_refresh(window);
    if (error)
        window_say_not_asked(window, error);
}

void window_restart(void *user, uint32_t seconds, int reason)
{
    struct window *window = user;
    window->restart_asked = FALSE;
    window_refresh(window);
    window_say(window, "%s", help_session_restart_text(seconds, reason));
}
