/*
 * The header of the PROXY protocol, version 2, with which a load balancer begins a connection to
 * say from where it came. Pure.
 */
#ifndef RELAY_PROXY_HEADER_H
#define RELAY_PROXY_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "relay/address.h"

#define PROXY_HEADER_START 16   /* bytes after which its length is known */
#define PROXY_HEADER_MAX   4096 /* of the whole, extensions included */

/*
 * The whole length of the header that begins with these PROXY_HEADER_START bytes. QA_EPROTO: none
 * of version 2, or of unheard-of content; QA_ELIMIT: too long.
 */
int proxy_header_length(const uint8_t start[PROXY_HEADER_START]);

/*
 * Reads a whole one, `length` as above. 0: *from is where the connection came from, or of family 0
 * when the header does not say (the balancer's own, or from no network). QA_EPROTO.
 */
int proxy_header_read(const uint8_t *header, size_t length, struct address *from);

#endif
