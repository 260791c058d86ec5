#include "qa-help/keys.h"

#include <string.h>
#include <strings.h>

#include <linux/input-event-codes.h>

#include <qassist/input.h>

#define E0 QA_SCANCODE_EXTENDED

static const struct {
    const char *name;
    uint32_t scancode;
} names[] = {
    {"esc", 0x01},
    {"escape", 0x01},
    {"1", 0x02},
    {"2", 0x03},
    {"3", 0x04},
    {"4", 0x05},
    {"5", 0x06},
    {"6", 0x07},
    {"7", 0x08},
    {"8", 0x09},
    {"9", 0x0a},
    {"0", 0x0b},
    {"minus", 0x0c},
    {"-", 0x0c},
    {"equal", 0x0d},
    {"=", 0x0d},
    {"backspace", 0x0e},
    {"tab", 0x0f},
    {"q", 0x10},
    {"w", 0x11},
    {"e", 0x12},
    {"r", 0x13},
    {"t", 0x14},
    {"y", 0x15},
    {"u", 0x16},
    {"i", 0x17},
    {"o", 0x18},
    {"p", 0x19},
    {"leftbracket", 0x1a},
    {"[", 0x1a},
    {"rightbracket", 0x1b},
    {"]", 0x1b},
    {"enter", 0x1c},
    {"return", 0x1c},
    {"ctrl", 0x1d},
    {"a", 0x1e},
    {"s", 0x1f},
    {"d", 0x20},
    {"f", 0x21},
    {"g", 0x22},
    {"h", 0x23},
    {"j", 0x24},
    {"k", 0x25},
    {"l", 0x26},
    {"semicolon", 0x27},
    {";", 0x27},
    {"apostrophe", 0x28},
    {"'", 0x28},
    {"grave", 0x29},
    {"`", 0x29},
    {"shift", 0x2a},
    {"backslash", 0x2b},
    {"\\", 0x2b},
    {"z", 0x2c},
    {"x", 0x2d},
    {"c", 0x2e},
    {"v", 0x2f},
    {"b", 0x30},
    {"n", 0x31},
    {"m", 0x32},
    {"comma", 0x33},
    {",", 0x33},
    {"period", 0x34},
    {".", 0x34},
    {"slash", 0x35},
    {"/", 0x35},
    {"rightshift", 0x36},
    {"kpmultiply", 0x37},
    {"alt", 0x38},
    {"space", 0x39},
    {"capslock", 0x3a},
    {"f1", 0x3b},
    {"f2", 0x3c},
    {"f3", 0x3d},
    {"f4", 0x3e},
    {"f5", 0x3f},
    {"f6", 0x40},
    {"f7", 0x41},
    {"f8", 0x42},
    {"f9", 0x43},
    {"f10", 0x44},
    {"numlock", 0x45},
    {"scrolllock", 0x46},
    {"kp7", 0x47},
    {"kp8", 0x48},
    {"kp9", 0x49},
    {"kpminus", 0x4a},
    {"kp4", 0x4b},
    {"kp5", 0x4c},
    {"kp6", 0x4d},
    {"kpplus", 0x4e},
    {"kp1", 0x4f},
    {"kp2", 0x50},
    {"kp3", 0x51},
    {"kp0", 0x52},
    {"kpdot", 0x53},
    {"102nd", 0x56},
    {"f11", 0x57},
    {"f12", 0x58},
    {"kpenter", E0 | 0x1c},
    {"rightctrl", E0 | 0x1d},
    {"kpslash", E0 | 0x35},
    {"print", E0 | 0x37},
    {"rightalt", E0 | 0x38},
    {"altgr", E0 | 0x38},
    {"pause", E0 | 0x46},
    {"home", E0 | 0x47},
    {"up", E0 | 0x48},
    {"pageup", E0 | 0x49},
    {"left", E0 | 0x4b},
    {"right", E0 | 0x4d},
    {"end", E0 | 0x4f},
    {"down", E0 | 0x50},
    {"pagedown", E0 | 0x51},
    {"insert", E0 | 0x52},
    {"delete", E0 | 0x53},
    {"super", E0 | 0x5b},
    {"win", E0 | 0x5b},
    {"rightsuper", E0 | 0x5c},
    {"menu", E0 | 0x5d},
};

uint32_t keys_by_name(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].name) == length && strncasecmp(names[i].name, name, length) == 0)
            return names[i].scancode;
    return 0;
}

const char *keys_name(size_t n)
{
    return n < sizeof names / sizeof *names ? names[n].name : NULL;
}

/* Linux numbered the keys of the old AT keyboard by their scancodes; only the others need a table.
 */
static const struct {
    uint16_t code;
    uint16_t scancode;
} beyond_at[] = {
    {KEY_ZENKAKUHANKAKU, 0x76}, {KEY_RO, 0x73},
    {KEY_KATAKANA, 0x78},       {KEY_HIRAGANA, 0x77},
    {KEY_HENKAN, 0x79},         {KEY_KATAKANAHIRAGANA, 0x70},
    {KEY_MUHENKAN, 0x7b},       {KEY_KPENTER, E0 | 0x1c},
    {KEY_RIGHTCTRL, E0 | 0x1d}, {KEY_KPSLASH, E0 | 0x35},
    {KEY_SYSRQ, E0 | 0x37},     {KEY_RIGHTALT, E0 | 0x38},
    {KEY_HOME, E0 | 0x47},      {KEY_UP, E0 | 0x48},
    {KEY_PAGEUP, E0 | 0x49},    {KEY_LEFT, E0 | 0x4b},
    {KEY_RIGHT, E0 | 0x4d},     {KEY_END, E0 | 0x4f},
    {KEY_DOWN, E0 | 0x50},      {KEY_PAGEDOWN, E0 | 0x51},
    {KEY_INSERT, E0 | 0x52},    {KEY_DELETE, E0 | 0x53},
    {KEY_MUTE, E0 | 0x20},      {KEY_VOLUMEDOWN, E0 | 0x2e},
    {KEY_VOLUMEUP, E0 | 0x30},  {KEY_PAUSE, E0 | 0x46},
    {KEY_KPCOMMA, 0x7e},        {KEY_HANGEUL, 0x72},
    {KEY_HANJA, 0x71},          {KEY_YEN, 0x7d},
    {KEY_LEFTMETA, E0 | 0x5b},  {KEY_RIGHTMETA, E0 | 0x5c},
    {KEY_COMPOSE, E0 | 0x5d},
};

uint32_t keys_from_evdev(uint32_t code)
{
    if ((code >= KEY_ESC && code <= KEY_KPDOT) || (code >= KEY_102ND && code <= KEY_F12))
        return code;
    for (size_t i = 0; i < sizeof beyond_at / sizeof *beyond_at; i++)
        if (beyond_at[i].code == code)
            return beyond_at[i].scancode;
    return 0;
}
