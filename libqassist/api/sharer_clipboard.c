/* The sharer's texts: chat, and its clipboard with a gate for each direction. */
#include <string.h>

#include "api/sharer_private.h"

static void on_copied(void *user, const char *data, size_t length)
{
    qa_sharer *sharer = user;
    /* What cannot be sent is not worth ending a session for. */
    if (talk_clip(&sharer->session, data, length))
        log_info(&sharer->session.context->log, "clipboard: what was copied could not be sent");
}

void sharer_clipboard_init(qa_sharer *sharer)
{
    clip_gate_init(&sharer->clip_gate, on_copied, sharer);
}

static void on_app_put(void *user, const char *text)
{
    struct clip_gate *gate = user;
    qa_sharer *sharer = gate->user;
    talk_tell(&sharer->session, TALK_CLIP, text, 0);
}

static void open_clipboard(qa_sharer *sharer)
{
    qa_context *context = sharer->session.context;
    struct clipboard *clipboard;
    const char *detail = NULL;
    int error;
    if (sharer->screen_kind == QA_SCREEN_X11)
        error = clipboard_x11_new(&context->loop, sharer->display, &context->log, &clip_gate_events,
                                  &sharer->clip_gate, &clipboard, &detail);
    else
        error = clipboard_app_new(on_app_put, &clip_gate_events, &sharer->clip_gate, &clipboard);
    if (error) {
        sharer->clipboard_failed = true;
        log_warning(&context->log, "clipboard: %s", detail ? detail : qa_strerror(error));
        return;
    }
    clip_gate_attach(&sharer->clip_gate, clipboard);
}

void sharer_clipboard_update(qa_sharer *sharer)
{
    bool to_helper = sharer_machine_allows(&sharer->machine, QA_PERMISSION_CLIPBOARD_TO_HELPER);
    bool to_sharer = sharer_machine_allows(&sharer->machine, QA_PERMISSION_CLIPBOARD_TO_SHARER);
    clip_gate_set(&sharer->clip_gate, to_helper, to_sharer);
    if ((to_helper || to_sharer) && !sharer->clip_gate.clipboard && !sharer->clipboard_failed)
        open_clipboard(sharer);
    talk_pump(&sharer->session);
}

void sharer_clipboard_stop(qa_sharer *sharer)
{
    clip_gate_set(&sharer->clip_gate, false, false);
    clip_gate_detach(&sharer->clip_gate);
}

/* ---- the role ---- */

static bool tell(struct session *session, enum talk_news news, const char *text, uint32_t id)
{
    qa_sharer *sharer = sharer_of(session);
    const qa_sharer_callbacks *callbacks = &sharer->callbacks;
    switch (news) {
    case TALK_CHAT:
        TELL_SHARER(sharer, on_chat, text);
        return callbacks->on_chat;
    case TALK_DELIVERED:
        TELL_SHARER(sharer, on_chat_delivered, id);
        return callbacks->on_chat_delivered;
    case TALK_CLIP:
        TELL_SHARER(sharer, on_clipboard, text);
        return callbacks->on_clipboard;
    }
    return false;
}

static bool clip_may_leave(const struct session *session)
{
    return sharer_machine_allows(&((const qa_sharer *)session)->machine,
                                 QA_PERMISSION_CLIPBOARD_TO_HELPER);
}

static bool clip_may_come(const struct session *session)
{
    return sharer_machine_allows(&((const qa_sharer *)session)->machine,
                                 QA_PERMISSION_CLIPBOARD_TO_SHARER);
}

static void clip_came(struct session *session, const char *text, size_t length)
{
    qa_sharer *sharer = sharer_of(session);
    if (clip_gate_put(&sharer->clip_gate, text, length))
        log_info(&session->context->log, "clipboard: what the helper sent could not be kept");
    else if (sharer->screen_kind == QA_SCREEN_X11)
        talk_tell(session, TALK_CLIP, text, 0);
}

const struct talk_role sharer_talk_role = {
    .tell = tell,
    .clip_may_leave = clip_may_leave,
    .clip_may_come = clip_may_come,
    .clip_came = clip_came,
};

/* ---- public ---- */

int qa_sharer_chat(qa_sharer *sharer, const char *utf8, uint32_t *id)
{
    return sharer ? talk_chat(&sharer->session, utf8, id) : QA_EINVAL;
}

int qa_sharer_clipboard(qa_sharer *sharer, const char *utf8)
{
    if (!sharer || !utf8)
        return QA_EINVAL;
    if (sharer->screen_kind != QA_SCREEN_APP || sharer->machine.core.closing ||
        sharer->machine.core.state != QA_STATE_ACTIVE)
        return QA_ESTATE;
    if (!clip_may_leave(&sharer->session))
        return QA_ENOTALLOWED;
    size_t length = strnlen(utf8, QA_CLIPBOARD_MAX + 1);
    if (!length || length > QA_CLIPBOARD_MAX)
        return QA_EINVAL;
    clipboard_app_copied(sharer->clip_gate.clipboard, utf8, length);
    return 0;
}
