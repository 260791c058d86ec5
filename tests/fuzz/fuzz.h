/*
 * What the fuzz targets share. A target is LLVMFuzzerTestOneInput: run by libFuzzer (-Dfuzz=true,
 * clang), or by standalone.c as a plain test. It aborts on whatever must never happen.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Like assert, but never compiled out. */
#define must(condition)   \
    do {                  \
        if (!(condition)) \
            abort();      \
    } while (0)

/*
 * From here on libsodium's random numbers are the same for the same input, so that what is found
 * comes again. Called at the start of a target that draws any.
 */
void fuzz_fix_random(void);

/* The next byte of the input; 0 at its end. */
static inline uint8_t fuzz_byte(const uint8_t **data, size_t *size)
{
    if (!*size)
        return 0;
    (*size)--;
    return *(*data)++;
}

#endif
