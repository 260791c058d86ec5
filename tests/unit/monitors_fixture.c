#include "monitors_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <xcb/randr.h>

const qa_rect whole = {0, 0, 960, 400};
const qa_rect left = {0, 0, 320, 400};
const qa_rect middle = {320, 40, 320, 300};
const qa_rect right = {640, 0, 320, 400};

int setup(void **state)
{
    *state = open_server(MONITORS_SCREEN, NULL);
    return 0;
}

void xrandr(struct fixture *f, const char *const *options)
{
    const char *arguments[16] = {"xrandr"};
    for (size_t i = 1; *options && i < 15; i++)
        arguments[i] = *options++;
    x_server_run(&f->server, arguments);
}

void plug(struct fixture *f, const char *name, qa_rect place, bool with_output)
{
    char geometry[80];
    snprintf(geometry, sizeof geometry, "%d/300x%d/200+%d+%d", place.width, place.height, place.x,
             place.y);
    xrandr(f,
           (const char *[]){"--setmonitor", name, geometry, with_output ? "screen" : "none", NULL});
}

void add_mode(struct fixture *f, const char *size)
{
    char width[8] = "", height[8] = "";
    assert_int_equal(sscanf(size, "%7[0-9]x%7[0-9]", width, height), 2);
    xrandr(f, (const char *[]){"--newmode", size, "0", width, "0", "0", width, height, "0", "0",
                               height, NULL});
    xrandr(f, (const char *[]){"--addmode", "screen", size, NULL});
}

/* xrandr itself moves the first one to the corner. */
void set_crtc(struct fixture *f, const char *mode, int16_t x, int16_t y)
{
    xcb_randr_get_screen_resources_reply_t *resources = xcb_randr_get_screen_resources_reply(
        f->xcb, xcb_randr_get_screen_resources(f->xcb, f->root), NULL);
    assert_non_null(resources);
    const char *name = (const char *)xcb_randr_get_screen_resources_names(resources);
    const xcb_randr_mode_info_t *modes = xcb_randr_get_screen_resources_modes(resources);
    xcb_randr_mode_t found = 0;
    for (int i = 0; i < resources->num_modes; name += modes[i++].name_len)
        if (modes[i].name_len == strlen(mode) && !memcmp(name, mode, strlen(mode)))
            found = modes[i].id;
    assert_int_not_equal(found, 0);
    free(xcb_randr_set_crtc_config_reply(
        f->xcb,
        xcb_randr_set_crtc_config(f->xcb, xcb_randr_get_screen_resources_crtcs(resources)[0],
                                  XCB_CURRENT_TIME, resources->config_timestamp, x, y, found,
                                  XCB_RANDR_ROTATION_ROTATE_0, 1,
                                  xcb_randr_get_screen_resources_outputs(resources)),
        NULL));
    free(resources);
}

void unplug(struct fixture *f, const char *name)
{
    xcb_randr_delete_monitor(f->xcb, f->root, x_atom(f->xcb, name));
    x_sync(f->xcb);
}

void plug_three(struct fixture *f)
{
    plug(f, "LEFT", left, true);
    plug(f, "MIDDLE", middle, false);
    plug(f, "RIGHT", right, false);
}

void start_with_three(struct fixture *f, unsigned seed)
{
    plug_three(f);
    paint_screen(f, seed);
    start(f);
}

static bool has_chosen(void *user)
{
    struct fixture *f = user;
    return f->list.chosen == f->wanted && shows_its_part(f);
}

static bool has_count(void *user)
{
    const struct fixture *f = user;
    return f->list.count == f->wanted_count;
}

void expect_count(struct fixture *f, size_t count)
{
    f->wanted_count = count;
    assert_true(run_until(&f->loop, has_count, f));
}

void expect_shown(struct fixture *f, uint32_t id, qa_rect place)
{
    f->wanted = id;
    assert_true(run_polling(&f->loop, has_chosen, f));
    assert_memory_equal(&f->list.shown, &place, sizeof place);
    assert_int_equal(f->failed, 0);
}

const struct screen_monitor *by_name(struct fixture *f, const char *name)
{
    for (size_t i = 0; i < f->list.count; i++)
        if (strcmp(f->list.monitors[i].name, name) == 0)
            return &f->list.monitors[i];
    fail_msg("no monitor %s", name);
    return NULL;
}

void expect_monitor(struct fixture *f, const char *name, qa_rect place)
{
    assert_memory_equal(&by_name(f, name)->place, &place, sizeof place);
}

uint32_t choose(struct fixture *f, const char *name)
{
    uint32_t id = name ? by_name(f, name)->id : 0;
    assert_int_equal(f->screen->ops->choose(f->screen, id), 0);
    return id;
}
