/*
 * Runs a fuzz target without libFuzzer: every file of its corpus, then a fixed number of
 * pseudo-random mutations of them, always the same. Usage: PROGRAM CORPUS_DIRECTORY MUTATIONS
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

#define SEEDS_MAX    64
#define SIZE_MAXIMUM 40000

struct input {
    uint8_t bytes[SIZE_MAXIMUM];
    size_t size;
};

static struct input seeds[SEEDS_MAX];
static size_t seed_count;
static uint32_t random_state = 1;

static uint32_t draw(uint32_t bound)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)random_state * bound) >> 32);
}

static bool read_seed(const char *directory, const char *name)
{
    char path[4096];
    struct input *seed = &seeds[seed_count];
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        return false;
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    seed->size = fread(seed->bytes, 1, sizeof seed->bytes, file);
    bool good = !ferror(file) && feof(file);
    fclose(file);
    seed_count++;
    return good;
}

static bool read_corpus(const char *directory)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, NULL, alphasort);
    bool good = count >= 0;
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.' && good)
            good = seed_count < SEEDS_MAX && read_seed(directory, entries[i]->d_name);
        free(entries[i]);
    }
    if (good)
        free(entries);
    return good && seed_count;
}

/* In a block of its own size, so that a sanitizer sees any read past it. */
static void run(const struct input *input)
{
    uint8_t *copy = malloc(input->size ? input->size : 1);
    must(copy);
    memcpy(copy, input->bytes, input->size);
    LLVMFuzzerTestOneInput(copy, input->size);
    free(copy);
}

static void insert(struct input *input, size_t at, const uint8_t *bytes, size_t size)
{
    if (size > SIZE_MAXIMUM - input->size)
        size = SIZE_MAXIMUM - input->size;
    memmove(input->bytes + at + size, input->bytes + at, input->size - at);
    memmove(input->bytes + at, bytes, size);
    input->size += size;
}

static void mutate(struct input *input)
{
    static const uint8_t edges[] = {0, 1, 0x7f, 0x80, 0xff, '0', '"', '\\'};
    static uint8_t piece[SIZE_MAXIMUM];
    if (!input->size) {
        insert(input, 0, edges, sizeof edges);
        return;
    }
    size_t at = draw((uint32_t)input->size);
    size_t length = 1 + draw(draw(4) ? 8 : (uint32_t)input->size);
    if (length > input->size - at)
        length = input->size - at;
    const struct input *other = &seeds[draw((uint32_t)seed_count)];
    switch (draw(7)) {
    case 0:
        input->bytes[at] ^= (uint8_t)(1u << draw(8));
        break;
    case 1:
        input->bytes[at] = (uint8_t)draw(256);
        break;
    case 2:
        input->bytes[at] = edges[draw(sizeof edges)];
        break;
    case 3: /* lose a piece */
        memmove(input->bytes + at, input->bytes + at + length, input->size - at - length);
        input->size -= length;
        break;
    case 4: /* double a piece */
        memcpy(piece, input->bytes + at, length);
        insert(input, at, piece, length);
        break;
    case 5: /* the end of another */
        if (other->size) {
            size_t from = draw((uint32_t)other->size);
            input->size = at;
            insert(input, at, other->bytes + from, other->size - from);
        }
        break;
    default: /* cut off */
        input->size = at;
        break;
    }
}

int main(int argc, char **argv)
{
    static struct input input;
    if (argc != 3 || !read_corpus(argv[1])) {
        fprintf(stderr, "usage: %s CORPUS_DIRECTORY MUTATIONS\n", argv[0]);
        return 2;
    }
    for (size_t i = 0; i < seed_count; i++)
        run(&seeds[i]);
    unsigned long mutations = strtoul(argv[2], NULL, 10);
    for (unsigned long i = 0; i < mutations; i++) {
        input = seeds[draw((uint32_t)seed_count)];
        for (uint32_t changes = 1 + draw(4); changes; changes--)
            mutate(&input);
        run(&input);
    }
    printf("%zu inputs and %lu mutations of them\n", seed_count, mutations);
    return 0;
}
