/*
 * The panic key: a combination of keys that, pressed twice within two seconds, ends the session.
 * Reading its setting, and recognising it among key presses. Pure: the keyboard's mapping and the
 * presses are handed in.
 */
#ifndef OVERLAY_PANIC_KEY_H
#define OVERLAY_PANIC_KEY_H

#include <stdbool.h>
#include <stdint.h>

#define PANIC_KEY_DEFAULT  "Ctrl+Alt+Q"
#define PANIC_KEY_TWICE_MS 2000

enum panic_modifier {
    PANIC_CTRL = 1u << 0,
    PANIC_ALT = 1u << 1,
    PANIC_SHIFT = 1u << 2,
    PANIC_SUPER = 1u << 3
};

struct panic_key {
    unsigned modifiers; /* bits of panic_modifier */
    uint32_t symbol;    /* X keysym; of a letter the small one */
    uint32_t scancode;  /* where it is on a PC keyboard, for layouts without the symbol; 0: none */
};

/*
 * Reads "Ctrl+Alt+Q": modifiers (Ctrl, Alt, Shift, Super) and one key (a letter, a digit, F1 to
 * F24, Pause, Escape ...) in any case and order, the key last. 0, or QA_EINVAL with *why saying in
 * static words what is wrong with it.
 */
int panic_key_parse(const char *setting, struct panic_key *out, const char **why);

struct panic_watch {
    struct panic_key key;
    uint8_t roles[256]; /* of a keycode: bits of panic_modifier, PANIC_ROLE_KEY */
    /* What is held and whether it was pressed once, on keyboards and by programs apart. */
    struct panic_hands {
        uint8_t held[256 / 8];
        bool once;
        uint32_t once_ms;
    } hands[2];
};

#define PANIC_ROLE_KEY 0x80

void panic_watch_init(struct panic_watch *watch, const struct panic_key *key);

/*
 * Takes over the keyboard's mapping: `per_code` keysyms for each of `count` keycodes from `first`
 * on. `evdev_key` is the keycode where the key's scancode is, for layouts without its symbol.
 */
void panic_watch_map(struct panic_watch *watch, unsigned first, unsigned count, unsigned per_code,
                     const uint32_t *symbols, unsigned evdev_key);

/*
 * A key was pressed or released, at the display's time; `by_program`: not on a keyboard. True when
 * that was the second time.
 */
bool panic_watch_key(struct panic_watch *watch, unsigned keycode, bool pressed, bool by_program,
                     uint32_t time_ms);

#endif
