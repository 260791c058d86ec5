/* Random numbers from the kernel, by libsodium. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Prepares libsodium; 0 or QA_EIO. Safe to call often and from any thread. */
int random_init(void);

void random_bytes(void *out, size_t length);

/* A number below `bound`, every one equally likely (rejection sampling). */
uint32_t random_below(uint32_t bound);

#endif
