/*
 * Questions to the sharer: where nobody can be asked, the answer is no.
 */
#include "common/events.h"
#include "common/i18n.h"
#include "qa-share/share_state.h"

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
    } else if (!share->face->ask) {
        complain(&share->options->common, "%s",
                 _("nobody can be asked here (no terminal), so the answer is no."));
        ask_answer(share, false);
    } else {
        share->asking = true;
        share->face->ask(share);
    }
}

static void forget(struct share *share)
{
    qa_consent_unref(share->question);
    share->question = NULL;
    if (share->asking)
        share->face->asked(share);
    share->asking = false;
}

void ask_close(struct share *share)
{
    if (share->question)
        forget(share);
}

void ask_answer(struct share *share, bool allow)
{
    bool control = qa_consent_permissions(share->question) & QA_PERMISSION_CONTROL;
    int error = allow ? qa_consent_allow(share->question) : qa_consent_deny(share->question);
    forget(share);
    if (error)
        share_say(share, _("The question is gone; nothing was allowed."));
    else if (!allow)
        share_say(share,
                  control ? _("You said no. %s still sees your screen.")
                          : _("You said no. %s sees nothing."),
                  share->name);
}
