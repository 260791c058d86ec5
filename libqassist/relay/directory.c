#include "relay/directory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <qassist/errors.h>

#include "base/random.h"

#define TABLE_MIN 1024u
#define DRAWS_MAX 1000

enum entry_state { OPEN, USED, EXPIRED };

struct directory_entry {
    struct directory_entry *chain;    /* same slot of the table */
    TAILQ_ENTRY(directory_entry) age; /* in one of the two lists */
    uint64_t due_ms;                  /* open: expires; else: forgotten */
    void *owner;                      /* NULL: left */
    enum entry_state state;
    char route[CODE_ROUTE_MAX + 1];
};

/* Entries of one lifetime, so that the oldest is always the first one due. */
struct list {
    TAILQ_HEAD(, directory_entry) entries;
    size_t count;
};

struct directory {
    uint64_t lifetime_ms;
    struct directory_entry **table;
    size_t slots; /* a power of two */
    struct list open, closed;
    size_t taken[CODE_ROUTE_MAX + 1]; /* by number of digits */
};

/* ---- lists ---- */

static void list_add(struct list *list, struct directory_entry *entry)
{
    TAILQ_INSERT_TAIL(&list->entries, entry, age);
    list->count++;
}

static void list_remove(struct list *list, struct directory_entry *entry)
{
    TAILQ_REMOVE(&list->entries, entry, age);
    list->count--;
}

static struct directory_entry *oldest(const struct list *list)
{
    return TAILQ_FIRST(&list->entries);
}

/* ---- table: routes are drawn at random by ourselves, so any even hash will do ---- */

static size_t slot_of(const char *route, size_t slots)
{
    uint32_t hash = 2166136261u;
    for (; *route; route++)
        hash = (hash ^ (unsigned char)*route) * 16777619u;
    return (hash ^ hash >> 15) & (slots - 1);
}

static struct directory_entry *find(const struct directory *directory, const char *route)
{
    struct directory_entry *entry = directory->table[slot_of(route, directory->slots)];
    while (entry && strcmp(entry->route, route) != 0)
        entry = entry->chain;
    return entry;
}

static void insert(struct directory_entry **table, size_t slots, struct directory_entry *entry)
{
    size_t slot = slot_of(entry->route, slots);
    entry->chain = table[slot];
    table[slot] = entry;
}

static int grow(struct directory *directory)
{
    size_t slots = directory->slots * 2;
    struct directory_entry **table = calloc(slots, sizeof(struct directory_entry *));
    if (!table)
        return QA_ENOMEM;
    for (size_t i = 0; i < directory->slots; i++) {
        for (struct directory_entry *entry = directory->table[i], *next; entry; entry = next) {
            next = entry->chain;
            insert(table, slots, entry);
        }
    }
    free(directory->table);
    directory->table = table;
    directory->slots = slots;
    return 0;
}

static void forget(struct directory *directory, struct list *list, struct directory_entry *entry)
{
    struct directory_entry **at = &directory->table[slot_of(entry->route, directory->slots)];
    while (*at != entry)
        at = &(*at)->chain;
    *at = entry->chain;
    list_remove(list, entry);
    directory->taken[strlen(entry->route)]--;
    free(entry);
}

/* ---- life ---- */

int directory_new(uint64_t lifetime_ms, struct directory **out)
{
    *out = NULL;
    struct directory *directory = calloc(1, sizeof *directory);
    if (!directory)
        return QA_ENOMEM;
    directory->lifetime_ms = lifetime_ms;
    TAILQ_INIT(&directory->open.entries);
    TAILQ_INIT(&directory->closed.entries);
    directory->slots = TABLE_MIN;
    directory->table = calloc(directory->slots, sizeof(struct directory_entry *));
    if (!directory->table) {
        free(directory);
        return QA_ENOMEM;
    }
    *out = directory;
    return 0;
}

void directory_free(struct directory *directory)
{
    if (!directory)
        return;
    struct directory_entry *entry;
    while ((entry = oldest(&directory->open)))
        forget(directory, &directory->open, entry);
    while ((entry = oldest(&directory->closed)))
        forget(directory, &directory->closed, entry);
    free(directory->table);
    free(directory);
}

/* ---- giving out ---- */

static uint32_t space_of(unsigned digits)
{
    uint32_t space = 1;
    while (digits--)
        space *= 10;
    return space;
}

static unsigned digits_wanted(const struct directory *directory, unsigned extra_digits)
{
    unsigned digits = CODE_ROUTE_MIN;
    while (digits < CODE_ROUTE_MAX && directory->taken[digits] >= space_of(digits) / 10)
        digits++;
    return extra_digits < CODE_ROUTE_MAX - digits ? digits + extra_digits : CODE_ROUTE_MAX;
}

static void write_route(uint32_t number, unsigned digits, char route[CODE_ROUTE_MAX + 1])
{
    char *at = route + digits;
    for (*at = '\0'; at > route; number /= 10)
        *--at = (char)('0' + number % 10);
}

/* At most one of ten is taken, so that a thousand draws without a free one do not happen. */
static int draw_route(const struct directory *directory, unsigned digits,
                      char route[CODE_ROUTE_MAX + 1])
{
    for (int draws = 0; draws < DRAWS_MAX; draws++) {
        write_route(random_below(space_of(digits)), digits, route);
        if (!find(directory, route))
            return 0;
    }
    return QA_ELIMIT;
}

int directory_create(struct directory *directory, uint64_t now, unsigned extra_digits, void *owner,
                     struct directory_entry **out)
{
    *out = NULL;
    size_t count = directory_count(directory);
    if (count >= DIRECTORY_ROUTES_MAX)
        return QA_ELIMIT;
    if (count >= directory->slots && grow(directory))
        return QA_ENOMEM;
    struct directory_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return QA_ENOMEM;
    unsigned digits = digits_wanted(directory, extra_digits);
    if (draw_route(directory, digits, entry->route)) {
        free(entry);
        return QA_ELIMIT;
    }
    entry->owner = owner;
    entry->state = OPEN;
    entry->due_ms = now + directory->lifetime_ms;
    directory->taken[digits]++;
    insert(directory->table, directory->slots, entry);
    list_add(&directory->open, entry);
    *out = entry;
    return 0;
}

const char *directory_route(const struct directory_entry *entry)
{
    return entry->route;
}

/* ---- claiming and ending ---- */

static void close_entry(struct directory *directory, uint64_t now, struct directory_entry *entry,
                        enum entry_state state)
{
    list_remove(&directory->open, entry);
    entry->state = state;
    entry->due_ms = now + DIRECTORY_KEPT_OUT_MS;
    list_add(&directory->closed, entry);
}

int directory_claim(struct directory *directory, uint64_t now, const char *route, void **owner)
{
    *owner = NULL;
    struct directory_entry *entry = find(directory, route);
    if (!entry || (entry->state != OPEN && entry->due_ms <= now))
        return QA_ECODE_UNKNOWN;
    if (entry->state == EXPIRED || (entry->state == OPEN && entry->due_ms <= now))
        return QA_ECODE_EXPIRED;
    *owner = entry->owner;
    if (entry->state == USED)
        return QA_ECODE_USED;
    close_entry(directory, now, entry, USED);
    return 0;
}

void *directory_owner(const struct directory *directory, const char *route)
{
    const struct directory_entry *entry = find(directory, route);
    return entry ? entry->owner : NULL;
}

void directory_release(struct directory *directory, uint64_t now, struct directory_entry *entry)
{
    if (!entry)
        return;
    entry->owner = NULL;
    if (entry->state == OPEN)
        close_entry(directory, now, entry, EXPIRED);
}

void directory_expire(struct directory *directory, uint64_t now, void (*expired)(void *owner))
{
    struct directory_entry *entry;
    while ((entry = oldest(&directory->open)) && entry->due_ms <= now) {
        void *owner = entry->owner;
        entry->owner = NULL;
        close_entry(directory, now, entry, EXPIRED);
        if (owner)
            expired(owner);
    }
    /* One whose owner is still connected stays: the handle is the owner's. */
    entry = oldest(&directory->closed);
    while (entry && entry->due_ms <= now) {
        struct directory_entry *next = TAILQ_NEXT(entry, age);
        if (!entry->owner)
            forget(directory, &directory->closed, entry);
        entry = next;
    }
}

size_t directory_count(const struct directory *directory)
{
    return directory->open.count + directory->closed.count;
}

size_t directory_open_count(const struct directory *directory)
{
    return directory->open.count;
}
