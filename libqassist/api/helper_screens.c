/* The sharer's monitors, as the helper is told of them, and which of them the picture shows. */
#include "api/helper_private.h"
#include "base/clock.h"

/* A sharer without the graphics pipeline does not mark where another picture of one size begins. */
#define RESET_MS 5000

void helper_take_screens(qa_helper *helper, const struct control_screens *screens)
{
    if (helper->screens_known && helper->screens.chosen != screens->chosen && helper->session.rdp) {
        helper->reset_awaited = true;
        helper->reset_since = clock_ms();
        helper->resets = rdp_resets(helper->session.rdp);
    }
    helper->screens = *screens;
    helper->screens_known = true;
    helper->choice_open = false;
}

void helper_note_frame(qa_helper *helper)
{
    if (helper->reset_awaited && rdp_resets(helper->session.rdp) != helper->resets)
        helper->reset_awaited = false;
}

bool helper_picture_counts(const qa_helper *helper)
{
    bool old = helper->reset_awaited && clock_ms() - helper->reset_since < RESET_MS;
    return !helper->choice_open && !old;
}

void helper_show_screens(qa_helper *helper)
{
    qa_screen_info infos[CONTROL_SCREENS_MAX];
    const qa_screen_info *list[CONTROL_SCREENS_MAX];
    const struct control_screens screens = helper->screens;
    for (size_t i = 0; i < screens.count; i++) {
        const struct control_screen *screen = &screens.list[i];
        infos[i] = (qa_screen_info){.size = sizeof infos[i],
                                    .id = screen->id,
                                    .name = screen->name,
                                    .x = screen->x,
                                    .y = screen->y,
                                    .width = screen->width,
                                    .height = screen->height,
                                    .scale_percent = screen->scale,
                                    .primary = screen->primary};
        list[i] = &infos[i];
    }
    TELL_HELPER(helper, on_screens, list, screens.count, screens.chosen);
}

int qa_helper_choose_screen(qa_helper *helper, uint32_t id)
{
    if (!helper)
        return QA_EINVAL;
    if (!helper->machine.viewing || helper->machine.core.closing || !helper->screens_known)
        return QA_ESTATE;
    bool known = id == 0;
    for (size_t i = 0; i < helper->screens.count; i++)
        known = known || helper->screens.list[i].id == id;
    if (!known)
        return QA_EINVAL;
    if (id == helper->screens.chosen && !helper->choice_open)
        return 0;
    helper->choice_open = true;
    session_send_control(&helper->session,
                         &(struct control_message){.type = CONTROL_CHOOSE_SCREEN, .id = id});
    context_wake(helper->session.context);
    return 0;
}
