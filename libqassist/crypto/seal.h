/*
 * Sealing: bytes under a one-time key, authenticated (XSalsa20-Poly1305 by libsodium), for an
 * invitation that waits on a disk while its key waits elsewhere.
 */
#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

#define SEAL_KEY_BYTES crypto_secretbox_KEYBYTES
/* What the sealed form is longer by. */
#define SEAL_EXTRA (crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES)

/* out: length + SEAL_EXTRA bytes. */
void seal_close(const uint8_t key[SEAL_KEY_BYTES], const uint8_t *plain, size_t length,
                uint8_t *out);

/* out: length - SEAL_EXTRA bytes. 0, QA_ETAMPERED (another key, or not as it was). */
int seal_open(const uint8_t key[SEAL_KEY_BYTES], const uint8_t *sealed, size_t length,
              uint8_t *out);

#endif
