/*
 * The mux, in two ways: bytes of a hostile peer as they are, and a script of sending, passing on
 * and consuming between two honest ends, where nothing may be lost, mixed up or refused.
 */
#include <stdbool.h>
#include <string.h>

#include <qassist/errors.h>

#include "fuzz.h"
#include "wire/mux.h"

#define PULL_MAX (MUX_CONTROL_MAX + 4)

struct end {
    struct mux *mux;
    uint8_t control_sent, control_got; /* messages are filled with their number */
    uint8_t rdp_sent, rdp_got;         /* bytes count up */
    size_t unconsumed;
    bool honest_peer;
};

static void on_control(void *user, const char *data, size_t length)
{
    struct end *end = user;
    must(length >= 1 && length <= MUX_CONTROL_MAX);
    if (end->honest_peer)
        for (size_t i = 0; i < length; i++)
            must((uint8_t)data[i] == end->control_got);
    end->control_got++;
}

static void on_rdp(void *user, const uint8_t *data, size_t length)
{
    struct end *end = user;
    must(length >= 1 && length <= MUX_RDP_CHUNK);
    if (end->honest_peer)
        for (size_t i = 0; i < length; i++)
            must(data[i] == end->rdp_got++);
    end->unconsumed += length;
    must(end->unconsumed <= MUX_RDP_WINDOW);
}

static void open_end(struct end *end, bool honest_peer)
{
    static const struct mux_events events = {on_control, on_rdp};
    memset(end, 0, sizeof *end);
    end->honest_peer = honest_peer;
    must(!mux_new(&events, end, &end->mux));
}

static void consume(struct end *end, size_t length)
{
    if (length > end->unconsumed)
        length = end->unconsumed;
    mux_rdp_consumed(end->mux, length);
    end->unconsumed -= length;
}

static void run_hostile(const uint8_t *data, size_t size)
{
    static uint8_t out[PULL_MAX];
    struct end end;
    int error = 0;
    open_end(&end, false);
    size_t piece = (size_t)fuzz_byte(&data, &size) + 1;
    for (size_t at = 0; at < size && !error; at += piece) {
        error = mux_feed(end.mux, data + at, size - at < piece ? size - at : piece);
        must(!error || error == QA_EPROTO);
        consume(&end, piece * 3);
        must(mux_pull(end.mux, out, sizeof out) <= 8);
    }
    if (error)
        must(mux_feed(end.mux, data, size) == QA_EPROTO);
    mux_free(end.mux);
}

static void send_control(struct end *end, size_t length)
{
    static char message[MUX_CONTROL_MAX];
    memset(message, end->control_sent, length);
    int error = mux_send_control(end->mux, message, length);
    must(!error || error == QA_ELIMIT);
    if (!error)
        end->control_sent++;
}

static void send_rdp(struct end *end, size_t length)
{
    static uint8_t bytes[MUX_RDP_QUEUE];
    if (length > mux_rdp_room(end->mux))
        length = mux_rdp_room(end->mux);
    for (size_t i = 0; i < length; i++)
        bytes[i] = end->rdp_sent++;
    must(!mux_send_rdp(end->mux, bytes, length));
}

static void pass(struct end *from, struct end *to, size_t piece)
{
    static uint8_t out[PULL_MAX];
    size_t length = mux_pull(from->mux, out, sizeof out);
    for (size_t at = 0; at < length; at += piece)
        must(!mux_feed(to->mux, out + at, length - at < piece ? length - at : piece));
}

static void run_script(const uint8_t *data, size_t size)
{
    struct end ends[2];
    open_end(&ends[0], true);
    open_end(&ends[1], true);
    while (size) {
        uint8_t step = fuzz_byte(&data, &size);
        size_t amount = (size_t)fuzz_byte(&data, &size) + 1;
        struct end *one = &ends[step & 1], *other = &ends[~step & 1];
        switch (step >> 1 & 7) {
        case 0:
            send_control(one, amount);
            break;
        case 1:
            send_control(one, amount * (MUX_CONTROL_MAX / 256));
            break;
        case 2:
            send_rdp(one, amount);
            break;
        case 3:
            send_rdp(one, amount * (MUX_RDP_QUEUE / 256));
            break;
        case 4:
            consume(one, amount * 1024);
            break;
        case 5:
            mux_hold_rdp(one->mux, amount & 1);
            break;
        default:
            pass(one, other, amount * amount);
            break;
        }
    }
    /* In the end everything arrives. */
    mux_hold_rdp(ends[0].mux, false);
    mux_hold_rdp(ends[1].mux, false);
    for (size_t i = 0; i < 80; i++) {
        pass(&ends[0], &ends[1], PULL_MAX);
        pass(&ends[1], &ends[0], PULL_MAX);
        consume(&ends[0], MUX_RDP_WINDOW);
        consume(&ends[1], MUX_RDP_WINDOW);
    }
    for (size_t i = 0; i < 2; i++) {
        must(ends[i].control_sent == ends[1 - i].control_got);
        must(ends[i].rdp_sent == ends[1 - i].rdp_got);
        must(mux_rdp_room(ends[i].mux) == MUX_RDP_QUEUE);
        mux_free(ends[i].mux);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (fuzz_byte(&data, &size) & 1)
        run_script(data, size);
    else
        run_hostile(data, size);
    return 0;
}
