/* An issuer's keys, and a token after the first line feed: what is not a key set holds none, and
 * nothing that is made up verifies. */
#include <string.h>

#include <qassist/errors.h>

#include "fuzz.h"
#include "relay/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct jwt jwt;
    char token[RELAY_ID_TOKEN_MAX + 2];
    const char *audience = "qassist", *why;
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t keys_length = end ? (size_t)(end - data) : size;
    struct jwk_set *keys;
    int error = jwk_set_parse((const char *)data, keys_length, &keys);
    must(error ? !keys : keys->count >= 1 && keys->count <= JWK_KEYS_MAX);

    size_t length = end ? size - keys_length - 1 : 0;
    if (length > sizeof token - 1)
        length = sizeof token - 1;
    if (length)
        memcpy(token, end + 1, length);
    token[length] = '\0';
    const struct jwt_rules rules = {.issuer = "https://issuer.example",
                                    .audience = audience,
                                    .algorithms = JWK_ALGORITHMS,
                                    .now = 1800000000};
    if (!jwt_read(token, &jwt, &why) && keys)
        must(jwt_verify(&jwt, keys, &rules, &why) != 0);
    jwt_free(&jwt);
    jwk_set_free(keys);
    return 0;
}
