#include "load_end.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/err.h>

#define PATIENCE_S 30

void fail(const char *what)
{
    unsigned long tls = ERR_peek_error();
    fprintf(stderr, "relay-load: %s: %s\n", what,
            tls ? ERR_reason_error_string(tls) : strerror(errno));
    exit(1);
}

/* ---- TLS ---- */

static SSL_CTX *make_context(const SSL_METHOD *method)
{
    SSL_CTX *context = SSL_CTX_new(method);
    /* The same cipher for everybody: TLS costs are those of the programs, not of their lists. */
    if (!context || !SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) ||
        !SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") ||
        !SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256"))
        fail("TLS");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
}

SSL_CTX *tls_client(bool only_1_2)
{
    SSL_CTX *context = make_context(TLS_client_method());
    if (only_1_2 && !SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION))
        fail("TLS 1.2");
    return context;
}

SSL_CTX *tls_server(const char *certificate, const char *key)
{
    SSL_CTX *context = make_context(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        fail(certificate);
    SSL_CTX_set_num_tickets(context, 0);
    return context;
}

/* ---- opening ---- */

static void set_options(int fd)
{
    /* What is on its way is little against what is measured. */
    const int on = 1, unsent = 256 * 1024;
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &unsent, sizeof unsent);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

void end_connect(struct end *end, unsigned port, unsigned from)
{
    const struct sockaddr_in own = {.sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK + (from << 8))};
    const int on = 1;
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *end = (struct end){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (end->fd < 0)
        fail("socket");
    set_options(end->fd);
    /* The port is chosen with both addresses known: there are enough of them. */
    setsockopt(end->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(end->fd, (const struct sockaddr *)&own, sizeof own))
        fail("bind");
    if (connect(end->fd, (const struct sockaddr *)&to, sizeof to))
        fail("connect");
}

void end_accept(struct end *end, int listener)
{
    *end = (struct end){.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)};
    if (end->fd < 0)
        fail("nobody was connected to");
    set_options(end->fd);
}

void end_start_tls(struct end *end, SSL_CTX *context, bool as_server)
{
    end->ssl = SSL_new(context);
    if (!end->ssl || !SSL_set_fd(end->ssl, end->fd))
        fail("TLS");
    if (!as_server)
        SSL_set_tlsext_host_name(end->ssl, "localhost");
    if ((as_server ? SSL_accept(end->ssl) : SSL_connect(end->ssl)) != 1)
        fail("TLS handshake");
}

void end_write(struct end *end, const void *data, size_t length)
{
    ssize_t count =
        end->ssl ? SSL_write(end->ssl, data, (int)length) : write(end->fd, data, length);
    if (count != (ssize_t)length)
        fail("write");
}

size_t end_read(struct end *end, void *data, size_t size)
{
    ssize_t count = end->ssl ? SSL_read(end->ssl, data, (int)size) : read(end->fd, data, size);
    if (count <= 0)
        fail("read");
    return (size_t)count;
}

void end_read_all(struct end *end, void *data, size_t length)
{
    uint8_t *at = data;
    while (length) {
        size_t count = end_read(end, at, length);
        at += count;
        length -= count;
    }
}

/* ---- WebSocket ---- */

void end_upgrade(struct end *end, const char *subprotocol)
{
    char text[1024];
    size_t length = 0;
    int size = snprintf(text, sizeof text,
                        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        "Sec-WebSocket-Protocol: %s\r\n\r\n",
                        subprotocol);
    end_write(end, text, (size_t)size);
    while (length < 4 || memcmp(text + length - 4, "\r\n\r\n", 4) != 0) {
        if (length == sizeof text)
            fail("the answer to the upgrade is too long");
        end_read_all(end, text + length++, 1);
    }
    if (strncmp(text, "HTTP/1.1 101", 12) != 0)
        fail("no WebSocket was given");
    end->is_ws = true;
}

static size_t make_head(uint8_t *head, unsigned kind, size_t length)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    size_t at = 0;
    head[at++] = (uint8_t)(0x80 | kind);
    if (length < 126) {
        head[at++] = (uint8_t)(0x80 | length);
    } else {
        head[at++] = 0x80 | 126;
        head[at++] = (uint8_t)(length >> 8);
        head[at++] = (uint8_t)length;
    }
    memcpy(head + at, mask, sizeof mask);
    return at + sizeof mask;
}

static void send_masked(struct end *end, unsigned kind, const uint8_t *data, size_t length)
{
    uint8_t frame[8 + 4096];
    size_t at = make_head(frame, kind, length);
    for (size_t i = 0; i < length; i++)
        frame[at + i] = data[i] ^ frame[at - 4 + (i & 3)];
    end_write(end, frame, at + length);
}

void end_say(struct end *end, const char *text)
{
    send_masked(end, 1, (const uint8_t *)text, strlen(text));
}

void end_hear(struct end *end, char *text, size_t size)
{
    uint8_t head[4];
    end_read_all(end, head, 2);
    size_t length = head[1];
    if (length == 126) {
        end_read_all(end, head + 2, 2);
        length = (size_t)head[2] << 8 | head[3];
    }
    if (length >= size)
        fail("a message is too long");
    end_read_all(end, text, length);
    text[length] = '\0';
}

/* ---- running ---- */

void end_set_running(struct end *end)
{
    fcntl(end->fd, F_SETFL, fcntl(end->fd, F_GETFL) | O_NONBLOCK);
}

size_t end_make_message(const struct end *end, uint8_t *message, size_t length)
{
    /* Any bytes are masked bytes: the relay takes the mask off, which is what is to be measured. */
    for (size_t i = 0; i < length; i++)
        message[i] = (uint8_t)(i * 131 + (i >> 8));
    if (!end->is_ws)
        return length;
    size_t payload = length - (length - 6 < 126 ? 6 : 8);
    make_head(message, 2, payload);
    return payload;
}

bool end_send(struct end *end, const uint8_t *message, size_t length)
{
    ssize_t count = end->ssl ? SSL_write(end->ssl, message, (int)length)
                             : send(end->fd, message, length, MSG_NOSIGNAL);
    if (count == (ssize_t)length)
        return true;
    if (end->ssl ? SSL_get_error(end->ssl, (int)count) != SSL_ERROR_WANT_WRITE
                 : count >= 0 || errno != EAGAIN)
        fail("a connection broke");
    return false;
}

static size_t head_wanted(const struct end *end)
{
    const uint8_t *head = end->head;
    if (end->head_length < 2)
        return 2;
    /* The whole of what is short and no data: a ping is to be answered with its payload. */
    return (head[1] & 0x7f) == 126 ? 4 : (head[0] & 0x0f) == 2 ? 2 : 2u + (head[1] & 0x7f);
}

static void begin_frame(struct end *end)
{
    const uint8_t *head = end->head;
    unsigned kind = head[0] & 0x0f;
    if (kind == 9)
        send_masked(end, 10, head + 2, head[1]);
    else if (kind == 2)
        end->frame_left = head[1] == 126 ? (uint64_t)head[2] << 8 | head[3] : head[1];
    else if (kind != 10)
        fail("the relay ended a pair");
    end->head_length = 0;
}

/* Payload bytes among those that came. */
static size_t count_payload(struct end *end, const uint8_t *data, size_t length)
{
    size_t payload = 0;
    while (length) {
        if (end->frame_left) {
            size_t here = length < end->frame_left ? length : (size_t)end->frame_left;
            end->frame_left -= here;
            payload += here;
            data += here;
            length -= here;
            continue;
        }
        end->head[end->head_length++] = *data++;
        length--;
        if (end->head_length >= 2 && end->head_length >= head_wanted(end))
            begin_frame(end);
    }
    return payload;
}

ssize_t end_receive(struct end *end)
{
    static uint8_t data[MESSAGE_MAX];
    ssize_t count =
        end->ssl ? SSL_read(end->ssl, data, sizeof data) : recv(end->fd, data, sizeof data, 0);
    if (count > 0)
        return end->is_ws ? (ssize_t)count_payload(end, data, (size_t)count) : count;
    if (end->ssl ? SSL_get_error(end->ssl, (int)count) != SSL_ERROR_WANT_READ
                 : count == 0 || errno != EAGAIN)
        fail("a connection was closed");
    return -1;
}

void end_close(struct end *end)
{
    SSL_free(end->ssl);
    close(end->fd);
}
