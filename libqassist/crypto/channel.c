#include "crypto/channel.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <mbedtls/version.h>
#if defined(MBEDTLS_USE_PSA_CRYPTO)
#include <psa/crypto.h>
#endif
#include <sodium.h>

#include <qassist/errors.h>

#include "base/random.h"

#define SUITE      MBEDTLS_TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256
#define SUITE_NAME "TLS-ECDHE-PSK-WITH-CHACHA20-POLY1305-SHA256"

/* RFC 4279 wants an identity; there is one key a session, so it says nothing. */
static const unsigned char psk_identity[] = "qassist";

static const int suites[] = {SUITE, 0};

enum state {
    STATE_HANDSHAKE,
    STATE_ESTABLISHED,
    STATE_CLOSED, /* we sent close_notify; what the peer sends still arrives */
    STATE_FAILED,
};

struct channel {
    enum state state;
    int error; /* of STATE_FAILED */
    bool peer_closed;
    struct channel_events events;
    void *user;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config config;
    const uint8_t *input; /* what channel_feed was given and TLS has not taken yet */
    size_t input_length;
    uint8_t plaintext[CHANNEL_WRITE_MAX];
};

/* ---- what mbedTLS calls ---- */

static int give_random(void *context, unsigned char *out, size_t length)
{
    random_bytes(out, length);
    return 0;
}

static int give_output(void *context, const unsigned char *data, size_t length)
{
    struct channel *channel = context;
    channel->events.output(channel->user, data, length);
    return (int)length;
}

static int take_input(void *context, unsigned char *out, size_t length)
{
    struct channel *channel = context;
    if (!channel->input_length)
        return MBEDTLS_ERR_SSL_WANT_READ;
    if (length > channel->input_length)
        length = channel->input_length;
    memcpy(out, channel->input, length);
    channel->input += length;
    channel->input_length -= length;
    return (int)length;
}

/* ---- making one ---- */

/* TLS 1.2 and X25519 alone; the names of both differ between mbedTLS 2 and 3. */
static void restrict_versions_and_curves(mbedtls_ssl_config *config)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
    static const uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
                                      MBEDTLS_SSL_IANA_TLS_GROUP_NONE};
    mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_max_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_groups(config, groups);
#else
    static const mbedtls_ecp_group_id curves[] = {MBEDTLS_ECP_DP_CURVE25519, MBEDTLS_ECP_DP_NONE};
    mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_max_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_curves(config, curves);
#endif
}

static int configure(struct channel *channel, enum channel_role role,
                     const uint8_t psk[PAKE_PSK_BYTES])
{
    mbedtls_ssl_config *config = &channel->config;
    int end = role == CHANNEL_HELPER_CLIENT ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER;
    if (mbedtls_ssl_config_defaults(config, end, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT))
        return QA_ENOMEM;
    restrict_versions_and_curves(config);
    mbedtls_ssl_conf_rng(config, give_random, NULL);
    mbedtls_ssl_conf_ciphersuites(config, suites);
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
#if defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_CLI_C)
    if (end == MBEDTLS_SSL_IS_CLIENT)
        mbedtls_ssl_conf_session_tickets(config, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
#endif
    if (mbedtls_ssl_conf_psk(config, psk, PAKE_PSK_BYTES, psk_identity, sizeof psk_identity - 1) ||
        mbedtls_ssl_setup(&channel->ssl, config))
        return QA_ENOMEM;
    mbedtls_ssl_set_bio(&channel->ssl, channel, give_output, take_input, NULL);
    return 0;
}

int channel_new(enum channel_role role, const uint8_t psk[PAKE_PSK_BYTES],
                const struct channel_events *events, void *user, struct channel **out)
{
    *out = NULL;
    if (random_init())
        return QA_EIO;
#if defined(MBEDTLS_USE_PSA_CRYPTO)
    if (psa_crypto_init() != PSA_SUCCESS)
        return QA_EIO;
#endif
    struct channel *channel = calloc(1, sizeof *channel);
    if (!channel)
        return QA_ENOMEM;
    channel->events = *events;
    channel->user = user;
    mbedtls_ssl_init(&channel->ssl);
    mbedtls_ssl_config_init(&channel->config);
    int error = configure(channel, role, psk);
    if (error) {
        channel_free(channel);
        return error;
    }
    *out = channel;
    return 0;
}

void channel_free(struct channel *channel)
{
    if (!channel)
        return;
    mbedtls_ssl_free(&channel->ssl);
    mbedtls_ssl_config_free(&channel->config);
    sodium_memzero(channel, sizeof *channel);
    free(channel);
}

/* ---- running ---- */

/*
 * Whatever goes wrong with the peer's bytes means that they are not the peer's: only somebody with
 * another key, or in between, makes TLS fail. mbedTLS does not tell the peer in every case, so an
 * alert goes out here; should it be the second, the peer has stopped at the first.
 */
static int fail(struct channel *channel, int tls_error)
{
    if (tls_error != MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
        mbedtls_ssl_send_alert_message(&channel->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                       MBEDTLS_SSL_ALERT_MSG_BAD_RECORD_MAC);
    channel->state = STATE_FAILED;
    channel->error = tls_error == MBEDTLS_ERR_SSL_ALLOC_FAILED ? QA_ENOMEM : QA_ETAMPERED;
    sodium_memzero(channel->plaintext, sizeof channel->plaintext);
    return channel->error;
}

/* Goes on with the handshake as far as the bytes reach. */
static int shake_hands(struct channel *channel)
{
    int result = mbedtls_ssl_handshake(&channel->ssl);
    if (result == MBEDTLS_ERR_SSL_WANT_READ)
        return 0;
    if (result)
        return fail(channel, result);
    /* The one suite there is makes sure that both know the key; never go on with another. */
    const char *suite = mbedtls_ssl_get_ciphersuite(&channel->ssl);
    if (!suite || strcmp(suite, SUITE_NAME) ||
        strcmp(mbedtls_ssl_get_version(&channel->ssl), "TLSv1.2"))
        return fail(channel, MBEDTLS_ERR_SSL_INTERNAL_ERROR);
    channel->state = STATE_ESTABLISHED;
    channel->events.established(channel->user);
    return 0;
}

/* Hands on what can be decrypted of the bytes there are. */
static int read_all(struct channel *channel)
{
    while (channel->state != STATE_FAILED && !channel->peer_closed) {
        int result = mbedtls_ssl_read(&channel->ssl, channel->plaintext, sizeof channel->plaintext);
        if (result > 0) {
            channel->events.plaintext(channel->user, channel->plaintext, (size_t)result);
        } else if (result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
            channel->peer_closed = true;
            channel->events.peer_closed(channel->user);
        } else if (result == MBEDTLS_ERR_SSL_WANT_READ) {
            return 0;
        } else {
            return fail(channel, result);
        }
    }
    return channel->error;
}

int channel_start(struct channel *channel)
{
    if (channel->state != STATE_HANDSHAKE)
        return channel->state == STATE_FAILED ? channel->error : QA_ESTATE;
    return shake_hands(channel);
}

int channel_feed(struct channel *channel, const uint8_t *data, size_t length)
{
    if (channel->state == STATE_FAILED)
        return channel->error;
    channel->input = data;
    channel->input_length = length;
    int error = 0;
    if (channel->state == STATE_HANDSHAKE)
        error = shake_hands(channel);
    if (!error && channel->state != STATE_HANDSHAKE)
        error = read_all(channel);
    /* After an error or the peer's close_notify the rest means nothing. */
    channel->input = NULL;
    channel->input_length = 0;
    return error;
}

int channel_write(struct channel *channel, const uint8_t *data, size_t length)
{
    if (channel->state != STATE_ESTABLISHED)
        return QA_ESTATE;
    if (length < 1 || length > CHANNEL_WRITE_MAX)
        return QA_EINVAL;
    while (length) {
        int written = mbedtls_ssl_write(&channel->ssl, data, length);
        if (written <= 0) {
            fail(channel, written);
            channel->error = QA_EIO;
            return QA_EIO;
        }
        data += written;
        length -= (size_t)written;
    }
    return 0;
}

void channel_close(struct channel *channel)
{
    if (channel->state != STATE_ESTABLISHED)
        return;
    /* It can fail only where the output refuses bytes, and ours never does. */
    mbedtls_ssl_close_notify(&channel->ssl);
    channel->state = STATE_CLOSED;
}

bool channel_established(const struct channel *channel)
{
    return channel->state == STATE_ESTABLISHED;
}
