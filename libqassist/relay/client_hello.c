#include "relay/client_hello.h"

#include <stdbool.h>
#include <string.h>

#define RECORD_HEAD      5
#define RECORD_HANDSHAKE 22
#define CLIENT_HELLO     1
#define EXTENSION_ALPN   16
#define RANDOM_BYTES     32
#define WORKER_DIGITS    4

static const char prefix[] = "qassist-w";

/* The header of the PROXY protocol, version 2, that a balancer may have put before it. */
static const uint8_t proxy_mark[12] = "\r\n\r\n\0\r\nQUIT\n";
#define PROXY_HEAD 16

/* Bytes that are left; reading beyond their end empties them and gives zeros. */
struct bytes {
    const uint8_t *at;
    size_t left;
};

static const uint8_t *take(struct bytes *bytes, size_t count)
{
    if (count > bytes->left) {
        bytes->left = 0;
        return NULL;
    }
    const uint8_t *at = bytes->at;
    bytes->at += count;
    bytes->left -= count;
    return at;
}

static size_t number(struct bytes *bytes, size_t size)
{
    const uint8_t *at = take(bytes, size);
    size_t value = 0;
    for (size_t i = 0; at && i < size; i++)
        value = value << 8 | at[i];
    return value;
}

/* What has its length, of so many bytes, before it. */
static struct bytes vector(struct bytes *bytes, size_t size)
{
    size_t length = number(bytes, size);
    struct bytes inner = {.left = length};
    inner.at = take(bytes, length);
    if (!inner.at)
        inner.left = 0;
    return inner;
}

static uint32_t worker_of(struct bytes name)
{
    size_t head = sizeof prefix - 1;
    uint32_t worker = 0;
    if (name.left <= head || name.left > head + WORKER_DIGITS || memcmp(name.at, prefix, head))
        return 0;
    for (size_t i = head; i < name.left; i++) {
        if (name.at[i] < '0' || name.at[i] > '9')
            return 0;
        worker = worker * 10 + name.at[i] - '0';
    }
    return worker;
}

static uint32_t read_alpn(struct bytes extension)
{
    struct bytes names = vector(&extension, 2);
    uint32_t worker = 0;
    while (names.left && !worker)
        worker = worker_of(vector(&names, 1));
    return worker;
}

static uint32_t read_hello(struct bytes hello)
{
    take(&hello, 2 + RANDOM_BYTES); /* version, random */
    vector(&hello, 1);              /* session */
    vector(&hello, 2);              /* cipher suites */
    vector(&hello, 1);              /* compression */
    struct bytes extensions = vector(&hello, 2);
    while (extensions.left) {
        size_t type = number(&extensions, 2);
        struct bytes extension = vector(&extensions, 2);
        if (type == EXTENSION_ALPN)
            return read_alpn(extension);
    }
    return 0;
}

/* How much of what has come is a header of the PROXY protocol; true while that is not known. */
static bool skip_proxy(struct bytes *bytes, size_t length, size_t *wanted)
{
    size_t compared = length < sizeof proxy_mark ? length : sizeof proxy_mark;
    if (!length || memcmp(bytes->at, proxy_mark, compared) != 0)
        return false;
    *wanted = PROXY_HEAD;
    if (length < PROXY_HEAD)
        return true;
    size_t whole = PROXY_HEAD + (size_t)(bytes->at[14] << 8 | bytes->at[15]);
    *wanted = whole + RECORD_HEAD;
    if (length < *wanted)
        return true;
    take(bytes, whole);
    return false;
}

uint32_t client_hello_worker(const uint8_t *data, size_t length, size_t *wanted)
{
    struct bytes bytes = {.at = data, .left = length};
    *wanted = RECORD_HEAD;
    if (skip_proxy(&bytes, length, wanted) || bytes.left < RECORD_HEAD)
        return 0;
    size_t before = length - bytes.left;
    size_t type = number(&bytes, 1);
    take(&bytes, 2);
    size_t record = number(&bytes, 2);
    *wanted = 0;
    if (type != RECORD_HANDSHAKE || record > CLIENT_HELLO_MAX)
        return 0;
    if (bytes.left < record) {
        *wanted = before + RECORD_HEAD + record;
        return 0;
    }
    bytes.left = record;
    if (number(&bytes, 1) != CLIENT_HELLO)
        return 0;
    return read_hello(vector(&bytes, 3));
}
