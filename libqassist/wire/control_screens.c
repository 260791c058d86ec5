#include "wire/control_screens.h"

#include <stdio.h>
#include <string.h>

#include <qassist/errors.h>

#include "wire/json_object.h"
#include "wire/printable.h"

#define SCALE_MIN 25
#define SCALE_MAX 1000

static bool screen_valid(const struct control_screen *screen)
{
    return screen->id && screen->name[0] &&
           printable_valid(screen->name, CONTROL_SCREEN_NAME_MAX) && screen->x >= 0 &&
           screen->x <= CONTROL_SCREEN_SIDE_MAX && screen->y >= 0 &&
           screen->y <= CONTROL_SCREEN_SIDE_MAX && screen->width > 0 &&
           screen->width <= CONTROL_SCREEN_SIDE_MAX && screen->height > 0 &&
           screen->height <= CONTROL_SCREEN_SIDE_MAX && screen->scale >= SCALE_MIN &&
           screen->scale <= SCALE_MAX;
}

bool control_screens_valid(const struct control_screens *screens)
{
    if (screens->count > CONTROL_SCREENS_MAX || screens->picture > CONTROL_PICTURE_MAX)
        return false;
    bool chosen_is_there = screens->chosen == 0;
    for (size_t i = 0; i < screens->count; i++) {
        const struct control_screen *screen = &screens->list[i];
        if (!screen_valid(screen))
            return false;
        for (size_t j = 0; j < i; j++)
            if (screens->list[j].id == screen->id)
                return false;
        chosen_is_there = chosen_is_there || screen->id == screens->chosen;
    }
    return chosen_is_there;
}

void control_screens_name(const char *name, struct control_screen *screen)
{
    if (!printable_copy(name, screen->name, sizeof screen->name))
        snprintf(screen->name, sizeof screen->name, "screen %u", (unsigned)screen->id);
}

static bool add_screen(cJSON *object, const struct control_screen *screen)
{
    return cJSON_AddNumberToObject(object, "id", screen->id) &&
           cJSON_AddStringToObject(object, "name", screen->name) &&
           cJSON_AddNumberToObject(object, "x", screen->x) &&
           cJSON_AddNumberToObject(object, "y", screen->y) &&
           cJSON_AddNumberToObject(object, "width", screen->width) &&
           cJSON_AddNumberToObject(object, "height", screen->height) &&
           cJSON_AddNumberToObject(object, "scale", screen->scale) &&
           cJSON_AddBoolToObject(object, "primary", screen->primary);
}

bool control_screens_add(cJSON *object, const struct control_screens *screens)
{
    cJSON *list = cJSON_AddArrayToObject(object, "screens");
    if (!list)
        return false;
    for (size_t i = 0; i < screens->count; i++) {
        cJSON *item = cJSON_CreateObject();
        if (!item || !cJSON_AddItemToArray(list, item)) {
            cJSON_Delete(item);
            return false;
        }
        if (!add_screen(item, &screens->list[i]))
            return false;
    }
    return cJSON_AddNumberToObject(object, "chosen", screens->chosen) &&
           cJSON_AddNumberToObject(object, "picture", screens->picture);
}

static bool read_length(const cJSON *object, const char *name, int32_t *out)
{
    uint32_t value;
    if (!json_object_number(object, name, 0, CONTROL_SCREEN_SIDE_MAX, &value))
        return false;
    *out = (int32_t)value;
    return true;
}

static bool read_screen(const cJSON *object, struct control_screen *out)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "name"));
    const cJSON *primary = cJSON_GetObjectItemCaseSensitive(object, "primary");
    if (!name || strnlen(name, CONTROL_SCREEN_NAME_MAX + 1) > CONTROL_SCREEN_NAME_MAX ||
        !cJSON_IsBool(primary) || !json_object_number(object, "id", 0, UINT32_MAX, &out->id))
        return false;
    control_screens_name(name, out);
    out->primary = cJSON_IsTrue(primary);
    return read_length(object, "x", &out->x) && read_length(object, "y", &out->y) &&
           read_length(object, "width", &out->width) &&
           read_length(object, "height", &out->height) &&
           json_object_number(object, "scale", 0, SCALE_MAX, &out->scale);
}

int control_screens_read(const cJSON *object, struct control_screens *out)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "screens");
    if (!cJSON_IsArray(list) ||
        !json_object_number(object, "chosen", 0, UINT32_MAX, &out->chosen) ||
        !json_object_number(object, "picture", 0, CONTROL_PICTURE_MAX, &out->picture))
        return QA_EPROTO;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (out->count == CONTROL_SCREENS_MAX || !cJSON_IsObject(item) ||
            !read_screen(item, &out->list[out->count++]))
            return QA_EPROTO;
    }
    return control_screens_valid(out) ? 0 : QA_EPROTO;
}
