/*
 * CPace's own functions (draft-irtf-cfrg-cpace) for the suite CPACE-RISTR255-SHA512 in the
 * initiator-responder setting. Private to this room and to the tests with the draft's vectors;
 * everybody else uses pake.h.
 */
#ifndef CRYPTO_CPACE_H
#define CRYPTO_CPACE_H

#include <stddef.h>
#include <stdint.h>

#define CPACE_POINT_BYTES  32
#define CPACE_SCALAR_BYTES 32
#define CPACE_ISK_BYTES    64
#define CPACE_TAG_BYTES    64

/* An octet string of somebody else's. */
struct cpace_bytes {
    const uint8_t *data;
    size_t length;
};

/* What one party sends: its public share and its associated data. */
struct cpace_message {
    uint8_t share[CPACE_POINT_BYTES];
    struct cpace_bytes associated;
};

/* prepend_len(bytes) at the end of out, at *length; 0 or QA_ELIMIT. */
int cpace_append(uint8_t *out, size_t size, size_t *length, struct cpace_bytes bytes);

/* calculate_generator(H, PRS, CI, sid). 0 or QA_EIO. */
int cpace_generator(struct cpace_bytes prs, struct cpace_bytes ci, struct cpace_bytes sid,
                    uint8_t generator[CPACE_POINT_BYTES]);

/* sample_scalar(): uniform from 1 to the group's order - 1. */
void cpace_scalar(uint8_t scalar[CPACE_SCALAR_BYTES]);

/*
 * scalar_mult_vfy(y, X), and scalar_mult(y, g) as well. 0, or QA_EPROTO when X encodes no point or
 * the result is the neutral element; then `out` is all zero.
 */
int cpace_multiply(const uint8_t scalar[CPACE_SCALAR_BYTES], const uint8_t point[CPACE_POINT_BYTES],
                   uint8_t out[CPACE_POINT_BYTES]);

/*
 * The intermediate session key from our scalar and the two messages, `theirs` being one of them.
 * 0, or QA_EPROTO for an invalid share.
 */
int cpace_session_key(const uint8_t scalar[CPACE_SCALAR_BYTES],
                      const uint8_t theirs[CPACE_POINT_BYTES], struct cpace_bytes sid,
                      const struct cpace_message *initiator, const struct cpace_message *responder,
                      uint8_t isk[CPACE_ISK_BYTES]);

/* The key confirmation tag of whoever sent `message`: HMAC-SHA512 by a key from sid and ISK. */
void cpace_tag(const uint8_t isk[CPACE_ISK_BYTES], struct cpace_bytes sid,
               const struct cpace_message *message, uint8_t tag[CPACE_TAG_BYTES]);

#endif
