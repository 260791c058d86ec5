/*
 * A sharer inside a program that has its own libuv loop and draws its own pixels: shares a small
 * animation, no screen, and lets the helper change its colour by a click.
 *
 * Usage: uv-sharer wss://RELAY CODE [CA.pem]     (answers questions from standard input)
 */
#include <stdio.h>
#include <unistd.h>
#include <uv.h>

#include <qassist/qassist.h>

#define WIDTH  640
#define HEIGHT 400
#define SIDE   40

struct app {
    qa_context *context;
    qa_sharer *sharer;
    qa_consent *question; /* open; NULL: none */
    uint32_t pixels[HEIGHT][WIDTH];
    int place; /* of the square */
    uint32_t colour;
    int error;
    uv_poll_t library, input;
    uv_timer_t tick;
};

/* A pixel is blue, green, red, unused in memory: 0xRRGGBB on a little-endian machine. */
static void draw(struct app *app, qa_rect lane)
{
    for (int y = lane.y; y < lane.y + lane.height; y++)
        for (int x = 0; x < WIDTH; x++)
            app->pixels[y][x] = x / SIDE == app->place ? app->colour : 0x204060;
}

/* The program's own drawing, ten times a second; what changed goes along as damage. */
static void on_tick(uv_timer_t *timer)
{
    struct app *app = timer->data;
    qa_rect lane = {0, 20, WIDTH, SIDE};
    app->place = (app->place + 1) % (WIDTH / SIDE);
    draw(app, lane);
    /* QA_ESTATE before the answer yes and while paused: nothing leaves the program then. */
    qa_sharer_submit_frame(app->sharer, WIDTH, HEIGHT, sizeof app->pixels[0],
                           (const uint8_t *)app->pixels, &lane, 1);
}

/* Comes only after the second yes. Keys and text come here, too; see qa_input_type. */
static void on_input(qa_sharer *sharer, const qa_input_event *event, void *user_data)
{
    struct app *app = user_data;
    if (event->type != QA_INPUT_BUTTON || !event->pressed)
        return;
    app->colour ^= 0xffffff;
    printf("The helper clicked at %d, %d.\n", event->x, event->y);
    fflush(stdout);
}

static void on_helper(qa_sharer *sharer, const char *name, const char *organisation, void *user)
{
    printf("Your helper: %s, %s\n", name, *organisation ? organisation : "no organisation");
}

/* The loop goes on while the person thinks: keep the question, answer it from on_typed. */
static void on_consent(qa_sharer *sharer, qa_consent *consent, void *user_data)
{
    struct app *app = user_data;
    app->question = qa_consent_ref(consent);
    printf("Let the helper %s? [y/N]\n",
           qa_consent_permissions(consent) & QA_PERMISSION_CONTROL ? "click here" : "see this");
    fflush(stdout);
}

static void on_typed(uv_poll_t *poll, int status, int events)
{
    struct app *app = poll->data;
    char line[64];
    ssize_t length = read(STDIN_FILENO, line, sizeof line);
    if (length <= 0)
        uv_poll_stop(poll);
    if (app->question && length > 0 && line[0] == 'y')
        qa_consent_allow(app->question);
    qa_consent_unref(app->question); /* dropped without an answer it is a no */
    app->question = NULL;
}

static void on_end(qa_sharer *sharer, int error, const char *detail, void *user_data)
{
    struct app *app = user_data;
    app->error = error;
    if (error)
        fprintf(stderr, "The session ended: %s (%s)\n", qa_strerror(error), detail);
    uv_stop(uv_default_loop());
}

static void on_library(uv_poll_t *poll, int status, int events)
{
    struct app *app = poll->data;
    qa_context_dispatch(app->context); /* all callbacks above but the uv ones run in here */
}

/* The library is one descriptor in the program's loop. */
static void run(struct app *app, uv_loop_t *loop)
{
    uv_poll_init(loop, &app->library, qa_context_get_fd(app->context));
    uv_poll_init(loop, &app->input, STDIN_FILENO);
    uv_timer_init(loop, &app->tick);
    app->library.data = app->input.data = app->tick.data = app;
    uv_poll_start(&app->library, UV_READABLE, on_library);
    uv_poll_start(&app->input, UV_READABLE, on_typed);
    uv_timer_start(&app->tick, on_tick, 0, 100);
    uv_run(loop, UV_RUN_DEFAULT);
    uv_poll_stop(&app->library); /* before the context, and its descriptor, go */
}

int main(int argc, char *argv[])
{
    if (argc < 3) {
        fprintf(stderr, "Usage: %s wss://RELAY CODE [CA.pem]\n", argv[0]);
        return 2;
    }
    static struct app app = {.colour = 0xffc040};
    qa_context_options context_options = QA_CONTEXT_OPTIONS_INIT;
    context_options.relay_url = argv[1];
    context_options.ca_file = argc > 3 ? argv[3] : NULL;
    qa_sharer_options options = QA_SHARER_OPTIONS_INIT;
    options.code = argv[2];
    options.screen = QA_SCREEN_APP;
    qa_sharer_callbacks callbacks = QA_SHARER_CALLBACKS_INIT;
    callbacks.on_helper = on_helper;
    callbacks.on_consent = on_consent;
    callbacks.on_input = on_input;
    callbacks.on_end = on_end;

    int error = qa_context_new(&context_options, &app.context);
    if (!error)
        error = qa_sharer_new(app.context, &options, &callbacks, &app, &app.sharer);
    if (!error)
        error = qa_sharer_start(app.sharer);
    if (error)
        fprintf(stderr, "Cannot start: %s\n", qa_strerror(error));
    else
        run(&app, uv_default_loop());
    qa_consent_unref(app.question);
    qa_sharer_unref(app.sharer);
    qa_context_unref(app.context);
    return error || app.error;
}
