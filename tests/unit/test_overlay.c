/* The overlay's parts that need no display: marks, the panic key, the banner's words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/consent.h>
#include <qassist/errors.h>
#include <qassist/session.h>

#include "base/utf8.h"
#include "overlay/banner_text.h"
#include "overlay/mark_paint.h"
#include "overlay/marks.h"
#include "overlay/panic_key.h"

#define SIDE 400

/* ---- marks ---- */

static void count(void *user, const qa_rect *rect)
{
    assert_true(rect->width > 0 && rect->height > 0);
    ++*(unsigned *)user;
}

static void step(struct marks *marks, qa_mark_step what, int32_t x, int32_t y)
{
    unsigned changed = 0;
    qa_mark_event event = {.step = what, .x = x, .y = y};
    assert_int_equal(marks_apply(marks, &event, count, &changed), 0);
}

static unsigned begin(struct marks *marks, qa_mark_kind kind, uint32_t width, int32_t x, int32_t y)
{
    unsigned changed = 0;
    qa_mark_event event = {
        .step = QA_MARK_BEGIN, .kind = kind, .colour = 0xff0000, .width = width, .x = x, .y = y};
    assert_int_equal(marks_apply(marks, &event, count, &changed), 0);
    return changed;
}

static void test_marks_are_bounded(void **state)
{
    struct marks marks = {0};
    for (int32_t i = 0; i < QA_MARKS_MAX + 10; i++) {
        begin(&marks, QA_MARK_ARROW, 3, i, 0);
        step(&marks, QA_MARK_TO, i, 50);
    }
    assert_int_equal(marks.count, QA_MARKS_MAX);
    assert_int_equal(marks.list[0].points[0].x, 10); /* the oldest made room */
    assert_int_equal(marks.points, 2 * QA_MARKS_MAX);

    step(&marks, QA_MARK_CLEAR, 0, 0);
    assert_int_equal(marks.count, 0);
    assert_int_equal(marks.points, 0);
    /* One stroke has so many points and no more; all together, too. */
    for (unsigned n = 0; n < 12; n++) {
        begin(&marks, QA_MARK_STROKE, 3, 5, 5);
        for (int32_t i = 0; i < QA_MARK_POINTS_MAX + 100; i++)
            step(&marks, QA_MARK_TO, 5 + i % 2, 5);
        assert_true(marks.list[marks.count - 1].count == QA_MARK_POINTS_MAX);
        assert_true(marks.points <= MARKS_POINTS_MAX);
    }
    assert_int_equal(marks.count, MARKS_POINTS_MAX / QA_MARK_POINTS_MAX);
    /* As long as they may be: the newest stays. */
    begin(&marks, QA_MARK_STROKE, 3, 0, 0);
    for (int32_t i = 0; i < 500; i++)
        step(&marks, QA_MARK_TO, i % 2 ? 0 : QA_MARK_PLACE_MAX, i);
    assert_int_equal(marks.count, 1);
    assert_true(marks.length <= MARKS_LENGTH_MAX + QA_MARK_PLACE_MAX);
    assert_int_equal(marks.length, marks.list[0].length);
    marks_free(&marks);
}

static void test_steps_that_make_no_sense_do_nothing(void **state)
{
    struct marks marks = {0};
    step(&marks, QA_MARK_TO, 1, 1);
    step(&marks, QA_MARK_END, 0, 0);
    step(&marks, QA_MARK_UNDO, 0, 0);
    step(&marks, QA_MARK_CLEAR, 0, 0);
    step(&marks, (qa_mark_step)77, 0, 0);
    assert_int_equal(marks.count, 0);
    assert_int_equal(begin(&marks, (qa_mark_kind)4, 3, 1, 1), 0);
    assert_int_equal(begin(&marks, QA_MARK_STROKE, 0, 1, 1), 0);
    assert_int_equal(begin(&marks, QA_MARK_STROKE, QA_MARK_WIDTH_MAX + 1, 1, 1), 0);
    assert_int_equal(begin(&marks, QA_MARK_STROKE, 3, -1, 1), 0);
    assert_int_equal(begin(&marks, QA_MARK_STROKE, 3, 1, QA_MARK_PLACE_MAX + 1), 0);
    assert_int_equal(marks.count, 0);
    assert_true(begin(&marks, QA_MARK_STROKE, 3, 1, 1) > 0);
    step(&marks, QA_MARK_TO, 9000, 1);
    assert_int_equal(marks.list[0].count, 1);
    step(&marks, QA_MARK_END, 0, 0);
    step(&marks, QA_MARK_TO, 9, 9);
    assert_int_equal(marks.list[0].count, 1);
    step(&marks, QA_MARK_UNDO, 0, 0);
    step(&marks, QA_MARK_TO, 9, 9); /* not the one before */
    assert_int_equal(marks.count, 0);
    marks_free(&marks);
}

struct seen {
    uint8_t covered[SIDE * SIDE];
};

static void cover(void *user, const qa_rect *rect)
{
    struct seen *seen = user;
    for (int y = rect->y; y < rect->y + rect->height; y++)
        for (int x = rect->x; x < rect->x + rect->width; x++)
            if (x >= 0 && y >= 0 && x < SIDE && y < SIDE)
                seen->covered[y * SIDE + x] = 1;
}

/* What is said to have changed holds all that is drawn, whatever is drawn. */
static void test_nothing_is_drawn_outside_of_what_is_said_to_change(void **state)
{
    srand(7);
    const qa_rect whole = {0, 0, SIDE, SIDE};
    for (unsigned round = 0; round < 150; round++) {
        struct marks marks = {0};
        struct seen *seen = calloc(1, sizeof *seen);
        qa_mark_event event = {.step = QA_MARK_BEGIN,
                               .kind = (qa_mark_kind)(1 + rand() % 3),
                               .colour = (uint32_t)rand() & 0xffffff,
                               .width = 1 + (uint32_t)rand() % QA_MARK_WIDTH_MAX,
                               .x = rand() % SIDE,
                               .y = rand() % SIDE};
        assert_int_equal(marks_apply(&marks, &event, cover, seen), 0);
        for (int i = rand() % 6; i > 0; i--) {
            /* As it is before an arrow or rectangle goes elsewhere, it is said to change, too. */
            if (event.kind != QA_MARK_STROKE)
                memset(seen, 0, sizeof *seen);
            event = (qa_mark_event){
                .step = QA_MARK_TO, .kind = event.kind, .x = rand() % SIDE, .y = rand() % SIDE};
            assert_int_equal(marks_apply(&marks, &event, cover, seen), 0);
        }
        cairo_surface_t *image = mark_paint(&marks, &whole);
        assert_non_null(image);
        const uint32_t *pixels =
            (const uint32_t *)(const void *)cairo_image_surface_get_data(image);
        unsigned opaque = 0;
        for (size_t i = 0; i < SIDE * SIDE; i++) {
            uint32_t alpha = pixels[i] >> 24;
            assert_true(alpha == 0 || alpha == 255);
            assert_true(!alpha || seen->covered[i]);
            opaque += alpha == 255;
        }
        cairo_region_t *region = opaque_region(image, 0, 0);
        unsigned area = 0;
        for (int i = 0; i < cairo_region_num_rectangles(region); i++) {
            cairo_rectangle_int_t rect;
            cairo_region_get_rectangle(region, i, &rect);
            area += (unsigned)(rect.width * rect.height);
        }
        assert_true(opaque > 0);
        assert_int_equal(area, opaque);
        cairo_region_destroy(region);
        cairo_surface_destroy(image);
        marks_free(&marks);
        free(seen);
    }
}

/* Drawn in parts it looks as it does drawn at once. */
static void test_parts_fit_together(void **state)
{
    struct marks marks = {0};
    srand(11);
    begin(&marks, QA_MARK_STROKE, 9, 50, 50);
    for (unsigned i = 0; i < 100; i++)
        step(&marks, QA_MARK_TO, rand() % SIDE, rand() % SIDE);
    begin(&marks, QA_MARK_ARROW, 5, 350, 20);
    step(&marks, QA_MARK_TO, 30, 380);
    const qa_rect whole = {0, 0, SIDE, SIDE};
    cairo_surface_t *all = mark_paint(&marks, &whole);
    const uint8_t *wanted = cairo_image_surface_get_data(all);
    unsigned different = 0;
    for (int32_t top = 0; top < SIDE; top += 80)
        for (int32_t left = 0; left < SIDE; left += 80) {
            const qa_rect place = {left, top, 80, 80};
            cairo_surface_t *part = mark_paint(&marks, &place);
            const uint8_t *got = cairo_image_surface_get_data(part);
            for (int32_t y = 0; y < 80; y++)
                for (int32_t x = 0; x < 80; x++) {
                    const uint8_t *a = wanted + ((top + y) * SIDE + left + x) * 4;
                    const uint8_t *b = got + (y * 80 + x) * 4;
                    different += a[3] != b[3] || abs(a[0] - b[0]) > 64 || abs(a[1] - b[1]) > 64 ||
                                 abs(a[2] - b[2]) > 64;
                }
            cairo_surface_destroy(part);
        }
    /* How many lines are drawn at once may turn over a pixel of an edge, here and there. */
    assert_true(different <= SIDE * SIDE / 1000);
    cairo_surface_destroy(all);
    marks_free(&marks);
}

/* ---- the panic key ---- */

static void test_panic_keys_are_read(void **state)
{
    static const struct {
        const char *setting;
        unsigned modifiers;
        uint32_t symbol, scancode;
    } good[] = {
        {"Ctrl+Alt+Q", PANIC_CTRL | PANIC_ALT, 'q', 0x10},
        {"ctrl + alt + q", PANIC_CTRL | PANIC_ALT, 'q', 0x10},
        {"SHIFT+Super+0", PANIC_SHIFT | PANIC_SUPER, '0', 0x0b},
        {"Pause", 0, 0xff13, 0},
        {"Shift+F12", PANIC_SHIFT, 0xffc9, 0},
        {"Control+Escape", PANIC_CTRL, 0xff1b, 0},
        {"Meta+PageDown", PANIC_SUPER, 0xff56, 0},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct panic_key key;
        const char *why;
        assert_int_equal(panic_key_parse(good[i].setting, &key, &why), 0);
        assert_null(why);
        assert_int_equal(key.modifiers, good[i].modifiers);
        assert_int_equal(key.symbol, good[i].symbol);
        assert_int_equal(key.scancode, good[i].scancode);
    }
    static const char *const bad[] = {
        "",
        "+",
        "Q",
        "Shift+Q",
        "Ctrl",
        "Ctrl+",
        "Ctrl+Ctrl+Q",
        "Hyper+Q",
        "Ctrl+Q+W",
        "Ctrl+F25",
        "Ctrl+F0",
        "Ctrl+F1x",
        "Ctrl+\xc3\xa9",
        "Q+Ctrl",
        "Escape",
        "Ctrl+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct panic_key key;
        const char *why;
        assert_int_equal(panic_key_parse(bad[i], &key, &why), QA_EINVAL);
        assert_non_null(why);
    }
}

enum { CTRL = 37, ALT = 64, RIGHT_CTRL = 105, Q = 24, A = 38 };

static void watch_init(struct panic_watch *watch, const char *setting)
{
    struct panic_key key;
    const char *why;
    assert_int_equal(panic_key_parse(setting, &key, &why), 0);
    panic_watch_init(watch, &key);
    uint32_t symbols[256 * 2] = {0};
    symbols[CTRL * 2] = 0xffe3;
    symbols[RIGHT_CTRL * 2] = 0xffe4;
    symbols[ALT * 2] = 0xffe9;
    symbols[Q * 2] = 'q';
    symbols[Q * 2 + 1] = 'Q';
    symbols[A * 2] = 'a';
    panic_watch_map(watch, 0, 256, 2, symbols, Q);
}

static bool press(struct panic_watch *watch, unsigned control, uint32_t time)
{
    assert_false(panic_watch_key(watch, control, true, false, time));
    assert_false(panic_watch_key(watch, ALT, true, false, time));
    bool panic = panic_watch_key(watch, Q, true, false, time);
    assert_false(panic_watch_key(watch, Q, false, false, time));
    assert_false(panic_watch_key(watch, ALT, false, false, time));
    assert_false(panic_watch_key(watch, control, false, false, time));
    return panic;
}

static void test_twice_in_time_is_panic(void **state)
{
    struct panic_watch watch;
    watch_init(&watch, "Ctrl+Alt+Q");
    assert_false(press(&watch, CTRL, 1000));
    assert_true(press(&watch, RIGHT_CTRL, 2500));
    assert_false(press(&watch, CTRL, 3000)); /* counted anew */
    assert_false(press(&watch, CTRL, 5001)); /* too late */
    assert_true(press(&watch, CTRL, 7001));
    /* The display's clock turns over after 49 days. */
    assert_false(press(&watch, CTRL, 0xffffff00));
    assert_true(press(&watch, CTRL, 0x00000100));
}

static void test_what_is_no_panic(void **state)
{
    struct panic_watch watch;
    watch_init(&watch, "Ctrl+Alt+Q");
    /* Held, it repeats. */
    panic_watch_key(&watch, CTRL, true, false, 0);
    panic_watch_key(&watch, ALT, true, false, 0);
    for (uint32_t time = 0; time < 1500; time += 30)
        assert_false(panic_watch_key(&watch, Q, true, false, time));
    panic_watch_key(&watch, Q, false, false, 1500);
    panic_watch_key(&watch, ALT, false, false, 1500);
    for (uint32_t time = 5000; time < 6000; time += 30) {
        assert_false(panic_watch_key(&watch, Q, true, false, time)); /* without Alt */
        panic_watch_key(&watch, Q, false, false, time);
    }
    assert_false(panic_watch_key(&watch, 300, true, false, 6000));
}

/* Whatever a program types meanwhile, keys and modifiers, a hand's keys count by themselves. */
static void test_a_flood_does_not_hide_it(void **state)
{
    struct panic_watch watch;
    watch_init(&watch, "Ctrl+Alt+Q");
    unsigned panics = 0;
    uint32_t time = 0;
    srand(3);
    static const struct {
        unsigned key;
        bool pressed;
    } hand[] = {{CTRL, true}, {ALT, true}, {Q, true}, {Q, false}, {Q, true}, {Q, false}};
    for (size_t i = 0; i < sizeof hand / sizeof *hand; i++) {
        for (unsigned n = 0; n < 500; n++) {
            static const unsigned keys[] = {CTRL, ALT, A, RIGHT_CTRL, 50};
            panic_watch_key(&watch, keys[rand() % 5], rand() % 2, true, time);
        }
        time += 100;
        panics += panic_watch_key(&watch, hand[i].key, hand[i].pressed, false, time);
    }
    assert_int_equal(panics, 1);
}

static void test_a_layout_without_the_letter_has_its_place(void **state)
{
    struct panic_watch watch;
    watch_init(&watch, "Ctrl+Alt+Q");
    uint32_t symbols[256] = {0};
    symbols[CTRL] = 0xffe3;
    symbols[ALT] = 0xffe9;
    symbols[Q] = 0x6ca; /* Cyrillic */
    panic_watch_map(&watch, 0, 256, 1, symbols, Q);
    assert_false(press(&watch, CTRL, 0));
    assert_true(press(&watch, CTRL, 10));
    /* A server that says nonsense. */
    panic_watch_map(&watch, 250, 6, 1, symbols, 999);
    assert_false(press(&watch, CTRL, 20));
}

/* ---- the banner ---- */

static void test_the_banners_words(void **state)
{
    qa_banner_texts texts = {.view = "voit votre \303\251cran", .hours = "{h} h {m} {x} {h"};
    banner_texts_complete(&texts);
    struct banner_lines lines;
    banner_lines_make(&texts, "Ada L.", "", &(struct overlay_status){QA_PERMISSION_VIEW, 0}, 59,
                      &lines);
    assert_string_equal(lines.who, "Ada L.");
    assert_string_equal(lines.what, "voit votre \303\251cran");
    assert_string_equal(lines.time, "59 min");
    assert_string_equal(lines.title, "Ada L. \302\267 voit votre \303\251cran");
    banner_lines_make(&texts, "Ada L.", "Example Ltd",
                      &(struct overlay_status){QA_PERMISSION_VIEW | QA_PERMISSION_POINT |
                                                   QA_PERMISSION_CLIPBOARD_TO_HELPER,
                                               0},
                      125, &lines);
    assert_string_equal(lines.what, "voit votre \303\251cran \302\267 points \302\267 reads your "
                                    "clipboard");
    assert_string_equal(lines.time, "2 h 5 {x} {h");
    const struct {
        unsigned causes;
        const char *what;
    } pauses[] = {{QA_PAUSED_BY_SHARER, "sees nothing: you paused"},
                  {QA_PAUSED_BY_SHARER | QA_PAUSED_BY_PROMPT, "sees nothing: you paused"},
                  {QA_PAUSED_BY_HELPER, "paused, and sees nothing new"},
                  {QA_PAUSED_BY_PROMPT, "sees nothing while you answer your system"}};
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        banner_lines_make(&texts, "A", "", &(struct overlay_status){1, pauses[i].causes}, 0,
                          &lines);
        assert_string_equal(lines.what, pauses[i].what);
    }
}

static void test_long_words_are_cut_between_characters(void **state)
{
    char name[600], long_text[QA_BANNER_TEXT_MAX + 1];
    for (size_t i = 0; i + 2 < sizeof name; i += 2)
        memcpy(name + i, "\303\251", 3);
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    qa_banner_texts texts;
    for (size_t i = 0; i < sizeof texts / sizeof(const char *); i++)
        ((const char **)(void *)&texts)[i] = long_text;
    struct banner_lines lines;
    banner_lines_make(&texts, name, name, &(struct overlay_status){0x3f, 0}, 1, &lines);
    assert_true(strlen(lines.who) < BANNER_LINE_SIZE);
    size_t length;
    for (const char *at = lines.who; *at; at += length)
        assert_true(utf8_decode(at, &length) != UTF8_INVALID);
    assert_true(strlen(lines.what) < BANNER_LINE_SIZE);
    assert_true(strlen(lines.title) < BANNER_LINE_SIZE);
}

/* ---- a program that draws by itself ---- */

struct told {
    unsigned points, hides;
    qa_mark_step steps[16];
    size_t count;
};

static void on_point(void *user, bool shown, int32_t x, int32_t y)
{
    struct told *told = user;
    told->points += shown;
    told->hides += !shown;
}

static void on_mark(void *user, const qa_mark_event *event)
{
    struct told *told = user;
    assert_true(told->count < 16);
    told->steps[told->count++] = event->step;
}

static void test_a_program_is_told_what_makes_sense(void **state)
{
    struct told told = {0};
    struct overlay *overlay;
    const struct overlay_app_events events = {.point = on_point, .mark = on_mark};
    assert_int_equal(overlay_app_new(&events, &told, &overlay), 0);
    static const qa_mark_step given[] = {QA_MARK_TO,    QA_MARK_UNDO,  QA_MARK_CLEAR, QA_MARK_END,
                                         QA_MARK_BEGIN, QA_MARK_TO,    QA_MARK_END,   QA_MARK_TO,
                                         QA_MARK_UNDO,  QA_MARK_CLEAR, QA_MARK_CLEAR, QA_MARK_END};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        overlay->ops->mark(overlay, &(qa_mark_event){.step = given[i]});
    static const qa_mark_step wanted[] = {QA_MARK_BEGIN, QA_MARK_TO, QA_MARK_END, QA_MARK_UNDO,
                                          QA_MARK_CLEAR};
    assert_int_equal(told.count, sizeof wanted / sizeof *wanted);
    assert_memory_equal(told.steps, wanted, sizeof wanted);
    overlay->ops->point_hide(overlay);
    overlay->ops->point(overlay, 1, 2);
    overlay->ops->mark(overlay, &(qa_mark_event){.step = QA_MARK_BEGIN});
    overlay->ops->set_area(overlay, &(qa_rect){0, 0, 10, 10});
    assert_int_equal(told.points, 1);
    assert_int_equal(told.hides, 1);
    assert_int_equal(told.steps[told.count - 1], QA_MARK_CLEAR);
    overlay->ops->destroy(overlay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks_are_bounded),
        cmocka_unit_test(test_steps_that_make_no_sense_do_nothing),
        cmocka_unit_test(test_nothing_is_drawn_outside_of_what_is_said_to_change),
        cmocka_unit_test(test_parts_fit_together),
        cmocka_unit_test(test_panic_keys_are_read),
        cmocka_unit_test(test_twice_in_time_is_panic),
        cmocka_unit_test(test_what_is_no_panic),
        cmocka_unit_test(test_a_flood_does_not_hide_it),
        cmocka_unit_test(test_a_layout_without_the_letter_has_its_place),
        cmocka_unit_test(test_the_banners_words),
        cmocka_unit_test(test_long_words_are_cut_between_characters),
        cmocka_unit_test(test_a_program_is_told_what_makes_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
