/*
 * Screens: the sharer's monitors as the helper is told of them. The picture shows one of them, or
 * all: the whole display with every monitor in its place.
 */
#ifndef QASSIST_SCREEN_H
#define QASSIST_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Most monitors that are listed. */
#define QA_SCREENS_MAX 16

typedef struct qa_screen_info {
    size_t size;
    uint32_t id;      /* never 0; a monitor that comes back within the session has the same one */
    const char *name; /* such as "HDMI-1": printable, at most 63 bytes, not empty */
    /* Its place on the sharer's display, in pixels; what is outside of the display is cut off. */
    int32_t x;
    int32_t y;
    int32_t width;
    int32_t height;
    /* How much larger than usual the sharer's desktop makes text and windows; 100: as usual. */
    uint32_t scale_percent;
    bool primary;
} qa_screen_info;

#ifdef __cplusplus
}
#endif

#endif
