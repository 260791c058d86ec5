/*
 * Pairing: CPace (draft-irtf-cfrg-cpace) over ristretto255 (RFC 9496) with SHA-512,
 * initiator-responder, with explicit key confirmation, on libsodium. The sharer is the initiator.
 * Bytes in, bytes out; no sockets. Any error is final: the object then refuses everything, and the
 * code is burnt.
 *
 *   sharer  -> helper  hello:   01 || Ya || len(ADa) || ADa
 *   helper  -> sharer  answer:  02 || Yb || len(ADb) || ADb || Tb
 *   sharer  -> helper  confirm: 03 || Ta
 *
 * The first byte is the kind; shares Y are 32 bytes, tags T 64, len() two bytes big endian. Numbers
 * below are four bytes big endian; lv() is the draft's prepend_len: the length in LEB128, then the
 * bytes.
 *   ADa = 01 || version || capabilities
 *   ADb = 02 || version || capabilities || SHA-256(lv(shown name) || lv(organisation))
 *   PRS = the secret, six ASCII digits
 *   CI  = lv("qassist pairing") || lv(version) || lv(service origin) || lv(route)
 *   sid = the relay's 16 bytes
 *   ISK as in the draft; mac_key = SHA-512("CPaceMac" || sid || ISK)
 *   Ta = HMAC-SHA-512(mac_key, lv(Ya) || lv(ADa)), Tb the same of Yb and ADb
 *   channel key = HKDF-SHA-512 (RFC 5869), salt = sid, input = ISK, info = "qassist channel psk",
 *   32 bytes
 */
#ifndef CRYPTO_PAKE_H
#define CRYPTO_PAKE_H

#include <stddef.h>
#include <stdint.h>

#define PAKE_MESSAGE_MAX 512
#define PAKE_PSK_BYTES   32
#define PAKE_SID_BYTES   16
#define PAKE_ORIGIN_MAX  512

enum pake_role { PAKE_SHARER = 1, PAKE_HELPER = 2 };

struct pake_inputs {
    enum pake_role role;
    const char *secret; /* the six digits */
    const char *route;
    const char
        *service_origin;    /* "https://relay.example:443": scheme, host, port of the relay's URL */
    const uint8_t *sid;     /* 16 bytes from the relay */
    const char *shown_name; /* as this side knows them from the relay */
    const char *organisation;
    uint32_t version;
    uint32_t capabilities;
};

struct pake;

/* Keeps none of the inputs' memory, and of the secret nothing. 0, QA_EINVAL, QA_ENOMEM, QA_EIO. */
int pake_new(const struct pake_inputs *inputs, struct pake **out);

/* Wipes and frees; NULL is allowed. */
void pake_free(struct pake *pake);

/*
 * The sharer's first message. Returns its length, QA_ESTATE.
 */
int pake_start(struct pake *pake, uint8_t out[PAKE_MESSAGE_MAX]);

/*
 * Takes the peer's next message. Returns the length of the answer in out, 0 when there is none to
 * send; QA_ECODE_WRONG (the tags differ: another secret, or somebody in between), QA_EPROTO
 * (malformed, wrong role, invalid point), QA_EVERSION, QA_ETAMPERED (the relay showed this side
 * another name than the helper's), QA_ESTATE, QA_EIO.
 */
int pake_receive(struct pake *pake, const uint8_t *message, size_t length,
                 uint8_t out[PAKE_MESSAGE_MAX]);

/* True once the peer's tag was right: the helper after confirm, the sharer after answer. */
int pake_done(const struct pake *pake);

/* What the peer can do (its capabilities). Valid once done. */
uint32_t pake_peer_capabilities(const struct pake *pake);

/* The key for the channel. QA_ESTATE before pake_done. The caller wipes it. */
int pake_psk(const struct pake *pake, uint8_t psk[PAKE_PSK_BYTES]);

#endif
