#include "overlay/banner_text.h"

#include <stdio.h>
#include <string.h>

#include <qassist/consent.h>

void banner_texts_complete(qa_banner_texts *texts)
{
#define COMPLETE(member, english) \
    if (!texts->member)           \
        texts->member = english;
    BANNER_TEXTS(COMPLETE)
#undef COMPLETE
}

/* Appends as much as fits; never cuts inside a character. */
static void append(char *line, const char *text, size_t length)
{
    size_t used = strlen(line), room = BANNER_LINE_SIZE - 1 - used;
    if (length > room) {
        length = room;
        while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--;
    }
    memcpy(line + used, text, length);
    line[used + length] = '\0';
}

/* Appends one of a list. */
static void append_item(char *line, const char *text)
{
    if (*line)
        append(line, " \302\267 ", 4); /* a middle dot */
    append(line, text, strlen(text));
}

/* Appends a text with {h} and {m} replaced. */
static void append_time(char *line, const char *text, uint64_t hours, uint64_t minutes)
{
    while (*text) {
        char number[24] = "";
        if (!strncmp(text, "{h}", 3))
            snprintf(number, sizeof number, "%llu", (unsigned long long)hours);
        else if (!strncmp(text, "{m}", 3))
            snprintf(number, sizeof number, "%llu", (unsigned long long)minutes);
        append(line, *number ? number : text, *number ? strlen(number) : 1);
        text += *number ? 3 : 1;
    }
}

void banner_lines_make(const qa_banner_texts *texts, const char *shown_name,
                       const char *organisation, const struct overlay_status *status,
                       uint64_t minutes, struct banner_lines *out)
{
    *out = (struct banner_lines){0};
    append_item(out->who, shown_name);
    if (*organisation)
        append_item(out->who, organisation);
    const struct {
        unsigned permission;
        const char *text;
    } items[] = {{QA_PERMISSION_CONTROL, texts->control},
                 {QA_PERMISSION_VIEW, texts->view},
                 {QA_PERMISSION_ANNOTATE, texts->annotate},
                 {QA_PERMISSION_POINT, texts->point},
                 {QA_PERMISSION_CLIPBOARD_TO_HELPER, texts->clipboard_to_helper},
                 {QA_PERMISSION_CLIPBOARD_TO_SHARER, texts->clipboard_to_sharer}};
    if (status->causes)
        append_item(out->what, status->causes & QA_PAUSED_BY_SHARER   ? texts->paused
                               : status->causes & QA_PAUSED_BY_PROMPT ? texts->paused_by_prompt
                                                                      : texts->paused_by_helper);
    for (size_t i = 0; !status->causes && i < sizeof items / sizeof *items; i++)
        if (status->permissions & items[i].permission)
            append_item(out->what, items[i].text);
    if (minutes < 60)
        append_time(out->time, texts->minutes, 0, minutes);
    else
        append_time(out->time, texts->hours, minutes / 60, minutes % 60);
    append_item(out->title, out->who);
    append_item(out->title, out->what);
}
