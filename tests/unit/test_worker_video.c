/* The worker's H.264 encoder and decoder against each other, and the decoder against others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/video_decoder.h"
#include "worker/video_encoder.h"

#define WIDTH  320
#define HEIGHT 208

static uint64_t random_state = 7;

static uint32_t next_random(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33);
}

static int prepare(void **state)
{
    return video_encoder_prepare(false) && video_decoder_prepare(false) ? 0 : -1;
}

static void paint_noise(struct video_encoder *encoder)
{
    static uint32_t pixels[WIDTH * HEIGHT];
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        pixels[i] = next_random();
    video_encoder_paint(encoder, 0, 0, (const uint8_t *)pixels, WIDTH * 4, WIDTH, HEIGHT);
}

static void paint_grey(struct video_encoder *encoder, uint8_t grey, int32_t x, int32_t y,
                       int32_t width, int32_t height, size_t stride)
{
    uint8_t *pixels = malloc(stride * (size_t)height);
    assert_non_null(pixels);
    memset(pixels, grey, stride * (size_t)height);
    video_encoder_paint(encoder, x, y, pixels, stride, width, height);
    free(pixels);
}

/* Any place and size, however pixels are aligned, beyond the edges too. */
static void test_painted_is_decoded(void **state)
{
    struct video_encoder *encoder = video_encoder_new(WIDTH, HEIGHT, 100000);
    struct video_decoder *decoder = video_decoder_new(WIDTH - 5, HEIGHT - 3);
    assert_non_null(encoder);
    assert_non_null(decoder);
    static const int32_t areas[][4] = {{0, 0, 320, 208},   {64, 64, 33, 17}, {2, 2, 1, 1},
                                       {318, 206, 64, 64}, {400, 0, 64, 64}, {0, 100, 317, 3}};
    for (size_t i = 0; i < sizeof areas / sizeof *areas; i++) {
        const int32_t *area = areas[i];
        uint8_t grey = (uint8_t)(40 + i * 30);
        struct video_packet packet;
        struct video_picture picture;
        paint_grey(encoder, grey, area[0], area[1], area[2], area[3],
                   (size_t)area[2] * 4 + (i % 2) * 4);
        assert_true(video_encoder_encode(encoder, i == 3, &packet));
        assert_int_equal(packet.key_frame, i == 0 || i == 3);
        assert_true(video_decoder_decode(decoder, packet.data, packet.length, &picture));
        if (area[0] >= WIDTH)
            continue;
        int luma = picture.planes[0][(size_t)area[1] * picture.strides[0] + (size_t)area[0]];
        assert_in_range(luma, grey - 6, grey + 6);
    }
    video_decoder_free(decoder);
    video_encoder_free(encoder);
}

/* Quality gives way, whatever the picture. */
static void test_ceiling_holds(void **state)
{
    static const size_t ceilings[] = {60000, 12000, 5000, 20000};
    struct video_encoder *encoder = video_encoder_new(WIDTH, HEIGHT, 60000);
    assert_non_null(encoder);
    for (size_t i = 0; i < sizeof ceilings / sizeof *ceilings; i++) {
        size_t total = 0;
        video_encoder_set_bytes_per_frame(encoder, ceilings[i]);
        for (int frame = 0; frame < 20; frame++) {
            struct video_packet packet;
            paint_noise(encoder);
            assert_true(video_encoder_encode(encoder, false, &packet));
            total += frame < 10 ? 0 : packet.length;
        }
        assert_true(total / 10 < ceilings[i] + ceilings[i] / 4);
    }
    video_encoder_free(encoder);
}

static void decode_as(uint32_t width, uint32_t height, const struct video_packet *packet,
                      bool expected)
{
    struct video_decoder *decoder = video_decoder_new(width, height);
    struct video_picture picture;
    assert_non_null(decoder);
    assert_int_equal(video_decoder_decode(decoder, packet->data, packet->length, &picture),
                     expected);
    video_decoder_free(decoder);
}

static void test_other_sizes_are_refused(void **state)
{
    struct video_encoder *encoder = video_encoder_new(1280, 720, 100000);
    struct video_packet packet;
    assert_non_null(encoder);
    assert_true(video_encoder_encode(encoder, true, &packet));
    decode_as(1280, 720, &packet, true);
    decode_as(1281, 720, &packet, false);
    decode_as(1280, 4000, &packet, false);
    decode_as(64, 64, &packet, false);
    decode_as(1, 1, &packet, false);
    struct video_packet nothing = {.data = packet.data};
    decode_as(1280, 720, &nothing, false);
    video_encoder_free(encoder);
}

/* No assertion on what it answers: it answers, and reads and writes nothing else. */
static void test_garbage(void **state)
{
    struct video_encoder *encoder = video_encoder_new(WIDTH, HEIGHT, 30000);
    struct video_decoder *decoder = NULL;
    assert_non_null(encoder);
    size_t refused = 0;
    for (int round = 0; round < 400; round++) {
        struct video_packet packet;
        struct video_picture picture;
        if (round % 20 == 0) {
            video_decoder_free(decoder);
            decoder = video_decoder_new(WIDTH, HEIGHT);
            assert_non_null(decoder);
        }
        paint_noise(encoder);
        assert_true(video_encoder_encode(encoder, round % 5 == 0, &packet));
        size_t length = next_random() % 4 ? packet.length : next_random() % packet.length;
        uint8_t *copy = malloc(length + 1);
        assert_non_null(copy);
        memcpy(copy, packet.data, length);
        for (uint32_t i = next_random() % 40; i && length; i--)
            copy[next_random() % (next_random() % 2 && length > 60 ? 60 : length)] ^=
                (uint8_t)(1u << next_random() % 8);
        refused += !video_decoder_decode(decoder, copy, length, &picture);
        free(copy);
    }
    assert_true(refused > 0);
    video_decoder_free(decoder);
    video_encoder_free(encoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_painted_is_decoded),
        cmocka_unit_test(test_ceiling_holds),
        cmocka_unit_test(test_other_sizes_are_refused),
        cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
