/*
 * Questions to the sharer: no is the default, and nothing typed before the question answers it.
 */
#include <stdio.h>
#include <string.h>

#include "common/events.h"
#include "common/i18n.h"
#include "qa-share/share_state.h"
#include "qa-share/terminal.h"

static bool about_control(const struct share *share)
{
    return qa_consent_permissions(share->question) & QA_PERMISSION_CONTROL;
}

static void put_to_person(struct share *share)
{
    terminal_forget_typed();
    share->answer_length = 0;
    printf(about_control(share) ? _("Let %s control your mouse and keyboard? [y/N] ")
                                : _("Let %s see your screen? [y/N] "),
           share->name);
    fflush(stdout);
}

void ask_open(struct share *share, qa_consent *consent)
{
    unsigned permissions = qa_consent_permissions(consent);
    bool control = permissions & QA_PERMISSION_CONTROL;
    events_consent(permissions);
    share->question = qa_consent_ref(consent);
    if (control ? share->options->yes_control : share->options->yes_view) {
        complain(&share->options->common,
                 _("WARNING: allowed without asking, because of --yes-%s."),
                 control ? "control" : "view");
        ask_answer(share, true);
        return;
    }
    if (share->asked == ASKED_NOBODY) {
        complain(&share->options->common,
                 _("nobody can be asked here (no terminal), so the answer is no."));
        ask_answer(share, false);
        return;
    }
    if (share->asked == ASKED_PERSON) {
        terminal_status("");
        if (control)
            share_say(share, _("%s asks for control. You can take it back at any time with t."),
                      share->name);
        put_to_person(share);
    }
}

void ask_close(struct share *share)
{
    if (share->question && share->asked == ASKED_PERSON)
        putchar('\n');
    qa_consent_unref(share->question);
    share->question = NULL;
}

void ask_answer(struct share *share, bool allow)
{
    bool control = about_control(share);
    int error = allow ? qa_consent_allow(share->question) : qa_consent_deny(share->question);
    qa_consent_unref(share->question);
    share->question = NULL;
    if (error)
        share_say(share, _("The question is gone; nothing was allowed."));
    else if (!allow)
        share_say(share,
                  control ? _("You said no. %s still sees your screen.")
                          : _("You said no. %s sees nothing."),
                  share->name);
}

static void take_line(struct share *share)
{
    share->answer[share->answer_length] = '\0';
    putchar('\n');
    switch (answer_understand(share->answer)) {
    case ANSWER_YES:
        ask_answer(share, true);
        break;
    case ANSWER_NO:
        ask_answer(share, false);
        break;
    case ANSWER_END:
        share_end(share);
        break;
    case ANSWER_UNCLEAR:
        share_say(share, _("Please type y for yes or n for no."));
        put_to_person(share);
        break;
    }
}

static void erase(struct share *share, size_t count)
{
    while (count-- && share->answer_length) {
        share->answer_length--;
        fputs("\b \b", stdout);
    }
}

void ask_typed(struct share *share, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char c = bytes[i];
        if (!key_is_plain(&share->key_state, c))
            continue;
        if (c == '\n' || c == '\r') {
            /* What came with the same keystrokes was not meant for the next question. */
            take_line(share);
            break;
        }
        if (c == '\b' || c == 0x7f) {
            erase(share, 1);
        } else if (c == 0x15) { /* Ctrl+U */
            erase(share, share->answer_length);
        } else if (c >= ' ' && c < 0x7f && share->answer_length < ANSWER_SIZE - 1) {
            share->answer[share->answer_length++] = c;
            putchar(c);
        }
    }
    fflush(stdout);
}
