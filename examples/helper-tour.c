/*
 * A helper that does one of everything: sees a picture, asks for more, points, draws, clicks,
 * types, writes to the sharer, and ends. The manual shows parts of it.
 *
 * Usage: helper-tour wss://RELAY TOKEN-FILE [CA.pem]
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qassist/qassist.h>

/* The picture once more, of the program's own memory. */
struct copy {
    uint8_t *pixels; /* NULL: none yet */
    size_t stride;
    int32_t width;
    int32_t height;
};

struct app {
    qa_context *context;
    qa_helper *helper;
    struct copy copy;
    unsigned asked;  /* permissions, once the first picture was seen */
    bool delivered;  /* the message, and */
    unsigned frames; /* with the second one the click has shown: what it came for is done */
    bool over;
    int error;
};

static void on_code(qa_helper *helper, const char *code, uint32_t seconds, const char *shown_name,
                    const char *organisation, void *user_data)
{
    printf("Tell the sharer: %s (for %u s)\n", code, seconds);
    fflush(stdout);
}

/* [state] */
static void on_state(qa_helper *helper, qa_session_state state, void *user_data)
{
    if (state == QA_STATE_RECONNECTING)
        printf("The connection broke off; it is being set up again.\n");
    else
        printf("The session is %s.\n", qa_session_state_name(state));
}

static void on_paused(qa_helper *helper, unsigned causes, void *user_data)
{
    if (causes & (QA_PAUSED_BY_SHARER | QA_PAUSED_BY_PROMPT))
        printf("Hidden by the sharer: take the last picture away.\n");
}
/* [end state] */

/* [frame] */
/* How bright the parts are that changed: rows of BGRX pixels, valid until the return. */
static void look_at(qa_frame *frame)
{
    size_t count, stride = qa_frame_stride(frame);
    const uint8_t *pixels = qa_frame_pixels(frame);
    const qa_rect *damage = qa_frame_damage(frame, &count);
    unsigned long long sum = 0, seen = 0;
    for (size_t i = 0; i < count; i++)
        for (int32_t y = damage[i].y; y < damage[i].y + damage[i].height; y++)
            for (int32_t x = damage[i].x; x < damage[i].x + damage[i].width; x++) {
                const uint8_t *pixel = pixels + (size_t)y * stride + (size_t)x * 4;
                sum += pixel[0] + pixel[1] + pixel[2];
                seen++;
            }
    printf("%d x %d, %llu pixels new, brightness %llu\n", (int)qa_frame_width(frame),
           (int)qa_frame_height(frame), seen, sum / (seen * 3));
}
/* [end frame] */

/* [keep] */
/* Row by row, in the order in which none is written over that is still to be read. */
static void make_move(struct copy *copy, const qa_move *move)
{
    for (int32_t i = 0; i < move->to.height; i++) {
        int32_t row = move->to.y <= move->from_y ? i : move->to.height - 1 - i;
        uint8_t *to = copy->pixels + (size_t)(move->to.y + row) * copy->stride;
        uint8_t *from = copy->pixels + (size_t)(move->from_y + row) * copy->stride;
        memmove(to + (size_t)move->to.x * 4, from + (size_t)move->from_x * 4,
                (size_t)move->to.width * 4);
    }
}

static void take_part(struct copy *copy, const uint8_t *pixels, const qa_rect *rect)
{
    for (int32_t y = rect->y; y < rect->y + rect->height; y++) {
        size_t at = (size_t)y * copy->stride + (size_t)rect->x * 4;
        memcpy(copy->pixels + at, pixels + at, (size_t)rect->width * 4);
    }
}

/* A copy of another size, or none yet: nothing of it can be moved. False: no memory. */
static bool take_all(struct copy *copy, const qa_frame *frame)
{
    free(copy->pixels);
    *copy = (struct copy){.stride = qa_frame_stride(frame),
                          .width = qa_frame_width(frame),
                          .height = qa_frame_height(frame)};
    size_t size = copy->stride * (size_t)copy->height;
    copy->pixels = malloc(size);
    if (copy->pixels)
        memcpy(copy->pixels, qa_frame_pixels(frame), size);
    return copy->pixels;
}

/* The moves one after the other, then what was painted. No frame may be left out. */
static bool keep(struct copy *copy, const qa_frame *frame)
{
    if (!copy->pixels || copy->width != qa_frame_width(frame) ||
        copy->height != qa_frame_height(frame))
        return take_all(copy, frame);
    size_t count;
    const qa_move *moves = qa_frame_moves(frame, &count);
    for (size_t i = 0; i < count; i++)
        make_move(copy, &moves[i]);
    const qa_rect *painted = qa_frame_painted(frame, &count);
    for (size_t i = 0; i < count; i++)
        take_part(copy, qa_frame_pixels(frame), &painted[i]);
    return true;
}
/* [end keep] */

/* The fourth byte of a pixel means nothing. */
static bool is_kept(const struct copy *copy, const qa_frame *frame)
{
    const uint8_t *pixels = qa_frame_pixels(frame);
    for (size_t at = 0; at < copy->stride * (size_t)copy->height; at += 4)
        if (memcmp(copy->pixels + at, pixels + at, 3) != 0)
            return false;
    return true;
}

/* [request] */
static void ask_for_more(struct app *app, qa_helper *helper)
{
    app->asked = QA_PERMISSION_CONTROL | QA_PERMISSION_POINT | QA_PERMISSION_ANNOTATE |
                 QA_PERMISSION_CLIPBOARD_TO_HELPER;
    int error = qa_helper_request(helper, app->asked, "To show you where the printer is set up");
    if (error) /* such as QA_ERATE: the sharer said no a moment ago */
        printf("Not asked: %s\n", qa_strerror(error));
}

/* The sharer may have allowed a part only. */
static void on_refused(qa_helper *helper, unsigned permissions, int reason, uint32_t wait_seconds,
                       void *user_data)
{
    for (unsigned bit = 1; bit <= QA_PERMISSIONS_ALL; bit <<= 1)
        if (permissions & bit)
            printf("Not allowed: %s (%s)\n", qa_permission_name(bit), qa_strerror(reason));
}
/* [end request] */

/* [input] */
static void type_hello(qa_helper *helper)
{
    qa_helper_pointer_move(helper, 40, 30);
    qa_helper_pointer_button(helper, 40, 30, QA_BUTTON_LEFT, true);
    qa_helper_pointer_button(helper, 40, 30, QA_BUTTON_LEFT, false);
    qa_helper_pointer_wheel(helper, 40, 30, 0, -QA_WHEEL_STEP); /* a notch down */
    qa_helper_key(helper, 0x1c, true); /* the place of Enter, whatever the layout */
    qa_helper_key(helper, 0x1c, false);
    int error = qa_helper_text(helper, "Grüße"); /* characters, whatever the layout */
    if (error)
        printf("Not typed: %s\n", qa_strerror(error));
}
/* [end input] */

/* [mark] */
static void point_and_draw(qa_helper *helper)
{
    qa_helper_point(helper, 100, 80); /* vanishes by itself after two seconds */
    qa_helper_mark_begin(helper, QA_MARK_ARROW, 0xe01b24, 4, 20, 20);
    qa_helper_mark_to(helper, 100, 80);
    qa_helper_mark_end(helper);
    qa_helper_mark_begin(helper, QA_MARK_RECTANGLE, 0x1a5fb4, 3, 90, 70);
    qa_helper_mark_to(helper, 160, 110);
    qa_helper_mark_end(helper);
    qa_helper_undo(helper); /* the rectangle; qa_helper_clear takes all away */
}
/* [end mark] */

static void end_when_done(struct app *app, qa_helper *helper)
{
    if (app->delivered && app->frames > 1)
        qa_helper_end(helper);
}

/* [chat] */
static void write_to(qa_helper *helper)
{
    uint32_t id;
    int error = qa_helper_chat(helper, "Please click on Next.", &id);
    if (error) /* QA_ELIMIT: sixteen messages wait to be delivered */
        printf("Not sent: %s\n", qa_strerror(error));
}

static void on_chat(qa_helper *helper, const char *text, void *user_data)
{
    printf("The sharer writes: %s\n", text);
}

static void on_chat_delivered(qa_helper *helper, uint32_t id, void *user_data)
{
    struct app *app = user_data;
    printf("Message %u was delivered.\n", id);
    app->delivered = true;
    end_when_done(app, helper);
}
/* [end chat] */

static void on_permissions(qa_helper *helper, unsigned permissions, int reason, void *user_data)
{
    struct app *app = user_data;
    if (!app->asked || qa_helper_requested(helper))
        return;
    if (permissions & QA_PERMISSION_CONTROL)
        type_hello(helper);
    if (permissions & QA_PERMISSION_ANNOTATE)
        point_and_draw(helper);
    write_to(helper);
}

static void on_frame(qa_helper *helper, qa_frame *frame, void *user_data)
{
    struct app *app = user_data;
    look_at(frame);
    if (!keep(&app->copy, frame) || !is_kept(&app->copy, frame))
        printf("The copy is not as the picture.\n");
    if (app->frames++ == 0)
        ask_for_more(app, helper);
    end_when_done(app, helper);
}

static void on_end(qa_helper *helper, int error, const char *detail, void *user_data)
{
    struct app *app = user_data;
    app->error = error;
    app->over = true;
    printf("Over: %s\n", error ? detail : "in order");
}

/* [context] */
/* A context that any loop can carry: when its descriptor is readable, dispatch. */
static int run(struct app *app)
{
    struct pollfd library = {.fd = qa_context_get_fd(app->context), .events = POLLIN};
    while (!app->over) {
        if (poll(&library, 1, -1) > 0)
            qa_context_dispatch(app->context); /* all callbacks run in here */
    }
    return app->error;
}

static int make_context(const char *relay_url, const char *ca_file, qa_context **out)
{
    qa_context_options options = QA_CONTEXT_OPTIONS_INIT;
    options.relay_url = relay_url;
    options.ca_file = ca_file; /* NULL: the system's authorities */
    return qa_context_new(&options, out);
}
/* [end context] */

/* [helper] */
static int start(struct app *app, const char *token)
{
    qa_helper_options options = QA_HELPER_OPTIONS_INIT;
    options.token = token; /* copied, and wiped when the helper goes */
    qa_helper_callbacks callbacks = QA_HELPER_CALLBACKS_INIT;
    callbacks.on_code = on_code;
    callbacks.on_state = on_state;
    callbacks.on_paused = on_paused;
    callbacks.on_permissions = on_permissions;
    callbacks.on_refused = on_refused;
    callbacks.on_frame = on_frame;
    callbacks.on_chat = on_chat;
    callbacks.on_chat_delivered = on_chat_delivered;
    callbacks.on_end = on_end;
    int error = qa_helper_new(app->context, &options, &callbacks, app, &app->helper);
    return error ? error : qa_helper_start(app->helper);
}
/* [end helper] */

int main(int argc, char *argv[])
{
    char token[512] = "";
    FILE *file = argc > 2 ? fopen(argv[2], "re") : NULL;
    if (!file || !fgets(token, sizeof token, file)) {
        fprintf(stderr, "Usage: %s wss://RELAY TOKEN-FILE [CA.pem]\n", argv[0]);
        return 2;
    }
    fclose(file);
    token[strcspn(token, "\n")] = '\0';

    struct app app = {0};
    int error = make_context(argv[1], argc > 3 ? argv[3] : NULL, &app.context);
    if (!error)
        error = start(&app, token);
    explicit_bzero(token, sizeof token);
    if (error)
        fprintf(stderr, "Cannot start: %s\n", qa_strerror(error));
    else
        error = run(&app);
    qa_helper_unref(app.helper);
    qa_context_unref(app.context);
    free(app.copy.pixels);
    return error != 0;
}
