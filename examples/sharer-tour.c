/*
 * A sharer that shares a program's own pixels and shows what it decides: who asks, what is allowed
 * and for how long, what is taken back, a restart. The manual shows parts of it.
 *
 * Usage: sharer-tour wss://RELAY CODE [CA.pem]      answers by itself: yes, but no clipboard
 *        sharer-tour --resume [CA.pem]              takes up the session that was left for a
 * restart
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <qassist/qassist.h>

#define WIDTH  320
#define HEIGHT 200

struct app {
    qa_context *context;
    qa_sharer *sharer;
    uint32_t pixels[HEIGHT][WIDTH]; /* 0xRRGGBB */
    bool over;
    int error;
};

/* [frame] */
/* The program's own picture, whenever it changed; what changed goes along as damage. */
static void draw(struct app *app, uint32_t colour)
{
    qa_rect lane = {0, 50, WIDTH, 20};
    for (int y = lane.y; y < lane.y + lane.height; y++)
        for (int x = 0; x < WIDTH; x++)
            app->pixels[y][x] = colour;
    int error = qa_sharer_submit_frame(app->sharer, WIDTH, HEIGHT, sizeof app->pixels[0],
                                       (const uint8_t *)app->pixels, &lane, 1);
    if (error && error != QA_ESTATE) /* QA_ESTATE: nobody may see it just now */
        printf("Not shown: %s\n", qa_strerror(error));
}

/* Comes only while control is allowed. */
static void on_input(qa_sharer *sharer, const qa_input_event *event, void *user_data)
{
    struct app *app = user_data;
    if (event->type == QA_INPUT_BUTTON && event->pressed) {
        printf("The helper clicks at %d, %d.\n", (int)event->x, (int)event->y);
        draw(app, 0xffc040);
    }
}

/* The helper draws: the program shows it over its own picture. */
static void on_mark(qa_sharer *sharer, const qa_mark_event *event, void *user_data)
{
    if (event->step == QA_MARK_BEGIN)
        printf("A mark begins at %d, %d.\n", (int)event->x, (int)event->y);
    if (event->step == QA_MARK_CLEAR)
        printf("No marks any more.\n");
}
/* [end frame] */

static void on_helper(qa_sharer *sharer, const char *shown_name, const char *organisation,
                      void *user)
{
    printf("Your helper: %s, %s\n", shown_name, *organisation ? organisation : "no organisation");
}

/* [consent] */
/* Everything but the clipboard, and for ten minutes at most; viewing is asked for alone. */
static void allow_but_clipboard(qa_consent *consent)
{
    unsigned asked = qa_consent_permissions(consent);
    unsigned clipboard = QA_PERMISSION_CLIPBOARD_TO_HELPER | QA_PERMISSION_CLIPBOARD_TO_SHARER;
    qa_consent_allow_some(consent, asked & ~clipboard, asked == QA_PERMISSION_VIEW ? 0 : 600);
}

/* Answered here at once; keep it with qa_consent_ref to ask a person meanwhile. */
static void on_consent(qa_sharer *sharer, qa_consent *consent, void *user_data)
{
    switch (qa_consent_get_kind(consent)) {
    case QA_CONSENT_PERMISSIONS:
        printf("Asked for, \"%s\":", qa_consent_purpose(consent));
        for (unsigned bit = 1; bit <= QA_PERMISSIONS_ALL; bit <<= 1)
            if (qa_consent_permissions(consent) & bit)
                printf(" %s", qa_permission_name(bit));
        printf("\n");
        allow_but_clipboard(consent);
        break;
    case QA_CONSENT_RESTART:
        qa_consent_allow(consent);
        break;
    default: /* what this program does not know */
        qa_consent_deny(consent);
    }
    fflush(stdout);
}
/* [end consent] */

/* [revoke] */
static void on_permissions(qa_sharer *sharer, unsigned permissions, void *user_data)
{
    struct app *app = user_data;
    if (permissions == QA_PERMISSION_VIEW)
        draw(app, 0x40a060); /* the first moment that anything can be seen */
    if (permissions & QA_PERMISSION_ANNOTATE)
        printf("Drawing is allowed for %u s more.\n",
               qa_sharer_seconds_left(sharer, QA_PERMISSION_ANNOTATE));
}

/* A way to say "enough": the others stay. */
static void no_more_drawing(qa_sharer *sharer)
{
    int error = qa_sharer_revoke(sharer, QA_PERMISSION_ANNOTATE);
    printf("Drawing was taken back: %s\n", error ? qa_strerror(error) : "yes");
}
/* [end revoke] */

static void on_chat(qa_sharer *sharer, const char *text, void *user_data)
{
    printf("The helper writes: %s\n", text);
    qa_sharer_chat(sharer, "Thank you!", NULL);
    if (qa_sharer_permissions(sharer) & QA_PERMISSION_ANNOTATE)
        no_more_drawing(sharer);
}

/* [restart] */
/* Allowed: the way back is on the disk, for so many seconds. Now the computer may be restarted. */
static void on_restart(qa_sharer *sharer, uint32_t seconds, int error, void *user_data)
{
    if (error) {
        printf("No way back after a restart: %s\n", qa_strerror(error));
        return;
    }
    printf("Restart now; the session waits %u s.\n", seconds);
    qa_sharer_leave(sharer); /* goes without ending the session */
}

/* After it: the relay is known from the invitation, and no code is needed. */
static int take_up(qa_sharer_options *options, char relay[513])
{
    options->resume = true;
    return qa_resume_relay(NULL, relay, 513); /* QA_EINVITATION: there is nothing to take up */
}
/* [end restart] */

static void on_end(qa_sharer *sharer, int error, const char *detail, void *user_data)
{
    struct app *app = user_data;
    app->over = true;
    app->error = error;
    printf("Over: %s\n", error ? detail : "in order");
}

/* [errors] */
/* A number for programs, a name for logs, a text for people. */
static bool code_is_whole(const char *code)
{
    int error = qa_code_check(code);
    if (error == QA_ECODE_CHECK)
        fprintf(stderr, "Please compare the code with what your helper said.\n");
    if (error)
        fprintf(stderr, "%s: %s\n", qa_err_name(error), qa_strerror(error));
    return !error;
}
/* [end errors] */

/* [sharer] */
static int start(struct app *app, qa_sharer_options *options)
{
    options->screen = QA_SCREEN_APP; /* QA_SCREEN_X11 shares a display */
    qa_sharer_callbacks callbacks = QA_SHARER_CALLBACKS_INIT;
    callbacks.on_helper = on_helper;
    callbacks.on_consent = on_consent; /* without it every question is answered no */
    callbacks.on_permissions = on_permissions;
    callbacks.on_input = on_input;
    callbacks.on_mark = on_mark;
    callbacks.on_chat = on_chat;
    callbacks.on_restart = on_restart;
    callbacks.on_end = on_end;
    int error = qa_sharer_new(app->context, options, &callbacks, app, &app->sharer);
    return error ? error : qa_sharer_start(app->sharer);
}
/* [end sharer] */

int main(int argc, char *argv[])
{
    static struct app app;
    char resumed[513];
    qa_sharer_options options = QA_SHARER_OPTIONS_INIT;
    qa_context_options context_options = QA_CONTEXT_OPTIONS_INIT;
    int error = 0;
    if (argc > 1 && strcmp(argv[1], "--resume") == 0) {
        error = take_up(&options, resumed);
        context_options.relay_url = resumed;
        context_options.ca_file = argc > 2 ? argv[2] : NULL;
    } else if (argc > 2) {
        options.code = argv[2];
        context_options.relay_url = argv[1];
        context_options.ca_file = argc > 3 ? argv[3] : NULL;
        if (!code_is_whole(argv[2]))
            return 1;
    } else {
        fprintf(stderr, "Usage: %s wss://RELAY CODE [CA.pem] | --resume [CA.pem]\n", argv[0]);
        return 2;
    }
    if (!error)
        error = qa_context_new(&context_options, &app.context);
    if (!error)
        error = start(&app, &options);
    if (error)
        fprintf(stderr, "Cannot start: %s\n", qa_strerror(error));
    struct pollfd library = {.fd = error ? -1 : qa_context_get_fd(app.context), .events = POLLIN};
    while (!error && !app.over)
        if (poll(&library, 1, -1) > 0)
            qa_context_dispatch(app.context);
    qa_sharer_unref(app.sharer);
    qa_context_unref(app.context);
    return error || app.error;
}
