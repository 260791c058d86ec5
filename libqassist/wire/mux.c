#include "wire/mux.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "base/buffer.h"

#define HEADER         4
#define WINDOW_PAYLOAD 4
/* Credit goes back in pieces no smaller than this, so that WINDOW frames stay few. */
#define WINDOW_BATCH (MUX_RDP_WINDOW / 4)
/* No peer has a reason to grant more than this at once. */
#define CREDIT_MAX (1u << 30)

enum stream { STREAM_CONTROL = 0, STREAM_RDP = 1 };
enum kind { KIND_DATA = 0, KIND_WINDOW = 1 };

struct mux {
    struct mux_events events;
    void *user;

    struct buffer control_out; /* whole frames, headers included */
    struct buffer rdp_out;     /* bytes, framed when they are pulled */
    bool rdp_held;             /* rdp_out waits although there is credit */
    uint32_t send_credit;      /* RDP bytes the peer takes now */

    uint32_t receive_credit; /* RDP bytes the peer may still send */
    size_t unconsumed;       /* received, not yet passed on by the owner */
    uint32_t owed;           /* passed on, credit not yet given back */

    uint8_t header[HEADER]; /* of the frame that comes in */
    size_t header_length;
    size_t payload_length; /* as the header says */
    size_t payload_done;
    uint8_t payload[MUX_CONTROL_MAX]; /* gathers control messages and WINDOW frames */
    bool broken;
};

int mux_new(const struct mux_events *events, void *user, struct mux **out)
{
    struct mux *mux = calloc(1, sizeof *mux);
    *out = mux;
    if (!mux)
        return QA_ENOMEM;
    mux->events = *events;
    mux->user = user;
    mux->send_credit = MUX_RDP_WINDOW;
    mux->receive_credit = MUX_RDP_WINDOW;
    buffer_init(&mux->control_out, MUX_CONTROL_QUEUE);
    buffer_init(&mux->rdp_out, MUX_RDP_QUEUE);
    return 0;
}

void mux_free(struct mux *mux)
{
    if (!mux)
        return;
    buffer_free(&mux->control_out);
    buffer_free(&mux->rdp_out);
    sodium_memzero(mux, sizeof *mux);
    free(mux);
}

static void put_header(uint8_t *out, enum stream stream, enum kind kind, size_t length)
{
    out[0] = (uint8_t)stream;
    out[1] = (uint8_t)kind;
    out[2] = (uint8_t)(length >> 8);
    out[3] = (uint8_t)length;
}

static size_t header_payload(const uint8_t *header)
{
    return (size_t)header[2] << 8 | header[3];
}

/* ---- sending ---- */

int mux_send_control(struct mux *mux, const char *data, size_t length)
{
    if (length < 1 || length > MUX_CONTROL_MAX)
        return QA_EINVAL;
    if (buffer_room(&mux->control_out) < HEADER + length)
        return QA_ELIMIT;
    uint8_t *frame = buffer_reserve(&mux->control_out, HEADER + length);
    if (!frame)
        return QA_ENOMEM;
    put_header(frame, STREAM_CONTROL, KIND_DATA, length);
    memcpy(frame + HEADER, data, length);
    buffer_commit(&mux->control_out, HEADER + length);
    return 0;
}

size_t mux_control_room(const struct mux *mux)
{
    return buffer_room(&mux->control_out);
}

size_t mux_rdp_room(const struct mux *mux)
{
    return buffer_room(&mux->rdp_out);
}

int mux_send_rdp(struct mux *mux, const uint8_t *data, size_t length)
{
    return buffer_append(&mux->rdp_out, data, length);
}

void mux_hold_rdp(struct mux *mux, bool hold)
{
    mux->rdp_held = hold;
}

void mux_rdp_consumed(struct mux *mux, size_t length)
{
    /* Never give back what was not received: the peer would be let over the window. */
    if (length > mux->unconsumed)
        length = mux->unconsumed;
    mux->unconsumed -= length;
    mux->owed += (uint32_t)length;
}

static size_t pull_window(struct mux *mux, uint8_t *out, size_t size)
{
    if (mux->owed < WINDOW_BATCH || size < HEADER + WINDOW_PAYLOAD)
        return 0;
    put_header(out, STREAM_RDP, KIND_WINDOW, WINDOW_PAYLOAD);
    out[4] = (uint8_t)(mux->owed >> 24);
    out[5] = (uint8_t)(mux->owed >> 16);
    out[6] = (uint8_t)(mux->owed >> 8);
    out[7] = (uint8_t)mux->owed;
    mux->receive_credit += mux->owed;
    mux->owed = 0;
    return HEADER + WINDOW_PAYLOAD;
}

static size_t pull_control(struct mux *mux, uint8_t *out, size_t size)
{
    if (!mux->control_out.length)
        return 0;
    size_t frame = HEADER + header_payload(buffer_data(&mux->control_out));
    if (frame > size)
        return 0;
    memcpy(out, buffer_data(&mux->control_out), frame);
    buffer_consume(&mux->control_out, frame);
    return frame;
}

static size_t pull_rdp(struct mux *mux, uint8_t *out, size_t size)
{
    size_t chunk = mux->rdp_held ? 0 : mux->rdp_out.length;
    if (chunk > MUX_RDP_CHUNK)
        chunk = MUX_RDP_CHUNK;
    if (chunk > mux->send_credit)
        chunk = mux->send_credit;
    /* A chunk is not cut to what room is left here: the next pull takes it whole. */
    if (!chunk || HEADER + chunk > size)
        return 0;
    put_header(out, STREAM_RDP, KIND_DATA, chunk);
    memcpy(out + HEADER, buffer_data(&mux->rdp_out), chunk);
    buffer_consume(&mux->rdp_out, chunk);
    mux->send_credit -= (uint32_t)chunk;
    return HEADER + chunk;
}

size_t mux_pull(struct mux *mux, uint8_t *out, size_t size)
{
    size_t written = 0, frame;
    if (mux->broken)
        return 0;
    do {
        frame = pull_window(mux, out + written, size - written);
        if (!frame)
            frame = pull_control(mux, out + written, size - written);
        if (!frame && !mux->control_out.length)
            frame = pull_rdp(mux, out + written, size - written);
        written += frame;
    } while (frame);
    return written;
}

/* ---- receiving ---- */

static bool is_frame(const struct mux *mux, enum stream stream, enum kind kind)
{
    return mux->header[0] == (uint8_t)stream && mux->header[1] == (uint8_t)kind;
}

/* Looks at a whole header before any of its payload is taken. */
static int begin_frame(struct mux *mux)
{
    size_t length = header_payload(mux->header);
    mux->payload_length = length;
    mux->payload_done = 0;
    if (is_frame(mux, STREAM_CONTROL, KIND_DATA))
        return length >= 1 && length <= MUX_CONTROL_MAX ? 0 : QA_EPROTO;
    if (is_frame(mux, STREAM_RDP, KIND_WINDOW))
        return length == WINDOW_PAYLOAD ? 0 : QA_EPROTO;
    if (!is_frame(mux, STREAM_RDP, KIND_DATA) || length < 1 || length > MUX_RDP_CHUNK ||
        length > mux->receive_credit)
        return QA_EPROTO;
    mux->receive_credit -= (uint32_t)length;
    return 0;
}

static int take_window(struct mux *mux)
{
    const uint8_t *bytes = mux->payload;
    uint32_t more =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    if (!more || more > CREDIT_MAX - mux->send_credit)
        return QA_EPROTO;
    mux->send_credit += more;
    return 0;
}

/* RDP goes on as it arrives; the other frames are gathered until they are whole. */
static int take_payload(struct mux *mux, const uint8_t *data, size_t length)
{
    bool is_rdp = is_frame(mux, STREAM_RDP, KIND_DATA);
    if (!is_rdp)
        memcpy(mux->payload + mux->payload_done, data, length);
    mux->payload_done += length;
    bool whole = mux->payload_done == mux->payload_length;
    if (whole)
        mux->header_length = 0;

    if (is_rdp) {
        mux->unconsumed += length;
        mux->events.rdp(mux->user, data, length);
    } else if (whole && is_frame(mux, STREAM_RDP, KIND_WINDOW)) {
        return take_window(mux);
    } else if (whole) {
        mux->events.control(mux->user, (const char *)mux->payload, mux->payload_length);
    }
    return 0;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

int mux_feed(struct mux *mux, const uint8_t *data, size_t length)
{
    int error = mux->broken ? QA_EPROTO : 0;
    while (length && !error) {
        size_t take;
        if (mux->header_length < HEADER) {
            take = smaller(HEADER - mux->header_length, length);
            memcpy(mux->header + mux->header_length, data, take);
            mux->header_length += take;
            if (mux->header_length == HEADER)
                error = begin_frame(mux);
        } else {
            take = smaller(mux->payload_length - mux->payload_done, length);
            error = take_payload(mux, data, take);
        }
        data += take;
        length -= take;
    }
    if (error)
        mux->broken = true;
    return error;
}
