#include <xcb/xtest.h>

#include "base/clock.h"
#include "input/xtest.h"

static void on_timer(uv_timer_t *timer)
{
    xtest_pump(timer->data, NULL);
}

static xkb_keysym_t symbol_of(uint32_t codepoint)
{
    switch (codepoint) {
    case '\n':
        return XKB_KEY_Return;
    case '\t':
        return XKB_KEY_Tab;
    default:
        return xkb_utf32_to_keysym(codepoint);
    }
}

static bool is_spare(void *user, xkb_keycode_t keycode)
{
    return spare_keys_has(user, keycode);
}

/* A key that is held already would not give the character once more. */
static void let_go(struct xtest *xtest, xkb_keycode_t keycode)
{
    for (unsigned scancode = 0; scancode < SCANCODE_END; scancode++) {
        if (xtest->held.keys[scancode] && xtest->keycodes[scancode] == keycode) {
            xtest_fake(xtest, XCB_KEY_RELEASE, keycode);
            xtest->held.keys[scancode] = false;
        }
    }
}

static void tap(struct xtest *xtest, const struct key_press *press)
{
    let_go(xtest, press->keycode);
    for (unsigned i = 0; i < KEYMAP_MODIFIER_KEYS; i++) {
        if (press->modifiers & 1u << i)
            xtest_fake(xtest, XCB_KEY_PRESS, xtest->keymap.modifiers[i].keycode);
    }
    xtest_fake(xtest, XCB_KEY_PRESS, press->keycode);
    xtest_fake(xtest, XCB_KEY_RELEASE, press->keycode);
    for (unsigned i = KEYMAP_MODIFIER_KEYS; i-- > 0;) {
        if (press->modifiers & 1u << i)
            xtest_fake(xtest, XCB_KEY_RELEASE, xtest->keymap.modifiers[i].keycode);
    }
}

static void set_caps_lock(struct xtest *xtest, bool on)
{
    xcb_xkb_latch_lock_state(xtest->x11.xcb, XCB_XKB_ID_USE_CORE_KBD, XCB_MOD_MASK_LOCK,
                             on ? XCB_MOD_MASK_LOCK : 0, 0, 0, 0, 0, 0);
}

/* Caps Lock would make a borrowed key's letter a capital. */
static void tap_spare(struct xtest *xtest, xkb_keycode_t keycode,
                      const xcb_xkb_get_state_reply_t *state)
{
    bool caps_lock = state->lockedMods & XCB_MOD_MASK_LOCK;
    if (caps_lock)
        set_caps_lock(xtest, false);
    tap(xtest, &(struct key_press){.keycode = keycode});
    if (caps_lock)
        set_caps_lock(xtest, true);
}

enum xtest_progress xtest_type(struct xtest *xtest, uint32_t codepoint,
                               const xcb_xkb_get_state_reply_t *state)
{
    xkb_keysym_t symbol = symbol_of(codepoint);
    struct key_press press;
    if (keymap_find(&xtest->keymap, state, symbol, is_spare, &xtest->spare, &press)) {
        tap(xtest, &press);
        return XTEST_DONE;
    }
    uint64_t wait_ms;
    xkb_keycode_t keycode =
        spare_keys_take(&xtest->spare, xtest->x11.xcb, symbol, clock_ms(), &wait_ms);
    if (keycode) {
        tap_spare(xtest, keycode, state);
    } else if (wait_ms) {
        uv_timer_start(&xtest->timer, on_timer, wait_ms, 0);
        return XTEST_WAIT;
    } else {
        log_warning(xtest->log, "a character was dropped: the keyboard has no key for it and no "
                                "unused one to borrow");
    }
    return XTEST_DONE;
}
