#include "qa-share/words.h"

#include <qassist/consent.h>

#include "common/i18n.h"

const char share_restart_question[] =
    N_("Let %s go on helping you after a restart of your computer?");
const char share_restart_advice[] =
    N_("Your computer does not restart by itself: you or whoever controls it does that. For 20 "
       "minutes the session can be taken up again on this computer, once, without a new code; "
       "before anything is shown you are asked again.");

const char share_coming_back[] =
    N_("Coming back to the session from before the restart. Nothing is shared before you say yes.");

const struct share_words share_words[SHARE_WORDS] = {
    {QA_PERMISSION_VIEW, N_("Let %s see your screen?"), N_("See your screen"), NULL, NULL},
    {QA_PERMISSION_CONTROL, N_("Let %s control your mouse and keyboard?"),
     N_("Control your mouse and keyboard"), NULL, NULL},
    {QA_PERMISSION_POINT, N_("Let %s show a pointer on your screen?"),
     N_("Show a pointer on your screen"), N_("%s can show a pointer on your screen now."),
     N_("%s cannot show a pointer any more.")},
    {QA_PERMISSION_ANNOTATE, N_("Let %s draw on your screen?"), N_("Draw on your screen"),
     N_("%s can draw on your screen now."), N_("%s cannot draw on your screen any more.")},
    {QA_PERMISSION_CLIPBOARD_TO_SHARER, N_("Let %s put text into your clipboard?"),
     N_("Put text into your clipboard"), N_("%s can put text into your clipboard now."),
     N_("%s cannot put text into your clipboard any more.")},
    {QA_PERMISSION_CLIPBOARD_TO_HELPER, N_("Let %s read the text in your clipboard?"),
     N_("Read the text in your clipboard"), N_("%s can read the text that you copy now."),
     N_("%s cannot read your clipboard any more.")},
};

const char *const share_warnings[] = {
    N_("Share only with somebody you called yourself. If they called you, hang up."),
    N_("Nobody honest hurries or frightens you."),
    N_("Never tell or show anybody a password, and do no banking meanwhile."),
    N_("Whoever controls your computer can do damage with it. Watch what they do."),
    NULL,
};

const struct share_words *share_words_of(unsigned permission)
{
    for (size_t i = 0; i < SHARE_WORDS; i++)
        if (share_words[i].permission == permission)
            return &share_words[i];
    return NULL;
}
