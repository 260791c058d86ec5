/*
 * A helper without manners: the library's own rooms, minus everything that asks before it sends. It
 * knows a right code, so only the sharer's side stands between it and the sharer's machine.
 *
 * hostile-helper URL CA TOKEN-FILE MODE; JSON lines like qa-help's on standard output.
 * Modes: input     keys under every epoch, as fast as they go, from the first picture on
 *        rdp       RDP bytes, as many as the window takes, before any consent
 *        garbage   a control message that is none
 *        claim     grants itself control with the sharer's own message
 *        requests  asks for control ten thousand times
 *        pauses    pauses and goes on, as fast as it goes
 *        choices   chooses one screen after the other, as fast as it goes
 *        early     asks for everything and sends keys before viewing is allowed
 *        both      asks for control, and sends keys whatever the answer
 *        clips     puts texts into the clipboard before and after viewing is allowed, unasked
 *        endless   asks for the clipboard, then sends a text without an end
 *        chat      writes a thousand messages at once
 *        delivered confirms a message that nobody wrote
 *        taken     confirms a piece of a clipboard that nobody sent
 *        draws     points and draws before and after viewing is allowed, whatever else is; asks
 * once
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include <qassist/consent.h>

#include "api/origin.h"
#include "api/tunnel.h"
#include "base/random.h"
#include "link/ws.h"
#include "rdp/rdp.h"
#include "wire/code.h"
#include "wire/control_message.h"
#include "wire/relay_message.h"

#define REQUESTS 10000

static struct {
    uv_loop_t loop;
    uv_timer_t timer;
    struct ws_host *host;
    struct link *link;
    struct tunnel *tunnel;
    struct rdp *rdp;
    struct picture picture;
    struct relay_message created;
    struct code code;
    const char *url;
    const char *mode;
    char token[RELAY_TOKEN_MAX + 1];
    unsigned keys;
    unsigned requests;
    uint32_t picture_number; /* that the sharer said last */
} hostile;

static void say(const char *event)
{
    printf("{\"event\":\"%s\",\"keys\":%u}\n", event, hostile.keys);
    fflush(stdout);
}

static void end(const char *error)
{
    printf("{\"event\":\"end\",\"error\":\"%s\",\"exit\":0,\"keys\":%u}\n", error, hostile.keys);
    fflush(stdout);
    _Exit(0);
}

static void control(const struct control_message *message)
{
    char text[CONTROL_MESSAGE_MAX];
    int length = control_message_encode(message, text);
    if (length > 0)
        tunnel_send_control(hostile.tunnel, text, (size_t)length);
}

/* ---- what it does ---- */

static void press_keys(void)
{
    const qa_input_event key = {.size = sizeof key, .type = QA_INPUT_KEY, .scancode = 0x1e};
    for (unsigned epoch = 0; epoch < RDP_EPOCHS; epoch++) {
        if (rdp_input_epoch(hostile.rdp, epoch))
            return;
        for (int pressed = 1; pressed >= 0; pressed--) {
            qa_input_event event = key;
            event.pressed = pressed;
            if (!rdp_input(hostile.rdp, &event))
                hostile.keys++;
        }
    }
}

static void request_control(void)
{
    for (int i = 0; i < 100 && hostile.requests < REQUESTS; i++, hostile.requests++)
        control(&(struct control_message){.type = CONTROL_REQUEST,
                                          .permissions = QA_PERMISSION_CONTROL});
    if (hostile.requests == REQUESTS) {
        hostile.requests++;
        say("requested");
    }
}

static void flood_pauses(void)
{
    for (int i = 0; i < 50; i++)
        control(&(struct control_message){.type = CONTROL_PAUSE, .yes = i % 2 == 0});
}

static void flood_choices(void)
{
    for (unsigned i = 0; i < 50; i++)
        control(&(struct control_message){.type = CONTROL_CHOOSE_SCREEN, .id = i % 3});
}

static void send_clip(bool first, bool last)
{
    struct control_message piece = {.type = CONTROL_CLIPBOARD, .first = first, .last = last};
    strcpy(piece.text, "evil");
    control(&piece);
}

static void flood_chat(void)
{
    struct control_message message = {.type = CONTROL_CHAT, .text = "Buy now!"};
    for (message.id = 1; message.id <= 1000; message.id++)
        control(&message);
}

/* The keys count the drawings; "heard" follows when the sharer's side has them. */
static void draw(void)
{
    const uint32_t pictures[] = {0, 1, hostile.picture_number};
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++) {
        const struct control_place place = {400, 400};
        control(&(struct control_message){
            .type = CONTROL_POINT,
            .point = {.shown = true, .picture = pictures[i], .place = place}});
        control(&(struct control_message){.type = CONTROL_MARK,
                                          .mark = {.step = QA_MARK_BEGIN,
                                                   .kind = QA_MARK_STROKE,
                                                   .colour = 0xe02020,
                                                   .width = 6,
                                                   .picture = pictures[i],
                                                   .places = {{100, 300}, {300, 300}},
                                                   .count = 2}});
        control(&(struct control_message){.type = CONTROL_MARK, .mark = {.step = QA_MARK_END}});
    }
    hostile.keys++;
    control(&(struct control_message){.type = CONTROL_PING});
}

/* What it sends of users' texts as soon as it is in the session. */
static void talk_early(void)
{
    if (!strcmp(hostile.mode, "clips")) {
        for (int i = 0; i < 100; i++)
            send_clip(i % 2, true);
        control(&(struct control_message){.type = CONTROL_PING});
    } else if (!strcmp(hostile.mode, "draws"))
        draw();
    else if (!strcmp(hostile.mode, "chat"))
        flood_chat();
    else if (!strcmp(hostile.mode, "delivered"))
        control(&(struct control_message){.type = CONTROL_CHAT_DELIVERED, .id = 1});
    else if (!strcmp(hostile.mode, "taken"))
        control(&(struct control_message){.type = CONTROL_CLIPBOARD_TAKEN});
}

/* And when it was told what is allowed. */
static void talk_later(unsigned permissions)
{
    if (!strcmp(hostile.mode, "clips")) {
        for (int i = 0; i < 100; i++)
            send_clip(i % 2, true);
        say("clips");
    } else if (!strcmp(hostile.mode, "draws") && !hostile.requests) {
        hostile.requests++;
        control(&(struct control_message){
            .type = CONTROL_REQUEST, .permissions = QA_PERMISSION_POINT | QA_PERMISSION_ANNOTATE});
    } else if (!strcmp(hostile.mode, "endless")) {
        if (!(permissions & QA_PERMISSION_CLIPBOARD_TO_SHARER))
            control(&(struct control_message){.type = CONTROL_REQUEST,
                                              .permissions = QA_PERMISSION_CLIPBOARD_TO_SHARER});
        struct control_message piece = {.type = CONTROL_CLIPBOARD, .first = true};
        memset(piece.text, 'x', CONTROL_TEXT_MAX);
        for (int i = 0; i < 12; i++, piece.first = false)
            control(&piece);
    }
}

static void on_timer(uv_timer_t *timer)
{
    if (hostile.rdp && !strcmp(hostile.mode, "pauses"))
        flood_pauses();
    if (hostile.rdp && !strcmp(hostile.mode, "choices"))
        flood_choices();
    if (hostile.rdp && !strcmp(hostile.mode, "draws"))
        draw();
    bool both = !strcmp(hostile.mode, "both");
    if (hostile.rdp && (both || !strcmp(hostile.mode, "requests")))
        request_control();
    if (hostile.rdp && (both || !strcmp(hostile.mode, "input")))
        press_keys();
}

static void on_established(void *user)
{
    say("peer");
    talk_early();
    if (!strcmp(hostile.mode, "rdp")) {
        static const uint8_t bytes[65536] = {0x03, 0x00, 0xff};
        while (!tunnel_send_rdp(hostile.tunnel, bytes, tunnel_rdp_room(hostile.tunnel)) &&
               hostile.keys++ < 16)
            ;
        say("sent");
    } else if (!strcmp(hostile.mode, "garbage")) {
        tunnel_send_control(hostile.tunnel, "{\"type\":", 8);
    } else if (!strcmp(hostile.mode, "early")) {
        for (int i = 0; i < 100; i++) {
            control(&(struct control_message){
                .type = CONTROL_REQUEST, .permissions = QA_PERMISSIONS_ALL, .text = "let me in"});
            control(&(struct control_message){.type = CONTROL_PAUSE, .yes = i % 2 == 0});
        }
        control(&(struct control_message){.type = CONTROL_PING});
    } else if (!strcmp(hostile.mode, "claim")) {
        control(
            &(struct control_message){.type = CONTROL_PERMISSIONS,
                                      .permissions = QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL});
    }
}

/* ---- the worker ---- */

static void on_bytes(void *user, const uint8_t *data, size_t length)
{
    tunnel_send_rdp(hostile.tunnel, data, length);
    rdp_set_reading(hostile.rdp, tunnel_rdp_room(hostile.tunnel) >= RDP_BYTES_MAX);
}

static void on_consumed(void *user, size_t length)
{
    tunnel_rdp_consumed(hostile.tunnel, length);
}

static void on_frame(void *user, const struct rdp_frame *frame)
{
    say("frame");
    rdp_frame_done(hostile.rdp);
}

static void on_cursor(void *user, const qa_cursor *cursor)
{
}

static void on_cursor_position(void *user, int32_t x, int32_t y)
{
}

static void on_ready(void *user)
{
}

static void on_worker_failed(void *user, int error, const char *detail)
{
    end(qa_err_name(error));
}

static const struct rdp_events rdp_events = {.bytes = on_bytes,
                                             .consumed = on_consumed,
                                             .frame = on_frame,
                                             .cursor = on_cursor,
                                             .cursor_position = on_cursor_position,
                                             .ready = on_ready,
                                             .failed = on_worker_failed};

static void start_viewing(void)
{
    const struct rdp_options options = {.role = RDP_CLIENT,
                                        .worker_path = getenv("QASSIST_WORKER")};
    if (hostile.rdp)
        return;
    if (picture_init(&hostile.picture) ||
        rdp_start(&hostile.loop, &options, &hostile.picture, &rdp_events, NULL, &hostile.rdp))
        end("no worker");
    rdp_set_reading(hostile.rdp, true);
}

/* ---- tunnel and link ---- */

static void on_control(void *user, const char *data, size_t length)
{
    struct control_message message;
    if (control_message_decode(data, length, &message))
        end("control");
    if (message.type == CONTROL_PERMISSIONS) {
        start_viewing();
        talk_later(message.permissions);
    }
    if (message.type == CONTROL_PING)
        control(&(struct control_message){.type = CONTROL_PONG});
    if (message.type == CONTROL_SCREENS)
        hostile.picture_number = message.screens.picture;
    if (message.type == CONTROL_PONG)
        say("heard"); /* and all that went before */
    if (message.type == CONTROL_BYE)
        end(qa_err_name(message.error));
}

static void on_rdp(void *user, const uint8_t *data, size_t length)
{
    if (!hostile.rdp || rdp_feed(hostile.rdp, data, length))
        end("rdp");
}

static void on_rdp_room(void *user)
{
    if (hostile.rdp)
        rdp_set_reading(hostile.rdp, true);
}

static void on_tunnel_failed(void *user, int error, const char *detail)
{
    end(qa_err_name(error));
}

static const struct tunnel_events tunnel_events = {.established = on_established,
                                                   .control = on_control,
                                                   .rdp = on_rdp,
                                                   .rdp_room = on_rdp_room,
                                                   .failed = on_tunnel_failed};

static void on_opened(void *user)
{
    struct relay_message message = {.type = RELAY_CREATE, .version = RELAY_PROTOCOL_VERSION};
    memcpy(message.token, hostile.token, sizeof message.token);
    char text[RELAY_MESSAGE_MAX];
    int length = relay_message_encode(&message, text);
    if (length < 0 || link_send_text(hostile.link, text, (size_t)length))
        end("create");
}

static void start_pairing(void)
{
    char *origin = origin_of_url(hostile.url);
    const struct pake_inputs inputs = {.role = PAKE_HELPER,
                                       .secret = hostile.code.secret,
                                       .route = hostile.code.route,
                                       .service_origin = origin,
                                       .sid = hostile.created.sid,
                                       .shown_name = hostile.created.shown_name,
                                       .organisation = hostile.created.organisation,
                                       .version = RELAY_PROTOCOL_VERSION};
    if (tunnel_new(hostile.link, &inputs, &tunnel_events, NULL, &hostile.tunnel))
        end("tunnel");
    free(origin);
}

static void on_text(void *user, const char *data, size_t length)
{
    struct relay_message message;
    if (relay_message_decode(data, length, &message))
        end("relay");
    if (message.type == RELAY_CREATED) {
        char text[CODE_TEXT_SIZE];
        hostile.created = message;
        if (code_draw(message.route, &hostile.code))
            end("code");
        code_format(&hostile.code, text);
        printf("{\"event\":\"code\",\"code\":\"%s\"}\n", text);
        fflush(stdout);
    } else if (message.type == RELAY_PEER) {
        start_pairing();
    } else {
        end(message.type == RELAY_PEER_GONE ? "peer gone" : qa_err_name(message.error));
    }
}

static void on_binary(void *user, const uint8_t *data, size_t length)
{
    tunnel_receive(hostile.tunnel, data, length);
}

static void on_drained(void *user)
{
    if (hostile.tunnel)
        tunnel_drained(hostile.tunnel);
}

static void on_closed(void *user, int error, const char *detail)
{
    end("closed");
}

static const struct link_events link_events = {.opened = on_opened,
                                               .text = on_text,
                                               .binary = on_binary,
                                               .drained = on_drained,
                                               .closed = on_closed};

int main(int count, char **arguments)
{
    if (count != 5)
        return 2;
    hostile.url = arguments[1];
    hostile.mode = arguments[4];
    FILE *file = fopen(arguments[3], "r");
    if (!file || !fgets(hostile.token, sizeof hostile.token, file))
        return 2;
    fclose(file);
    hostile.token[strcspn(hostile.token, "\r\n")] = 0;

    if (random_init() || uv_loop_init(&hostile.loop) ||
        ws_host_new(&hostile.loop, arguments[2], NULL, &hostile.host) ||
        link_ws_new(hostile.host, hostile.url, &link_events, NULL, &hostile.link))
        return 1;
    uv_timer_init(&hostile.loop, &hostile.timer);
    unsigned pause_ms = strcmp(hostile.mode, "draws") ? 5 : 50;
    uv_timer_start(&hostile.timer, on_timer, pause_ms, pause_ms);
    return uv_run(&hostile.loop, UV_RUN_DEFAULT);
}
