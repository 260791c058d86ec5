#include "crypto/pake.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/hkdf.h>
#include <mbedtls/md.h>
#include <sodium.h>

#include <qassist/errors.h>

#include "base/random.h"
#include "crypto/cpace.h"

#define SECRET_DIGITS   6
#define NAME_HASH_BYTES crypto_hash_sha256_BYTES
#define CI_MAX          (PAKE_ORIGIN_MAX + 64)

/* Associated data: role, version, capabilities, and the helper's name hash. */
#define SHARER_AD_BYTES 9
#define HELPER_AD_BYTES (SHARER_AD_BYTES + NAME_HASH_BYTES)

enum kind { KIND_HELLO = 1, KIND_ANSWER = 2, KIND_CONFIRM = 3 };

/* Before the associated data: kind, share, length. */
#define AD_OFFSET     (1 + CPACE_POINT_BYTES + 2)
#define HELLO_BYTES   (AD_OFFSET + SHARER_AD_BYTES)
#define ANSWER_BYTES  (AD_OFFSET + HELPER_AD_BYTES + CPACE_TAG_BYTES)
#define CONFIRM_BYTES (1 + CPACE_TAG_BYTES)

enum state {
    STATE_NEW,         /* the sharer may start, the helper waits for hello */
    STATE_HELLO_SENT,  /* the sharer waits for answer */
    STATE_ANSWER_SENT, /* the helper waits for confirm */
    STATE_DONE,
    STATE_FAILED,
};

struct pake {
    enum pake_role role;
    enum state state;
    uint32_t version;
    uint8_t sid[PAKE_SID_BYTES];
    uint8_t name_hash[NAME_HASH_BYTES]; /* of the names that this side knows */
    uint8_t scalar[CPACE_SCALAR_BYTES];
    uint8_t isk[CPACE_ISK_BYTES];
    uint8_t psk[PAKE_PSK_BYTES];
    uint8_t own_ad[HELPER_AD_BYTES];
    uint8_t peer_ad[HELPER_AD_BYTES];
    struct cpace_message own; /* their associated data is in the two above */
    struct cpace_message peer;
    uint32_t peer_capabilities;
};

static void put_u32(uint8_t *out, uint32_t value)
{
    out[0] = (uint8_t)(value >> 24);
    out[1] = (uint8_t)(value >> 16);
    out[2] = (uint8_t)(value >> 8);
    out[3] = (uint8_t)value;
}

static uint32_t get_u32(const uint8_t *in)
{
    return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

static struct cpace_bytes from_text(const char *text)
{
    return (struct cpace_bytes){(const uint8_t *)text, strlen(text)};
}

static struct cpace_bytes sid_of(const struct pake *pake)
{
    return (struct cpace_bytes){pake->sid, PAKE_SID_BYTES};
}

static size_t ad_bytes(enum pake_role role)
{
    return role == PAKE_HELPER ? HELPER_AD_BYTES : SHARER_AD_BYTES;
}

/* ---- making one ---- */

static int check_inputs(const struct pake_inputs *inputs)
{
    if (inputs->role != PAKE_SHARER && inputs->role != PAKE_HELPER)
        return QA_EINVAL;
    if (!inputs->secret || !inputs->route || !inputs->service_origin || !inputs->sid ||
        !inputs->shown_name || !inputs->organisation)
        return QA_EINVAL;
    size_t digits = strspn(inputs->secret, "0123456789");
    if (digits != SECRET_DIGITS || inputs->secret[digits])
        return QA_EINVAL;
    if (!*inputs->route || !*inputs->service_origin ||
        strlen(inputs->service_origin) > PAKE_ORIGIN_MAX)
        return QA_EINVAL;
    return 0;
}

static int hash_names(const char *shown_name, const char *organisation,
                      uint8_t hash[NAME_HASH_BYTES])
{
    uint8_t names[1024];
    size_t length = 0;
    if (cpace_append(names, sizeof names, &length, from_text(shown_name)) ||
        cpace_append(names, sizeof names, &length, from_text(organisation)))
        return QA_EINVAL;
    crypto_hash_sha256(hash, names, length);
    return 0;
}

static int make_generator(const struct pake_inputs *inputs, uint8_t generator[CPACE_POINT_BYTES])
{
    uint8_t ci[CI_MAX], version[4];
    size_t length = 0;
    put_u32(version, inputs->version);
    if (cpace_append(ci, sizeof ci, &length, from_text("qassist pairing")) ||
        cpace_append(ci, sizeof ci, &length, (struct cpace_bytes){version, sizeof version}) ||
        cpace_append(ci, sizeof ci, &length, from_text(inputs->service_origin)) ||
        cpace_append(ci, sizeof ci, &length, from_text(inputs->route)))
        return QA_EINVAL;
    return cpace_generator(from_text(inputs->secret), (struct cpace_bytes){ci, length},
                           (struct cpace_bytes){inputs->sid, PAKE_SID_BYTES}, generator);
}

/* Scalar, share and associated data of this side; of the secret only the share is left. */
static int prepare(struct pake *pake, const struct pake_inputs *inputs)
{
    uint8_t generator[CPACE_POINT_BYTES];
    int error = hash_names(inputs->shown_name, inputs->organisation, pake->name_hash);
    if (!error)
        error = make_generator(inputs, generator);
    if (error)
        return error;
    cpace_scalar(pake->scalar);
    error = cpace_multiply(pake->scalar, generator, pake->own.share) ? QA_EIO : 0;
    sodium_memzero(generator, sizeof generator);

    pake->own_ad[0] = (uint8_t)pake->role;
    put_u32(pake->own_ad + 1, inputs->version);
    put_u32(pake->own_ad + 5, inputs->capabilities);
    if (pake->role == PAKE_HELPER)
        memcpy(pake->own_ad + SHARER_AD_BYTES, pake->name_hash, NAME_HASH_BYTES);
    pake->own.associated = (struct cpace_bytes){pake->own_ad, ad_bytes(pake->role)};
    return error;
}

int pake_new(const struct pake_inputs *inputs, struct pake **out)
{
    *out = NULL;
    int error = check_inputs(inputs);
    if (!error)
        error = random_init();
    if (error)
        return error;
    struct pake *pake = calloc(1, sizeof *pake);
    if (!pake)
        return QA_ENOMEM;
    pake->role = inputs->role;
    pake->version = inputs->version;
    memcpy(pake->sid, inputs->sid, PAKE_SID_BYTES);
    error = prepare(pake, inputs);
    if (error) {
        pake_free(pake);
        return error;
    }
    *out = pake;
    return 0;
}

void pake_free(struct pake *pake)
{
    if (!pake)
        return;
    sodium_memzero(pake, sizeof *pake);
    free(pake);
}

static int fail(struct pake *pake, int error)
{
    sodium_memzero(pake, sizeof *pake);
    pake->state = STATE_FAILED;
    return error;
}

/* ---- messages ---- */

/* Kind, share and associated data of this side; returns the length. */
static size_t write_share(const struct pake *pake, enum kind kind, uint8_t *out)
{
    size_t length = pake->own.associated.length;
    out[0] = (uint8_t)kind;
    memcpy(out + 1, pake->own.share, CPACE_POINT_BYTES);
    out[AD_OFFSET - 2] = (uint8_t)(length >> 8);
    out[AD_OFFSET - 1] = (uint8_t)length;
    memcpy(out + AD_OFFSET, pake->own.associated.data, length);
    return AD_OFFSET + length;
}

/*
 * Reads what write_share of the peer wrote. The version comes before every length, so that
 * another version is named as such.
 */
static int read_share(struct pake *pake, enum kind kind, const uint8_t *message, size_t length,
                      size_t expected_length)
{
    enum pake_role peer = pake->role == PAKE_HELPER ? PAKE_SHARER : PAKE_HELPER;
    if (length < AD_OFFSET + SHARER_AD_BYTES || message[0] != (uint8_t)kind)
        return QA_EPROTO;
    const uint8_t *ad = message + AD_OFFSET;
    if (ad[0] != (uint8_t)peer)
        return QA_EPROTO;
    if (get_u32(ad + 1) != pake->version)
        return QA_EVERSION;
    size_t ad_length = (size_t)message[AD_OFFSET - 2] << 8 | message[AD_OFFSET - 1];
    if (length != expected_length || ad_length != ad_bytes(peer))
        return QA_EPROTO;
    memcpy(pake->peer.share, message + 1, CPACE_POINT_BYTES);
    memcpy(pake->peer_ad, ad, ad_length);
    pake->peer.associated = (struct cpace_bytes){pake->peer_ad, ad_length};
    pake->peer_capabilities = get_u32(ad + 5);
    return 0;
}

static int check_tag(const struct pake *pake, const uint8_t *theirs)
{
    uint8_t right[CPACE_TAG_BYTES];
    cpace_tag(pake->isk, sid_of(pake), &pake->peer, right);
    int differs = sodium_memcmp(right, theirs, sizeof right);
    sodium_memzero(right, sizeof right);
    return differs ? QA_ECODE_WRONG : 0;
}

static int derive_isk(struct pake *pake)
{
    bool sharer = pake->role == PAKE_SHARER;
    int error = cpace_session_key(pake->scalar, pake->peer.share, sid_of(pake),
                                  sharer ? &pake->own : &pake->peer,
                                  sharer ? &pake->peer : &pake->own, pake->isk);
    sodium_memzero(pake->scalar, sizeof pake->scalar);
    return error;
}

/* The last step of either side: the channel's key, and nothing else secret is kept. */
static int finish(struct pake *pake)
{
    static const uint8_t info[] = "qassist channel psk";
    const mbedtls_md_info_t *sha512 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA512);
    if (!sha512 || mbedtls_hkdf(sha512, pake->sid, PAKE_SID_BYTES, pake->isk, CPACE_ISK_BYTES, info,
                                sizeof info - 1, pake->psk, PAKE_PSK_BYTES))
        return QA_EIO;
    sodium_memzero(pake->isk, sizeof pake->isk);
    pake->state = STATE_DONE;
    return 0;
}

/* ---- the steps ---- */

static int receive_hello(struct pake *pake, const uint8_t *message, size_t length, uint8_t *out)
{
    int error = read_share(pake, KIND_HELLO, message, length, HELLO_BYTES);
    if (!error)
        error = derive_isk(pake);
    if (error)
        return error;
    size_t written = write_share(pake, KIND_ANSWER, out);
    cpace_tag(pake->isk, sid_of(pake), &pake->own, out + written);
    pake->state = STATE_ANSWER_SENT;
    return (int)(written + CPACE_TAG_BYTES);
}

static int receive_answer(struct pake *pake, const uint8_t *message, size_t length, uint8_t *out)
{
    int error = read_share(pake, KIND_ANSWER, message, length, ANSWER_BYTES);
    if (!error)
        error = derive_isk(pake);
    if (!error)
        error = check_tag(pake, message + AD_OFFSET + HELPER_AD_BYTES);
    /* The helper's own word on its name, now known to be the helper's. */
    if (!error && sodium_memcmp(pake->peer_ad + SHARER_AD_BYTES, pake->name_hash, NAME_HASH_BYTES))
        error = QA_ETAMPERED;
    if (error)
        return error;
    out[0] = KIND_CONFIRM;
    cpace_tag(pake->isk, sid_of(pake), &pake->own, out + 1);
    error = finish(pake);
    return error ? error : CONFIRM_BYTES;
}

static int receive_confirm(struct pake *pake, const uint8_t *message, size_t length)
{
    if (length != CONFIRM_BYTES || message[0] != KIND_CONFIRM)
        return QA_EPROTO;
    int error = check_tag(pake, message + 1);
    return error ? error : finish(pake);
}

int pake_start(struct pake *pake, uint8_t out[PAKE_MESSAGE_MAX])
{
    if (pake->state != STATE_NEW || pake->role != PAKE_SHARER)
        return fail(pake, QA_ESTATE);
    pake->state = STATE_HELLO_SENT;
    return (int)write_share(pake, KIND_HELLO, out);
}

int pake_receive(struct pake *pake, const uint8_t *message, size_t length,
                 uint8_t out[PAKE_MESSAGE_MAX])
{
    int result = QA_ESTATE;
    if (pake->state == STATE_NEW && pake->role == PAKE_HELPER)
        result = receive_hello(pake, message, length, out);
    else if (pake->state == STATE_HELLO_SENT)
        result = receive_answer(pake, message, length, out);
    else if (pake->state == STATE_ANSWER_SENT)
        result = receive_confirm(pake, message, length);
    if (result >= 0)
        return result;
    sodium_memzero(out, PAKE_MESSAGE_MAX);
    return fail(pake, result);
}

int pake_done(const struct pake *pake)
{
    return pake->state == STATE_DONE;
}

uint32_t pake_peer_capabilities(const struct pake *pake)
{
    return pake->peer_capabilities;
}

int pake_psk(const struct pake *pake, uint8_t psk[PAKE_PSK_BYTES])
{
    if (pake->state != STATE_DONE)
        return QA_ESTATE;
    memcpy(psk, pake->psk, PAKE_PSK_BYTES);
    return 0;
}
