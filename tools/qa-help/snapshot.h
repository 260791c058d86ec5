/*
 * A copy of the sharer's picture, kept up to date by the damage of each frame, and its way into a
 * PNG file.
 */
#ifndef QA_HELP_SNAPSHOT_H
#define QA_HELP_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qassist/picture.h>

struct snapshot {
    uint8_t *pixels; /* BGRX, rows packed; NULL: nothing came yet */
    int32_t width, height;
};

/* False when memory is out. */
bool snapshot_update(struct snapshot *snapshot, const qa_frame *frame);

/* Writes beside the file and renames, so that nobody ever reads half of it. 0 or an errno. */
int snapshot_write(const struct snapshot *snapshot, const char *path);

void snapshot_free(struct snapshot *snapshot);

#endif
