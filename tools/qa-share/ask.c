/*
 * Questions to the sharer: where nobody can be asked, the answer is no.
 */
#include "common/events.h"
#include "common/i18n.h"
#include "qa-share/share_state.h"

/* What the options for tests allow without asking. */
static unsigned allowed_by_options(const struct share_options *options)
{
    return (options->yes_view ? QA_PERMISSION_VIEW : 0u) |
           (options->yes_control ? QA_PERMISSION_CONTROL : 0u);
}

void ask_open(struct share *share, qa_consent *consent)
{
    unsigned permissions = qa_consent_permissions(consent);
    bool view = permissions & QA_PERMISSION_VIEW;
    events_consent("consent", consent);
    share->question = qa_consent_ref(consent);
    if (ask_is_about_call(share) && share->options->yes_view) {
        ask_answer_plain(share, true);
    } else if (permissions && !(permissions & ~allowed_by_options(share->options))) {
        complain(&share->options->common,
                 _("WARNING: allowed without asking, because of --yes-%s."),
                 view ? "view" : "control");
        ask_answer(share, permissions);
    } else if (!share->face->ask) {
        complain(&share->options->common, "%s",
                 _("nobody can be asked here (no terminal), so the answer is no."));
        ask_answer(share, 0);
    } else if (ask_is_plain(share) && !ask_is_about_call(share) && !ask_is_about_restart(share)) {
        ask_answer(share, 0); /* a kind of question that a newer library has */
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

void ask_withdraw(struct share *share, qa_consent *consent)
{
    if (consent != share->question)
        return;
    events_consent("withdrawn", consent);
    forget(share);
    share_say(share, _("The question is gone; nothing was allowed."));
}

bool ask_is_about_call(const struct share *share)
{
    return share->question && qa_consent_get_kind(share->question) == QA_CONSENT_CALLED;
}

bool ask_is_about_restart(const struct share *share)
{
    return share->question && qa_consent_get_kind(share->question) == QA_CONSENT_RESTART;
}

bool ask_is_plain(const struct share *share)
{
    return share->question && !qa_consent_permissions(share->question);
}

void ask_answer_plain(struct share *share, bool yes)
{
    bool called = ask_is_about_call(share);
    int error = yes ? qa_consent_allow(share->question) : qa_consent_deny(share->question);
    forget(share);
    if (error)
        share_say(share, _("The question is gone; nothing was allowed."));
    else if (!yes)
        share_say(share,
                  called ? _("Then hang up. %s sees nothing.")
                         : _("You said no. %s still sees your screen."),
                  share->name);
}

void ask_answer(struct share *share, unsigned allowed)
{
    ask_answer_for(share, allowed, 0);
}

void ask_answer_for(struct share *share, unsigned allowed, uint32_t seconds)
{
    if (ask_is_plain(share)) {
        ask_answer_plain(share, false);
        return;
    }
    bool view = qa_consent_permissions(share->question) & QA_PERMISSION_VIEW;
    int error = qa_consent_allow_some(share->question, allowed, seconds);
    forget(share);
    if (error)
        share_say(share, _("The question is gone; nothing was allowed."));
    else if (!allowed)
        share_say(share,
                  view ? _("You said no. %s sees nothing.")
                       : _("You said no. %s still sees your screen."),
                  share->name);
}
