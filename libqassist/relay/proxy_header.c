#include "relay/proxy_header.h"

#include <string.h>

#include <qassist/errors.h>

static const uint8_t signature[12] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                      0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

enum { AT_COMMAND = 12, AT_FAMILY = 13, AT_LENGTH = 14 };
enum { COMMAND_LOCAL = 0x20, COMMAND_PROXY = 0x21 }; /* the version is in the upper half */
enum { FAMILY_NONE, FAMILY_V4, FAMILY_V6, FAMILY_UNIX };
enum { V4_ADDRESSES = 12, V6_ADDRESSES = 36, UNIX_ADDRESSES = 216 };

static size_t length_of(const uint8_t *start)
{
    return PROXY_HEADER_START + (size_t)(start[AT_LENGTH] << 8 | start[AT_LENGTH + 1]);
}

int proxy_header_length(const uint8_t start[PROXY_HEADER_START])
{
    uint8_t command = start[AT_COMMAND];
    if (memcmp(start, signature, sizeof signature) != 0 ||
        (command != COMMAND_LOCAL && command != COMMAND_PROXY))
        return QA_EPROTO;
    size_t length = length_of(start);
    return length > PROXY_HEADER_MAX ? QA_ELIMIT : (int)length;
}

int proxy_header_read(const uint8_t *header, size_t length, struct address *from)
{
    memset(from, 0, sizeof *from);
    if (length < PROXY_HEADER_START || length_of(header) != length)
        return QA_EPROTO;
    /* A check of the balancer's own: whatever it says of addresses means nothing. */
    if (header[AT_COMMAND] == COMMAND_LOCAL)
        return 0;
    size_t inside = length - PROXY_HEADER_START;
    const uint8_t *addresses = header + PROXY_HEADER_START;
    /* The lower half says TCP or UDP, which makes no difference here. What follows the addresses
     * are extensions. */
    switch (header[AT_FAMILY] >> 4) {
    case FAMILY_NONE:
        return 0;
    case FAMILY_V4:
        if (inside < V4_ADDRESSES)
            return QA_EPROTO;
        address_from_bytes(4, addresses, from);
        return 0;
    case FAMILY_V6:
        if (inside < V6_ADDRESSES)
            return QA_EPROTO;
        address_from_bytes(6, addresses, from);
        return 0;
    case FAMILY_UNIX:
        return inside < UNIX_ADDRESSES ? QA_EPROTO : 0;
    default:
        return QA_EPROTO;
    }
}
