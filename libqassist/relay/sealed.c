#include "relay/sealed.h"

#include <string.h>

#include <qassist/errors.h>

#include "base/random.h"

#define VARIANT  sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define OVERHEAD (crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES)

void sealed_key(const uint8_t master[crypto_secretbox_KEYBYTES], const char *purpose,
                uint8_t out[crypto_secretbox_KEYBYTES])
{
    crypto_generichash(out, crypto_secretbox_KEYBYTES, (const uint8_t *)purpose, strlen(purpose),
                       master, crypto_secretbox_KEYBYTES);
}

void sealed_write(const uint8_t key[crypto_secretbox_KEYBYTES], const uint8_t *plain, size_t length,
                  char *out, size_t size)
{
    uint8_t sealed[SEALED_PLAIN_MAX + OVERHEAD];
    random_bytes(sealed, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, plain, length, sealed, key);
    sodium_bin2base64(out, size, sealed, length + OVERHEAD, VARIANT);
}

int sealed_read(const uint8_t key[crypto_secretbox_KEYBYTES], const char *text,
                uint8_t plain[SEALED_PLAIN_MAX])
{
    uint8_t sealed[SEALED_PLAIN_MAX + OVERHEAD];
    size_t length;
    if (sodium_base642bin(sealed, sizeof sealed, text, strlen(text), NULL, &length, NULL,
                          VARIANT) ||
        length < OVERHEAD ||
        crypto_secretbox_open_easy(plain, sealed + crypto_secretbox_NONCEBYTES,
                                   length - crypto_secretbox_NONCEBYTES, sealed, key))
        return QA_EAUTH;
    return (int)(length - OVERHEAD);
}

void sealed_put_seconds(uint8_t out[8], int64_t seconds)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)((uint64_t)seconds >> (56 - 8 * i));
}

int64_t sealed_get_seconds(const uint8_t in[8])
{
    uint64_t seconds = 0;
    for (int i = 0; i < 8; i++)
        seconds = seconds << 8 | in[i];
    return (int64_t)seconds;
}
