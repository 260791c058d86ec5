/*
 * For the tests of monitors on a real X server: plugging them in and out and moving them, and what
 * is to be seen of it.
 */
#ifndef TESTS_MONITORS_FIXTURE_H
#define TESTS_MONITORS_FIXTURE_H

#include "screen_fixture.h"

#define MONITORS_SCREEN "960x400x24"

extern const qa_rect whole, left, middle, right;

/* As a test's setup: a server of that size. */
int setup(void **state);

/* ---- what the display does ---- */

/* Runs it with these options. */
void xrandr(struct fixture *f, const char *const *options);

/* The one with the server's output takes the place of the server's own monitor. */
void plug(struct fixture *f, const char *name, qa_rect place, bool with_output);
void unplug(struct fixture *f, const char *name);

/* LEFT, MIDDLE and RIGHT, where the rectangles say. */
void plug_three(struct fixture *f);
/* The same on a painted screen, and the screen under test started. */
void start_with_three(struct fixture *f, unsigned seed);

/* Makes the output know a size, "320x300"; and where it is, and how large. */
void add_mode(struct fixture *f, const char *size);
void set_crtc(struct fixture *f, const char *mode, int16_t x, int16_t y);

/* ---- what is seen of it ---- */

void expect_count(struct fixture *f, size_t count);
/* This one is shown (0: all), and the picture is what the server shows there. */
void expect_shown(struct fixture *f, uint32_t id, qa_rect place);
const struct screen_monitor *by_name(struct fixture *f, const char *name);
void expect_monitor(struct fixture *f, const char *name, qa_rect place);

/* NULL: all. The number of what was chosen. */
uint32_t choose(struct fixture *f, const char *name);

#endif
