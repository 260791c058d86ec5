#include "worker/pacing.h"

#include "base/clock.h"

#define QUEUE_US       100000   /* what may wait on the way, as time, by the frames there */
#define RATE_BUCKET_US 500000   /* the best rate of two seconds counts, */
#define DELAY_US       10000000 /* and the shortest delay of ten */
#define SILENCE_US     5000000  /* after it the path may be another one */
#define OLD_BYTES      ((size_t)64 * 1024)
#define RISES          3u
/* Of a far path: each of these makes room for a frame more than two. */
#define FAR_US 33000
#define FRAMES 2
/* Behind a slow peer, or beside much work here, only frames that go alone tell of the path: one so
 * often. */
#define ALONE_US 1000000
/* What the peer says is in milliseconds. */
#define PATH_US_MIN 1000
/* The peer's own queue: a large frame is one that takes it so long from its beginning to its end,
 */
#define WORK_US 50000
/* but not one of so many bytes: video takes long, however small it is. */
#define WORK_BYTES_MIN ((size_t)128 * 1024)
/* Less than this is not worth a frame, and every path has to take it. */
#define FRAME_BYTES_MIN ((size_t)6 * 1024)

void pacing_init(struct pacing *pacing)
{
    *pacing =
        (struct pacing){.rises_left = RISES, .probing = true, .frame_max = PACING_FRAME_BYTES};
}

uint64_t pacing_rate(const struct pacing *pacing)
{
    uint64_t best = 0;
    for (size_t i = 0; i < PACING_BUCKETS; i++)
        if (pacing->rates[i] > best)
            best = pacing->rates[i];
    return best;
}

uint64_t pacing_delay_us(const struct pacing *pacing)
{
    return pacing->delay_us;
}

/* Frames that may be on their way: what waits for the next one waits for a part of the delay. */
static size_t frames_max(const struct pacing *pacing)
{
    uint64_t more = pacing->delay_us / FAR_US;
    more = more ? more - 1 : 0;
    return FRAMES + (more < PACING_FRAMES_MAX - FRAMES ? (size_t)more : PACING_FRAMES_MAX - FRAMES);
}

/* Bytes that may be on their way. */
static size_t limit(const struct pacing *pacing, uint64_t now_us)
{
    if (pacing->probing)
        return FRAME_BYTES_MIN;
    /* Until the rate stops rising twice as much, to find out soon. */
    uint64_t delay = pacing->delay_us * (pacing->rises_left ? 2 : 1);
    uint64_t queue = QUEUE_US / frames_max(pacing);
    uint64_t bytes = pacing_rate(pacing) * (delay + queue) / 1000000;
    if (now_us - pacing->heard_us > SILENCE_US && bytes > OLD_BYTES)
        bytes = OLD_BYTES;
    size_t most = frames_max(pacing) * pacing->frame_max;
    if (bytes > most)
        bytes = most;
    return bytes < FRAME_BYTES_MIN ? FRAME_BYTES_MIN : (size_t)bytes;
}

static bool is_alone_due(const struct pacing *pacing, uint64_t now_us)
{
    return pacing->is_blind && now_us - pacing->alone_us >= ALONE_US;
}

size_t pacing_budget(const struct pacing *pacing, uint64_t now_us)
{
    size_t most = limit(pacing, now_us);
    if (pacing->count >= frames_max(pacing))
        return 0;
    if (pacing->count && (pacing->probing || is_alone_due(pacing, now_us)))
        return 0;
    /* So small a rest that it is not worth a frame waits, unless nothing else is on its way. */
    if (pacing->count && pacing->in_flight + FRAME_BYTES_MIN / 2 > most)
        return 0;
    /* No more than its share: the next one is to be on its way before this one has arrived. */
    size_t share = most / frames_max(pacing);
    if (share < FRAME_BYTES_MIN)
        share = FRAME_BYTES_MIN;
    size_t room = pacing->count ? most - pacing->in_flight : most;
    return room < share ? room : share;
}

void pacing_sent(struct pacing *pacing, uint32_t id, size_t bytes, bool is_full, uint64_t first_us,
                 uint64_t now_us)
{
    if (pacing->count == PACING_FRAMES_MAX)
        return;
    /* A path that was empty begins to deliver now. */
    if (!pacing->count)
        pacing->delivered_us = first_us;
    pacing->frames[pacing->count] =
        (struct pacing_frame){.id = id,
                              .bytes = bytes,
                              .is_full = is_full,
                              .is_probe = pacing->probing && !pacing->count,
                              .is_alone = !pacing->count,
                              .worked_us = pacing->worked_us,
                              .sent_us = now_us,
                              .delivered = pacing->delivered,
                              .since_us = pacing->delivered_us};
    pacing->count++;
    pacing->in_flight += bytes;
}

/* A frame that could have been larger shows no more than that the path is at least so fast. */
static void learn_rate(struct pacing *pacing, uint64_t rate, bool is_full, uint64_t now_us)
{
    uint64_t best = pacing_rate(pacing);
    if (!is_full && rate <= best)
        return;
    if (pacing->rises_left && is_full && rate < best + best / 4)
        pacing->rises_left--;
    if (now_us - pacing->bucket_us >= RATE_BUCKET_US) {
        pacing->bucket = (pacing->bucket + 1) % PACING_BUCKETS;
        pacing->bucket_us = now_us;
        pacing->rates[pacing->bucket] = 0;
    }
    if (rate > pacing->rates[pacing->bucket])
        pacing->rates[pacing->bucket] = rate;
}

static void learn_delay(struct pacing *pacing, uint64_t delay, bool is_probe, uint64_t now_us)
{
    /* As good as the shortest: it is still true. */
    if (is_probe || delay <= pacing->delay_us + pacing->delay_us / 8)
        pacing->delay_seen_us = now_us;
    if (is_probe || delay < pacing->delay_us)
        pacing->delay_us = delay;
    pacing->probing = (pacing->probing && !is_probe) || now_us - pacing->delay_seen_us > DELAY_US;
}

static void learn_work(struct pacing *pacing, const struct pacing_frame *frame)
{
    size_t most = pacing->frame_max;
    if (frame->bytes >= WORK_BYTES_MIN && frame->took_us > WORK_US)
        most = (size_t)(frame->bytes * (uint64_t)WORK_US / frame->took_us);
    else if (frame->bytes > most / 2 && frame->took_us < WORK_US / 2)
        most += most / 4;
    else
        return;
    most = most > WORK_BYTES_MIN ? most : WORK_BYTES_MIN;
    pacing->frame_max = most < PACING_FRAME_BYTES ? most : PACING_FRAME_BYTES;
}

static void learn(struct pacing *pacing, const struct pacing_frame *frame, uint64_t late_us,
                  uint64_t now_us)
{
    uint64_t took = clock_later(clock_since(now_us, frame->since_us), 1);
    uint64_t delay = clock_later(clock_since(now_us, frame->sent_us), 1);
    bool is_late = late_us * 4 >= took;
    bool is_peer_slow = (pacing->worked_us - frame->worked_us) * 4 >= delay * 3;
    if (frame->is_alone && !is_late) {
        took = delay = clock_later(clock_since(took, frame->peer_us), PATH_US_MIN);
        pacing->alone_us = now_us;
    }
    /* Until a frame that was alone is read of in time. */
    pacing->is_blind = is_late || (!frame->is_alone && (is_peer_slow || pacing->is_blind));
    bool is_full = frame->is_full && !pacing->is_blind;
    learn_rate(pacing, (pacing->delivered - frame->delivered) * 1000000 / took, is_full, now_us);
    learn_delay(pacing, delay, frame->is_probe && !is_late, now_us);
    learn_work(pacing, frame);
}

static void drop_first(struct pacing *pacing)
{
    pacing->in_flight -= pacing->frames[0].bytes;
    pacing->count--;
    for (size_t i = 0; i < pacing->count; i++)
        pacing->frames[i] = pacing->frames[i + 1];
}

void pacing_peer_took(struct pacing *pacing, uint32_t id, uint64_t took_us, uint64_t after_us)
{
    for (size_t i = 0; i < pacing->count; i++)
        if (pacing->frames[i].id == id) {
            pacing->frames[i].took_us = took_us;
            pacing->frames[i].peer_us = after_us;
        }
}

void pacing_acknowledged(struct pacing *pacing, uint32_t id, uint64_t late_us, uint64_t now_us)
{
    size_t arrived = 0;
    for (size_t i = 0; i < pacing->count && !arrived; i++)
        if (pacing->frames[i].id == id)
            arrived = i + 1;
    for (; arrived; arrived--) {
        struct pacing_frame frame = pacing->frames[0];
        drop_first(pacing);
        pacing->delivered += frame.bytes;
        pacing->worked_us += frame.peer_us;
        pacing->delivered_us = now_us;
        pacing->heard_us = now_us;
        /* Of several at once only the last one arrived just now. */
        if (arrived == 1)
            learn(pacing, &frame, late_us, now_us);
    }
}

void pacing_forget(struct pacing *pacing)
{
    pacing->count = 0;
    pacing->in_flight = 0;
}
