/* The sharer's monitors and the prompts on them: told to the helper and to the user. */
#include <string.h>

#include "api/sharer_private.h"

/* Whether that part of the display is still where it was. */
static bool is_still_there(const struct screen_list *list, const struct screen_list *before)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->monitors[i].id == before->chosen)
            return !memcmp(&list->monitors[i].place, &before->shown, sizeof before->shown);
    return !before->chosen;
}

void sharer_on_screens(void *user, const struct screen_list *list)
{
    qa_sharer *sharer = user;
    enum session_shown shown = SHOWN_SAME;
    if (sharer->screens_known && sharer->screens.chosen != list->chosen)
        shown = sharer->choice_open && is_still_there(list, &sharer->screens) ? SHOWN_CHOSEN
                                                                              : SHOWN_OTHER;
    if (shown != SHOWN_SAME || !sharer->screens_known)
        sharer->generation = sharer->generation % RDP_GENERATION_MAX + 1;
    sharer->screens = *list;
    sharer->screens_known = true;
    sharer->choice_open = false;
    rdp_set_generation(sharer->session.rdp, sharer->generation);
    if (shown != SHOWN_CHOSEN)
        gate_set_area(&sharer->gate, &list->shown);
    sharer_overlay_area(sharer, &list->shown);
    session_step(&sharer->session, &(struct session_event){.type = EVENT_SCREENS, .shown = shown});
}

/* Nothing of the others is seen, not even for one picture. */
void sharer_choose_as_before(qa_sharer *sharer)
{
    if (sharer->chosen_before[0] && sharer->screen->ops->begin_with)
        sharer->screen->ops->begin_with(sharer->screen, sharer->chosen_before);
}

void sharer_forget_screens(qa_sharer *sharer)
{
    const struct screen_list *list = &sharer->screens;
    if (sharer->screens_known)
        sharer->chosen_before[0] = '\0';
    for (size_t i = 0; i < list->count && sharer->screens_known; i++)
        if (list->monitors[i].id == list->chosen)
            memcpy(sharer->chosen_before, list->monitors[i].name, sizeof sharer->chosen_before);
    sharer->screens_known = sharer->choice_open = false;
    /* The next one sees for itself, before its first picture. */
    if (!sharer->prompt_by_screen)
        return;
    sharer->prompt_by_screen = false;
    session_post(&sharer->session,
                 &(struct session_event){.type = EVENT_PROMPT, .yes = sharer->prompt_by_app});
}

void sharer_send_screens(qa_sharer *sharer)
{
    const struct screen_list *list = &sharer->screens;
    struct control_message message = {.type = CONTROL_SCREENS};
    message.screens.count = list->count;
    message.screens.chosen = list->chosen;
    message.screens.picture = sharer->generation;
    for (size_t i = 0; i < list->count; i++) {
        const struct screen_monitor *monitor = &list->monitors[i];
        struct control_screen *screen = &message.screens.list[i];
        *screen = (struct control_screen){.id = monitor->id,
                                          .x = monitor->place.x,
                                          .y = monitor->place.y,
                                          .width = monitor->place.width,
                                          .height = monitor->place.height,
                                          .scale = monitor->scale_percent,
                                          .primary = monitor->primary};
        control_screens_name(monitor->name, screen);
    }
    session_send_control(&sharer->session, &message);
}

void sharer_show_screens(qa_sharer *sharer)
{
    const struct screen_list *list = &sharer->screens;
    struct control_screen shown = {.id = list->chosen};
    for (size_t i = 0; i < list->count; i++)
        if (list->monitors[i].id == list->chosen)
            control_screens_name(list->monitors[i].name, &shown);
    TELL_SHARER(sharer, on_screen, shown.id, shown.name);
}

void sharer_choose_screen(qa_sharer *sharer, uint32_t id)
{
    /* Without monitors nobody was told of any. */
    if (!sharer->screen || !sharer->screens_known)
        return;
    if (sharer->screen->ops->choose(sharer->screen, id))
        sharer_send_screens(sharer);
    else
        sharer->choice_open = true;
}

static int update_prompt(qa_sharer *sharer)
{
    bool up = sharer->prompt_by_app || sharer->prompt_by_screen;
    return session_step(&sharer->session, &(struct session_event){.type = EVENT_PROMPT, .yes = up});
}

void sharer_on_prompt(void *user, bool up)
{
    qa_sharer *sharer = user;
    sharer->prompt_by_screen = up;
    update_prompt(sharer);
}

int qa_sharer_set_prompt(qa_sharer *sharer, bool up)
{
    if (!sharer)
        return QA_EINVAL;
    sharer->prompt_by_app = up;
    return update_prompt(sharer);
}
