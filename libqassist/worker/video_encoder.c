#include "worker/video_encoder.h"

#include <stdlib.h>
#include <string.h>

#include <freerdp/codec/color.h>
#include <freerdp/primitives.h>
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>

#define FRAMES_PER_SECOND 30
#define KEY_FRAME_NEVER   0x7fffffff /* on demand only */
/* What can be asked for. */
#define FRAME_BYTES_MIN 3000
#define FRAME_BYTES_MAX 8000000
/* Up to this size fewer bytes are worth more time. */
#define SMALL_PIXELS (1024 * 576)
/* Beyond it, holding the bytes down takes half as much time again; not done while a frame may have
 * this many. */
#define AMPLE_BYTES 48000
/* What is not worth telling the encoder: an eighth more or less. */
#define CEILING_SLACK 8
/* The fast conversion takes this many pixels at a time and wants as many bytes' alignment. */
#define FAST_STEP    16
#define STRIP_PIXELS 1024

struct option {
    const char *name;
    const char *value;
};

struct kind {
    const char *name;
    struct option options[4];          /* of every encoder, */
    struct option small_options[3];    /* of small ones, whose bytes are held down, */
    struct option bounded_options[3];  /* of large ones whose bytes are, */
    struct option constant_options[3]; /* and of large ones that may take what they need */
};

/* In the order of preference. */
static const struct kind kinds[] = {
    {.name = "libx264",
     .options = {{"preset", "ultrafast"}, {"tune", "zerolatency"}},
     .small_options = {{"crf", "25"}, {"x264-params", "cabac=1:deblock=0,0"}},
     .bounded_options = {{"crf", "25"}},
     .constant_options = {{"qp", "28"}}},
    {.name = "libopenh264",
     .options = {{"rc_mode", "quality"}, {"allow_skip_frames", "0"}, {"loopfilter", "1"}}},
};

struct video_encoder {
    AVCodecContext *context;
    AVFrame *frame;
    AVPacket *packet;
    bool is_small;
    bool is_constant;
    size_t ceiling;
    size_t last_length;
};

static const struct kind *chosen;

static bool set_options(AVCodecContext *context, const struct option *options, size_t count)
{
    for (size_t i = 0; i < count && options[i].name; i++)
        if (av_opt_set(context->priv_data, options[i].name, options[i].value, 0) < 0)
            return false;
    return true;
}

static size_t clamp_ceiling(size_t bytes)
{
    if (bytes < FRAME_BYTES_MIN)
        return FRAME_BYTES_MIN;
    return bytes < FRAME_BYTES_MAX ? bytes : FRAME_BYTES_MAX;
}

static void apply_ceiling(struct video_encoder *encoder, size_t bytes)
{
    encoder->ceiling = bytes;
    if (encoder->is_constant)
        return;
    /* A buffer of one frame that is full again with every frame. */
    encoder->context->rc_buffer_size = (int)bytes * 8;
    encoder->context->rc_max_rate = (int64_t)bytes * 8 * FRAMES_PER_SECOND;
}

static const struct option *rate_options(const struct video_encoder *encoder,
                                         const struct kind *kind)
{
    if (encoder->is_small)
        return kind->small_options;
    return encoder->is_constant ? kind->constant_options : kind->bounded_options;
}

static bool open_context(struct video_encoder *encoder, const struct kind *kind, int32_t width,
                         int32_t height, size_t ceiling)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(kind->name);
    AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;
    encoder->context = context;
    if (!context)
        return false;
    context->width = width;
    context->height = height;
    context->pix_fmt = AV_PIX_FMT_YUV420P;
    context->color_range = AVCOL_RANGE_JPEG;
    context->colorspace = AVCOL_SPC_BT709;
    context->color_primaries = AVCOL_PRI_BT709;
    context->color_trc = AVCOL_TRC_BT709;
    context->time_base = (AVRational){1, FRAMES_PER_SECOND};
    context->framerate = (AVRational){FRAMES_PER_SECOND, 1};
    context->gop_size = KEY_FRAME_NEVER;
    context->max_b_frames = 0;
    context->thread_count = 1;
    encoder->is_small = width * height <= SMALL_PIXELS;
    encoder->is_constant = !encoder->is_small && ceiling >= AMPLE_BYTES;
    apply_ceiling(encoder, clamp_ceiling(ceiling));
    if (!set_options(context, kind->options, sizeof kind->options / sizeof *kind->options) ||
        !set_options(context, rate_options(encoder, kind),
                     sizeof kind->small_options / sizeof *kind->small_options))
        return false;
    return avcodec_open2(context, codec, NULL) == 0;
}

static bool make_picture(struct video_encoder *encoder)
{
    AVFrame *frame = av_frame_alloc();
    encoder->frame = frame;
    encoder->packet = av_packet_alloc();
    if (!frame || !encoder->packet)
        return false;
    frame->width = encoder->context->width;
    frame->height = encoder->context->height;
    frame->format = encoder->context->pix_fmt;
    frame->color_range = encoder->context->color_range;
    frame->colorspace = encoder->context->colorspace;
    if (av_frame_get_buffer(frame, 0) < 0)
        return false;
    memset(frame->data[0], 0, (size_t)frame->linesize[0] * (size_t)frame->height);
    for (int i = 1; i < 3; i++)
        memset(frame->data[i], 128, (size_t)frame->linesize[i] * (size_t)frame->height / 2);
    return true;
}

static struct video_encoder *new_of_kind(const struct kind *kind, int32_t width, int32_t height,
                                         size_t ceiling)
{
    struct video_encoder *encoder = calloc(1, sizeof *encoder);
    if (!encoder)
        return NULL;
    if (open_context(encoder, kind, width, height, ceiling) && make_picture(encoder))
        return encoder;
    video_encoder_free(encoder);
    return NULL;
}

struct video_encoder *video_encoder_new(int32_t width, int32_t height, size_t bytes_per_frame)
{
    return chosen ? new_of_kind(chosen, width, height, bytes_per_frame) : NULL;
}

void video_encoder_free(struct video_encoder *encoder)
{
    if (!encoder)
        return;
    av_packet_free(&encoder->packet);
    av_frame_free(&encoder->frame);
    avcodec_free_context(&encoder->context);
    free(encoder);
}

/* Tables that are made on first use are made now. */
static bool try_kind(const struct kind *kind)
{
    struct video_packet packet;
    struct video_encoder *encoder = new_of_kind(kind, 64, 64, 0);
    bool works = encoder && video_encoder_encode(encoder, true, &packet);
    video_encoder_free(encoder);
    return works;
}

bool video_encoder_prepare(bool verbose)
{
    av_log_set_level(verbose ? AV_LOG_WARNING : AV_LOG_QUIET);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !chosen; i++)
        if (try_kind(&kinds[i]))
            chosen = &kinds[i];
    return chosen;
}

bool video_encoder_suits(const struct video_encoder *encoder, size_t bytes_per_frame)
{
    if (encoder->is_small)
        return true;
    if (encoder->is_constant)
        return encoder->last_length <= bytes_per_frame;
    return bytes_per_frame < AMPLE_BYTES || encoder->last_length > bytes_per_frame / 4;
}

void video_encoder_set_bytes_per_frame(struct video_encoder *encoder, size_t bytes)
{
    bytes = clamp_ceiling(bytes);
    size_t slack = encoder->ceiling / CEILING_SLACK;
    if (bytes > encoder->ceiling + slack || bytes < encoder->ceiling - slack)
        apply_ceiling(encoder, bytes);
}

/* One call of FreeRDP's conversion; fast when pixels and stride are aligned. */
static void convert_part(const AVFrame *frame, int32_t x, int32_t y, const uint8_t *pixels,
                         size_t stride, int32_t width, int32_t height)
{
    BYTE *planes[3];
    UINT32 strides[3];
    for (int i = 0; i < 3; i++) {
        int shift = i ? 1 : 0;
        strides[i] = (UINT32)frame->linesize[i];
        planes[i] = frame->data[i] + (ptrdiff_t)(y >> shift) * frame->linesize[i] + (x >> shift);
    }
    prim_size_t size = {(UINT32)width, (UINT32)height};
    primitives_get()->RGBToYUV420_8u_P3AC4R(pixels, PIXEL_FORMAT_BGRX32, (UINT32)stride, planes,
                                            strides, &size);
}

/* What is not a multiple of the fast path's step in width goes the slow path by itself. */
static void convert_aligned(const AVFrame *frame, int32_t x, int32_t y, const uint8_t *pixels,
                            size_t stride, int32_t width, int32_t height)
{
    int32_t fast = width / FAST_STEP * FAST_STEP;
    if (fast)
        convert_part(frame, x, y, pixels, stride, fast, height);
    if (width > fast)
        convert_part(frame, x + fast, y, pixels + (size_t)fast * 4, stride, width - fast, height);
}

static void convert(const AVFrame *frame, int32_t x, int32_t y, const uint8_t *pixels,
                    size_t stride, int32_t width, int32_t height)
{
    _Alignas(FAST_STEP) uint8_t rows[2][STRIP_PIXELS * 4];
    if (stride % FAST_STEP == 0 && (uintptr_t)pixels % FAST_STEP == 0) {
        convert_aligned(frame, x, y, pixels, stride, width, height);
        return;
    }
    for (int32_t top = 0; top < height; top += 2)
        for (int32_t left = 0; left < width; left += STRIP_PIXELS) {
            int32_t count = width - left < STRIP_PIXELS ? width - left : STRIP_PIXELS;
            int32_t lines = height - top < 2 ? 1 : 2;
            for (int32_t i = 0; i < lines; i++)
                memcpy(rows[i], pixels + (size_t)(top + i) * stride + (size_t)left * 4,
                       (size_t)count * 4);
            convert_aligned(frame, x + left, y + top, rows[0], sizeof rows[0], count, lines);
        }
}

void video_encoder_paint(struct video_encoder *encoder, int32_t x, int32_t y, const uint8_t *pixels,
                         size_t stride, int32_t width, int32_t height)
{
    AVFrame *frame = encoder->frame;
    if (x + width > frame->width)
        width = frame->width - x;
    if (y + height > frame->height)
        height = frame->height - y;
    if (width <= 0 || height <= 0)
        return;
    convert(frame, x, y, pixels, stride, width, height);
}

bool video_encoder_encode(struct video_encoder *encoder, bool key_frame,
                          struct video_packet *packet)
{
    AVFrame *frame = encoder->frame;
    av_packet_unref(encoder->packet);
    frame->pict_type = key_frame ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    if (avcodec_send_frame(encoder->context, frame) < 0 ||
        avcodec_receive_packet(encoder->context, encoder->packet) < 0)
        return false;
    frame->pts++;
    encoder->last_length = (size_t)encoder->packet->size;
    *packet = (struct video_packet){.data = encoder->packet->data,
                                    .length = (size_t)encoder->packet->size,
                                    .key_frame = encoder->packet->flags & AV_PKT_FLAG_KEY};
    return true;
}
