#include "worker/client.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "worker/client_video.h"
#include "worker/quit.h"
#include "worker/video_decoder.h"

static void refresh(struct client *client)
{
    if (client->refresh_due && !client->in_work)
        client->refresh_due = !client_output_refresh(client);
}

static void on_message(void *user, const union worker_message *message)
{
    struct client *client = user;
    if (message->header.type == WORKER_PATIENCE) {
        /* It may come too late; then there is no deadline any more. */
        if (client->layer.deadline_ms)
            client->layer.deadline_ms = clock_ms() + client->connect_limit_ms;
        return;
    }
    if (!client->connected)
        quit(WORKER_EXIT_CONTROL, "message before the connection");
    switch (message->header.type) {
    case WORKER_INPUT:
        client_input_send(client, &message->input);
        break;
    case WORKER_INPUT_EPOCH:
        client_input_send_epoch(client, &message->epoch);
        break;
    case WORKER_FRAME_DONE:
        if (client->in_work)
            quit(WORKER_EXIT_CONTROL, "a frame is done that nobody was given");
        client->frame_out = false;
        client_output_tell(client);
        break;
    case WORKER_REFRESH:
        client->refresh_due = true;
        refresh(client);
        break;
    default:
        quit(WORKER_EXIT_CONTROL, "message out of place");
    }
}

void client_init(struct client *client, struct ipc *ipc, int stream_fd, uint8_t *picture,
                 const struct worker_hello *hello)
{
    *client = (struct client){.ipc = ipc,
                              .picture = picture,
                              .classic_bitmaps = hello->flags & WORKER_CLASSIC_BITMAPS,
                              .video_works = video_decoder_prepare(hello->flags & WORKER_VERBOSE),
                              .connect_limit_ms = hello->connect_limit_ms};
    client_video_prepare();
    ipc->handle = on_message;
    ipc->user = client;
    layer_init(&client->layer, stream_fd, ipc);
    client_session_init(client);
}

void client_attend(struct client *client)
{
    if (client->connected)
        ipc_receive(client->ipc);
}

static void receive(struct client *client)
{
    client->layer.would_block = false;
    while (!client->layer.would_block && !client->frame_out) {
        client->in_work = true;
        if (!freerdp_check_event_handles(client->context) ||
            freerdp_shall_disconnect_context(client->context))
            quit(WORKER_EXIT_PEER, "the peer's RDP is not valid or has ended");
        client->in_work = false;
        client_output_tell(client);
        refresh(client);
    }
}

static void connect_session(struct client *client)
{
    client->layer.deadline_ms = clock_ms() + client->connect_limit_ms;
    if (!freerdp_connect(client->context->instance))
        quit(WORKER_EXIT_PEER,
             freerdp_get_last_error_name(freerdp_get_last_error(client->context)));
    client->layer.deadline_ms = 0;
    client->connected = true;
    ipc_send_simple(client->ipc, WORKER_READY);
}

_Noreturn void client_run(struct client *client)
{
    connect_session(client);
    client_output_tell(client);
    for (;;) {
        struct pollfd entries[] = {{.fd = client->ipc->fd, .events = POLLIN},
                                   {.fd = client->layer.fd,
                                    .events = (client->frame_out ? 0 : POLLIN) |
                                              (client->layer.output.length ? POLLOUT : 0)}};
        if (poll(entries, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            quit(WORKER_EXIT_SYSTEM, "poll");
        }
        if (entries[0].revents)
            ipc_receive(client->ipc);
        if (entries[1].revents & POLLOUT)
            layer_flush(&client->layer);
        if (entries[1].revents & ~POLLOUT)
            receive(client);
    }
}
