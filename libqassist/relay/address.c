#include "relay/address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <qassist/errors.h>

/* The longest IPv6 address in text, with IPv4 at its end. */
#define TEXT_MAX 46
#define V6_NET   8 /* bytes of a /64 */

void address_from_bytes(unsigned family, const uint8_t *bytes, struct address *out)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    memset(out, 0, sizeof *out);
    if (family == 6 && !memcmp(bytes, mapped, sizeof mapped)) {
        bytes += sizeof mapped;
        family = 4;
    }
    out->family = (uint8_t)family;
    memcpy(out->bytes, bytes, family == 4 ? 4 : ADDRESS_BYTES);
}

void address_from(const struct sockaddr *socket_address, struct address *out)
{
    memset(out, 0, sizeof *out);
    if (socket_address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, socket_address, sizeof v4);
        address_from_bytes(4, (const uint8_t *)&v4.sin_addr, out);
    } else if (socket_address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, socket_address, sizeof v6);
        address_from_bytes(6, v6.sin6_addr.s6_addr, out);
    }
}

/* ---- text ---- */

static bool read_plain(const char *text, size_t length, struct address *out)
{
    char copy[TEXT_MAX + 1];
    uint8_t bytes[ADDRESS_BYTES];
    if (!length || length > TEXT_MAX)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (inet_pton(AF_INET, copy, bytes) == 1)
        address_from_bytes(4, bytes, out);
    else if (inet_pton(AF_INET6, copy, bytes) == 1)
        address_from_bytes(6, bytes, out);
    else
        return false;
    return true;
}

static bool is_port(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return length > 0 && length <= 5;
}

bool address_parse(const char *text, size_t length, struct address *out)
{
    if (length && *text == '[') {
        const char *end = memchr(text, ']', length);
        if (!end)
            return false;
        size_t inside = (size_t)(end - text) - 1, behind = length - inside - 2;
        if (behind && (end[1] != ':' || !is_port(end + 2, behind - 1)))
            return false;
        return memchr(text, ':', inside + 1) && read_plain(text + 1, inside, out);
    }
    const char *colon = memchr(text, ':', length);
    size_t host = colon ? (size_t)(colon - text) : length;
    /* One colon: a port follows; more: it is IPv6. */
    if (colon && is_port(colon + 1, length - host - 1))
        return read_plain(text, host, out) && out->family == 4;
    return read_plain(text, length, out);
}

/* ---- lists ---- */

static int read_net(const char *text, size_t length, struct address *address, uint8_t *bits)
{
    const char *slash = memchr(text, '/', length);
    size_t host = slash ? (size_t)(slash - text) : length;
    if (!read_plain(text, host, address))
        return QA_EINVAL;
    /* Such a network's bits would count from the wrong end. */
    if (slash && address->family == 4 && memchr(text, ':', host))
        return QA_EINVAL;
    unsigned most = address->family == 4 ? 32 : 128, value = most;
    if (slash) {
        size_t digits = length - host - 1;
        if (!is_port(slash + 1, digits) || digits > 3)
            return QA_EINVAL;
        value = (unsigned)strtoul(slash + 1, NULL, 10);
    }
    if (value > most)
        return QA_EINVAL;
    *bits = (uint8_t)value;
    return 0;
}

int address_list_parse(const char *text, struct address_list *out)
{
    memset(out, 0, sizeof *out);
    while (*(text += strspn(text, ", \t"))) {
        size_t length = strcspn(text, ", \t");
        if (out->count == ADDRESS_LIST_MAX)
            return QA_ELIMIT;
        int error =
            read_net(text, length, &out->nets[out->count].address, &out->nets[out->count].bits);
        if (error)
            return error;
        out->count++;
        text += length;
    }
    return 0;
}

static bool within(const uint8_t *bytes, const uint8_t *net, unsigned bits)
{
    if (memcmp(bytes, net, bits / 8) != 0)
        return false;
    unsigned rest = bits % 8;
    return !rest || (bytes[bits / 8] ^ net[bits / 8]) >> (8 - rest) == 0;
}

bool address_list_has(const struct address_list *list, const struct address *address)
{
    for (size_t i = 0; i < list->count; i++)
        if (address->family == list->nets[i].address.family &&
            within(address->bytes, list->nets[i].address.bytes, list->nets[i].bits))
            return true;
    return false;
}

/* ---- subjects ---- */

struct subject subject_of_address(const struct address *address)
{
    struct subject subject = {.kind = address->family};
    memcpy(subject.bytes, address->bytes, address->family == 4 ? 4 : V6_NET);
    return subject;
}

struct subject subject_of_account(const char *account)
{
    struct subject subject = {.kind = 'a'};
    memcpy(subject.bytes, account, strnlen(account, sizeof subject.bytes));
    return subject;
}

struct subject subject_everybody(void)
{
    return (struct subject){.kind = '*'};
}

bool subject_same(const struct subject *a, const struct subject *b)
{
    return a->kind == b->kind && !memcmp(a->bytes, b->bytes, sizeof a->bytes);
}
