#include "worker/video_decoder.h"

#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/log.h>

/* To what libavcodec rounds up sizes, at most. */
#define ROUNDING       128u
#define LENGTH_MAX     (64u * 1024 * 1024)
#define PREPARE_PIXELS 64

struct video_decoder {
    uint32_t width;
    uint32_t height;
    AVCodecContext *context;
    AVFrame *frame;
    AVPacket *packet;
    void (*between)(void *user);
    void *user;
};

static uint32_t rounded(uint32_t value)
{
    return (value + ROUNDING - 1) / ROUNDING * ROUNDING;
}

static bool open_context(struct video_decoder *decoder)
{
    const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_H264);
    AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;
    decoder->context = context;
    decoder->frame = av_frame_alloc();
    decoder->packet = av_packet_alloc();
    if (!context || !decoder->frame || !decoder->packet)
        return false;
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_LOW_DELAY;
    context->err_recognition = AV_EF_EXPLODE;
    context->error_concealment = 0;
    /* However large the stream says it is, no more memory and time than the surface deserves. */
    context->max_pixels = (int64_t)rounded(decoder->width) * rounded(decoder->height);
    return avcodec_open2(context, codec, NULL) == 0;
}

struct video_decoder *video_decoder_new(uint32_t width, uint32_t height)
{
    struct video_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder)
        return NULL;
    decoder->width = width;
    decoder->height = height;
    if (open_context(decoder))
        return decoder;
    video_decoder_free(decoder);
    return NULL;
}

void video_decoder_free(struct video_decoder *decoder)
{
    if (!decoder)
        return;
    av_packet_free(&decoder->packet);
    av_frame_free(&decoder->frame);
    avcodec_free_context(&decoder->context);
    free(decoder);
}

bool video_decoder_prepare(bool verbose)
{
    av_log_set_level(verbose ? AV_LOG_WARNING : AV_LOG_QUIET);
    struct video_decoder *decoder = video_decoder_new(PREPARE_PIXELS, PREPARE_PIXELS);
    bool works = decoder;
    video_decoder_free(decoder);
    return works;
}

static void on_row(AVCodecContext *context, const AVFrame *frame, int offsets[AV_NUM_DATA_POINTERS],
                   int y, int type, int height)
{
    struct video_decoder *decoder = context->opaque;
    decoder->between(decoder->user);
}

void video_decoder_set_between(struct video_decoder *decoder, void (*between)(void *user),
                               void *user)
{
    decoder->between = between;
    decoder->user = user;
    decoder->context->opaque = decoder;
    decoder->context->draw_horiz_band = on_row;
}

/* libavcodec reads beyond the end, so the data is copied. */
static bool fill_packet(struct video_decoder *decoder, const uint8_t *data, size_t length)
{
    av_packet_unref(decoder->packet);
    if (!length || length > LENGTH_MAX || av_new_packet(decoder->packet, (int)length) < 0)
        return false;
    memcpy(decoder->packet->data, data, length);
    return true;
}

static bool is_picture(const struct video_decoder *decoder)
{
    const AVFrame *frame = decoder->frame;
    if (frame->format != AV_PIX_FMT_YUV420P && frame->format != AV_PIX_FMT_YUVJ420P)
        return false;
    return frame->width >= 0 && (uint32_t)frame->width >= decoder->width && frame->height >= 0 &&
           (uint32_t)frame->height >= decoder->height && frame->linesize[0] > 0 &&
           frame->linesize[1] > 0 && frame->linesize[2] > 0;
}

bool video_decoder_decode(struct video_decoder *decoder, const uint8_t *data, size_t length,
                          struct video_picture *picture)
{
    if (!fill_packet(decoder, data, length) ||
        avcodec_send_packet(decoder->context, decoder->packet) < 0 ||
        avcodec_receive_frame(decoder->context, decoder->frame) < 0 || !is_picture(decoder))
        return false;
    const AVFrame *frame = decoder->frame;
    *picture =
        (struct video_picture){.width = (uint32_t)frame->width, .height = (uint32_t)frame->height};
    for (int i = 0; i < 3; i++) {
        picture->planes[i] = frame->data[i];
        picture->strides[i] = (uint32_t)frame->linesize[i];
    }
    return true;
}
