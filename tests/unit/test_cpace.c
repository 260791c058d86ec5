/* CPace's functions against the test vectors of draft-irtf-cfrg-cpace for ristretto255, SHA-512. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include <qassist/errors.h>

#include "base/random.h"
#include "crypto/cpace.h"

static const char sid_hex[] = "7e4b4791d6a8ef019b936c79fb7f2c57";
static const char ci_hex[] = "0b415f696e69746961746f720b425f726573706f6e646572";
static const char generator_hex[] =
    "222b6b195fe84b1652badb6f6a3ae3d24341e7306967f0b8115b40d5698c7e56";
static const char ya_hex[] = "da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08";
static const char share_a_hex[] =
    "d6bac480f2c386c394efc7c47adb9925dcd2630b64f240c50f8d0eec482b9157";
static const char yb_hex[] = "d2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d";
static const char share_b_hex[] =
    "3ea7e0b19560d7c0b0f5734f63b955286dfa8232b5ebe63324e2d9e7433f7258";
static const char shared_hex[] = "80b69a8a76457ab6a4d7f887a4bf6b55a2f80ac19c333f917a05fc9887c8b40f";
static const char isk_hex[] = "b69effbf61b51d56401c0f65601abe428de8206feaaf0e32198896dcae7b35cd"
                              "2b38950a39dfd5d4a79164614c2984f7daa460b588c1e80c3fa2068af7900447";
static const char valid_scalar_hex[] =
    "7cd0e075fa7955ba52c02759a6c90dbbfc10e6d40aea8d283e407d88cf538a05";
static const char valid_point_hex[] =
    "2c3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c";
static const char valid_result_hex[] =
    "7c13645fe790a468f62c39beb7388e541d8405d1ade69d1778c5fe3e7f6b600e";
static const char no_point_hex[] =
    "2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c";

static struct cpace_bytes from_hex(const char *hex, uint8_t *out)
{
    size_t length = strlen(hex) / 2;
    assert_int_equal(sodium_hex2bin(out, length, hex, 2 * length, NULL, NULL, NULL), 0);
    return (struct cpace_bytes){out, length};
}

static void assert_hex(const uint8_t *bytes, const char *hex)
{
    uint8_t expected[128];
    from_hex(hex, expected);
    assert_memory_equal(bytes, expected, strlen(hex) / 2);
}

static struct cpace_bytes text(const char *bytes)
{
    return (struct cpace_bytes){(const uint8_t *)bytes, strlen(bytes)};
}

static void test_prepended_lengths(void **state)
{
    uint8_t out[300], bytes[130];
    size_t length = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(cpace_append(out, sizeof out, &length, text("1234")), 0);
    assert_int_equal(cpace_append(out, sizeof out, &length, text("5")), 0);
    assert_int_equal(cpace_append(out, sizeof out, &length, text("")), 0);
    assert_int_equal(cpace_append(out, sizeof out, &length, text("678")), 0);
    assert_int_equal(length, 12);
    assert_hex(out, "043132333401350003363738");

    length = 0;
    assert_int_equal(cpace_append(out, sizeof out, &length, (struct cpace_bytes){bytes, 127}), 0);
    assert_int_equal(length, 128);
    assert_hex(out, "7f0001");
    length = 0;
    assert_int_equal(cpace_append(out, sizeof out, &length, (struct cpace_bytes){bytes, 128}), 0);
    assert_int_equal(length, 130);
    assert_hex(out, "80010001");

    length = 0;
    assert_int_equal(cpace_append(out, 129, &length, (struct cpace_bytes){bytes, 128}), QA_ELIMIT);
    assert_int_equal(length, 0);
    assert_int_equal(cpace_append(out, 0, &length, text("")), QA_ELIMIT);
}

static void test_generator_vector(void **state)
{
    uint8_t ci[64], sid[16], generator[CPACE_POINT_BYTES];
    assert_int_equal(
        cpace_generator(text("Password"), from_hex(ci_hex, ci), from_hex(sid_hex, sid), generator),
        0);
    assert_hex(generator, generator_hex);
}

static void test_message_and_key_vectors(void **state)
{
    uint8_t g[32], ya[32], yb[32], k[32], sid[16], isk[CPACE_ISK_BYTES];
    struct cpace_message a = {.associated = text("ADa")}, b = {.associated = text("ADb")};
    from_hex(generator_hex, g);
    from_hex(ya_hex, ya);
    from_hex(yb_hex, yb);
    assert_int_equal(cpace_multiply(ya, g, a.share), 0);
    assert_hex(a.share, share_a_hex);
    assert_int_equal(cpace_multiply(yb, g, b.share), 0);
    assert_hex(b.share, share_b_hex);
    assert_int_equal(cpace_multiply(ya, b.share, k), 0);
    assert_hex(k, shared_hex);
    assert_int_equal(cpace_multiply(yb, a.share, k), 0);
    assert_hex(k, shared_hex);

    assert_int_equal(cpace_session_key(ya, b.share, from_hex(sid_hex, sid), &a, &b, isk), 0);
    assert_hex(isk, isk_hex);
    sodium_memzero(isk, sizeof isk);
    assert_int_equal(cpace_session_key(yb, a.share, from_hex(sid_hex, sid), &a, &b, isk), 0);
    assert_hex(isk, isk_hex);
}

static void test_points_vectors(void **state)
{
    static const uint8_t zeros[32];
    uint8_t scalar[32], point[32], out[32], isk[CPACE_ISK_BYTES];
    struct cpace_message a = {.associated = text("")}, b = a;
    from_hex(valid_scalar_hex, scalar);
    from_hex(valid_point_hex, point);
    assert_int_equal(cpace_multiply(scalar, point, out), 0);
    assert_hex(out, valid_result_hex);

    from_hex(no_point_hex, point);
    memset(out, 0x55, sizeof out);
    assert_int_equal(cpace_multiply(scalar, point, out), QA_EPROTO);
    assert_memory_equal(out, zeros, 32);
    assert_int_equal(cpace_session_key(scalar, point, text("sid"), &a, &b, isk), QA_EPROTO);
    memset(out, 0x55, sizeof out);
    assert_int_equal(cpace_multiply(scalar, zeros, out), QA_EPROTO);
    assert_memory_equal(out, zeros, 32);
    assert_int_equal(cpace_session_key(scalar, zeros, text("sid"), &a, &b, isk), QA_EPROTO);
}

static void test_confirmation_tags(void **state)
{
    /* HMAC-SHA-512 keyed by SHA-512("CPaceMac" || sid || ISK), spelt out with one-shot calls. */
    uint8_t isk[CPACE_ISK_BYTES], sid[16], key_input[8 + 16 + 64], key[64], tag[CPACE_TAG_BYTES];
    struct cpace_message a = {.associated = text("ADa")};
    uint8_t message[1 + 32 + 1 + 3] = {32};
    from_hex(isk_hex, isk);
    from_hex(share_a_hex, a.share);
    memcpy(key_input, "CPaceMac", 8);
    from_hex(sid_hex, key_input + 8);
    memcpy(key_input + 24, isk, sizeof isk);
    crypto_hash_sha512(key, key_input, sizeof key_input);
    memcpy(message + 1, a.share, 32);
    memcpy(message + 33, "\003ADa", 4);

    cpace_tag(isk, from_hex(sid_hex, sid), &a, tag);
    crypto_auth_hmacsha512_state mac;
    uint8_t expected[CPACE_TAG_BYTES];
    crypto_auth_hmacsha512_init(&mac, key, sizeof key);
    crypto_auth_hmacsha512_update(&mac, message, sizeof message);
    crypto_auth_hmacsha512_final(&mac, expected);
    assert_memory_equal(tag, expected, sizeof tag);
}

static int prepare(void **state)
{
    return random_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prepended_lengths),       cmocka_unit_test(test_generator_vector),
        cmocka_unit_test(test_message_and_key_vectors), cmocka_unit_test(test_points_vectors),
        cmocka_unit_test(test_confirmation_tags),
    };
    return cmocka_run_group_tests_name("cpace", tests, prepare, NULL);
}
