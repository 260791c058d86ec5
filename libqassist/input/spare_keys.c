#include "input/spare_keys.h"

void spare_keys_refresh(struct spare_keys *spare, const struct keymap *keymap)
{
    struct spare_keys before = *spare;
    *spare = (struct spare_keys){0};
    for (unsigned i = 0; i < before.count; i++) {
        struct spare_key *key = &before.keys[i];
        if (key->symbol && keymap_first_symbol(keymap, key->keycode) == key->symbol)
            spare->keys[spare->count++] = *key;
    }
    xkb_keycode_t last = xkb_keymap_max_keycode(keymap->map);
    for (xkb_keycode_t keycode = xkb_keymap_min_keycode(keymap->map); keycode <= last; keycode++) {
        if (spare->count < SPARE_KEYS_MAX && keymap_is_spare(keymap, keycode))
            spare->keys[spare->count++] = (struct spare_key){.keycode = keycode};
    }
}

bool spare_keys_has(const struct spare_keys *spare, xkb_keycode_t keycode)
{
    for (unsigned i = 0; i < spare->count; i++) {
        if (spare->keys[i].keycode == keycode)
            return true;
    }
    return false;
}

bool spare_keys_cover(const struct spare_keys *spare, unsigned first, unsigned count)
{
    for (unsigned keycode = first; keycode < first + count; keycode++) {
        if (!spare_keys_has(spare, keycode))
            return false;
    }
    return true;
}

static void map_key(xcb_connection_t *xcb, xkb_keycode_t keycode, xkb_keysym_t symbol)
{
    /* The same symbol twice, so that Shift makes no difference. */
    const xcb_keysym_t symbols[2] = {symbol, symbol};
    xcb_change_keyboard_mapping(xcb, 1, (xcb_keycode_t)keycode, 2, symbols);
}

static struct spare_key *find_borrowed(struct spare_keys *spare, xkb_keysym_t symbol)
{
    for (unsigned i = 0; i < spare->count; i++) {
        if (spare->keys[i].symbol == symbol)
            return &spare->keys[i];
    }
    return NULL;
}

static struct spare_key *find_longest_unused(struct spare_keys *spare)
{
    struct spare_key *oldest = NULL;
    for (unsigned i = 0; i < spare->count; i++) {
        if (!oldest || spare->keys[i].used_ms < oldest->used_ms)
            oldest = &spare->keys[i];
    }
    return oldest;
}

xkb_keycode_t spare_keys_take(struct spare_keys *spare, xcb_connection_t *xcb, xkb_keysym_t symbol,
                              uint64_t now_ms, uint64_t *wait_ms)
{
    *wait_ms = 0;
    struct spare_key *key = find_borrowed(spare, symbol);
    if (!key) {
        key = find_longest_unused(spare);
        if (!key)
            return 0;
        uint64_t free_at = key->used_ms + SPARE_KEYS_KEEP_MS;
        if (key->symbol && now_ms < free_at) {
            *wait_ms = free_at - now_ms;
            return 0;
        }
        map_key(xcb, key->keycode, symbol);
        key->symbol = symbol;
    }
    key->used_ms = now_ms;
    return key->keycode;
}

bool spare_keys_any_borrowed(const struct spare_keys *spare)
{
    for (unsigned i = 0; i < spare->count; i++) {
        if (spare->keys[i].symbol)
            return true;
    }
    return false;
}

uint64_t spare_keys_settle_ms(const struct spare_keys *spare, uint64_t now_ms)
{
    uint64_t longest = 0;
    for (unsigned i = 0; i < spare->count; i++) {
        uint64_t until = spare->keys[i].used_ms + SPARE_KEYS_KEEP_MS;
        if (spare->keys[i].symbol && until > now_ms && until - now_ms > longest)
            longest = until - now_ms;
    }
    return longest;
}

void spare_keys_restore(struct spare_keys *spare, xcb_connection_t *xcb)
{
    for (unsigned i = 0; i < spare->count; i++) {
        if (spare->keys[i].symbol)
            map_key(xcb, spare->keys[i].keycode, XKB_KEY_NoSymbol);
        spare->keys[i].symbol = XKB_KEY_NoSymbol;
    }
}
