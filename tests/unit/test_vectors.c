/* The library computes docs/test-vectors.json, which a second implementation computes as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>
#include <cmocka.h>
#include <sodium.h>

#include "crypto/pake.h"
#include "wire/code.h"
#include "wire/mux.h"

#define FILE_MAX 65536

/* What is drawn next; without it nothing may be drawn. */
static const uint8_t *drawn;

static const char *name(void)
{
    return "vectors";
}

static void draw(void *const out, const size_t length)
{
    assert_non_null(drawn);
    assert_int_equal(length, 32);
    memcpy(out, drawn, length);
    drawn = NULL;
}

static uint32_t draw_number(void)
{
    fail();
    return 0;
}

static cJSON *vectors;

static int read_vectors(void **state)
{
    static char text[FILE_MAX];
    static struct randombytes_implementation fixed = {
        .implementation_name = name, .random = draw_number, .buf = draw};
    assert_true(sodium_init() >= 0); /* draws for itself */
    FILE *file = fopen(VECTORS, "re");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    vectors = cJSON_ParseWithLength(text, length);
    assert_int_equal(randombytes_set_implementation(&fixed), 0);
    return vectors ? 0 : -1;
}

static int forget_vectors(void **state)
{
    cJSON_Delete(vectors);
    return 0;
}

static const char *text_of(const cJSON *vector, const char *member)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(vector, member));
    assert_non_null(text);
    return text;
}

static size_t bytes_of(const cJSON *vector, const char *member, uint8_t *out, size_t size)
{
    const char *text = text_of(vector, member);
    size_t length;
    assert_int_equal(sodium_hex2bin(out, size, text, strlen(text), NULL, &length, NULL), 0);
    return length;
}

static void assert_bytes(const cJSON *vector, const char *member, const uint8_t *bytes, int length)
{
    uint8_t expected[PAKE_MESSAGE_MAX];
    assert_int_equal(bytes_of(vector, member, expected, sizeof expected), length);
    assert_memory_equal(bytes, expected, (size_t)length);
}

static void test_codes(void **state)
{
    const cJSON *vector;
    cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "codes"))
    {
        struct code code;
        char text[CODE_TEXT_SIZE];
        assert_int_equal(code_parse(text_of(vector, "code"), &code), 0);
        assert_string_equal(code.route, text_of(vector, "route"));
        assert_string_equal(code.secret, text_of(vector, "secret"));
        code_format(&code, text);
        assert_string_equal(text, text_of(vector, "code"));
    }
}

static struct pake *new_side(const cJSON *vector, enum pake_role role, const uint8_t *sid)
{
    struct pake *pake;
    const struct pake_inputs inputs = {
        .role = role,
        .secret = text_of(vector, "secret"),
        .route = text_of(vector, "route"),
        .service_origin = text_of(vector, "service_origin"),
        .sid = sid,
        .shown_name = text_of(vector, "shown_name"),
        .organisation = text_of(vector, "organisation"),
        .version = 1,
    };
    uint8_t scalar[32];
    const char *member = role == PAKE_SHARER ? "sharer_scalar" : "helper_scalar";
    assert_int_equal(bytes_of(vector, member, scalar, sizeof scalar), sizeof scalar);
    drawn = scalar;
    assert_int_equal(pake_new(&inputs, &pake), 0);
    assert_null(drawn);
    return pake;
}

static void test_pairing(void **state)
{
    int pairs = 0;
    const cJSON *vector;
    cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "pairing"))
    {
        uint8_t sid[PAKE_SID_BYTES], one[PAKE_MESSAGE_MAX], other[PAKE_MESSAGE_MAX];
        assert_int_equal(bytes_of(vector, "sid", sid, sizeof sid), sizeof sid);
        struct pake *sharer = new_side(vector, PAKE_SHARER, sid);
        struct pake *helper = new_side(vector, PAKE_HELPER, sid);
        int length = pake_start(sharer, one);
        assert_bytes(vector, "hello", one, length);
        length = pake_receive(helper, one, (size_t)length, other);
        assert_bytes(vector, "answer", other, length);
        length = pake_receive(sharer, other, (size_t)length, one);
        assert_bytes(vector, "confirm", one, length);
        assert_int_equal(pake_receive(helper, one, (size_t)length, other), 0);
        assert_int_equal(pake_psk(sharer, one), 0);
        assert_bytes(vector, "psk", one, PAKE_PSK_BYTES);
        assert_int_equal(pake_psk(helper, one), 0);
        assert_bytes(vector, "psk", one, PAKE_PSK_BYTES);
        pake_free(sharer);
        pake_free(helper);
        pairs++;
    }
    assert_true(pairs >= 2);
}

struct heard {
    const uint8_t *payload;
    size_t length;
    int stream;
};

static void on_control(void *user, const char *data, size_t length)
{
    struct heard *heard = user;
    assert_int_equal(length, heard->length);
    assert_memory_equal(data, heard->payload, length);
    heard->stream = 0;
}

static void on_rdp(void *user, const uint8_t *data, size_t length)
{
    on_control(user, (const char *)data, length);
    ((struct heard *)user)->stream = 1;
}

static void test_mux(void **state)
{
    const struct mux_events events = {.control = on_control, .rdp = on_rdp};
    const cJSON *vector;
    cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "mux"))
    {
        uint8_t payload[64], frame[64];
        struct heard heard = {.payload = payload, .stream = -1};
        heard.length = bytes_of(vector, "payload", payload, sizeof payload);
        size_t length = bytes_of(vector, "frame", frame, sizeof frame);
        bool window = cJSON_GetObjectItem(vector, "kind")->valueint == 1;
        struct mux *mux;
        assert_int_equal(mux_new(&events, &heard, &mux), 0);
        size_t room = mux_rdp_room(mux);
        assert_int_equal(mux_feed(mux, frame, length), 0);
        if (window)
            assert_int_equal(heard.stream, -1);
        else
            assert_int_equal(heard.stream, cJSON_GetObjectItem(vector, "stream")->valueint);
        assert_true(mux_rdp_room(mux) >= room);
        mux_free(mux);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_pairing),
        cmocka_unit_test(test_mux),
    };
    return cmocka_run_group_tests(tests, read_vectors, forget_vectors);
}
