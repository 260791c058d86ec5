/* The helper's texts: chat and clipboard. */
#include <string.h>

#include "api/helper_private.h"

static bool may(const qa_helper *helper, unsigned permission)
{
    return !helper->machine.core.closing && helper->machine.core.state == QA_STATE_ACTIVE &&
           (helper->machine.granted & permission);
}

static bool tell(struct session *session, enum talk_news news, const char *text, uint32_t id)
{
    qa_helper *helper = helper_of(session);
    const qa_helper_callbacks *callbacks = &helper->callbacks;
    switch (news) {
    case TALK_CHAT:
        TELL_HELPER(helper, on_chat, text);
        return callbacks->on_chat;
    case TALK_DELIVERED:
        TELL_HELPER(helper, on_chat_delivered, id);
        return callbacks->on_chat_delivered;
    case TALK_CLIP:
        TELL_HELPER(helper, on_clipboard, text);
        return callbacks->on_clipboard;
    }
    return false;
}

static bool clip_may_leave(const struct session *session)
{
    return may((const qa_helper *)session, QA_PERMISSION_CLIPBOARD_TO_SHARER);
}

static bool clip_may_come(const struct session *session)
{
    return may((const qa_helper *)session, QA_PERMISSION_CLIPBOARD_TO_HELPER);
}

static void clip_came(struct session *session, const char *text, size_t length)
{
    talk_tell(session, TALK_CLIP, text, 0);
}

const struct talk_role helper_talk_role = {
    .tell = tell,
    .clip_may_leave = clip_may_leave,
    .clip_may_come = clip_may_come,
    .clip_came = clip_came,
};

int qa_helper_chat(qa_helper *helper, const char *utf8, uint32_t *id)
{
    return helper ? talk_chat(&helper->session, utf8, id) : QA_EINVAL;
}

int qa_helper_clipboard(qa_helper *helper, const char *utf8)
{
    if (!helper || !utf8)
        return QA_EINVAL;
    if (helper->machine.core.closing || helper->machine.core.state != QA_STATE_ACTIVE)
        return QA_ESTATE;
    if (!clip_may_leave(&helper->session))
        return QA_ENOTALLOWED;
    size_t length = strnlen(utf8, QA_CLIPBOARD_MAX + 1);
    return talk_clip(&helper->session, utf8, length);
}
