/*
 * What the service keeps of sessions: sid, start, end, errors of its own, features used and the
 * words of a report; nothing else, and no address. SQLite in the state directory, one file, 0600.
 * Nothing is kept longer than RECORDS_KEPT_S: not in the file, its log or its free pages. No clock:
 * `now` comes in, seconds since 1970.
 */
#ifndef RELAY_RECORDS_H
#define RELAY_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/relay_message.h"

#define RECORDS_KEPT_S     (72 * 3600)
#define RECORDS_ERRORS_MAX 128

struct records;

struct record {
    uint8_t sid[RELAY_SID_BYTES];
    int64_t started;
    int64_t ended;                   /* 0: not yet */
    char errors[RECORDS_ERRORS_MAX]; /* names, separated by spaces */
    uint32_t features;               /* bits of relay_feature */
    char words[RELAY_WORDS_MAX + 1]; /* of a report, or empty */
};

/* 0 or QA_EIO; `why` says what to do. */
int records_open(const char *state_dir, struct records **out, char *why, size_t why_size);
void records_close(struct records *records);

/*
 * Each is with the kernel when it returns: a crash of the relay loses nothing, and nobody waited
 * for the disk, except every thousand pages, when SQLite empties its log. 0 or QA_EIO.
 */
int records_start(struct records *records, const uint8_t sid[RELAY_SID_BYTES], int64_t now);
int records_end(struct records *records, const uint8_t sid[RELAY_SID_BYTES], int64_t now);
int records_features(struct records *records, const uint8_t sid[RELAY_SID_BYTES],
                     uint32_t features);
/* The first one of a session stays. */
int records_report(struct records *records, const uint8_t sid[RELAY_SID_BYTES], const char *words);

/* Adds the name of an error of the service's own; what does not fit any more is left out. */
int records_error(struct records *records, const uint8_t sid[RELAY_SID_BYTES], const char *name);

/* Lets go of what is too old; if there was anything, waits for the disk. 0 or QA_EIO. */
int records_purge(struct records *records, int64_t now);

/*
 * Calls `each` for all, or for those that have not ended, the oldest first. While it runs nothing
 * that is deleted leaves the log: `each` must not wait for anybody. 0 or QA_EIO.
 */
int records_walk(struct records *records, bool running_only,
                 void (*each)(void *user, const struct record *record), void *user);

/* 0, QA_EINVAL (none of this sid), QA_EIO. */
int records_find(struct records *records, const uint8_t sid[RELAY_SID_BYTES], struct record *out);
int records_delete(struct records *records, const uint8_t sid[RELAY_SID_BYTES]);

#endif
