/*
 * Which monitors the display has (RandR 1.5) and which part of it the picture shows. A display
 * without RandR, or without monitors, is shown whole.
 */
#include <stdlib.h>
#include <string.h>

#include <xcb/randr.h>

#include "input/x11_scale.h"
#include "screen/x11.h"

void x11_monitors_open(struct x11_screen *x11)
{
    xcb_connection_t *xcb = x11->x11.xcb;
    if (!x11_connection_has(&x11->x11, &xcb_randr_id))
        return;
    xcb_randr_query_version_reply_t *reply =
        xcb_randr_query_version_reply(xcb, xcb_randr_query_version(xcb, 1, 5), NULL);
    if (reply &&
        (reply->major_version > 1 || (reply->major_version == 1 && reply->minor_version >= 5)))
        x11->monitors.first_event = xcb_get_extension_data(xcb, &xcb_randr_id)->first_event;
    free(reply);
}

void x11_monitors_start(struct x11_screen *x11)
{
    x11->monitors.due = true;
    /* Monitors that a user defines are said as a change of the root window (ConfigureNotify). */
    if (x11->monitors.first_event)
        xcb_randr_select_input(x11->x11.xcb, x11->x11.screen->root,
                               XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE |
                                   XCB_RANDR_NOTIFY_MASK_CRTC_CHANGE |
                                   XCB_RANDR_NOTIFY_MASK_OUTPUT_CHANGE);
}

void x11_monitors_ask(struct x11_screen *x11)
{
    struct x11_monitors *monitors = &x11->monitors;
    xcb_connection_t *xcb = x11->x11.xcb;
    monitors->found_count = 0;
    if (!monitors->first_event)
        return;
    monitors->asked = xcb_randr_get_monitors(xcb, x11->x11.screen->root, true).sequence;
    monitors->scale_asked = x11_scale_ask(&x11->x11).sequence;
}

static struct monitor_name *name_of(struct x11_monitors *monitors, xcb_atom_t atom)
{
    for (size_t i = 0; i < MONITOR_NAMES_MAX; i++)
        if (monitors->names[i].atom == atom)
            return &monitors->names[i];
    return NULL;
}

static bool is_found(const struct x11_monitors *monitors, xcb_atom_t atom)
{
    for (size_t i = 0; i < monitors->found_count; i++)
        if (monitors->found[i].name == atom)
            return true;
    return false;
}

/* There is always one: half of the names at least are of monitors that are gone. */
static struct monitor_name *oldest_gone(struct x11_monitors *monitors)
{
    struct monitor_name *oldest = NULL;
    for (size_t i = 0; i < MONITOR_NAMES_MAX; i++) {
        struct monitor_name *name = &monitors->names[i];
        if (!is_found(monitors, name->atom) && (!oldest || name->id < oldest->id))
            oldest = name;
    }
    return oldest;
}

static void learn_names(struct x11_screen *x11)
{
    struct x11_monitors *monitors = &x11->monitors;
    for (size_t i = 0; i < monitors->found_count; i++) {
        xcb_atom_t atom = monitors->found[i].name;
        if (name_of(monitors, atom))
            continue;
        struct monitor_name *name = oldest_gone(monitors);
        *name = (struct monitor_name){.atom = atom, .id = ++monitors->last_id};
        name->asked = xcb_get_atom_name(x11->x11.xcb, atom).sequence;
    }
    x11_connection_flush(&x11->x11);
}

static void take_monitors(struct x11_monitors *monitors,
                          const xcb_randr_get_monitors_reply_t *reply)
{
    xcb_randr_monitor_info_iterator_t infos = xcb_randr_get_monitors_monitors_iterator(reply);
    for (; infos.rem && monitors->found_count < SCREEN_MONITORS_MAX;
         xcb_randr_monitor_info_next(&infos)) {
        const xcb_randr_monitor_info_t *info = infos.data;
        if (!info->name || is_found(monitors, info->name))
            continue;
        size_t i = monitors->found_count++;
        monitors->found[i].name = info->name;
        monitors->found[i].primary = info->primary;
        monitors->found[i].place =
            (qa_rect){.x = info->x, .y = info->y, .width = info->width, .height = info->height};
    }
}

static void take_name(struct monitor_name *name, const xcb_get_atom_name_reply_t *reply)
{
    size_t length = reply ? (size_t)xcb_get_atom_name_name_length(reply) : 0;
    if (length >= sizeof name->text)
        length = sizeof name->text - 1;
    if (length)
        memcpy(name->text, xcb_get_atom_name_name(reply), length);
    name->text[length] = '\0';
}

bool x11_monitors_answered(struct x11_screen *x11)
{
    struct x11_monitors *monitors = &x11->monitors;
    void *reply;
    if (x11_connection_answer(&x11->x11, &monitors->asked, &reply)) {
        if (reply)
            take_monitors(monitors, reply);
        free(reply);
        learn_names(x11);
    }
    if (x11_connection_answer(&x11->x11, &monitors->scale_asked, &reply)) {
        monitors->scale_percent = x11_scale_percent(reply);
        free(reply);
    }
    bool complete = !monitors->asked && !monitors->scale_asked;
    for (size_t i = 0; i < MONITOR_NAMES_MAX; i++) {
        struct monitor_name *name = &monitors->names[i];
        if (x11_connection_answer(&x11->x11, &name->asked, &reply)) {
            take_name(name, reply);
            free(reply);
        }
        complete = complete && !name->asked;
    }
    return complete;
}

/* What of a monitor lies within the display. */
static qa_rect within(const qa_rect *place, int32_t width, int32_t height)
{
    int32_t left = place->x < 0 ? 0 : place->x;
    int32_t top = place->y < 0 ? 0 : place->y;
    int32_t right = place->x + place->width > width ? width : place->x + place->width;
    int32_t bottom = place->y + place->height > height ? height : place->y + place->height;
    if (right <= left || bottom <= top)
        return (qa_rect){0};
    return (qa_rect){.x = left, .y = top, .width = right - left, .height = bottom - top};
}

static bool fits(const qa_rect *place)
{
    return place->width <= PICTURE_SIDE_MAX && place->height <= PICTURE_SIDE_MAX;
}

static void list_monitors(struct x11_monitors *monitors, int32_t width, int32_t height,
                          struct screen_list *list)
{
    for (size_t i = 0; i < monitors->found_count; i++) {
        const struct monitor_name *name = name_of(monitors, monitors->found[i].name);
        qa_rect place = within(&monitors->found[i].place, width, height);
        if (!place.width || !fits(&place))
            continue;
        struct screen_monitor *monitor = &list->monitors[list->count++];
        monitor->id = name->id;
        memcpy(monitor->name, name->text, sizeof monitor->name);
        monitor->place = place;
        monitor->scale_percent = monitors->scale_percent;
        monitor->primary = monitors->found[i].primary;
    }
}

static const struct screen_monitor *by_id(const struct screen_list *list, uint32_t id)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->monitors[i].id == id)
            return &list->monitors[i];
    return NULL;
}

static const struct screen_monitor *primary_of(const struct screen_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->monitors[i].primary)
            return &list->monitors[i];
    return list->count ? &list->monitors[0] : NULL;
}

/* A choice from before this connection to the display, where monitors had other numbers. */
static void choose_first(struct x11_monitors *monitors, const struct screen_list *list)
{
    for (size_t i = 0; i < list->count && monitors->first[0]; i++)
        if (!strcmp(list->monitors[i].name, monitors->first))
            monitors->wanted = list->monitors[i].id;
    monitors->first[0] = '\0';
}

const char *x11_monitors_update(struct x11_screen *x11, int32_t width, int32_t height)
{
    struct x11_monitors *monitors = &x11->monitors;
    /* Zeroed for the comparison of whole lists. */
    struct screen_list list;
    memset(&list, 0, sizeof list);
    list_monitors(monitors, width, height, &list);
    choose_first(monitors, &list);
    qa_rect all = {.width = width, .height = height};
    const struct screen_monitor *chosen = by_id(&list, monitors->wanted);
    if (!chosen && !fits(&all) && !(chosen = primary_of(&list)))
        return "the screen is larger than 8192 x 8192 pixels";
    monitors->wanted = list.chosen = chosen ? chosen->id : 0;
    list.shown = chosen ? chosen->place : all;
    if (memcmp(&list.shown, &monitors->list.shown, sizeof list.shown) != 0)
        x11_cursor_replaced(x11);
    monitors->due =
        monitors->due || monitors->answer_due || memcmp(&list, &monitors->list, sizeof list) != 0;
    memcpy(&monitors->list, &list, sizeof list);
    monitors->answer_due = false;
    return NULL;
}

void x11_monitors_tell(struct x11_screen *x11)
{
    if (!x11->monitors.due)
        return;
    x11->monitors.due = false;
    if (x11->events.screens)
        x11->events.screens(x11->user, &x11->monitors.list);
}
