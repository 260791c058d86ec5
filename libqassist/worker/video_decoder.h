/*
 * H.264 from the peer, who may be hostile: one decoder of one surface, by libavcodec without
 * threads. A stream that is not valid, or of another size, is refused as a whole.
 */
#ifndef WORKER_VIDEO_DECODER_H
#define WORKER_VIDEO_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct video_decoder;

struct video_picture {
    const uint8_t *planes[3]; /* Y, U, V, of 4:2:0; until the next call */
    uint32_t strides[3];
    uint32_t width;
    uint32_t height;
};

/* Before the sandbox. False: there is no decoder. */
bool video_decoder_prepare(bool verbose);

/* For a surface of this size. NULL: no memory. */
struct video_decoder *video_decoder_new(uint32_t width, uint32_t height);
void video_decoder_free(struct video_decoder *decoder);
/* Called again and again while a picture is decoded, after each row of blocks. */
void video_decoder_set_between(struct video_decoder *decoder, void (*between)(void *user),
                               void *user);

/* One access unit; false when it gives no picture as large as the surface. */
bool video_decoder_decode(struct video_decoder *decoder, const uint8_t *data, size_t length,
                          struct video_picture *picture);

#endif
