#include "link/ws_probe.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

#include <qassist/errors.h>

#define ANSWER_MAX   4096
#define REQUEST_MAX  (2 * WS_HOST_MAX + 512)
#define ENCODED_SIZE sodium_base64_ENCODED_LEN(WS_PROXY_AUTH_MAX, sodium_base64_VARIANT_ORIGINAL)

struct ws_probe {
    uv_tcp_t socket;
    uv_connect_t connecting;
    uv_write_t writing;
    ws_probe_done_fn done; /* NULL: nobody waits any more */
    void *user;
    char request[REQUEST_MAX];
    char answer[ANSWER_MAX + 1];
    size_t length;
};

static void on_closed(uv_handle_t *handle)
{
    struct ws_probe *probe = handle->data;
    sodium_memzero(probe->request, sizeof probe->request);
    free(probe);
}

static void finish(struct ws_probe *probe, int status, bool basic)
{
    ws_probe_done_fn done = probe->done;
    void *user = probe->user;
    probe->done = NULL;
    if (!uv_is_closing((uv_handle_t *)&probe->socket))
        uv_close((uv_handle_t *)&probe->socket, on_closed);
    if (done)
        done(user, status, basic);
}

/* "HTTP/1.1 407 ..."; 0 when it is nothing of the kind. */
static int read_status(const char *answer)
{
    if (strncmp(answer, "HTTP/1.", 7) != 0 || !isdigit((unsigned char)answer[7]) ||
        answer[8] != ' ')
        return 0;
    char *end;
    long status = strtol(answer + 9, &end, 10);
    return end == answer + 12 && status >= 100 ? (int)status : 0;
}

static bool offers_basic(const char *answer)
{
    static const char name[] = "\nProxy-Authenticate:";
    for (const char *at = answer; (at = strcasestr(at, name)); at += sizeof name - 1) {
        size_t length = strcspn(at + sizeof name - 1, "\r\n");
        const char *basic = strcasestr(at + sizeof name - 1, "Basic");
        if (basic && basic < at + sizeof name - 1 + length)
            return true;
    }
    return false;
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
    struct ws_probe *probe = handle->data;
    *room = uv_buf_init(probe->answer + probe->length, (unsigned)(ANSWER_MAX - probe->length));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *room)
{
    struct ws_probe *probe = stream->data;
    if (!got)
        return;
    if (got > 0)
        probe->length += (size_t)got;
    probe->answer[probe->length] = '\0';
    /* Its end, and what is too long, count as far as they came. */
    if (got < 0 || probe->length == ANSWER_MAX || strstr(probe->answer, "\r\n\r\n"))
        finish(probe, read_status(probe->answer), offers_basic(probe->answer));
}

static void on_written(uv_write_t *request, int status)
{
    struct ws_probe *probe = request->handle->data;
    sodium_memzero(probe->request, sizeof probe->request);
}

static void on_connected(uv_connect_t *request, int status)
{
    struct ws_probe *probe = request->handle->data;
    if (status == UV_ECANCELED)
        return;
    if (status) {
        finish(probe, -1, false);
        return;
    }
    uv_stream_t *stream = (uv_stream_t *)&probe->socket;
    uv_buf_t text = uv_buf_init(probe->request, (unsigned)strlen(probe->request));
    if (uv_write(&probe->writing, stream, &text, 1, on_written) ||
        uv_read_start(stream, on_room, on_read))
        finish(probe, 0, false);
}

static void write_request(struct ws_probe *probe, const struct ws_proxy *proxy, const char *target)
{
    char encoded[ENCODED_SIZE] = "";
    if (proxy->auth[0])
        sodium_bin2base64(encoded, sizeof encoded, (const unsigned char *)proxy->auth,
                          strlen(proxy->auth), sodium_base64_VARIANT_ORIGINAL);
    snprintf(probe->request, sizeof probe->request, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s%s%s\r\n",
             target, target, *encoded ? "Proxy-Authorization: Basic " : "", encoded,
             *encoded ? "\r\n" : "");
    sodium_memzero(encoded, sizeof encoded);
}

int ws_probe_start(uv_loop_t *loop, const struct sockaddr *address, const struct ws_proxy *proxy,
                   const char *target, ws_probe_done_fn done, void *user, struct ws_probe **out)
{
    *out = NULL;
    struct ws_probe *probe = calloc(1, sizeof *probe);
    if (!probe)
        return QA_ENOMEM;
    if (uv_tcp_init(loop, &probe->socket)) {
        free(probe);
        return QA_ENOMEM;
    }
    probe->socket.data = probe;
    write_request(probe, proxy, target);
    if (uv_tcp_connect(&probe->connecting, &probe->socket, address, on_connected)) {
        uv_close((uv_handle_t *)&probe->socket, on_closed);
        return QA_ENOMEM;
    }
    probe->done = done;
    probe->user = user;
    *out = probe;
    return 0;
}

void ws_probe_cancel(struct ws_probe *probe)
{
    if (!probe)
        return;
    probe->done = NULL;
    if (!uv_is_closing((uv_handle_t *)&probe->socket))
        uv_close((uv_handle_t *)&probe->socket, on_closed);
}
