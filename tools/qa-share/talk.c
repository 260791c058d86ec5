/*
 * What goes to and fro in words: chat with the helper, clipboard texts, reports to the service.
 */
#include <stdio.h>

#include "common/events.h"
#include "common/exits.h"
#include "common/i18n.h"
#include "qa-share/share_state.h"

static void on_chat(qa_sharer *sharer, const char *text, void *user)
{
    struct share *share = user;
    events_text("chat", text);
    if (share->face->chat)
        share->face->chat(share, text);
    else
        share_say(share, _("%s writes: %s"), share->name, text);
}

static void on_chat_delivered(qa_sharer *sharer, uint32_t id, void *user)
{
    struct share *share = user;
    events_id("chat-delivered", id);
    if (share->face->chat_delivered)
        share->face->chat_delivered(share, id);
}

static void on_clipboard(qa_sharer *sharer, const char *text, void *user)
{
    struct share *share = user;
    events_text("clipboard", text);
    share_say(share, _("%s put a text into your clipboard."), share->name);
}

static void on_warning(qa_sharer *sharer, const char *text, void *user)
{
    events_text("warning", text);
}

void share_talk_callbacks(qa_sharer_callbacks *callbacks)
{
    callbacks->on_chat = on_chat;
    callbacks->on_chat_delivered = on_chat_delivered;
    callbacks->on_clipboard = on_clipboard;
    callbacks->on_warning = on_warning;
}

int share_chat(struct share *share, const char *text, uint32_t *id)
{
    uint32_t number = 0;
    int error = share->sharer ? qa_sharer_chat(share->sharer, text, &number) : QA_ESTATE;
    if (!error) {
        events_id("chat-sent", number);
    } else if (events_enabled()) {
        events_refused(qa_strerror(error));
    } else if (error == QA_ERATE || error == QA_ELIMIT) {
        share_say(share, _("That was not sent: too much at once. Wait a moment."));
    } else if (error == QA_EINVAL) {
        share_say(share, _("That was not sent: at most %d characters."), QA_CHAT_MAX);
    } else {
        share_say(share, _("That was not sent: %s."), error_text(error));
    }
    if (id)
        *id = number;
    return error;
}

void share_report_trouble(const struct share *share, int error, char *out, size_t size)
{
    if (error == QA_EINVAL)
        snprintf(out, size, _("That was not reported: at most %d characters."), QA_REPORT_MAX);
    else if (share->state == QA_STATE_RECONNECTING)
        snprintf(out, size, "%s",
                 _("That was not reported: the connection broke off. Send it once it is back."));
    else
        snprintf(out, size, _("That was not reported: %s."), error_text(error));
}

int share_report(struct share *share, const char *words)
{
    int error = share->sharer ? qa_sharer_report(share->sharer, words) : QA_ESTATE;
    share->reported = share->reported || !error;
    if (!error) {
        share_say(share, _("You reported this session to %s."), share->relay_host);
    } else if (events_enabled()) {
        events_refused(qa_strerror(error));
    } else if (!share->face->shows) {
        char why[512];
        share_report_trouble(share, error, why, sizeof why);
        share_say(share, "%s", why);
    }
    return error;
}
