/* The sharer's monitors, as the helper is told of them, and which of them the picture shows. */
#include "api/helper_private.h"
#include "base/clock.h"

/* Without the graphics pipeline the picture does not say which one it is. */
#define PICTURE_MS 5000

void helper_take_screens(qa_helper *helper, const struct control_screens *screens)
{
    if (!helper->screens_known || helper->screens.picture != screens->picture)
        helper->picture_since = clock_ms();
    helper->screens = *screens;
    helper->screens_known = true;
    helper->choice_open = false;
}

bool helper_picture_is_old(const qa_helper *helper)
{
    return helper->screens_known && helper->session.rdp &&
           rdp_generation(helper->session.rdp) != helper->screens.picture &&
           clock_ms() - helper->picture_since < PICTURE_MS;
}

bool helper_picture_counts(const qa_helper *helper)
{
    return !helper->choice_open && !helper_picture_is_old(helper);
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
