#include "relay/presence.h"

#include <stdlib.h>

#include <sodium.h>

#include <qassist/errors.h>

#define SLOTS 8192u /* a power of two */

struct entry {
    struct entry *chain;
    struct subject subject;
    unsigned counts[PRESENCE_KINDS];
};

struct presence {
    uint8_t key[crypto_shorthash_KEYBYTES]; /* nobody outside can aim at one slot */
    struct entry *slots[SLOTS];
    size_t subjects;
};

int presence_new(struct presence **out)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return QA_ENOMEM;
    randombytes_buf((*out)->key, sizeof(*out)->key);
    return 0;
}

void presence_free(struct presence *presence)
{
    if (!presence)
        return;
    for (size_t i = 0; i < SLOTS; i++) {
        while (presence->slots[i]) {
            struct entry *entry = presence->slots[i];
            presence->slots[i] = entry->chain;
            free(entry);
        }
    }
    free(presence);
}

/* Where the entry is, or where one would be added. */
static struct entry **find(struct presence *presence, const struct subject *subject)
{
    uint8_t hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, (const uint8_t *)subject, sizeof *subject, presence->key);
    struct entry **at = &presence->slots[(hash[0] | hash[1] << 8) & (SLOTS - 1)];
    while (*at && !subject_same(&(*at)->subject, subject))
        at = &(*at)->chain;
    return at;
}

unsigned presence_count(const struct presence *presence, enum presence_kind kind,
                        const struct subject *subject)
{
    const struct entry *entry = *find((struct presence *)presence, subject);
    return entry ? entry->counts[kind] : 0;
}

int presence_add(struct presence *presence, enum presence_kind kind, const struct subject *subject)
{
    struct entry **at = find(presence, subject);
    if (!*at) {
        struct entry *entry = calloc(1, sizeof *entry);
        if (!entry)
            return QA_ENOMEM;
        entry->subject = *subject;
        *at = entry;
        presence->subjects++;
    }
    (*at)->counts[kind]++;
    return 0;
}

void presence_drop(struct presence *presence, enum presence_kind kind,
                   const struct subject *subject)
{
    struct entry **at = find(presence, subject), *entry = *at;
    if (!entry || !entry->counts[kind])
        return;
    entry->counts[kind]--;
    for (int i = 0; i < PRESENCE_KINDS; i++)
        if (entry->counts[i])
            return;
    *at = entry->chain;
    free(entry);
    presence->subjects--;
}

size_t presence_subjects(const struct presence *presence)
{
    return presence->subjects;
}
