#include "crypto/seal.h"

#include <qassist/errors.h>

#include "base/random.h"

void seal_close(const uint8_t key[SEAL_KEY_BYTES], const uint8_t *plain, size_t length,
                uint8_t *out)
{
    random_bytes(out, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(out + crypto_secretbox_NONCEBYTES, plain, length, out, key);
}

int seal_open(const uint8_t key[SEAL_KEY_BYTES], const uint8_t *sealed, size_t length, uint8_t *out)
{
    if (length < SEAL_EXTRA ||
        crypto_secretbox_open_easy(out, sealed + crypto_secretbox_NONCEBYTES,
                                   length - crypto_secretbox_NONCEBYTES, sealed, key))
        return QA_ETAMPERED;
    return 0;
}
