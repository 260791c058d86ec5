/*
 * Stands in for a worker that was taken over: says hello like one, then breaks the control protocol
 * in the way that its own name says.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rdp/worker_protocol.h"

static union worker_message message;

static void send_raw(size_t length)
{
    send(WORKER_FD_CONTROL, &message, length, MSG_NOSIGNAL);
}

static void send_valid(enum worker_message_type type, size_t length)
{
    worker_message_init(&message, type, length);
    send_raw(length);
}

static void say_hello(void)
{
    recv(WORKER_FD_CONTROL, &message, sizeof message, 0);
    uint32_t role = message.hello.role;
    memset(&message, 0, sizeof message);
    message.hello.version = WORKER_PROTOCOL_VERSION;
    message.hello.role = role;
    send_valid(WORKER_HELLO, sizeof message.hello);
    memset(&message, 0, sizeof message);
}

static void send_frame(int32_t width, int32_t height, struct worker_rect rect)
{
    message.frame.width = width;
    message.frame.height = height;
    message.frame.count = 1;
    message.frame.rects[0] = rect;
    send_valid(WORKER_FRAME, sizeof message.frame);
}

static void send_move(uint32_t count, struct worker_move move)
{
    message.frame.width = message.frame.height = 100;
    message.frame.move_count = count;
    message.frame.moves[0] = move;
    send_valid(WORKER_FRAME, sizeof message.frame);
}

static void misbehave(const char *how)
{
    if (!strcmp(how, "rect-outside"))
        send_frame(100, 100, (struct worker_rect){90, 0, 11, 1});
    else if (!strcmp(how, "rect-overflow"))
        send_frame(100, 100, (struct worker_rect){1, 1, INT32_MAX, 1});
    else if (!strcmp(how, "rect-negative"))
        send_frame(100, 100, (struct worker_rect){-1, 0, 1, 1});
    else if (!strcmp(how, "picture-too-large"))
        send_frame(8193, 8192, (struct worker_rect){0, 0, 1, 1});
    else if (!strcmp(how, "picture-empty"))
        send_frame(0, 0, (struct worker_rect){0, 0, 0, 0});
    else if (!strcmp(how, "frame-twice"))
        for (int i = 0; i < 2; i++)
            send_frame(100, 100, (struct worker_rect){0, 0, 100, 100});
    else if (!strcmp(how, "count")) {
        message.frame.width = message.frame.height = 1;
        message.frame.count = WORKER_DAMAGE_MAX + 1;
        send_valid(WORKER_FRAME, sizeof message.frame);
    } else if (!strcmp(how, "move-outside"))
        send_move(1, (struct worker_move){{91, 0, 10, 10}, 0, 0});
    else if (!strcmp(how, "move-from-outside"))
        send_move(1, (struct worker_move){{0, 0, 10, 10}, 0, 91});
    else if (!strcmp(how, "move-from-negative"))
        send_move(1, (struct worker_move){{0, 0, 10, 10}, INT32_MIN, 0});
    else if (!strcmp(how, "move-count"))
        send_move(WORKER_MOVES_MAX + 1, (struct worker_move){{0, 0, 10, 10}, 1, 1});
    else if (!strcmp(how, "nothing-changed"))
        send_move(0, (struct worker_move){{0, 0, 10, 10}, 1, 1});
    else if (!strcmp(how, "cursor-too-large")) {
        message.cursor.width = WORKER_CURSOR_SIDE_MAX + 1;
        message.cursor.height = 1;
        send_valid(WORKER_CURSOR, sizeof message.cursor);
    } else if (!strcmp(how, "cursor-hot-spot")) {
        message.cursor.width = message.cursor.height = message.cursor.hot_x = 5;
        send_valid(WORKER_CURSOR, sizeof message.cursor);
    } else if (!strcmp(how, "cursor-without-shape")) {
        message.cursor_data.count = 4;
        send_valid(WORKER_CURSOR_DATA, sizeof message.cursor_data);
    } else if (!strcmp(how, "cursor-too-long")) {
        message.cursor.width = message.cursor.height = 1;
        send_valid(WORKER_CURSOR, sizeof message.cursor);
        memset(&message, 0, sizeof message);
        message.cursor_data.count = 8;
        send_valid(WORKER_CURSOR_DATA, sizeof message.cursor_data);
    } else if (!strcmp(how, "unknown-type"))
        send_valid((enum worker_message_type)99, sizeof message.header);
    else if (!strcmp(how, "wrong-direction"))
        send_valid(WORKER_FRAME_DONE, sizeof message.header);
    else if (!strcmp(how, "renew-from-client"))
        send_valid(WORKER_RENEW, sizeof message.captures);
    else if (!strcmp(how, "input-from-client")) {
        message.input.type = 1;
        send_valid(WORKER_INPUT, sizeof message.input);
    } else if (!strcmp(how, "ready-twice"))
        for (int i = 0; i < 2; i++)
            send_valid(WORKER_READY, sizeof message.header);
    else if (!strcmp(how, "short"))
        send_raw(3);
    else if (!strcmp(how, "length-lies")) {
        worker_message_init(&message, WORKER_READY, 4096);
        send_raw(sizeof message.header);
    } else if (!strcmp(how, "too-long")) {
        uint8_t packet[sizeof message + 100] = {0};
        memcpy(packet, &message, sizeof message);
        send(WORKER_FD_CONTROL, packet, sizeof packet, MSG_NOSIGNAL);
    } else if (!strcmp(how, "closes-control"))
        close(WORKER_FD_CONTROL);
    else if (!strcmp(how, "floods"))
        while (send(WORKER_FD_CONTROL, &(struct worker_ping){{WORKER_PONG, 12}, 0}, 12,
                    MSG_NOSIGNAL) > 0)
            ;
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    const char *how = slash ? slash + 1 : argv[0];
    if (strcmp(how, "no-hello") != 0)
        say_hello();
    else
        send_valid(WORKER_READY, sizeof message.header);
    misbehave(how);
    for (;;)
        pause();
}
