/* The table of sessions: many of them, found, walked through and removed in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "relay/meetings.h"

#define COUNT 3000

static void make_sid(unsigned number, uint8_t sid[RELAY_SID_BYTES])
{
    /* Many in one slot: the table must not rest on an even spread. */
    memset(sid, 0, RELAY_SID_BYTES);
    sid[0] = (uint8_t)(number % 7);
    sid[14] = (uint8_t)(number >> 8);
    sid[15] = (uint8_t)number;
}

static void test_adding_finding_removing(void **state)
{
    struct meetings *meetings;
    struct meeting *meeting;
    uint8_t sid[RELAY_SID_BYTES];
    assert_int_equal(meetings_new(&meetings), 0);
    for (unsigned i = 0; i < COUNT; i++) {
        make_sid(i, sid);
        assert_null(meetings_find(meetings, sid));
        assert_int_equal(meetings_add(meetings, sid, &meeting), 0);
        assert_ptr_equal(meetings_find(meetings, sid), meeting);
        assert_int_equal(meetings_add(meetings, sid, &meeting), QA_EINVAL);
    }
    assert_int_equal(meetings_count(meetings), COUNT);
    size_t seen = 0;
    for (meeting = meetings_first(meetings); meeting; meeting = LIST_NEXT(meeting, all))
        seen++;
    assert_int_equal(seen, COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        make_sid(i * 1009 % COUNT, sid);
        meeting = meetings_find(meetings, sid);
        assert_non_null(meeting);
        assert_memory_equal(meeting->sid, sid, sizeof sid);
        if (i % 3) {
            meetings_remove(meetings, meeting);
            assert_null(meetings_find(meetings, sid));
        }
    }
    assert_int_equal(meetings_count(meetings), COUNT / 3);
    meetings_free(meetings);
    meetings_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adding_finding_removing),
    };
    return cmocka_run_group_tests_name("meetings", tests, NULL, NULL);
}
