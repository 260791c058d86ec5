"""Every printable character of the sharer's layout, typed as text through a whole session into a real terminal."""

import ctypes
import ctypes.util
import unicodedata

from tools import PATIENCE, wait_until

LAYOUTS = ["us", "fr", "de", "ru"]


class Names(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")]


def printable_characters(layout):
    """What the keys of a layout give on any level, as libxkbcommon reads it: no list of our own."""
    xkb = ctypes.CDLL(ctypes.util.find_library("xkbcommon"))
    for function in (xkb.xkb_context_new, xkb.xkb_keymap_new_from_names):
        function.restype = ctypes.c_void_p
    context = ctypes.c_void_p(xkb.xkb_context_new(0))
    keymap = ctypes.c_void_p(
        xkb.xkb_keymap_new_from_names(context, ctypes.byref(Names(b"evdev", b"pc105", layout.encode(), None, None)), 0))
    assert keymap.value, f"libxkbcommon knows no layout {layout}"
    found = set()
    symbols = ctypes.POINTER(ctypes.c_uint32)()
    for key in range(xkb.xkb_keymap_min_keycode(keymap), xkb.xkb_keymap_max_keycode(keymap) + 1):
        for level in range(xkb.xkb_keymap_num_levels_for_key(keymap, key, 0)):
            count = xkb.xkb_keymap_key_get_syms_by_level(keymap, key, 0, level, ctypes.byref(symbols))
            for i in range(count):
                found.add(chr(xkb.xkb_keysym_to_utf32(symbols[i])))
    xkb.xkb_keymap_unref(keymap)
    xkb.xkb_context_unref(context)
    # Spaces of other widths are none that a line in a terminal shows, and marks need a letter before them.
    return sorted(c for c in found if c == " " or unicodedata.category(c)[0] in "LNPS")


def test_every_printable_character_of_four_layouts_arrives(session, tmp_path):
    # ASCII on each, though the German layout has two of it on dead keys only and the Russian one no Latin letters.
    ascii = {chr(code) for code in range(0x20, 0x7F)}
    characters = {layout: sorted(ascii | set(printable_characters(layout))) for layout in LAYOUTS}
    assert set("éèçàùµ§€") <= set(characters["fr"])
    assert set("äöüÄÖÜß€") <= set(characters["de"])
    assert set("абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ№") <= set(characters["ru"])

    file = tmp_path / "typed.txt"
    session.display.xterm(f"cat > {file}", geometry="100x30+10+10")
    session.start_helper()
    session.start_sharer()
    session.allow_view()
    session.helper.script("request control")
    session.allow_control()
    typed = lambda: file.read_text(encoding="utf-8") if file.exists() else ""  # noqa: E731
    expected = ""
    for layout in LAYOUTS:
        session.display.layout(layout)
        # All at once, between two letters so that a space at either end counts.
        line = "".join(characters[layout])
        session.helper.script("text [" + line.replace("\\", "\\\\") + "]\nkey enter")
        expected += f"[{line}]\n"
        wait_until(lambda: len(typed()) >= len(expected), f"the characters of {layout}", 2 * PATIENCE)
        assert typed() == expected, f"on {layout}"
