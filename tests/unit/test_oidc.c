/* What an issuer says and what the browser brings back: only what is meant is taken, all bounded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "identity/oidc.h"

#define ISSUER "https://issuer.example"

static int read_description(const char *json, struct oidc_endpoints *out)
{
    return oidc_read_description(json, strlen(json), ISSUER, out);
}

static void test_descriptions(void **state)
{
    static struct oidc_endpoints found;
    assert_int_equal(read_description("{\"issuer\":\"" ISSUER
                                      "\",\"authorization_endpoint\":\"" ISSUER
                                      "/a\",\"token_endpoint\":\"" ISSUER
                                      "/t\",\"device_authorization_endpoint\":\"ftp://x/\"}",
                                      &found),
                     0);
    assert_string_equal(found.authorization, ISSUER "/a");
    assert_string_equal(found.token, ISSUER "/t");
    assert_string_equal(found.device, "");
    static const char *const wrong[] = {
        "", "[]", "{}",
        /* another's; by plain HTTP; no address of a token */
        "{\"issuer\":\"" ISSUER "/\",\"authorization_endpoint\":\"" ISSUER
        "/a\",\"token_endpoint\":\"" ISSUER "/t\"}",
        "{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":\"http://issuer.example/a\","
        "\"token_endpoint\":\"" ISSUER "/t\"}",
        "{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":\"" ISSUER "/a\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(read_description(wrong[i], &found), QA_EPROTO);
}

/* {"NAME":"xxx..."}, of `length` x. */
static int read_long(const char *name, size_t length, struct oidc_tokens *out)
{
    char *json = malloc(length + 128);
    assert_non_null(json);
    int used = snprintf(json, 128, "{\"%s\":\"", name);
    memset(json + used, 'x', length);
    strcpy(json + (size_t)used + length, "\"}");
    int error = oidc_read_tokens(json, strlen(json), out);
    free(json);
    return error;
}

static void test_tokens(void **state)
{
    static struct oidc_tokens tokens;
    assert_int_equal(read_long("id_token", RELAY_ID_TOKEN_MAX, &tokens), 0);
    assert_int_equal(strlen(tokens.id_token), RELAY_ID_TOKEN_MAX);
    assert_int_equal(read_long("id_token", RELAY_ID_TOKEN_MAX + 1, &tokens), QA_ELIMIT);
    assert_string_equal(tokens.id_token, "");
    assert_int_equal(read_long("refresh_token", 10, &tokens), QA_EPROTO);
    assert_int_equal(read_long("error", 9, &tokens), 0);
    assert_string_equal(tokens.error, "xxxxxxxxx");
    assert_int_equal(read_long("error", 1000, &tokens), QA_EPROTO);
    assert_int_equal(oidc_read_tokens("{\"id_token\":7}", 14, &tokens), QA_EPROTO);
    assert_int_equal(oidc_read_tokens("nonsense", 8, &tokens), QA_EPROTO);
}

static void test_devices(void **state)
{
    static struct oidc_device device;
    static const char good[] = "{\"device_code\":\"d\",\"user_code\":\"U-1\",\"verification_uri\":"
                               "\"" ISSUER "/d\",\"expires_in\":1e99,\"interval\":-1}";
    static const char bad[] = "{\"device_code\":\"d\",\"user_code\":\"\\u001b[2J\","
                              "\"verification_uri\":\"" ISSUER "/d\"}";
    assert_int_equal(oidc_read_device(good, strlen(good), &device), 0);
    assert_int_equal(device.expires_s, 3600);
    assert_int_equal(device.interval_s, 5);
    assert_string_equal(device.complete, "");
    assert_int_equal(oidc_read_device(bad, strlen(bad), &device), QA_EPROTO);
}

static void test_queries(void **state)
{
    char value[8];
    assert_true(oidc_query_member("a=1&code=x%2By+z&b=", "code", value, sizeof value));
    assert_string_equal(value, "x+y z");
    assert_true(oidc_query_member("code=", "code", value, sizeof value));
    assert_string_equal(value, "");
    assert_true(oidc_query_member("code=1234567", "code", value, sizeof value));
    static const char *const wrong[] = {
        "",         "code",    "code2=1",    "xcode=1",  "code=1&code=1", "code=12345678",
        "code=%",   "code=%4", "code=%4&1=", "code=%0a", "code=%00",      "code=%7f",
        "code=%zz", "Code=1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(oidc_query_member(wrong[i], "code", value, sizeof value));
}

static void test_what_does_not_fit(void **state)
{
    static char form[OIDC_FORM_MAX], code[OIDC_FORM_MAX];
    const struct relay_issuer issuer = {.client_id = "qassist"};
    assert_int_equal(oidc_poll_form(&issuer, "a&b", form), 0);
    assert_non_null(strstr(form, "&client_id=qassist&device_code=a%26b"));
    memset(code, '%', sizeof code - 1);
    assert_int_equal(oidc_poll_form(&issuer, code, form), QA_ELIMIT);
    assert_string_equal(form, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptions), cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_devices), cmocka_unit_test(test_queries),
        cmocka_unit_test(test_what_does_not_fit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
