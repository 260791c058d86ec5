/*
 * The display's keyboard as it is now: which key is where, and which key with which modifiers gives
 * a character on the layout in use. A copy by xkbcommon, taken again when the layout changes.
 */
#ifndef INPUT_KEYMAP_H
#define INPUT_KEYMAP_H

#include <stdbool.h>
#include <stdint.h>
#include <xcb/xcb.h>
#include <xcb/xkb.h>
#include <xkbcommon/xkbcommon.h>

#include "base/log.h"

#define KEYMAP_MODIFIER_KEYS 3 /* Shift, Level3 (AltGr), Level5 */

struct keymap {
    struct xkb_context *context;
    struct xkb_keymap *map;
    struct xkb_state *scratch;
    struct keymap_modifier {
        xkb_keycode_t keycode; /* 0: the layout has none */
        xkb_mod_mask_t mask;   /* what pressing it sets */
    } modifiers[KEYMAP_MODIFIER_KEYS];
};

/* How a character is typed: `modifiers` (bits of keymap.modifiers) held, keycode pressed. */
struct key_press {
    xkb_keycode_t keycode;
    unsigned modifiers;
};

/* Prepares the XKB extension, waiting for the display. `log` must outlive the keymap. */
bool keymap_init(struct keymap *keymap, xcb_connection_t *xcb, const struct log *log);
void keymap_free(struct keymap *keymap);

/*
 * Takes the present keyboard over, waiting for the display: call it at set-up or when the display
 * has just answered. false leaves the one before.
 */
bool keymap_load(struct keymap *keymap, xcb_connection_t *xcb);

/* The keycode of a scancode, 0 where the keyboard has no such key. */
xkb_keycode_t keymap_keycode(const struct keymap *keymap, uint32_t scancode);

/* No symbol and no use: the key may be borrowed. */
bool keymap_is_spare(const struct keymap *keymap, xkb_keycode_t keycode);

/* The first symbol of a key, XKB_KEY_NoSymbol where it has none. */
xkb_keysym_t keymap_first_symbol(const struct keymap *keymap, xkb_keycode_t keycode);

/*
 * Finds how to type `symbol` while the keyboard is in `state`, held and locked modifiers included;
 * keypad keys and those that `is_excluded` names are not used.
 */
bool keymap_find(struct keymap *keymap, const xcb_xkb_get_state_reply_t *state, xkb_keysym_t symbol,
                 bool (*is_excluded)(void *user, xkb_keycode_t keycode), void *user,
                 struct key_press *out);

#endif
