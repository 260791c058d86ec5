/*
 * Keycodes that the keyboard does not use, borrowed for characters that it has no key for. Clients
 * look a key's symbol up some time after the key came, so a key keeps its symbol for long enough,
 * and the one used longest ago is taken next.
 */
#ifndef INPUT_SPARE_KEYS_H
#define INPUT_SPARE_KEYS_H

#include "input/keymap.h"

#define SPARE_KEYS_MAX     32
#define SPARE_KEYS_KEEP_MS 500

struct spare_keys {
    struct spare_key {
        xkb_keycode_t keycode;
        xkb_keysym_t symbol; /* XKB_KEY_NoSymbol: not borrowed now */
        uint64_t used_ms;
    } keys[SPARE_KEYS_MAX];
    unsigned count;
};

/* Looks for spare keys after the keymap was loaded; keeps what is still borrowed. */
void spare_keys_refresh(struct spare_keys *spare, const struct keymap *keymap);

bool spare_keys_has(const struct spare_keys *spare, xkb_keycode_t keycode);

/* All keycodes from first on, `count` of them, are among the spare ones. */
bool spare_keys_cover(const struct spare_keys *spare, unsigned first, unsigned count);

/*
 * A keycode that gives the symbol, whatever Shift, level or group; its mapping may be changed on
 * the way. 0 with *wait_ms when none may be taken before that time, 0 with *wait_ms 0 when the
 * keyboard has no spare key at all.
 */
xkb_keycode_t spare_keys_take(struct spare_keys *spare, xcb_connection_t *xcb, xkb_keysym_t symbol,
                              uint64_t now_ms, uint64_t *wait_ms);

bool spare_keys_any_borrowed(const struct spare_keys *spare);

/* How long to wait until no client needs the symbols any more. */
uint64_t spare_keys_settle_ms(const struct spare_keys *spare, uint64_t now_ms);

/* Gives all back. */
void spare_keys_restore(struct spare_keys *spare, xcb_connection_t *xcb);

#endif
