#include "qa-help/screen_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/events.h"
#include "common/i18n.h"

void screen_list_set(struct screen_list *list, const qa_screen_info *const *screens, size_t count,
                     uint32_t chosen)
{
    *list = (struct screen_list){.known = true, .chosen = chosen};
    for (; list->count < count && list->count < QA_SCREENS_MAX; list->count++) {
        const qa_screen_info *info = screens[list->count];
        list->screens[list->count].id = info->id;
        list->screens[list->count].x = info->x;
        list->screens[list->count].y = info->y;
        list->screens[list->count].width = info->width;
        list->screens[list->count].height = info->height;
        list->screens[list->count].primary = info->primary;
        snprintf(list->screens[list->count].name, SCREEN_NAME_SIZE, "%s", info->name);
    }
}

const char *screen_list_name(const struct screen_list *list, uint32_t id)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->screens[i].id == id)
            return list->screens[i].name;
    return NULL;
}

/* The first that is in `list` and not in `other`. */
static const char *only_in(const struct screen_list *list, const struct screen_list *other)
{
    for (size_t i = 0; i < list->count; i++)
        if (!screen_list_name(other, list->screens[i].id))
            return list->screens[i].name;
    return NULL;
}

/* The one that was seen was unplugged. */
static void say_lost(const struct screen_list *now, const char *lost, char *out, size_t size)
{
    const char *seen = screen_list_name(now, now->chosen);
    if (seen)
        snprintf(out, size, _("The sharer unplugged the screen %s. You see %s now."), lost, seen);
    else if (now->count > 1)
        snprintf(out, size, _("The sharer unplugged the screen %s. You see all the others now."),
                 lost);
    else
        snprintf(out, size, _("The sharer unplugged the screen %s. You see what is left now."),
                 lost);
}

bool screen_list_change(const struct screen_list *before, const struct screen_list *now,
                        const uint32_t *asked, char *out, size_t size)
{
    const char *seen = screen_list_name(now, now->chosen);
    const char *was_seen = screen_list_name(before, before->chosen);
    const char *gone = only_in(before, now), *come = only_in(now, before);
    if (!before->known)
        return false;
    if (was_seen && !screen_list_name(now, before->chosen))
        say_lost(now, was_seen, out, size);
    else if (before->chosen != now->chosen && seen)
        snprintf(out, size, _("You see the sharer's screen %s now."), seen);
    else if (before->chosen != now->chosen)
        snprintf(out, size, _("You see all of the sharer's screens now."));
    else if (asked && *asked != now->chosen && screen_list_name(now, *asked))
        snprintf(out, size, _("The screen %s cannot be shown."), screen_list_name(now, *asked));
    else if (asked && *asked != now->chosen)
        snprintf(out, size, _("That cannot be shown."));
    else if (gone)
        snprintf(out, size, _("The sharer unplugged the screen %s."), gone);
    else if (come)
        snprintf(out, size, _("The sharer plugged in the screen %s."), come);
    else
        return false;
    return true;
}

bool screen_list_find(const struct screen_list *list, const char *word, uint32_t *id)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcasecmp(list->screens[i].name, word) == 0) {
            *id = list->screens[i].id;
            return true;
        }
    }
    *id = 0;
    if (strcmp(word, "all") == 0)
        return true;
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(word, &end, 10);
    if (errno || *word < '0' || *word > '9' || *end)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        if (list->screens[i].id == number) {
            *id = list->screens[i].id;
            return true;
        }
    }
    return false;
}

void screen_list_tell(const qa_screen_info *const *screens, size_t count, uint32_t chosen)
{
    cJSON *event = events_new("screens");
    if (!event)
        return;
    cJSON *list = cJSON_AddArrayToObject(event, "screens");
    for (size_t i = 0; i < count; i++) {
        cJSON *screen = cJSON_CreateObject();
        cJSON_AddNumberToObject(screen, "id", screens[i]->id);
        cJSON_AddStringToObject(screen, "name", screens[i]->name);
        cJSON_AddNumberToObject(screen, "x", screens[i]->x);
        cJSON_AddNumberToObject(screen, "y", screens[i]->y);
        cJSON_AddNumberToObject(screen, "width", screens[i]->width);
        cJSON_AddNumberToObject(screen, "height", screens[i]->height);
        cJSON_AddNumberToObject(screen, "scale_percent", screens[i]->scale_percent);
        cJSON_AddBoolToObject(screen, "primary", screens[i]->primary);
        cJSON_AddItemToArray(list, screen);
    }
    cJSON_AddNumberToObject(event, "chosen", chosen);
    events_send(event);
}

void screen_list_words(const struct screen_list *list, char *out, size_t size)
{
    char all[QA_SCREENS_MAX * (SCREEN_NAME_SIZE + 40)] = "";
    const char *seen = screen_list_name(list, list->chosen);
    size_t used = 0;
    for (size_t i = 0; i < list->count; i++) {
        int length = snprintf(all + used, sizeof all - used, "%s%u %s (%d x %d)", i ? ", " : "",
                              (unsigned)list->screens[i].id, list->screens[i].name,
                              list->screens[i].width, list->screens[i].height);
        used += length > 0 ? (size_t)length : 0;
    }
    if (seen)
        snprintf(out, size, _("The sharer's screens: %s. You see %s."), all, seen);
    else
        snprintf(out, size, _("The sharer's screens: %s. You see all of them."), all);
}
