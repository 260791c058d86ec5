/*
 * Scancodes (PC/AT set 1) as places on an XKB keyboard: the name of the key there, such as "AD01",
 * which servers know whatever keycodes they number their keys with.
 */
#ifndef INPUT_SCANCODE_H
#define INPUT_SCANCODE_H

#include <stdint.h>

#define SCANCODE_END 0x200u /* scancodes are below, QA_SCANCODE_EXTENDED included */

/* The XKB key name, NULL where no key has that scancode. */
const char *scancode_key_name(uint32_t scancode);

/*
 * The keycode by Linux' numbers (evdev + 8), 0 where there is none. Right where the server has the
 * evdev keycodes; media keys have a name only there.
 */
uint32_t scancode_evdev_keycode(uint32_t scancode);

#endif
