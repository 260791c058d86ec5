#include "common/permission_words.h"

#include <stdio.h>
#include <string.h>

#include <qassist/consent.h>
#include <qassist/session.h>

#include "common/i18n.h"

static const struct {
    unsigned permission;
    const char *words;
} rows[] = {
    {QA_PERMISSION_VIEW, N_("the screen")},
    {QA_PERMISSION_CONTROL, N_("control")},
    {QA_PERMISSION_POINT, N_("laser pointer")},
    {QA_PERMISSION_ANNOTATE, N_("drawing")},
    {QA_PERMISSION_CLIPBOARD_TO_SHARER, N_("text into the clipboard")},
    {QA_PERMISSION_CLIPBOARD_TO_HELPER, N_("text from the clipboard")},
};

void permissions_in_words(unsigned permissions, char *out, size_t size)
{
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < sizeof rows / sizeof *rows && used < size; i++)
        if (permissions & rows[i].permission)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "",
                                     i18n_text(rows[i].words));
}

bool permissions_are_one(unsigned permissions)
{
    return !(permissions & (permissions - 1));
}

const char *paused_words_helper(unsigned causes)
{
    if (causes & QA_PAUSED_BY_SHARER)
        return _("The sharer paused: the screen is hidden until they go on.");
    if (causes & QA_PAUSED_BY_PROMPT)
        return _("The sharer is answering a system prompt. You see the screen again after that.");
    if (causes & QA_PAUSED_BY_HELPER)
        return _("You paused. No new pictures come until you go on.");
    return "";
}
