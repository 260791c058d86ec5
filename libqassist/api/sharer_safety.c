/* What protects the sharer from people rather than from programs: the warning, the report. */
#include <string.h>

#include <sodium.h>

#include "api/policies.h"
#include "api/sharer_private.h"
#include "session/reconnect.h"
#include "wire/talk_text.h"

static const char warning[] =
    "Share your screen only with somebody you called yourself. If they called you, hang up.\n"
    "Nobody honest hurries or frightens you.\n"
    "Never tell or show anybody a password, and do no banking meanwhile.\n"
    "Whoever controls your computer can do damage with it. Watch what they do.\n"
    "In doubt end the session, and report it.";

const char *qa_sharer_warning(void)
{
    return warning;
}

/* Warned first, then joined: nothing is sent before the user read it. */
static void run_start(struct deferred *self)
{
    qa_sharer *sharer = (qa_sharer *)((char *)self - offsetof(qa_sharer, start));
    const char *text = sharer->warning ? sharer->warning : warning;
    bool obeyed = sharer->session.silent || session_obey_policies(&sharer->session);
    if (obeyed && !sharer->session.silent && *text)
        TELL_SHARER(sharer, on_warning, text);
    if (obeyed && !sharer->session.silent && sharer_take_invitation(sharer))
        session_step(&sharer->session, &(struct session_event){.type = EVENT_START});
    session_release(&sharer->session);
}

int qa_sharer_start(qa_sharer *sharer)
{
    if (!sharer)
        return QA_EINVAL;
    if (sharer->start.run || sharer->machine.core.closing)
        return QA_ESTATE;
    sharer->start.run = run_start;
    sharer->start.owner = &sharer->session;
    session_hold(&sharer->session);
    context_defer(sharer->session.context, &sharer->start);
    return 0;
}

/* The relay listens: before that, after a break as well, whatever it is told is lost. */
static bool is_joined(const qa_sharer *sharer)
{
    const struct session_core *core = &sharer->machine.core;
    if (reconnect_is_broken(core) && !core->admitted)
        return false;
    return !core->closing && core->state >= QA_STATE_PAIRING && core->state != QA_STATE_ENDED &&
           sharer->session.link;
}

int qa_sharer_report(qa_sharer *sharer, const char *words)
{
    if (!sharer || !words)
        return QA_EINVAL;
    if (!is_joined(sharer))
        return QA_ESTATE;
    struct relay_message message = {.type = RELAY_REPORT};
    _Static_assert(sizeof message.words > TALK_LINES_BYTES(QA_REPORT_MAX), "a report has room");
    if (talk_text_lines(words, QA_REPORT_MAX, message.words) <= 0)
        return QA_EINVAL;
    char text[RELAY_MESSAGE_MAX];
    int length = relay_message_encode(&message, text);
    int error = length < 0 ? length : link_send_text(sharer->session.link, text, (size_t)length);
    sodium_memzero(text, sizeof text);
    relay_message_wipe(&message);
    if (!error)
        qa_sharer_end(sharer);
    return error;
}
