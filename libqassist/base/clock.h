/* Time that only goes forward (CLOCK_MONOTONIC; CLOCK_BOOTTIME is not wanted: a suspended session
 * waits). */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_ms(void);
uint64_t clock_us(void);

#endif
