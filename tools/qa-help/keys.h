/*
 * Keys by their place: names as printed on a US keyboard, and Linux key codes, to PC/AT set 1
 * scancodes. What a key writes is the sharer's layout's business.
 */
#ifndef QA_HELP_KEYS_H
#define QA_HELP_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The scancode of "a", "enter", "f5", "leftbracket", "[" ..., capitals being the same; 0 for an
 * unknown name. `name` need not end in NUL.
 */
uint32_t keys_by_name(const char *name, size_t length);

/* The scancode of a Linux key code (linux/input-event-codes.h); 0 for a key that has none. */
uint32_t keys_from_evdev(uint32_t code);

/* The n-th name, for documentation and tests; NULL past the last. */
const char *keys_name(size_t n);

#endif
