/* Time that only goes forward, also while the computer sleeps (CLOCK_BOOTTIME): who wakes up has to
 * know how long the others heard nothing. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_ms(void);
uint64_t clock_us(void);

/* How long ago it was; 0 where `now` was taken before that: a round of work goes by one `now`, and
 * things happen in it. */
uint64_t clock_since(uint64_t now, uint64_t then);

/* Of two times the later one, of two spans the longer one. */
static inline uint64_t clock_later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

#endif
