/*
 * Messages between a client and the relay: JSON objects in WebSocket text messages, each with a
 * "type". Parsing is strict and bounded: known types, right kinds, lengths and characters; unknown
 * members are ignored so that later versions can add some. Everything else is QA_EPROTO.
 */
#ifndef WIRE_RELAY_MESSAGE_H
#define WIRE_RELAY_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/code.h"

#define RELAY_PROTOCOL_VERSION 1
#define RELAY_SUBPROTOCOL      "qassist.1"
#define RELAY_SID_BYTES        16
#define RELAY_TOKEN_MAX        255 /* characters */
#define RELAY_NAME_MAX         96  /* bytes of UTF-8, printable */
#define RELAY_DETAIL_MAX       255
#define RELAY_TICKET_MAX       255  /* characters */
#define RELAY_WORDS_MAX        4000 /* bytes of UTF-8, printable, line feeds allowed */
#define RELAY_MESSAGE_MAX      8192 /* bytes of any encoded message */
#define RELAY_ID_TOKEN_MAX     7168 /* characters */
#define RELAY_ISSUERS_MAX      6
#define RELAY_ISSUER_MAX       255 /* characters of an issuer's address */
#define RELAY_CLIENT_MAX       127
#define RELAY_SCOPE_MAX        127
#define RELAY_ACCOUNT_MAX      16
#define RELAY_URL_MAX          255 /* characters of a node's address */

enum relay_message_type {
    /* client -> relay */
    RELAY_CREATE = 1, /* token: a helper wants a code */
    RELAY_JOIN,       /* route: a sharer typed a code */
    /* relay -> client */
    RELAY_CREATED,   /* to the helper: route, sid, expires_s, shown_name, organisation, ticket */
    RELAY_JOINED,    /* to the sharer: sid, shown_name, organisation, ticket */
    RELAY_PEER,      /* the other one is here; binary messages flow from now on */
    RELAY_TRIED,     /* to the helper: somebody tried the used code again */
    RELAY_PEER_GONE, /* to the one left: all that the other sent was delivered; the relay closes.
                        lost: the other did not say good-bye and may come back */
    RELAY_ERROR,     /* error (name, as in QA_ERROR_MAP without QA_), detail, retry_s; the relay
                        closes */
    RELAY_REJOINED,  /* to who came back: wait_s; peer follows when the other one is back, too */
    /* client -> relay */
    RELAY_REJOIN,   /* ticket: somebody whose session broke off is back */
    RELAY_KEEP,     /* keep_s: once a session breaks off, wait so long for both to come back */
    RELAY_FEATURES, /* features: what was used so far; the service's record holds no more */
    RELAY_REPORT,   /* words: the sharer's report of this session, kept with its record */
    RELAY_SIGN_IN,  /* id_token: a helper wants a token for it; without one: asks how to get one */
    RELAY_SIGN_OUT, /* token: to be worth nothing from now on */
    /* relay -> client; after each of these the relay closes */
    RELAY_SIGN_IN_WITH, /* nonce, issuers: where, and what an ID token must hold */
    RELAY_SIGNED_IN,    /* token, expires_s, shown_name, organisation, account */
    RELAY_SIGNED_OUT,
    RELAY_MOVE /* pass, and where to say the same again with it: url (empty: this one), worker */
};

/* Whose sign-ins a relay takes. */
struct relay_issuer {
    char issuer[RELAY_ISSUER_MAX + 1]; /* its address */
    char client_id[RELAY_CLIENT_MAX + 1];
    char scope[RELAY_SCOPE_MAX + 1];
    char organisation[RELAY_NAME_MAX + 1]; /* that sharers read */
    bool device;                           /* sign-ins on another device are taken, too */
};

/* What a session used, as bits; on the wire a list of names. */
enum relay_feature {
    RELAY_FEATURE_VIEW = 1u << 0,
    RELAY_FEATURE_CONTROL = 1u << 1,
    RELAY_FEATURE_POINT = 1u << 2,
    RELAY_FEATURE_ANNOTATE = 1u << 3,
    RELAY_FEATURE_CLIPBOARD = 1u << 4,
    RELAY_FEATURE_CHAT = 1u << 5,
    RELAY_FEATURE_RECONNECT = 1u << 6,
    RELAY_FEATURE_RESTART = 1u << 7
};

/* Of one bit; NULL where there is none. */
const char *relay_feature_name(uint32_t bit);

struct relay_message {
    enum relay_message_type type;
    uint32_t version;                    /* CREATE, JOIN, REJOIN, SIGN_IN, SIGN_OUT */
    char token[RELAY_TOKEN_MAX + 1];     /* CREATE, SIGN_OUT, SIGNED_IN */
    char route[CODE_ROUTE_MAX + 1];      /* JOIN, CREATED */
    uint8_t sid[RELAY_SID_BYTES];        /* CREATED, JOINED; 32 lower-case hex digits on the wire */
    uint32_t expires_s;                  /* CREATED, SIGNED_IN */
    char shown_name[RELAY_NAME_MAX + 1]; /* CREATED, JOINED, SIGNED_IN */
    char organisation[RELAY_NAME_MAX + 1]; /* CREATED, JOINED, SIGNED_IN; may be empty */
    int error;                             /* ERROR: a qa_error; unknown names become QA_EPROTO */
    char detail[RELAY_DETAIL_MAX + 1];     /* ERROR */
    uint32_t retry_s;                      /* ERROR: seconds to wait, 0: unsaid */
    char ticket[RELAY_TICKET_MAX + 1];     /* CREATED, JOINED (empty: no way back); REJOIN */
    uint32_t wait_s;                       /* REJOINED */
    uint32_t keep_s;                       /* KEEP */
    uint32_t features;                     /* FEATURES: bits of relay_feature */
    bool lost;                             /* PEER_GONE */
    char words[RELAY_WORDS_MAX + 1];       /* REPORT */
    char id_token[RELAY_ID_TOKEN_MAX + 1]; /* SIGN_IN; may be empty */
    char nonce[RELAY_TICKET_MAX + 1];      /* SIGN_IN_WITH */
    char account[RELAY_ACCOUNT_MAX + 1];   /* SIGNED_IN: what the service calls this helper */
    struct relay_issuer issuers[RELAY_ISSUERS_MAX]; /* SIGN_IN_WITH */
    size_t issuer_count;
    char url[RELAY_URL_MAX + 1];     /* MOVE; may be empty */
    uint32_t worker;                 /* MOVE: which process there, 0: any */
    char pass[RELAY_TICKET_MAX + 1]; /* MOVE; CREATE, JOIN, REJOIN (may be empty) */
};

/*
 * Writes a message as JSON with NUL; returns its length, or QA_EINVAL (a field is not valid for its
 * type) or QA_ENOMEM.
 */
int relay_message_encode(const struct relay_message *message, char out[RELAY_MESSAGE_MAX]);

/* Reads one; `data` needs no NUL. 0, QA_EPROTO, QA_ENOMEM. On error *out is wiped. */
int relay_message_decode(const char *data, size_t length, struct relay_message *out);

void relay_message_wipe(struct relay_message *message);

#endif
