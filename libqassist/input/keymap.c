#include "input/keymap.h"

#include <stdio.h>
#include <string.h>

#include <xkbcommon/xkbcommon-x11.h>

#include "input/scancode.h"

/* Modifiers that choose between the symbols of a key. Control, Alt and Super do not. */
static const xkb_keysym_t modifier_symbols[KEYMAP_MODIFIER_KEYS][2] = {
    {XKB_KEY_Shift_L, XKB_KEY_Shift_R},
    {XKB_KEY_ISO_Level3_Shift, XKB_KEY_Mode_switch},
    {XKB_KEY_ISO_Level5_Shift, XKB_KEY_NoSymbol},
};

static void on_message(struct xkb_context *context, enum xkb_log_level level, const char *format,
                       va_list arguments)
{
    char line[256];
    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = 0;
    log_debug(xkb_context_get_user_data(context), "xkbcommon: %s", line);
}

bool keymap_init(struct keymap *keymap, xcb_connection_t *xcb, const struct log *log)
{
    *keymap = (struct keymap){0};
    if (!xkb_x11_setup_xkb_extension(xcb, XKB_X11_MIN_MAJOR_XKB_VERSION,
                                     XKB_X11_MIN_MINOR_XKB_VERSION,
                                     XKB_X11_SETUP_XKB_EXTENSION_NO_FLAGS, NULL, NULL, NULL, NULL))
        return false;
    /* The keymap comes from the display alone, neither from files nor from the environment. */
    keymap->context =
        xkb_context_new(XKB_CONTEXT_NO_DEFAULT_INCLUDES | XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
    if (!keymap->context)
        return false;
    xkb_context_set_user_data(keymap->context, (void *)log);
    xkb_context_set_log_fn(keymap->context, on_message);
    return true;
}

void keymap_free(struct keymap *keymap)
{
    xkb_state_unref(keymap->scratch);
    xkb_keymap_unref(keymap->map);
    xkb_context_unref(keymap->context);
    *keymap = (struct keymap){0};
}

static bool is_modifier_key(struct keymap *keymap, xkb_keycode_t keycode, unsigned modifier)
{
    xkb_keysym_t symbol = keymap_first_symbol(keymap, keycode);
    return symbol != XKB_KEY_NoSymbol &&
           (symbol == modifier_symbols[modifier][0] || symbol == modifier_symbols[modifier][1]);
}

/* The key of a modifier and what it sets, found by pressing it on the copy. */
static void find_modifier(struct keymap *keymap, unsigned modifier)
{
    struct keymap_modifier *found = &keymap->modifiers[modifier];
    *found = (struct keymap_modifier){0};
    xkb_keycode_t last = xkb_keymap_max_keycode(keymap->map);
    for (xkb_keycode_t keycode = xkb_keymap_min_keycode(keymap->map); keycode <= last; keycode++) {
        if (!is_modifier_key(keymap, keycode, modifier))
            continue;
        xkb_state_update_mask(keymap->scratch, 0, 0, 0, 0, 0, 0);
        xkb_state_update_key(keymap->scratch, keycode, XKB_KEY_DOWN);
        xkb_mod_mask_t mask =
            xkb_state_serialize_mods(keymap->scratch, XKB_STATE_MODS_DEPRESSED) & 0xff;
        xkb_state_update_key(keymap->scratch, keycode, XKB_KEY_UP);
        if (mask) {
            *found = (struct keymap_modifier){.keycode = keycode, .mask = mask};
            return;
        }
    }
}

bool keymap_load(struct keymap *keymap, xcb_connection_t *xcb)
{
    int32_t device = xkb_x11_get_core_keyboard_device_id(xcb);
    if (device < 0)
        return false;
    struct xkb_keymap *map =
        xkb_x11_keymap_new_from_device(keymap->context, xcb, device, XKB_KEYMAP_COMPILE_NO_FLAGS);
    struct xkb_state *scratch = map ? xkb_state_new(map) : NULL;
    if (!scratch) {
        xkb_keymap_unref(map);
        return false;
    }
    xkb_state_unref(keymap->scratch);
    xkb_keymap_unref(keymap->map);
    keymap->map = map;
    keymap->scratch = scratch;
    for (unsigned modifier = 0; modifier < KEYMAP_MODIFIER_KEYS; modifier++)
        find_modifier(keymap, modifier);
    return true;
}

xkb_keycode_t keymap_keycode(const struct keymap *keymap, uint32_t scancode)
{
    const char *name = scancode_key_name(scancode);
    if (!name)
        return 0;
    xkb_keycode_t keycode = xkb_keymap_key_by_name(keymap->map, name);
    if (keycode != XKB_KEYCODE_INVALID)
        return keycode;
    /* A server without names numbers its keys like Linux; one with names lacks this key. */
    bool has_names = xkb_keymap_key_by_name(keymap->map, "SPCE") != XKB_KEYCODE_INVALID;
    return has_names ? 0 : scancode_evdev_keycode(scancode);
}

bool keymap_is_spare(const struct keymap *keymap, xkb_keycode_t keycode)
{
    return xkb_keymap_num_layouts_for_key(keymap->map, keycode) == 0;
}

xkb_keysym_t keymap_first_symbol(const struct keymap *keymap, xkb_keycode_t keycode)
{
    const xkb_keysym_t *symbols;
    int count = xkb_keymap_key_get_syms_by_level(keymap->map, keycode, 0, 0, &symbols);
    return count == 1 ? symbols[0] : XKB_KEY_NoSymbol;
}

static bool is_keypad(xkb_keysym_t symbol)
{
    return symbol >= XKB_KEY_KP_Space && symbol <= XKB_KEY_KP_9;
}

/* An application may give the keypad's keys a meaning of their own. */
static bool gives(struct xkb_state *state, xkb_keycode_t keycode, xkb_keysym_t symbol)
{
    xkb_keysym_t given = xkb_state_key_get_one_sym(state, keycode);
    if (given == symbol)
        return true;
    if (is_keypad(given) || given == XKB_KEY_NoSymbol)
        return false;
    /* One character may have an old and a Unicode symbol. */
    uint32_t character = xkb_keysym_to_utf32(symbol);
    return character > 0x20 && xkb_keysym_to_utf32(given) == character;
}

bool keymap_find(struct keymap *keymap, const xcb_xkb_get_state_reply_t *state, xkb_keysym_t symbol,
                 bool (*is_excluded)(void *user, xkb_keycode_t keycode), void *user,
                 struct key_press *out)
{
    xkb_mod_mask_t choosing = XCB_MOD_MASK_SHIFT | XCB_MOD_MASK_LOCK;
    for (unsigned modifier = 0; modifier < KEYMAP_MODIFIER_KEYS; modifier++)
        choosing |= keymap->modifiers[modifier].mask;

    xkb_keycode_t last = xkb_keymap_max_keycode(keymap->map);
    for (unsigned held = 0; held < 1u << KEYMAP_MODIFIER_KEYS; held++) {
        xkb_mod_mask_t depressed = state->baseMods & choosing;
        bool all_there = true;
        for (unsigned modifier = 0; modifier < KEYMAP_MODIFIER_KEYS; modifier++) {
            if (held & 1u << modifier) {
                all_there = all_there && keymap->modifiers[modifier].keycode;
                depressed |= keymap->modifiers[modifier].mask;
            }
        }
        if (!all_there)
            continue;
        xkb_state_update_mask(keymap->scratch, depressed, state->latchedMods & choosing,
                              state->lockedMods & choosing, (xkb_layout_index_t)state->baseGroup,
                              (xkb_layout_index_t)state->latchedGroup, state->lockedGroup);
        for (xkb_keycode_t keycode = xkb_keymap_min_keycode(keymap->map); keycode <= last;
             keycode++) {
            if (!is_excluded(user, keycode) && gives(keymap->scratch, keycode, symbol)) {
                *out = (struct key_press){.keycode = keycode, .modifiers = held};
                return true;
            }
        }
    }
    return false;
}
