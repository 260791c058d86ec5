#include "wire/control_marks.h"

#include <string.h>

#include <qassist/errors.h>

#include "wire/control_screens.h"
#include "wire/json_object.h"

static const struct {
    qa_mark_step step;
    const char *name;
} step_names[] = {
    {QA_MARK_BEGIN, "begin"}, {QA_MARK_TO, "to"},       {QA_MARK_END, "end"},
    {QA_MARK_UNDO, "undo"},   {QA_MARK_CLEAR, "clear"},
};

static const struct {
    qa_mark_kind kind;
    const char *name;
} kind_names[] = {
    {QA_MARK_STROKE, "stroke"},
    {QA_MARK_ARROW, "arrow"},
    {QA_MARK_RECTANGLE, "rectangle"},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define COLOUR_MAX   0xffffffu

static bool is_place(const struct control_place *place)
{
    return place->x >= 0 && place->x <= QA_MARK_PLACE_MAX && place->y >= 0 &&
           place->y <= QA_MARK_PLACE_MAX;
}

static bool count_fits(const struct control_mark *mark)
{
    if (mark->count > CONTROL_PLACES_MAX)
        return false;
    return mark->step == QA_MARK_BEGIN || mark->step == QA_MARK_TO ? mark->count > 0
                                                                   : mark->count == 0;
}

bool control_mark_valid(const struct control_mark *mark)
{
    if (mark->step < QA_MARK_BEGIN || mark->step > QA_MARK_CLEAR || !count_fits(mark) ||
        mark->picture > CONTROL_PICTURE_MAX)
        return false;
    for (size_t i = 0; i < mark->count; i++)
        if (!is_place(&mark->places[i]))
            return false;
    return mark->step != QA_MARK_BEGIN ||
           (mark->kind >= QA_MARK_STROKE && mark->kind <= QA_MARK_RECTANGLE &&
            mark->colour <= COLOUR_MAX && mark->width >= 1 && mark->width <= QA_MARK_WIDTH_MAX);
}

bool control_point_valid(const struct control_point *point)
{
    return !point->shown || (is_place(&point->place) && point->picture <= CONTROL_PICTURE_MAX);
}

/* 0 stands for none, where the sharer has not said any. */
static bool add_picture(cJSON *object, uint32_t picture)
{
    return !picture || cJSON_AddNumberToObject(object, "picture", picture);
}

static bool add_places(cJSON *object, const struct control_mark *mark)
{
    cJSON *list = cJSON_AddArrayToObject(object, "places");
    bool good = list && add_picture(object, mark->picture);
    for (size_t i = 0; good && i < 2 * mark->count; i++) {
        const struct control_place *place = &mark->places[i / 2];
        cJSON *number = cJSON_CreateNumber(i % 2 ? place->y : place->x);
        good = number && cJSON_AddItemToArray(list, number);
        if (!good)
            cJSON_Delete(number);
    }
    return good;
}

bool control_mark_add(cJSON *object, const struct control_mark *mark)
{
    bool good = cJSON_AddStringToObject(object, "step", step_names[mark->step - 1].name);
    if (good && mark->step == QA_MARK_BEGIN)
        good = cJSON_AddStringToObject(object, "kind", kind_names[mark->kind - 1].name) &&
               cJSON_AddNumberToObject(object, "colour", mark->colour) &&
               cJSON_AddNumberToObject(object, "width", mark->width);
    return good && (!mark->count || add_places(object, mark));
}

bool control_point_add(cJSON *object, const struct control_point *point)
{
    return cJSON_AddBoolToObject(object, "shown", point->shown) &&
           (!point->shown || (cJSON_AddNumberToObject(object, "x", point->place.x) &&
                              cJSON_AddNumberToObject(object, "y", point->place.y) &&
                              add_picture(object, point->picture)));
}

static bool read_picture(const cJSON *object, uint32_t *out)
{
    *out = 0;
    return !cJSON_GetObjectItemCaseSensitive(object, "picture") ||
           json_object_number(object, "picture", 0, CONTROL_PICTURE_MAX, out);
}

static const char *read_name(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return text ? text : "";
}

static bool read_places(const cJSON *object, struct control_mark *out)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "places");
    if (!list)
        return true;
    size_t numbers = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        uint32_t value;
        if (numbers == 2 * CONTROL_PLACES_MAX || !json_number(item, 0, QA_MARK_PLACE_MAX, &value))
            return false;
        struct control_place *place = &out->places[numbers / 2];
        *(numbers % 2 ? &place->y : &place->x) = (int32_t)value;
        numbers++;
    }
    out->count = numbers / 2;
    return cJSON_IsArray(list) && numbers % 2 == 0;
}

int control_mark_read(const cJSON *object, struct control_mark *out)
{
    for (size_t i = 0; i < COUNT(step_names); i++)
        if (!strcmp(read_name(object, "step"), step_names[i].name))
            out->step = step_names[i].step;
    if (out->step == QA_MARK_BEGIN) {
        for (size_t i = 0; i < COUNT(kind_names); i++)
            if (!strcmp(read_name(object, "kind"), kind_names[i].name))
                out->kind = kind_names[i].kind;
        if (!json_object_number(object, "colour", 0, COLOUR_MAX, &out->colour) ||
            !json_object_number(object, "width", 1, QA_MARK_WIDTH_MAX, &out->width))
            return QA_EPROTO;
    }
    return read_picture(object, &out->picture) && read_places(object, out) &&
                   control_mark_valid(out)
               ? 0
               : QA_EPROTO;
}

int control_point_read(const cJSON *object, struct control_point *out)
{
    const cJSON *shown = cJSON_GetObjectItemCaseSensitive(object, "shown");
    uint32_t x = 0, y = 0;
    out->shown = cJSON_IsTrue(shown);
    if (!cJSON_IsBool(shown) ||
        (out->shown && (!json_object_number(object, "x", 0, QA_MARK_PLACE_MAX, &x) ||
                        !json_object_number(object, "y", 0, QA_MARK_PLACE_MAX, &y) ||
                        !read_picture(object, &out->picture))))
        return QA_EPROTO;
    out->place = (struct control_place){(int32_t)x, (int32_t)y};
    return 0;
}
