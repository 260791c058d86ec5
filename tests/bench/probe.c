#include "probe.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "display.h"

#define KEY_PATIENCE 2000000000

void probe_take(struct probe *probe, const int64_t *numbers)
{
    int64_t frame = INT64_MAX;
    for (int i = 0; i < probe->count; i++) {
        if (probe->places[i].kind == STAMP_KEY && numbers[i] >= 0)
            probe->key = numbers[i];
        else if (probe->places[i].kind == STAMP_FRAME && numbers[i] < frame)
            frame = numbers[i];
    }
    if (frame != INT64_MAX && frame > probe->frame)
        probe->frame = frame;
    probe->changes++;
    probe->torn += frame < 0;
}

static void command_find(struct probe *probe, double seconds)
{
    struct probe_place place = {.kind = STAMP_KEY};
    int64_t end = now_ns() + (int64_t)(seconds * 1e9);
    while (!probe->find(probe, &place.x, &place.y)) {
        if (now_ns() > end) {
            puts("missing");
            return;
        }
        int64_t next = now_ns() + 50000000;
        while (probe->wait_change(probe, next) && now_ns() < next)
            ;
    }
    probe->places[0] = place;
    probe->count = 1;
    printf("at %d %d\n", place.x, place.y);
}

/* A further stamp, x and y from the one for keys. */
static void command_stamp(struct probe *probe, int x, int y)
{
    struct probe_place place = {STAMP_FRAME, probe->places[0].x + x, probe->places[0].y + y};
    if (probe->count == 0 || probe->count == PROBE_PLACES_MAX)
        fail("no room for this stamp");
    if (place.x < 0 || place.y < 0 || place.x + STAMP_WIDTH > probe->width ||
        place.y + STAMP_HEIGHT > probe->height) {
        puts("missing");
        return;
    }
    probe->places[probe->count++] = place;
}

static void command_watch(struct probe *probe, double seconds)
{
    int64_t start = now_ns(), end = start + (int64_t)(seconds * 1e9);
    probe->frame = -1;
    probe->changes = probe->torn = 0;
    probe->look(probe);
    int64_t last = probe->frame;
    while (probe->wait_change(probe, end)) {
        int64_t now = now_ns();
        if (now >= end)
            break;
        if (probe->frame != last)
            printf("seen %" PRId64 " %" PRId64 "\n", probe->frame, now);
        last = probe->frame;
    }
    printf("watched %" PRId64 " %" PRId64 " %d %d\n", start, now_ns(), probe->changes, probe->torn);
}

/* 20 to 80 ms in no step with a frame rate, always the same row of numbers. */
static int64_t pause_ns(struct probe *probe)
{
    probe->random = probe->random * 1664525 + 1013904223;
    return 20000000 + (int64_t)(probe->random >> 8) % 60000000;
}

static void command_keys(struct probe *probe, int count)
{
    probe->look(probe);
    for (int i = 0; i < count; i++) {
        int64_t end = now_ns() + pause_ns(probe);
        while (probe->wait_change(probe, end))
            if (now_ns() >= end)
                break;
        int64_t before = probe->key, pressed = now_ns(), seen = -1;
        probe->press(probe, PROBE_KEYCODE);
        while (seen < 0 && probe->wait_change(probe, pressed + KEY_PATIENCE)) {
            if (probe->key != before)
                seen = now_ns();
            else if (now_ns() > pressed + KEY_PATIENCE)
                break;
        }
        printf("key %" PRId64 " %" PRId64 "\n", pressed, seen);
    }
}

static void run_command(struct probe *probe, const char *line)
{
    int a, b;
    double seconds;
    if (sscanf(line, "find %lf", &seconds) == 1)
        command_find(probe, seconds);
    else if (sscanf(line, "stamp %d %d", &a, &b) == 2)
        command_stamp(probe, a, b);
    else if (sscanf(line, "watch %lf", &seconds) == 1)
        command_watch(probe, seconds);
    else if (sscanf(line, "keys %d", &a) == 1)
        command_keys(probe, a);
    else if (sscanf(line, "click %d %d", &a, &b) == 2)
        probe->click(probe, a, b);
    else if (sscanf(line, "press %d", &a) == 1)
        probe->press(probe, (uint8_t)a);
    else
        fail("no such command");
    puts("done");
    fflush(stdout);
}

void probe_run(struct probe *probe)
{
    char line[256];
    probe->frame = probe->key = -1;
    probe->random = 1;
    while (fgets(line, sizeof line, stdin))
        run_command(probe, line);
}
