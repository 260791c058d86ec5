/*
 * Probe: reads the stamps of source.c from what is seen of the shared screen, each time that
 * anything changes there, and presses keys. What is looked at, a viewer's display or the frames of
 * the library, is the matter of probe_display.c and probe_library.c.
 *
 * Commands on standard input, one a line; each answer ends in a line "done":
 *   find SECONDS                where the stamp for keys is in actual size: "at X Y", or "missing"
 *   stamp X Y                   a frame's stamp, from there; "missing" when it is not in the
 * picture watch SECONDS               "seen NUMBER NANOSECONDS" for each frame when it is complete,
 * and "watched FROM TO CHANGES TORN" (without a whole stamp) keys COUNT                  "key
 * PRESSED SEEN" in nanoseconds; SEEN is -1 where none came click X Y                   presses the
 * left button there press KEYCODE               presses and releases a key
 */
#ifndef BENCH_PROBE_H
#define BENCH_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "stamp.h"

#define PROBE_PLACES_MAX 3
#define PROBE_KEYCODE    38 /* A on a PC keyboard, as X numbers it */

struct probe_place {
    enum stamp_kind kind;
    int x, y;
};

struct probe {
    /* Waits for a change until `end` and reads the stamps after it. False: the time is over. */
    bool (*wait_change)(struct probe *probe, int64_t end);
    /* Reads the stamps as they are now, where that can be done without a change. */
    void (*look)(struct probe *probe);
    /* Looks once for the stamp for keys. */
    bool (*find)(struct probe *probe, int *x, int *y);
    void (*press)(struct probe *probe, uint8_t keycode);
    void (*click)(struct probe *probe, int x, int y);

    int width, height; /* of the picture */
    struct probe_place places[PROBE_PLACES_MAX];
    int count;
    int64_t frame, key; /* last read; -1: none */
    int changes, torn;  /* of the picture; where a frame's stamp could not be read after it */
    uint32_t random;
};

/* Takes what was read at each place, -1 for nothing: a frame is there when all its stamps show it
 * or a later one. */
void probe_take(struct probe *probe, const int64_t *numbers);

/* Does commands until the end of the input. */
void probe_run(struct probe *probe);

#endif
