#include "overlay/panic_key.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <qassist/errors.h>

#define F1          0xffbe
#define F_LAST      24
#define PAUSE       0xff13
#define SCROLL_LOCK 0xff14

static const struct {
    const char *name;
    unsigned modifier;
    uint32_t symbols[2]; /* left, right */
} modifiers[] = {
    {"ctrl", PANIC_CTRL, {0xffe3, 0xffe4}},   {"control", PANIC_CTRL, {0, 0}},
    {"alt", PANIC_ALT, {0xffe9, 0xffea}},     {"shift", PANIC_SHIFT, {0xffe1, 0xffe2}},
    {"super", PANIC_SUPER, {0xffeb, 0xffec}}, {"win", PANIC_SUPER, {0, 0}},
    {"meta", PANIC_SUPER, {0xffe7, 0xffe8}},
};

static const struct {
    const char *name;
    uint32_t symbol;
} keys[] = {
    {"escape", 0xff1b}, {"esc", 0xff1b},       {"pause", PAUSE},  {"space", 0x20},
    {"tab", 0xff09},    {"backspace", 0xff08}, {"enter", 0xff0d}, {"return", 0xff0d},
    {"insert", 0xff63}, {"delete", 0xffff},    {"home", 0xff50},  {"end", 0xff57},
    {"pageup", 0xff55}, {"pagedown", 0xff56},  {"print", 0xff61}, {"scrolllock", SCROLL_LOCK},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Rows of a PC keyboard with letters as in the United States; other layouts are asked first. */
static uint32_t place_of(char key)
{
    static const struct {
        const char *keys;
        uint32_t first;
    } rows[] = {{"1234567890", 0x02}, {"qwertyuiop", 0x10}, {"asdfghjkl", 0x1e}, {"zxcvbnm", 0x2c}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *at = strchr(rows[i].keys, key);
        if (at)
            return rows[i].first + (uint32_t)(at - rows[i].keys);
    }
    return 0;
}

static unsigned read_modifier(const char *word)
{
    for (size_t i = 0; i < COUNT(modifiers); i++)
        if (!strcmp(word, modifiers[i].name))
            return modifiers[i].modifier;
    return 0;
}

static bool read_key(const char *word, struct panic_key *out)
{
    char first = word[0];
    bool plain = (first >= 'a' && first <= 'z') || (first >= '0' && first <= '9');
    if (plain && !word[1]) {
        out->symbol = (uint32_t)first;
        out->scancode = place_of(first);
        return true;
    }
    if (first == 'f' && word[1] >= '1' && word[1] <= '9') {
        char *end;
        long number = strtol(word + 1, &end, 10);
        out->symbol = F1 + (uint32_t)number - 1;
        return !*end && number >= 1 && number <= F_LAST;
    }
    for (size_t i = 0; i < COUNT(keys); i++)
        if (!strcmp(word, keys[i].name)) {
            out->symbol = keys[i].symbol;
            return true;
        }
    return false;
}

/* Nobody presses it by chance, even alone. */
static bool is_lonely(uint32_t symbol)
{
    return (symbol >= F1 && symbol < F1 + F_LAST) || symbol == PAUSE || symbol == SCROLL_LOCK;
}

int panic_key_parse(const char *setting, struct panic_key *out, const char **why)
{
    *out = (struct panic_key){0};
    *why = NULL;
    char text[64];
    size_t length = 0;
    for (const char *at = setting; *at; at++) {
        if (*at == ' ')
            continue;
        if (length == sizeof text - 1) {
            *why = "the panic key is too long; write it like Ctrl+Alt+Q";
            return QA_EINVAL;
        }
        text[length++] = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
    }
    text[length] = '\0';
    char *word = text, *plus;
    while ((plus = strchr(word, '+'))) {
        *plus = '\0';
        unsigned modifier = read_modifier(word);
        if (!modifier || (out->modifiers & modifier)) {
            *why = "before the panic key's last '+' come Ctrl, Alt, Shift and Super, each once";
            return QA_EINVAL;
        }
        out->modifiers |= modifier;
        word = plus + 1;
    }
    if (!read_key(word, out)) {
        *why = "the panic key ends in one key: a letter, a digit, F1 to F24, Pause, Escape, Space, "
               "Insert, Delete, Home, End, PageUp or PageDown; write it like Ctrl+Alt+Q";
        return QA_EINVAL;
    }
    if (!(out->modifiers & ~(unsigned)PANIC_SHIFT) && !is_lonely(out->symbol)) {
        *why = "the panic key would be pressed by chance; add Ctrl, Alt or Super, like Ctrl+Alt+Q";
        return QA_EINVAL;
    }
    return 0;
}

void panic_watch_init(struct panic_watch *watch, const struct panic_key *key)
{
    *watch = (struct panic_watch){.key = *key};
}

static uint8_t role_of(const struct panic_watch *watch, uint32_t symbol)
{
    uint32_t letter = symbol >= 'A' && symbol <= 'Z' ? symbol - 'A' + 'a' : symbol;
    if (letter == watch->key.symbol)
        return PANIC_ROLE_KEY;
    for (size_t i = 0; symbol && i < COUNT(modifiers); i++)
        if (symbol == modifiers[i].symbols[0] || symbol == modifiers[i].symbols[1])
            return (uint8_t)(modifiers[i].modifier & watch->key.modifiers);
    return 0;
}

void panic_watch_map(struct panic_watch *watch, unsigned first, unsigned count, unsigned per_code,
                     const uint32_t *symbols, unsigned evdev_key)
{
    bool found = false;
    memset(watch->roles, 0, sizeof watch->roles);
    for (unsigned code = first; code < first + count && code < COUNT(watch->roles); code++) {
        for (unsigned i = 0; i < per_code; i++)
            watch->roles[code] |= role_of(watch, symbols[(size_t)(code - first) * per_code + i]);
        found = found || (watch->roles[code] & PANIC_ROLE_KEY);
    }
    if (!found && evdev_key && evdev_key < COUNT(watch->roles))
        watch->roles[evdev_key] |= PANIC_ROLE_KEY;
}

static bool is_held(const struct panic_hands *hands, unsigned keycode)
{
    return hands->held[keycode / 8] >> (keycode % 8) & 1;
}

static unsigned held_modifiers(const struct panic_watch *watch, const struct panic_hands *hands)
{
    unsigned held = 0;
    for (unsigned code = 0; code < COUNT(watch->roles); code++)
        if (is_held(hands, code))
            held |= watch->roles[code];
    return held;
}

bool panic_watch_key(struct panic_watch *watch, unsigned keycode, bool pressed, bool by_program,
                     uint32_t time_ms)
{
    struct panic_hands *hands = &watch->hands[by_program];
    if (keycode >= COUNT(watch->roles))
        return false;
    bool repeats = pressed && is_held(hands, keycode);
    uint8_t bit = (uint8_t)(1u << (keycode % 8));
    if (pressed)
        hands->held[keycode / 8] |= bit;
    else
        hands->held[keycode / 8] &= (uint8_t)~bit;
    if (!pressed || repeats || !(watch->roles[keycode] & PANIC_ROLE_KEY) ||
        (held_modifiers(watch, hands) & watch->key.modifiers) != watch->key.modifiers)
        return false;
    bool second = hands->once && time_ms - hands->once_ms <= PANIC_KEY_TWICE_MS;
    hands->once = !second;
    hands->once_ms = time_ms;
    return second;
}
