#include "crypto/cpace.h"

#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

#define HASH_BLOCK_BYTES 128 /* of SHA-512 */
#define LEB128_MAX       10

static const char group_name[] = "CPaceRistretto255";
static const char isk_name[] = "CPaceRistretto255_ISK";
static const char mac_name[] = "CPaceMac";

/* What takes bytes one after the other: a hash or a MAC. */
typedef void (*update_fn)(void *state, const uint8_t *data, size_t length);

static void hash_update(void *state, const uint8_t *data, size_t length)
{
    crypto_hash_sha512_update(state, data, length);
}

static void mac_update(void *state, const uint8_t *data, size_t length)
{
    crypto_auth_hmacsha512_update(state, data, length);
}

static struct cpace_bytes from_text(const char *text)
{
    return (struct cpace_bytes){(const uint8_t *)text, strlen(text)};
}

static struct cpace_bytes from_point(const uint8_t point[CPACE_POINT_BYTES])
{
    return (struct cpace_bytes){point, CPACE_POINT_BYTES};
}

static size_t encode_length(size_t length, uint8_t out[LEB128_MAX])
{
    size_t count = 0;
    do {
        out[count] = (uint8_t)(length & 0x7f);
        length >>= 7;
        if (length)
            out[count] |= 0x80;
        count++;
    } while (length);
    return count;
}

/* prepend_len(bytes) into a hash or MAC. */
static void update_with_length(update_fn update, void *state, struct cpace_bytes bytes)
{
    uint8_t encoded[LEB128_MAX];
    update(state, encoded, encode_length(bytes.length, encoded));
    if (bytes.length)
        update(state, bytes.data, bytes.length);
}

int cpace_append(uint8_t *out, size_t size, size_t *length, struct cpace_bytes bytes)
{
    uint8_t encoded[LEB128_MAX];
    size_t count = encode_length(bytes.length, encoded);
    size_t room = size - *length;
    if (room < count || room - count < bytes.length)
        return QA_ELIMIT;
    memcpy(out + *length, encoded, count);
    if (bytes.length)
        memcpy(out + *length + count, bytes.data, bytes.length);
    *length += count + bytes.length;
    return 0;
}

/* The zeros that fill the first block after DSI and PRS, so that the secret is hashed alone. */
static size_t padding_length(size_t dsi_length, size_t prs_length)
{
    uint8_t encoded[LEB128_MAX];
    size_t taken = 1 + encode_length(dsi_length, encoded) + dsi_length +
                   encode_length(prs_length, encoded) + prs_length;
    return taken < HASH_BLOCK_BYTES ? HASH_BLOCK_BYTES - taken : 0;
}

int cpace_generator(struct cpace_bytes prs, struct cpace_bytes ci, struct cpace_bytes sid,
                    uint8_t generator[CPACE_POINT_BYTES])
{
    static const uint8_t zeros[HASH_BLOCK_BYTES];
    struct cpace_bytes dsi = from_text(group_name);
    struct cpace_bytes padding = {zeros, padding_length(dsi.length, prs.length)};
    uint8_t hash[crypto_hash_sha512_BYTES];
    crypto_hash_sha512_state state;

    crypto_hash_sha512_init(&state);
    update_with_length(hash_update, &state, dsi);
    update_with_length(hash_update, &state, prs);
    update_with_length(hash_update, &state, padding);
    update_with_length(hash_update, &state, ci);
    update_with_length(hash_update, &state, sid);
    crypto_hash_sha512_final(&state, hash);
    int failed = crypto_core_ristretto255_from_hash(generator, hash);
    sodium_memzero(&state, sizeof state);
    sodium_memzero(hash, sizeof hash);
    return failed ? QA_EIO : 0;
}

void cpace_scalar(uint8_t scalar[CPACE_SCALAR_BYTES])
{
    crypto_core_ristretto255_scalar_random(scalar);
}

int cpace_multiply(const uint8_t scalar[CPACE_SCALAR_BYTES], const uint8_t point[CPACE_POINT_BYTES],
                   uint8_t out[CPACE_POINT_BYTES])
{
    /* libsodium refuses encodings of no point and a neutral result alike. */
    if (!crypto_scalarmult_ristretto255(out, scalar, point))
        return 0;
    sodium_memzero(out, CPACE_POINT_BYTES);
    return QA_EPROTO;
}

/* lv_cat(share, associated data) into a hash or MAC. */
static void update_with_message(update_fn update, void *state, const struct cpace_message *message)
{
    update_with_length(update, state, from_point(message->share));
    update_with_length(update, state, message->associated);
}

int cpace_session_key(const uint8_t scalar[CPACE_SCALAR_BYTES],
                      const uint8_t theirs[CPACE_POINT_BYTES], struct cpace_bytes sid,
                      const struct cpace_message *initiator, const struct cpace_message *responder,
                      uint8_t isk[CPACE_ISK_BYTES])
{
    uint8_t shared[CPACE_POINT_BYTES];
    crypto_hash_sha512_state state;
    int error = cpace_multiply(scalar, theirs, shared);
    if (error)
        return error;
    crypto_hash_sha512_init(&state);
    update_with_length(hash_update, &state, from_text(isk_name));
    update_with_length(hash_update, &state, sid);
    update_with_length(hash_update, &state, from_point(shared));
    update_with_message(hash_update, &state, initiator);
    update_with_message(hash_update, &state, responder);
    crypto_hash_sha512_final(&state, isk);
    sodium_memzero(&state, sizeof state);
    sodium_memzero(shared, sizeof shared);
    return 0;
}

void cpace_tag(const uint8_t isk[CPACE_ISK_BYTES], struct cpace_bytes sid,
               const struct cpace_message *message, uint8_t tag[CPACE_TAG_BYTES])
{
    uint8_t key[crypto_hash_sha512_BYTES];
    crypto_hash_sha512_state hash;
    crypto_auth_hmacsha512_state mac;

    crypto_hash_sha512_init(&hash);
    crypto_hash_sha512_update(&hash, (const uint8_t *)mac_name, strlen(mac_name));
    crypto_hash_sha512_update(&hash, sid.data, sid.length);
    crypto_hash_sha512_update(&hash, isk, CPACE_ISK_BYTES);
    crypto_hash_sha512_final(&hash, key);
    crypto_auth_hmacsha512_init(&mac, key, sizeof key);
    update_with_message(mac_update, &mac, message);
    crypto_auth_hmacsha512_final(&mac, tag);
    sodium_memzero(&hash, sizeof hash);
    sodium_memzero(&mac, sizeof mac);
    sodium_memzero(key, sizeof key);
}
