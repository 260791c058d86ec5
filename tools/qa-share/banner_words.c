#include "qa-share/banner_words.h"

#include <langinfo.h>
#include <string.h>

#include "common/i18n.h"

qa_banner_texts banner_words(void)
{
    qa_banner_texts texts = {.size = sizeof texts};
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        return texts;
    /* After the helper's name, several after one another: "Ada L. - sees your screen - draws". */
    texts.view = _("sees your screen");
    texts.point = _("points");
    texts.annotate = _("draws");
    texts.control = _("controls mouse and keyboard");
    texts.clipboard_to_sharer = _("writes your clipboard");
    texts.clipboard_to_helper = _("reads your clipboard");
    texts.paused = _("sees nothing: you paused");
    texts.paused_by_helper = _("paused, and sees nothing new");
    texts.paused_by_prompt = _("sees nothing while you answer your system");
    texts.minutes = _("{m} min");
    texts.hours = _("{h} h {m} min");
    texts.button_pause = _("Pause");
    texts.button_resume = _("Go on");
    texts.button_take_back = _("Take back control");
    texts.button_end = _("End");
    return texts;
}

const char *banner_panic_key(const char *setting)
{
    if (!setting)
        return "Ctrl+Alt+Q";
    return *setting ? setting : NULL;
}
