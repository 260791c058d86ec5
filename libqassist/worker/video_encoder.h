/*
 * H.264 for moving parts of the picture: one encoder of one size, by libavcodec with settings made
 * for a screen: no frame waits for another one, no thread, quality held, bytes of a frame bounded.
 * Colours are those of MS-RDPEGFX 3.3.8.3.1: BT.709, full range. Hardware encoders are left out:
 * they want devices and threads, which the sandbox keeps from the worker.
 */
#ifndef WORKER_VIDEO_ENCODER_H
#define WORKER_VIDEO_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/tiles.h"

/* Sides are multiples of this. */
#define VIDEO_ALIGNMENT 16

struct video_encoder;

struct video_packet {
    const uint8_t *data; /* until the next call */
    size_t length;
    bool key_frame;
};

/* Before the sandbox: finds an encoder and runs it once. False: there is none. */
bool video_encoder_prepare(bool verbose);

/*
 * For frames of about so many bytes at most. NULL: none was found or there is no memory. The
 * picture is black at first.
 */
struct video_encoder *video_encoder_new(int32_t width, int32_t height, size_t bytes_per_frame);
void video_encoder_free(struct video_encoder *encoder);

/* False: another encoder, made for frames of this size, would do better from now on. */
bool video_encoder_suits(const struct video_encoder *encoder, size_t bytes_per_frame);

/* The most that a frame should take; kept roughly, quality gives way. */
void video_encoder_set_bytes_per_frame(struct video_encoder *encoder, size_t bytes);

/*
 * Takes BGRX pixels into the picture at x, y, which are even. What lies beyond the picture's edges
 * is not taken.
 */
void video_encoder_paint(struct video_encoder *encoder, int32_t x, int32_t y, const uint8_t *pixels,
                         size_t stride, int32_t width, int32_t height);

/* Encodes the picture; the first frame is a key frame anyway. */
bool video_encoder_encode(struct video_encoder *encoder, bool key_frame,
                          struct video_packet *packet);

#endif
