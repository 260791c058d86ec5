/* The sharer's computer is restarted, and the session comes back: the invitation on its disk. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "api/session_link.h"
#include "api/sharer_private.h"
#include "base/random.h"

#define SECONDS (SESSION_RESTART_MS / 1000)
_Static_assert(SECONDS == INVITATION_SECONDS, "both sides of the disk agree");

/* What the helper keeps, and what goes to the disk; neither is worth anything alone. */
static int write_invitation(qa_sharer *sharer, struct control_restart *out)
{
    struct session *session = &sharer->session;
    char directory[INVITATION_PATH_MAX];
    struct invitation_secret secret = {0};
    int error = invitation_directory(sharer->state_directory, directory);
    if (error)
        return error;
    random_bytes(secret.key, sizeof secret.key);
    memcpy(secret.sid, session->sid, sizeof secret.sid);
    memcpy(secret.shown_name, session->shown_name, sizeof secret.shown_name);
    memcpy(secret.organisation, session->organisation, sizeof secret.organisation);
    memcpy(out->key, secret.key, sizeof out->key);
    out->seconds = SECONDS;
    error = invitation_write(directory, session->context->relay_url, session->ticket, time(NULL),
                             &secret, out->seal);
    sodium_memzero(&secret, sizeof secret);
    return error;
}

void sharer_allow_restart(qa_sharer *sharer)
{
    struct session *session = &sharer->session;
    struct control_message message = {.type = CONTROL_RESTART};
    int error = write_invitation(sharer, &message.restart);
    if (error) {
        log_warning(&session->context->log, "restart: the invitation could not be written");
        session_post(session,
                     &(struct session_event){.type = EVENT_RESTART_FAILED, .error = error});
    } else {
        sharer->invited = true;
        const struct relay_message keep = {.type = RELAY_KEEP, .keep_s = SECONDS};
        session_send_relay(session, &keep, "the relay could not be asked to wait");
        session_send_control(session, &message);
        session_show(session,
                     &(struct session_action){.type = ACTION_SHOW_RESTART, .seconds = SECONDS});
    }
    control_message_wipe(&message);
}

void sharer_refuse_restart(qa_sharer *sharer, int reason, uint32_t wait_s)
{
    session_send_control(
        &sharer->session,
        &(struct control_message){.type = CONTROL_RESTART, .error = reason, .wait_s = wait_s});
    if (reason == QA_EIO) /* the user said yes, in vain */
        session_show(&sharer->session,
                     &(struct session_action){.type = ACTION_SHOW_RESTART, .error = reason});
}

void sharer_forget_restart(qa_sharer *sharer)
{
    char directory[INVITATION_PATH_MAX];
    if (sharer->invited && !invitation_directory(sharer->state_directory, directory))
        invitation_remove(directory);
    sharer->invited = false;
}

/* ---- after the restart ---- */

static bool refuse(qa_sharer *sharer, const char *why)
{
    session_set_detail(&sharer->session, why);
    session_step(&sharer->session,
                 &(struct session_event){.type = EVENT_PART_FAILED, .error = QA_EINVITATION});
    return false;
}

bool sharer_take_invitation(qa_sharer *sharer)
{
    struct session *session = &sharer->session;
    char directory[INVITATION_PATH_MAX];
    const char *why = "there is no place for it on this computer";
    int64_t now = time(NULL);
    int error = invitation_directory(sharer->state_directory, directory);
    if (!sharer->resume) {
        if (!error)
            invitation_purge(directory, now);
        return true;
    }
    struct invitation *invitation = calloc(1, sizeof *invitation);
    if (!invitation) {
        session_part_failed(session, QA_ENOMEM, NULL);
        return false;
    }
    if (!error)
        error = invitation_take(directory, now, invitation, &why);
    if (!error && strcmp(invitation->relay_url, session->context->relay_url) != 0) {
        error = QA_EINVITATION;
        why = "it is for another relay";
    }
    if (error) {
        sodium_memzero(invitation, sizeof *invitation);
        free(invitation);
        return refuse(sharer, why);
    }
    session->invitation = invitation;
    memcpy(session->ticket, invitation->ticket, sizeof session->ticket);
    session->core->resume_ms = (uint64_t)(invitation->expires - now) * 1000;
    return true;
}

int qa_resume_relay(const char *state_directory, char *out, size_t size)
{
    char directory[INVITATION_PATH_MAX], url[INVITATION_URL_MAX + 1];
    int error = invitation_directory(state_directory, directory);
    if (!out || !size)
        return QA_EINVAL;
    if (!error)
        error = invitation_relay(directory, url);
    if (error)
        return QA_EINVITATION;
    if (strlen(url) >= size)
        return QA_ELIMIT;
    strcpy(out, url);
    return 0;
}

int qa_sharer_leave(qa_sharer *sharer)
{
    if (!sharer)
        return QA_EINVAL;
    int error = session_step(&sharer->session, &(struct session_event){.type = EVENT_LEAVE});
    if (!error)
        sharer->invited = false; /* it stays on the disk */
    return error;
}
