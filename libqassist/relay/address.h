/*
 * Network addresses: those that connections come from, lists of those that are trusted to tell
 * them, and what limits count as one. Pure.
 */
#ifndef RELAY_ADDRESS_H
#define RELAY_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESS_BYTES    16
#define ADDRESS_LIST_MAX 64

struct sockaddr;

/* IPv4 mapped into IPv6 counts as IPv4. */
struct address {
    uint8_t family; /* 4, 6; 0: none of these */
    uint8_t bytes[ADDRESS_BYTES];
};

/* Whom a limit counts: an address (IPv6 by its /64), an account, or everybody together. */
struct subject {
    uint8_t kind;
    uint8_t bytes[ADDRESS_BYTES];
};

struct address_list {
    size_t count;
    struct {
        struct address address;
        uint8_t bits;
    } nets[ADDRESS_LIST_MAX];
};

void address_from(const struct sockaddr *socket_address, struct address *out);
void address_from_bytes(unsigned family, const uint8_t *bytes, struct address *out);

/*
 * Reads one as headers write it: with or without a port, IPv6 with or without brackets. False when
 * it is none.
 */
bool address_parse(const char *text, size_t length, struct address *out);

/*
 * Reads a list of addresses and networks ("192.0.2.7, 2001:db8::/32"), separated by commas or
 * spaces; "" is the empty one. 0, QA_EINVAL, QA_ELIMIT (too many).
 */
int address_list_parse(const char *text, struct address_list *out);

bool address_list_has(const struct address_list *list, const struct address *address);

/* Everything that is neither IPv4 nor IPv6 is one subject. */
struct subject subject_of_address(const struct address *address);
/* At most ADDRESS_BYTES characters count. */
struct subject subject_of_account(const char *account);
struct subject subject_everybody(void);

bool subject_same(const struct subject *a, const struct subject *b);

#endif
