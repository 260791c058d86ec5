#include "rdp_pair.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include <qassist/errors.h>

#define PATIENCE_MS 100000
/* Like the mux: an end is read while the other's worker has less than this to take. */
#define WINDOW 262144

static size_t fds_before;

size_t pair_open_fds(void)
{
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    size_t count = 0;
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static void on_stopped(void *user)
{
    struct pair_end *end = user;
    end->ended = true;
}

static void maybe_stop(struct pair_end *end, const char *event)
{
    if (!end->stop_in || strcmp(end->stop_in, event) != 0)
        return;
    end->stop_in = NULL;
    end->stopped = true;
    rdp_stop(end->rdp, on_stopped, end);
}

/* No event after rdp_stop. */
static struct pair_end *alive(void *user)
{
    struct pair_end *end = user;
    assert_false(end->stopped);
    return end;
}

static void on_bytes(void *user, const uint8_t *data, size_t length)
{
    struct pair_end *end = alive(user);
    uint8_t copy[RDP_BYTES_MAX];
    assert_true(length > 0 && length <= sizeof copy);
    memcpy(copy, data, length);
    end->bytes += length;
    maybe_stop(end, "bytes");
    if (end->spoil)
        end->spoil(end, copy, length);
    if (!end->other->rdp || end->other->stopped)
        return;
    assert_int_equal(rdp_feed(end->other->rdp, copy, length), 0);
    end->other->waiting += length;
    if (end->other->waiting >= WINDOW && !end->stopped)
        rdp_set_reading(end->rdp, false);
}

static void on_consumed(void *user, size_t length)
{
    struct pair_end *end = alive(user);
    assert_true(length <= end->waiting);
    end->waiting -= length;
    maybe_stop(end, "consumed");
    if (end->waiting < WINDOW && end->other->rdp && !end->other->stopped)
        rdp_set_reading(end->other->rdp, true);
}

static void on_input(void *user, const qa_input_event *event)
{
    struct pair_end *end = alive(user);
    if (end->input_count < PAIR_INPUT_MAX)
        end->input[end->input_count++] = *event;
    maybe_stop(end, "input");
}

static void on_taken(void *user)
{
    struct pair_end *end = alive(user);
    end->taken = true;
    maybe_stop(end, "taken");
}

static void on_renew(void *user)
{
    struct pair_end *end = alive(user);
    end->renew = true;
    if (!end->hold_renew)
        assert_int_equal(rdp_damage(end->rdp, NULL, 0), 0);
}

static void on_input_epoch(void *user, unsigned epoch)
{
    struct pair_end *end = alive(user);
    if (end->epoch_count < PAIR_INPUT_MAX) {
        end->epoch_at[end->epoch_count] = end->input_count;
        end->epoch[end->epoch_count++] = epoch;
    }
    maybe_stop(end, "input_epoch");
}

static void add_bounds(qa_rect *all, const qa_rect *rect)
{
    if (!all->width) {
        *all = *rect;
        return;
    }
    int32_t right = all->x + all->width;
    int32_t bottom = all->y + all->height;
    if (rect->x + rect->width > right)
        right = rect->x + rect->width;
    if (rect->y + rect->height > bottom)
        bottom = rect->y + rect->height;
    if (rect->x < all->x)
        all->x = rect->x;
    if (rect->y < all->y)
        all->y = rect->y;
    all->width = right - all->x;
    all->height = bottom - all->y;
}

/* Row by row, in the order in which none is overwritten that is still to be read. */
static void mirror_move(struct picture *mirror, const qa_move *move)
{
    size_t stride = picture_stride(mirror);
    for (int32_t i = 0; i < move->to.height; i++) {
        int32_t row = move->to.y <= move->from_y ? i : move->to.height - 1 - i;
        memmove(mirror->pixels + (size_t)(move->to.y + row) * stride + (size_t)move->to.x * 4,
                mirror->pixels + (size_t)(move->from_y + row) * stride + (size_t)move->from_x * 4,
                (size_t)move->to.width * 4);
    }
}

static void mirror_paint(struct picture *mirror, const struct picture *picture, const qa_rect *rect)
{
    size_t stride = picture_stride(mirror);
    for (int32_t y = rect->y; y < rect->y + rect->height; y++) {
        size_t at = (size_t)y * stride + (size_t)rect->x * 4;
        memcpy(mirror->pixels + at, picture->pixels + at, (size_t)rect->width * 4);
    }
}

PAIR_PIXELS static void assert_same(const struct picture *mirror, const struct picture *picture,
                                    size_t moves)
{
    size_t width = (size_t)picture->width, pixels = width * (size_t)picture->height;
    const uint32_t *a = (const uint32_t *)(const void *)mirror->pixels;
    const uint32_t *b = (const uint32_t *)(const void *)picture->pixels;
    for (size_t i = 0; i < pixels; i++)
        if ((a[i] ^ b[i]) & 0xffffff)
            fail_msg("pixel %zu, %zu is not as told (%zu moves)", i % width, i / width, moves);
}

/* What was told, and no more, makes the picture of it: whoever keeps one of its own can rely on it.
 */
static void keep_mirror(struct pair_end *end, const struct rdp_frame *frame)
{
    const struct picture *picture = &end->picture;
    struct picture *mirror = &end->mirror;
    if (mirror->width != picture->width || mirror->height != picture->height) {
        assert_int_equal(frame->move_count, 0);
        assert_int_equal(picture_resize(mirror, picture->width, picture->height), 0);
    }
    for (size_t i = 0; i < frame->move_count; i++) {
        mirror_move(mirror, &frame->moves[i]);
        end->moved += (int64_t)frame->moves[i].to.width * frame->moves[i].to.height;
    }
    for (size_t i = 0; i < frame->painted; i++)
        mirror_paint(mirror, picture, &frame->damage[i]);
    assert_same(mirror, picture, frame->move_count);
}

static void on_frame(void *user, const struct rdp_frame *frame)
{
    struct pair_end *end = alive(user);
    assert_true(frame->count >= 1 && frame->painted + frame->move_count == frame->count);
    assert_true(frame->painted <= RDP_DAMAGE_MAX && frame->move_count <= RDP_MOVES_MAX);
    for (size_t i = 0; i < frame->count; i++)
        add_bounds(&end->damage, &frame->damage[i]);
    keep_mirror(end, frame);
    end->frames++;
    maybe_stop(end, "frame");
    if (!end->hold_frames && !end->stopped)
        rdp_frame_done(end->rdp);
}

static void on_cursor(void *user, const qa_cursor *cursor)
{
    struct pair_end *end = alive(user);
    end->cursor = *cursor;
    end->cursor.pixels = end->cursor_pixels;
    end->cursors++;
    if (cursor->width)
        memcpy(end->cursor_pixels, cursor->pixels,
               (size_t)cursor->width * (size_t)cursor->height * 4);
    maybe_stop(end, "cursor");
}

static void on_cursor_position(void *user, int32_t x, int32_t y)
{
    struct pair_end *end = alive(user);
    end->cursor_x = x;
    end->cursor_y = y;
    maybe_stop(end, "cursor_position");
}

static void on_ready(void *user)
{
    struct pair_end *end = alive(user);
    assert_false(end->ready);
    end->ready = true;
    maybe_stop(end, "ready");
}

static void on_failed(void *user, int error, const char *detail)
{
    struct pair_end *end = alive(user);
    assert_int_equal(end->error, 0);
    assert_true(error < 0);
    end->error = error;
    snprintf(end->detail, sizeof end->detail, "%s", detail);
    maybe_stop(end, "failed");
}

static const struct rdp_events events = {.bytes = on_bytes,
                                         .consumed = on_consumed,
                                         .input = on_input,
                                         .input_epoch = on_input_epoch,
                                         .taken = on_taken,
                                         .renew = on_renew,
                                         .frame = on_frame,
                                         .cursor = on_cursor,
                                         .cursor_position = on_cursor_position,
                                         .ready = on_ready,
                                         .failed = on_failed};

static void init_end(struct pair *pair, struct pair_end *end, struct pair_end *other,
                     enum rdp_role role)
{
    end->pair = pair;
    end->other = other;
    end->options = (struct rdp_options){.role = role,
                                        .worker_path = QASSIST_TEST_WORKER,
                                        .worker_stderr = getenv("RDP_TEST_VERBOSE") != NULL};
    assert_int_equal(picture_init(&end->picture), 0);
    assert_int_equal(picture_init(&end->mirror), 0);
}

/* libuv keeps a pipe from its first loop on. */
static void warm_up_libuv(void)
{
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int pair_set_up(void **state)
{
    warm_up_libuv();
    fds_before = pair_open_fds();
    struct pair *pair = calloc(1, sizeof *pair);
    assert_non_null(pair);
    assert_int_equal(uv_loop_init(&pair->loop), 0);
    uv_timer_init(&pair->loop, &pair->guard);
    pair->guard.data = pair;
    init_end(pair, &pair->server, &pair->client, RDP_SERVER);
    init_end(pair, &pair->client, &pair->server, RDP_CLIENT);
    *state = pair;
    return 0;
}

int pair_start_end(struct pair_end *end)
{
    int error = rdp_start(&end->pair->loop, &end->options, &end->picture, &events, end, &end->rdp);
    if (!error)
        rdp_set_reading(end->rdp, true);
    return error;
}

void pair_start(struct pair *pair, int32_t width, int32_t height)
{
    assert_int_equal(pair_start_end(&pair->server), 0);
    assert_int_equal(pair_start_end(&pair->client), 0);
    pair_resize(pair, width, height, PATTERN_TEXT, 1);
    pair_wait(pair, pair_both_ready);
    pair_wait(pair, pair_equal);
}

static void stop_end(struct pair_end *end)
{
    if (!end->rdp)
        end->ended = true;
    if (!end->rdp || end->stopped)
        return;
    end->stopped = true;
    rdp_stop(end->rdp, on_stopped, end);
}

static bool both_ended(struct pair *pair)
{
    return pair->server.ended && pair->client.ended;
}

int pair_tear_down(void **state)
{
    struct pair *pair = *state;
    stop_end(&pair->server);
    stop_end(&pair->client);
    pair_wait(pair, both_ended);
    picture_free(&pair->server.picture);
    picture_free(&pair->client.picture);
    picture_free(&pair->server.mirror);
    picture_free(&pair->client.mirror);
    uv_close((uv_handle_t *)&pair->guard, NULL);
    while (uv_run(&pair->loop, UV_RUN_DEFAULT) != 0)
        ;
    assert_int_equal(uv_loop_close(&pair->loop), 0);
    free(pair);
    assert_int_equal(pair_open_fds(), fds_before);
    /* No zombie, no child that lives on. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    return 0;
}

static void on_guard(uv_timer_t *timer)
{
    ((struct pair *)timer->data)->late = true;
}

static void print_end(const char *name, const struct pair_end *end)
{
    print_message("%s: ready %d, error %d (%s), %zu bytes, %zu waiting, %zu frames, %dx%d\n", name,
                  end->ready, end->error, end->detail, end->bytes, end->waiting, end->frames,
                  (int)end->picture.width, (int)end->picture.height);
}

void pair_wait(struct pair *pair, pair_condition condition)
{
    pair->late = false;
    uv_timer_start(&pair->guard, on_guard, PATIENCE_MS, 0);
    while (!condition(pair) && !pair->late)
        uv_run(&pair->loop, UV_RUN_ONCE);
    uv_timer_stop(&pair->guard);
    if (pair->late) {
        print_end("server", &pair->server);
        print_end("client", &pair->client);
    }
    assert_false(pair->late);
}

void pair_run(struct pair *pair, unsigned ms)
{
    pair->late = false;
    uv_timer_start(&pair->guard, on_guard, ms, 0);
    while (!pair->late)
        uv_run(&pair->loop, UV_RUN_ONCE);
}

bool pair_both_ready(struct pair *pair)
{
    return pair_any_failed(pair) || (pair->server.ready && pair->client.ready);
}

bool pair_any_failed(struct pair *pair)
{
    return pair->server.error || pair->client.error;
}

/* The fourth byte of a pixel means nothing. */
PAIR_PIXELS bool pair_equal(struct pair *pair)
{
    const struct picture *a = &pair->server.picture;
    const struct picture *b = &pair->client.picture;
    if (pair_any_failed(pair)) {
        print_end("server", &pair->server);
        print_end("client", &pair->client);
        fail();
    }
    if (a->width != b->width || a->height != b->height)
        return false;
    const uint32_t *left = (const uint32_t *)a->pixels;
    const uint32_t *right = (const uint32_t *)b->pixels;
    size_t count = (size_t)a->width * (size_t)a->height;
    for (size_t i = 0; i < count; i++)
        if ((left[i] ^ right[i]) & 0x00ffffff)
            return false;
    return true;
}

static uint32_t mix(uint32_t value)
{
    value ^= value >> 16;
    value *= 0x7feb352du;
    value ^= value >> 15;
    value *= 0x846ca68bu;
    return value ^ value >> 16;
}

static uint32_t pixel(enum pair_pattern pattern, uint32_t seed, uint32_t x, uint32_t y)
{
    switch (pattern) {
    case PATTERN_NOISE:
        return mix(seed ^ mix(x) ^ mix(y * 7919));
    case PATTERN_FLAT:
        return mix(seed);
    case PATTERN_GRADIENT:
        return (x + seed) * 3 + ((y + seed) & 0xff) * 256 + ((x + y) & 0xff) * 65536;
    default: { /* like small letters: dark strokes in cells of 8 x 16, some of them empty */
        uint32_t letter = mix(seed ^ mix(x / 8 + (y / 16) * 4096)) % 24;
        bool stroke = letter > 4 && x % 8 < 6 && y % 16 > 2 && y % 16 < 13 &&
                      (mix(letter * 977 + (x % 8) / 2 + (y % 16) / 2 * 8) & 3) == 0;
        return stroke ? 0x00202020 : 0x00ffffff;
    }
    }
}

PAIR_PIXELS void pair_paint(struct picture *picture, enum pair_pattern pattern, uint32_t seed,
                            const qa_rect *area)
{
    uint32_t *pixels = (uint32_t *)picture->pixels;
    for (int32_t y = area->y; y < area->y + area->height; y++)
        for (int32_t x = area->x; x < area->x + area->width; x++)
            pixels[(size_t)y * (size_t)picture->width + (size_t)x] =
                pixel(pattern, seed, (uint32_t)x, (uint32_t)y);
}

qa_rect pair_all(const struct picture *picture)
{
    return (qa_rect){0, 0, picture->width, picture->height};
}

void pair_resize(struct pair *pair, int32_t width, int32_t height, enum pair_pattern pattern,
                 uint32_t seed)
{
    struct picture *picture = &pair->server.picture;
    assert_int_equal(picture_resize(picture, width, height), 0);
    qa_rect all = pair_all(picture);
    pair_paint(picture, pattern, seed, &all);
    assert_int_equal(rdp_picture_resized(pair->server.rdp), 0);
}
