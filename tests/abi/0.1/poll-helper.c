/*
 * A helper in a program that has a plain poll(2) loop: shows a code, waits for somebody to share
 * their screen, saves the first picture that stands still and ends.
 *
 * Usage: poll-helper wss://RELAY TOKEN-FILE OUT.ppm [CA.pem]
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <qassist/qassist.h>

#define STILL_MS 500

/* What the callbacks need; it comes back to them as user_data. */
struct app {
    const char *out_path;
    unsigned char *rgb; /* the newest picture, copied */
    int width, height;
    long long last_frame; /* milliseconds; 0: none yet */
    bool over;
    int error; /* how it ended */
};

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void on_code(qa_helper *helper, const char *code, uint32_t seconds_left,
                    const char *shown_name, const char *organisation, void *user_data)
{
    printf("Tell the sharer: %s (valid for %u s; they will see you as %s)\n", code, seconds_left,
           shown_name);
    fflush(stdout);
}

/* A frame is lent for the length of this call: take what is needed, keep nothing of it. */
static void on_frame(qa_helper *helper, qa_frame *frame, void *user_data)
{
    struct app *app = user_data;
    int width = qa_frame_width(frame), height = qa_frame_height(frame);
    unsigned char *rgb = realloc(app->rgb, (size_t)width * (size_t)height * 3);
    if (!rgb)
        return; /* the picture before this one stays */
    app->rgb = rgb;
    app->width = width;
    app->height = height;
    app->last_frame = now_ms();
    for (int y = 0; y < height; y++) {
        /* Rows are stride bytes apart; a pixel is blue, green, red and one byte without meaning. */
        const uint8_t *pixel = qa_frame_pixels(frame) + (size_t)y * qa_frame_stride(frame);
        for (int x = 0; x < width; x++, pixel += 4) {
            *rgb++ = pixel[2];
            *rgb++ = pixel[1];
            *rgb++ = pixel[0];
        }
    }
}

/* Always comes, always last. */
static void on_end(qa_helper *helper, int error, const char *detail, void *user_data)
{
    struct app *app = user_data;
    if (error)
        fprintf(stderr, "The session ended: %s (%s)\n", qa_strerror(error), detail);
    app->error = error;
    app->over = true;
}

static bool save(const struct app *app)
{
    FILE *file = fopen(app->out_path, "wb");
    if (!file)
        return false;
    fprintf(file, "P6\n%d %d\n255\n", app->width, app->height);
    fwrite(app->rgb, 3, (size_t)app->width * (size_t)app->height, file);
    return fclose(file) == 0;
}

/* The loop of the program: the library is one descriptor among its own. */
static void loop(struct app *app, qa_context *context, qa_helper *helper)
{
    bool saved = false;
    struct pollfd fds[] = {{.fd = qa_context_get_fd(context), .events = POLLIN}};
    while (!app->over) {
        long long left = app->last_frame ? app->last_frame + STILL_MS - now_ms() : -1;
        if (app->last_frame && left <= 0 && !saved) {
            saved = true;
            if (!save(app))
                perror(app->out_path);
            qa_helper_end(helper); /* on_end follows */
        }
        poll(fds, 1, saved || left < 0 ? -1 : (int)left);
        if (fds[0].revents)
            qa_context_dispatch(context); /* callbacks run in here, and nowhere else */
    }
}

static char *read_token(const char *path)
{
    static char token[4096];
    FILE *file = fopen(path, "r");
    if (!file || !fgets(token, sizeof token, file)) {
        perror(path);
        exit(2);
    }
    fclose(file);
    token[strcspn(token, "\r\n")] = '\0';
    return token;
}

int main(int argc, char *argv[])
{
    if (argc < 4) {
        fputs("Usage: poll-helper wss://RELAY TOKEN-FILE OUT.ppm [CA.pem]\n", stderr);
        return 2;
    }
    struct app app = {.out_path = argv[3]};
    qa_context_options context_options = QA_CONTEXT_OPTIONS_INIT;
    context_options.relay_url = argv[1];
    context_options.ca_file = argc > 4 ? argv[4] : NULL;
    qa_helper_options helper_options = QA_HELPER_OPTIONS_INIT;
    helper_options.token = read_token(argv[2]);
    qa_helper_callbacks callbacks = QA_HELPER_CALLBACKS_INIT;
    callbacks.on_code = on_code;
    callbacks.on_frame = on_frame;
    callbacks.on_end = on_end;

    qa_context *context = NULL;
    qa_helper *helper = NULL;
    int error = qa_context_new(&context_options, &context);
    if (!error)
        error = qa_helper_new(context, &helper_options, &callbacks, &app, &helper);
    if (!error)
        error = qa_helper_start(helper);
    if (error)
        fprintf(stderr, "Cannot start: %s\n", qa_strerror(error));
    else
        loop(&app, context, helper);
    qa_helper_unref(helper);
    qa_context_unref(context);
    free(app.rgb);
    return error || app.error || !app.last_frame;
}
