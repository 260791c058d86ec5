#include "api/frame.h"
#include "api/helper_private.h"

static void on_rdp_frame(void *user, const struct rdp_frame *changes)
{
    struct session *session = user;
    qa_helper *helper = helper_of(session);
    const qa_rect whole = {0, 0, session->picture.width, session->picture.height};
    const struct rdp_frame all = {.damage = &whole, .count = 1, .painted = 1};
    qa_frame *frame = frame_new(&session->picture, helper->whole_due ? &all : changes);
    if (!frame) {
        session_part_failed(session, QA_ENOMEM, "out of memory for a frame");
        return;
    }
    session_hold(session);
    context_flush(session->context);
    /*
     * What comes while the screen is hidden, or of one that is not shown any more, is in the
     * picture, and what is left of it is shown with the next.
     */
    bool old = helper_picture_is_old(helper);
    helper->whole_due = helper->whole_due || old;
    if (!old && !session->silent && session->rdp && helper->machine.core.state == QA_STATE_ACTIVE &&
        !helper->machine.core.closing) {
        helper->whole_due = false;
        session_lend_picture(session);
        TELL_HELPER(helper, on_frame, frame);
        session_take_picture_back(session, frame);
    } else if (session->rdp) {
        rdp_frame_done(session->rdp);
    }
    frame_finish(frame);
    session_release(session);
}

static void on_rdp_cursor(void *user, const qa_cursor *cursor)
{
    qa_helper *helper = user;
    session_hold(&helper->session);
    TELL_HELPER(helper, on_cursor, cursor);
    session_release(&helper->session);
}

static void on_rdp_cursor_position(void *user, int32_t x, int32_t y)
{
    qa_helper *helper = user;
    session_hold(&helper->session);
    TELL_HELPER(helper, on_cursor_position, x, y);
    session_release(&helper->session);
}

static const struct rdp_events rdp_events = {
    .bytes = session_on_rdp_bytes,
    .consumed = session_on_rdp_consumed,
    .frame = on_rdp_frame,
    .cursor = on_rdp_cursor,
    .cursor_position = on_rdp_cursor_position,
    .failed = session_on_rdp_failed,
};

void helper_start_viewing(qa_helper *helper)
{
    int error = session_start_worker(&helper->session, RDP_CLIENT, &rdp_events);
    if (error)
        session_part_failed(&helper->session, error, "the RDP worker could not be started");
}

void helper_show_picture(qa_helper *helper)
{
    helper->whole_due = true;
    if (helper->session.rdp)
        rdp_refresh(helper->session.rdp);
}
