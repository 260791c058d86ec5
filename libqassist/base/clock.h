/* Time that only goes forward, also while the computer sleeps (CLOCK_BOOTTIME): who wakes up has to
 * know how long the others heard nothing. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_ms(void);
uint64_t clock_us(void);

#endif
