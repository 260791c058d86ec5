#include "relay/meetings.h"

#include <stdlib.h>
#include <string.h>

#include <qassist/errors.h>

#define SLOTS_MIN 256u

struct meetings {
    struct meeting **table;
    size_t slots; /* a power of two */
    LIST_HEAD(, meeting) all;
    size_t count;
};

/* Sids are random and drawn by relays alone: any part of them is a hash. */
static size_t slot_of(const uint8_t sid[RELAY_SID_BYTES], size_t slots)
{
    uint64_t hash;
    memcpy(&hash, sid, sizeof hash);
    return (size_t)hash & (slots - 1);
}

static void insert(struct meeting **table, size_t slots, struct meeting *meeting)
{
    size_t slot = slot_of(meeting->sid, slots);
    meeting->chain = table[slot];
    table[slot] = meeting;
}

static int grow(struct meetings *meetings)
{
    size_t slots = meetings->slots * 2;
    struct meeting **table = calloc(slots, sizeof(struct meeting *));
    if (!table)
        return QA_ENOMEM;
    for (struct meeting *meeting = LIST_FIRST(&meetings->all); meeting;
         meeting = LIST_NEXT(meeting, all))
        insert(table, slots, meeting);
    free(meetings->table);
    meetings->table = table;
    meetings->slots = slots;
    return 0;
}

int meetings_new(struct meetings **out)
{
    *out = NULL;
    struct meetings *meetings = calloc(1, sizeof *meetings);
    if (!meetings)
        return QA_ENOMEM;
    meetings->slots = SLOTS_MIN;
    meetings->table = calloc(meetings->slots, sizeof(struct meeting *));
    if (!meetings->table) {
        free(meetings);
        return QA_ENOMEM;
    }
    *out = meetings;
    return 0;
}

void meetings_free(struct meetings *meetings)
{
    if (!meetings)
        return;
    while (!LIST_EMPTY(&meetings->all))
        meetings_remove(meetings, LIST_FIRST(&meetings->all));
    free(meetings->table);
    free(meetings);
}

struct meeting *meetings_find(const struct meetings *meetings, const uint8_t sid[RELAY_SID_BYTES])
{
    struct meeting *meeting = meetings->table[slot_of(sid, meetings->slots)];
    while (meeting && memcmp(meeting->sid, sid, RELAY_SID_BYTES) != 0)
        meeting = meeting->chain;
    return meeting;
}

int meetings_add(struct meetings *meetings, const uint8_t sid[RELAY_SID_BYTES],
                 struct meeting **out)
{
    *out = NULL;
    if (meetings_find(meetings, sid))
        return QA_EINVAL;
    if (meetings->count >= meetings->slots && grow(meetings))
        return QA_ENOMEM;
    struct meeting *meeting = calloc(1, sizeof *meeting);
    if (!meeting)
        return QA_ENOMEM;
    memcpy(meeting->sid, sid, RELAY_SID_BYTES);
    meeting->keep_ms = MEETING_WAIT_MS;
    insert(meetings->table, meetings->slots, meeting);
    LIST_INSERT_HEAD(&meetings->all, meeting, all);
    meetings->count++;
    *out = meeting;
    return 0;
}

void meetings_remove(struct meetings *meetings, struct meeting *meeting)
{
    struct meeting **at = &meetings->table[slot_of(meeting->sid, meetings->slots)];
    while (*at != meeting)
        at = &(*at)->chain;
    *at = meeting->chain;
    LIST_REMOVE(meeting, all);
    meetings->count--;
    free(meeting);
}

struct meeting *meetings_first(const struct meetings *meetings)
{
    return LIST_FIRST(&meetings->all);
}

size_t meetings_count(const struct meetings *meetings)
{
    return meetings->count;
}
