/*
 * Short secrets of the relay that others keep for it, as base64url text: sealed (XSalsa20-Poly1305)
 * under a key of its own, so that nobody reads or makes one. And seconds in what is sealed.
 */
#ifndef RELAY_SEALED_H
#define RELAY_SEALED_H

#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

#define SEALED_PLAIN_MAX 160

/* Of the text, with its NUL. */
#define SEALED_TEXT_SIZE(length)                                                                  \
    sodium_base64_ENCODED_LEN((length) + crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES, \
                              sodium_base64_VARIANT_URLSAFE_NO_PADDING)

/* A key of its own for each purpose, from the one key that the relay keeps. */
void sealed_key(const uint8_t master[crypto_secretbox_KEYBYTES], const char *purpose,
                uint8_t out[crypto_secretbox_KEYBYTES]);

/* `length` is at most SEALED_PLAIN_MAX, `size` at least SEALED_TEXT_SIZE(length). */
void sealed_write(const uint8_t key[crypto_secretbox_KEYBYTES], const uint8_t *plain, size_t length,
                  char *out, size_t size);

/* The length of what was sealed, or QA_EAUTH: not under this key, or damaged. */
int sealed_read(const uint8_t key[crypto_secretbox_KEYBYTES], const char *text,
                uint8_t plain[SEALED_PLAIN_MAX]);

void sealed_put_seconds(uint8_t out[8], int64_t seconds);
int64_t sealed_get_seconds(const uint8_t in[8]);

#endif
