#include "api/tunnel.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "crypto/channel.h"
#include "wire/mux.h"
#include "wire/record.h"

#define PULL_BYTES (MUX_CONTROL_MAX + 4)

/*
 * Words when the two come back. The sharer: it has the key; or it was restarted, and only has a
 * seal on its disk. The helper then: the seal's key. 1 to 3 are those of the pairing.
 */
#define GREETING_AGAIN     4
#define GREETING_RESTARTED 5
#define GREETING_SEAL      6

enum phase { PHASE_PAIRING, PHASE_GREETING, PHASE_CHANNEL, PHASE_OVER };

struct tunnel {
    struct link *link;
    enum pake_role role;
    enum phase phase;
    struct record_reader records;
    struct pake *pake;
    uint8_t key[PAKE_PSK_BYTES];
    bool restarted; /* the sharer was */
    bool has_offer; /* the helper, for a sharer that was restarted: */
    uint8_t offer_seal[PAKE_PSK_BYTES], offer_key[PAKE_PSK_BYTES];
    struct channel *channel;
    struct mux *mux; /* once the channel is established */
    bool pumping;
    const struct tunnel_events *events;
    void *user;
    uint8_t pulled[PULL_BYTES];
};

static void fail(struct tunnel *tunnel, int error, const char *detail)
{
    if (tunnel->phase == PHASE_OVER)
        return;
    tunnel->phase = PHASE_OVER;
    tunnel->events->failed(tunnel->user, error, detail);
}

static void send_bytes(struct tunnel *tunnel, const uint8_t *data, size_t length)
{
    while (length && tunnel->phase != PHASE_OVER) {
        size_t piece = length < LINK_BINARY_MAX ? length : LINK_BINARY_MAX;
        int error = link_send_binary(tunnel->link, data, piece);
        if (error) {
            fail(tunnel, error, "sending to the relay failed");
            return;
        }
        data += piece;
        length -= piece;
    }
}

static void encrypt_pulled(struct tunnel *tunnel, size_t length)
{
    for (size_t done = 0; done < length && tunnel->phase == PHASE_CHANNEL;) {
        size_t piece = length - done < CHANNEL_WRITE_MAX ? length - done : CHANNEL_WRITE_MAX;
        int error = channel_write(tunnel->channel, tunnel->pulled + done, piece);
        if (error)
            fail(tunnel, error, "encrypting failed");
        done += piece;
    }
    sodium_memzero(tunnel->pulled, length);
}

/* Moves frames from the mux into the channel for as long as the link takes them gladly. */
static void pump(struct tunnel *tunnel)
{
    if (!tunnel->mux || tunnel->pumping)
        return;
    tunnel->pumping = true;
    size_t room_before = mux_rdp_room(tunnel->mux);
    while (tunnel->phase == PHASE_CHANNEL && link_queued(tunnel->link) < LINK_LOW_WATER) {
        size_t length = mux_pull(tunnel->mux, tunnel->pulled, sizeof tunnel->pulled);
        if (!length)
            break;
        encrypt_pulled(tunnel, length);
    }
    tunnel->pumping = false;
    if (tunnel->phase == PHASE_CHANNEL && mux_rdp_room(tunnel->mux) > room_before)
        tunnel->events->rdp_room(tunnel->user);
}

static void on_mux_control(void *user, const char *data, size_t length)
{
    struct tunnel *tunnel = user;
    if (tunnel->phase == PHASE_CHANNEL)
        tunnel->events->control(tunnel->user, data, length);
}

static void on_mux_rdp(void *user, const uint8_t *data, size_t length)
{
    struct tunnel *tunnel = user;
    if (tunnel->phase == PHASE_CHANNEL)
        tunnel->events->rdp(tunnel->user, data, length);
}

static const struct mux_events mux_events = {
    .control = on_mux_control,
    .rdp = on_mux_rdp,
};

static void on_channel_output(void *user, const uint8_t *data, size_t length)
{
    send_bytes(user, data, length);
}

static void on_channel_established(void *user)
{
    struct tunnel *tunnel = user;
    int error = mux_new(&mux_events, tunnel, &tunnel->mux);
    if (error)
        fail(tunnel, error, "the channel could not be set up");
    else
        tunnel->events->established(tunnel->user);
}

static void on_channel_plaintext(void *user, const uint8_t *data, size_t length)
{
    struct tunnel *tunnel = user;
    if (tunnel->phase != PHASE_CHANNEL)
        return;
    int error = mux_feed(tunnel->mux, data, length);
    if (error)
        fail(tunnel, error, "the other side broke the protocol inside the channel");
}

static void on_channel_peer_closed(void *user)
{
    /* An orderly end is a `bye` before it; what is left is an end without one. */
    fail(user, QA_EPEER_LOST, "the other side closed the channel");
}

static const struct channel_events channel_events = {
    .output = on_channel_output,
    .established = on_channel_established,
    .plaintext = on_channel_plaintext,
    .peer_closed = on_channel_peer_closed,
};

static void begin_channel(struct tunnel *tunnel)
{
    int error = 0;
    if (tunnel->phase == PHASE_PAIRING)
        error = pake_psk(tunnel->pake, tunnel->key);
    pake_free(tunnel->pake);
    tunnel->pake = NULL;
    enum channel_role role =
        tunnel->role == PAKE_HELPER ? CHANNEL_HELPER_CLIENT : CHANNEL_SHARER_SERVER;
    if (!error)
        error = channel_new(role, tunnel->key, &channel_events, tunnel, &tunnel->channel);
    if (error) {
        fail(tunnel, error, "the channel could not be set up");
        return;
    }
    tunnel->phase = PHASE_CHANNEL;
    if (tunnel->role == PAKE_HELPER && (error = channel_start(tunnel->channel)))
        fail(tunnel, error, "the channel could not be started");
}

static void send_record(struct tunnel *tunnel, const uint8_t *payload, size_t length)
{
    uint8_t record[2 + PAKE_MESSAGE_MAX];
    int size = record_write(payload, length, record, sizeof record);
    if (size < 0)
        fail(tunnel, size, "pairing failed");
    else
        send_bytes(tunnel, record, (size_t)size);
}

static const char *pairing_detail(int error)
{
    if (error == QA_ECODE_WRONG)
        return "the code typed is not the code shown; it is used up now";
    if (error == QA_EVERSION)
        return "the two sides need the same version of qassist";
    return "the other side, or somebody on the way, broke the pairing";
}

static void on_pairing_message(struct tunnel *tunnel, const uint8_t *message, size_t length)
{
    uint8_t answer[PAKE_MESSAGE_MAX];
    int size = pake_receive(tunnel->pake, message, length, answer);
    if (size < 0) {
        fail(tunnel, size, pairing_detail(size));
        return;
    }
    if (size > 0)
        send_record(tunnel, answer, (size_t)size);
    if (tunnel->phase == PHASE_PAIRING && pake_done(tunnel->pake))
        begin_channel(tunnel);
}

/* The helper hands over the key of the seal; the relay sees it, and has nothing that it opens. */
static void hand_over(struct tunnel *tunnel)
{
    uint8_t answer[1 + PAKE_PSK_BYTES] = {GREETING_SEAL};
    memcpy(answer + 1, tunnel->offer_seal, PAKE_PSK_BYTES);
    memcpy(tunnel->key, tunnel->offer_key, PAKE_PSK_BYTES);
    tunnel->restarted = true;
    send_record(tunnel, answer, sizeof answer);
    sodium_memzero(answer, sizeof answer);
    if (tunnel->phase == PHASE_GREETING)
        begin_channel(tunnel);
}

static void take_seal(struct tunnel *tunnel, const uint8_t *seal)
{
    int error = tunnel->events->unseal(tunnel->user, seal, tunnel->key);
    if (error)
        fail(tunnel, error, "the invitation on this computer does not open");
    else
        begin_channel(tunnel);
}

/* Each side takes what is for it at this point, and nothing else. */
static void on_greeting(struct tunnel *tunnel, const uint8_t *message, size_t length)
{
    bool helper = tunnel->role == PAKE_HELPER;
    if (helper && length == 1 && message[0] == GREETING_AGAIN)
        begin_channel(tunnel);
    else if (helper && length == 1 && message[0] == GREETING_RESTARTED && tunnel->has_offer)
        hand_over(tunnel);
    else if (!helper && tunnel->restarted && length == 1 + PAKE_PSK_BYTES &&
             message[0] == GREETING_SEAL)
        take_seal(tunnel, message + 1);
    else
        fail(tunnel, QA_EPROTO, "the other side did not come back as it should");
}

void tunnel_receive(struct tunnel *tunnel, const uint8_t *data, size_t length)
{
    while (length && (tunnel->phase == PHASE_PAIRING || tunnel->phase == PHASE_GREETING)) {
        const uint8_t *record;
        size_t record_length, used;
        int got = record_read(&tunnel->records, data, length, &used, &record, &record_length);
        data += used;
        length -= used;
        if (got < 0)
            fail(tunnel, got, pairing_detail(got));
        else if (got > 0 && tunnel->phase == PHASE_GREETING)
            on_greeting(tunnel, record, record_length);
        else if (got > 0)
            on_pairing_message(tunnel, record, record_length);
        else
            break;
    }
    if (!length || tunnel->phase != PHASE_CHANNEL)
        return;
    int error = channel_feed(tunnel->channel, data, length);
    if (error)
        fail(tunnel, error, "what came was not what the other side sent");
    pump(tunnel);
}

static struct tunnel *make(struct link *link, enum pake_role role, enum phase phase,
                           const struct tunnel_events *events, void *user)
{
    struct tunnel *tunnel = calloc(1, sizeof *tunnel);
    if (!tunnel)
        return NULL;
    tunnel->link = link;
    tunnel->role = role;
    tunnel->phase = phase;
    tunnel->events = events;
    tunnel->user = user;
    record_reader_init(&tunnel->records);
    return tunnel;
}

int tunnel_new(struct link *link, const struct pake_inputs *inputs,
               const struct tunnel_events *events, void *user, struct tunnel **out)
{
    struct tunnel *tunnel = make(link, inputs->role, PHASE_PAIRING, events, user);
    if (!tunnel)
        return QA_ENOMEM;
    int error = pake_new(inputs, &tunnel->pake);
    if (error) {
        free(tunnel);
        return error;
    }
    *out = tunnel;
    return 0;
}

int tunnel_new_again(struct link *link, enum pake_role role, const uint8_t key[PAKE_PSK_BYTES],
                     const struct tunnel_events *events, void *user, struct tunnel **out)
{
    *out = make(link, role, PHASE_GREETING, events, user);
    if (!*out)
        return QA_ENOMEM;
    memcpy((*out)->key, key, PAKE_PSK_BYTES);
    return 0;
}

int tunnel_new_restarted(struct link *link, const struct tunnel_events *events, void *user,
                         struct tunnel **out)
{
    *out = make(link, PAKE_SHARER, PHASE_GREETING, events, user);
    if (!*out)
        return QA_ENOMEM;
    (*out)->restarted = true;
    return 0;
}

void tunnel_offer(struct tunnel *tunnel, const uint8_t seal[PAKE_PSK_BYTES],
                  const uint8_t key[PAKE_PSK_BYTES])
{
    tunnel->has_offer = true;
    memcpy(tunnel->offer_seal, seal, PAKE_PSK_BYTES);
    memcpy(tunnel->offer_key, key, PAKE_PSK_BYTES);
}

bool tunnel_restarted(const struct tunnel *tunnel)
{
    return tunnel->restarted;
}

void tunnel_key(const struct tunnel *tunnel, uint8_t key[PAKE_PSK_BYTES])
{
    memcpy(key, tunnel->key, PAKE_PSK_BYTES);
}

void tunnel_free(struct tunnel *tunnel)
{
    if (!tunnel)
        return;
    pake_free(tunnel->pake);
    channel_free(tunnel->channel);
    mux_free(tunnel->mux);
    sodium_memzero(tunnel, sizeof *tunnel);
    free(tunnel);
}

void tunnel_start(struct tunnel *tunnel)
{
    if (tunnel->phase == PHASE_GREETING) {
        const uint8_t greeting = tunnel->restarted ? GREETING_RESTARTED : GREETING_AGAIN;
        send_record(tunnel, &greeting, sizeof greeting);
        /* After a restart the key comes first. */
        if (tunnel->phase == PHASE_GREETING && !tunnel->restarted)
            begin_channel(tunnel);
        return;
    }
    uint8_t hello[PAKE_MESSAGE_MAX];
    int size = pake_start(tunnel->pake, hello);
    if (size < 0)
        fail(tunnel, size, "pairing could not be started");
    else
        send_record(tunnel, hello, (size_t)size);
}

void tunnel_drained(struct tunnel *tunnel)
{
    pump(tunnel);
}

static bool is_up(const struct tunnel *tunnel)
{
    return tunnel->phase == PHASE_CHANNEL && tunnel->mux;
}

int tunnel_send_control(struct tunnel *tunnel, const char *data, size_t length)
{
    if (!is_up(tunnel))
        return QA_ESTATE;
    int error = mux_send_control(tunnel->mux, data, length);
    if (!error)
        pump(tunnel);
    return error;
}

size_t tunnel_control_waiting(const struct tunnel *tunnel)
{
    return is_up(tunnel) ? MUX_CONTROL_QUEUE - mux_control_room(tunnel->mux) : 0;
}

size_t tunnel_rdp_room(const struct tunnel *tunnel)
{
    return is_up(tunnel) ? mux_rdp_room(tunnel->mux) : 0;
}

int tunnel_send_rdp(struct tunnel *tunnel, const uint8_t *data, size_t length)
{
    if (!is_up(tunnel))
        return QA_ESTATE;
    int error = mux_send_rdp(tunnel->mux, data, length);
    if (!error)
        pump(tunnel);
    return error;
}

void tunnel_rdp_consumed(struct tunnel *tunnel, size_t length)
{
    if (!is_up(tunnel))
        return;
    mux_rdp_consumed(tunnel->mux, length);
    pump(tunnel);
}

void tunnel_hold_rdp(struct tunnel *tunnel, bool hold)
{
    if (!is_up(tunnel))
        return;
    mux_hold_rdp(tunnel->mux, hold);
    pump(tunnel);
}

void tunnel_cut(struct tunnel *tunnel)
{
    tunnel->phase = PHASE_OVER;
    tunnel->link = NULL;
}

void tunnel_close(struct tunnel *tunnel)
{
    if (!is_up(tunnel))
        return;
    mux_hold_rdp(tunnel->mux, true);
    /* The last control message is small; it does not wait for a slow link's low water. */
    size_t length;
    while ((length = mux_pull(tunnel->mux, tunnel->pulled, sizeof tunnel->pulled)) > 0)
        encrypt_pulled(tunnel, length);
    if (tunnel->phase == PHASE_CHANNEL)
        channel_close(tunnel->channel);
    tunnel->phase = PHASE_OVER;
}
