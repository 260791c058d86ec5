/* What a relay of another version says of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/relay_description.h"

static char spoken[RELAY_PROTOCOLS_MAX];

static bool differs(const char *json)
{
    return relay_description_differs(json, strlen(json), spoken);
}

static void test_other_versions(void **state)
{
    assert_true(differs("{\"service\":\"qassist\",\"protocols\":[\"qassist.2\"]}"));
    assert_string_equal(spoken, "qassist.2");
    assert_true(differs(
        "{\"protocols\":[\"qassist.3\",\"qassist.2.1\"],\"service\":\"qassist\",\"x\":{}}"));
    assert_string_equal(spoken, "qassist.3, qassist.2.1");
    assert_true(
        differs("{\"service\":\"qassist\",\"protocols\":[1,\"qassist.\\u001b\",\"qassist.\","
                "\"qassist.2x\",\"qassist.22222222222222222222222\",\"other\",\"qassist.7\"]}"));
    assert_string_equal(spoken, "qassist.7");
    char many[4000] = "{\"service\":\"qassist\",\"protocols\":[\"qassist.2\"";
    for (int i = 0; i < 200; i++)
        strcat(many, ",\"qassist.2\"");
    strcat(many, "]}");
    assert_true(differs(many));
    assert_true(strlen(spoken) < RELAY_PROTOCOLS_MAX);
}

static void test_what_is_none(void **state)
{
    static const char *const none[] = {
        "{\"service\":\"qassist\",\"protocols\":[\"qassist.2\",\"qassist.1\"]}",
        "{\"service\":\"other\",\"protocols\":[\"qassist.2\"]}",
        "{\"service\":\"qassist\",\"protocols\":[]}",
        "{\"service\":\"qassist\",\"protocols\":\"qassist.2\"}",
        "{\"service\":\"qassist\"}",
        "{\"service\":7,\"protocols\":[\"qassist.2\"]}",
        "[]",
        "",
        "<html>",
        "{\"service\":\"qassist\",\"protocols\":[\"qassist.2\"",
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(differs(none[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_versions),
        cmocka_unit_test(test_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
