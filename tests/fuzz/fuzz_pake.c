/*
 * Pairing against a relay: the first byte says which message is replaced by the input, or altered
 * by it. Whoever gets such a message is never done, unless the input altered nothing.
 */
#include <stdbool.h>
#include <string.h>

#include <qassist/errors.h>

#include "crypto/pake.h"
#include "fuzz.h"

enum { HELLO, ANSWER, CONFIRM, MESSAGES };

static struct pake *open_side(enum pake_role role)
{
    static const uint8_t sid[PAKE_SID_BYTES] = "0123456789abcde";
    struct pake_inputs inputs = {
        .role = role,
        .secret = "305771",
        .route = "48219",
        .service_origin = "https://relay.example:443",
        .sid = sid,
        .shown_name = "Ada L.",
        .organisation = "Example Ltd",
        .version = 1,
        .capabilities = 3,
    };
    struct pake *pake;
    must(!pake_new(&inputs, &pake));
    return pake;
}

/* The message of `length` bytes as the relay passes it on: replaced, or XORed with the input. */
static size_t tamper(uint8_t *message, size_t length, bool replace, const uint8_t *data,
                     size_t size)
{
    if (size > PAKE_MESSAGE_MAX)
        size = PAKE_MESSAGE_MAX;
    if (replace) {
        if (size)
            memcpy(message, data, size);
        return size;
    }
    for (size_t i = 0; i < size && i < length; i++)
        message[i] ^= data[i];
    return length;
}

static void check_dead(struct pake *pake, int result)
{
    uint8_t out[PAKE_MESSAGE_MAX], psk[PAKE_PSK_BYTES];
    must(result == QA_EPROTO || result == QA_EVERSION || result == QA_ECODE_WRONG);
    must(!pake_done(pake) && pake_psk(pake, psk) == QA_ESTATE);
    must(pake_receive(pake, out, 0, out) == QA_ESTATE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_fix_random();
    uint8_t mode = fuzz_byte(&data, &size);
    size_t victim = mode % MESSAGES;
    struct pake *sides[2] = {open_side(PAKE_SHARER), open_side(PAKE_HELPER)};
    uint8_t message[PAKE_MESSAGE_MAX], before[PAKE_MESSAGE_MAX], out[PAKE_MESSAGE_MAX];
    int length = pake_start(sides[0], message);
    bool altered = false;

    for (size_t step = HELLO; step < MESSAGES; step++) {
        must(length > 0);
        size_t given = (size_t)length;
        struct pake *receiver = sides[step != ANSWER];
        if (step == victim) {
            memcpy(before, message, sizeof before);
            given = tamper(message, given, mode & 0x80, data, size);
            altered = given != (size_t)length || memcmp(before, message, given);
        }
        length = pake_receive(receiver, message, given, out);
        if (length < 0) {
            must(altered);
            check_dead(receiver, length);
            break;
        }
        memcpy(message, out, sizeof message);
    }
    must(pake_done(sides[1]) == !altered);
    if (altered && victim != CONFIRM)
        must(!pake_done(sides[0]));
    pake_free(sides[0]);
    pake_free(sides[1]);
    return 0;
}
