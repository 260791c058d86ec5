"""Windows as a screen reader finds them: AT-SPI on a bus of its own, spoken without its library,
which would keep answers of its own."""

import os
import subprocess
import time

import pytest
from tools import PATIENCE, environment, wait_until

gi = pytest.importorskip("gi")
from gi.repository import Gio, GLib  # noqa: E402

ACCESSIBLE = "org.a11y.atspi.Accessible"
REGISTRY = "org.a11y.atspi.Registry"
ROOT = "/org/a11y/atspi/accessible/root"
# https://gitlab.gnome.org/GNOME/at-spi2-core, atspi-constants.h
STATES = {"checked": 4, "focused": 12, "pressed": 20, "enabled": 24, "visible": 30}  # enabled: sensitive there
REGISTRY_PROGRAM = "/usr/libexec/at-spi2-registryd"
CONFIGURATION = "/usr/share/defaults/at-spi2/accessibility.conf"


class Gone(Exception):
    """The widget went away while it was looked at."""


class Widget:
    def __init__(self, bus, name, path):
        self.bus, self.owner, self.path = bus, name, path

    def call(self, interface, method, arguments=None):
        try:
            return self.bus.call_sync(self.owner, self.path, interface, method, arguments, None,
                                      Gio.DBusCallFlags.NONE, int(PATIENCE * 1000), None).unpack()
        except GLib.Error as error:
            raise Gone(error.message) from None

    def get(self, interface, name):
        return self.call("org.freedesktop.DBus.Properties", "Get",
                         GLib.Variant("(ss)", (interface, name)))[0]

    @property
    def name(self):
        return self.get(ACCESSIBLE, "Name")

    @property
    def description(self):
        return self.get(ACCESSIBLE, "Description")

    @property
    def role(self):
        return self.call(ACCESSIBLE, "GetRoleName")[0]

    def has(self, state):
        words = self.call(ACCESSIBLE, "GetState")[0]
        number = STATES[state]
        return bool(words[number // 32] >> number % 32 & 1)

    @property
    def children(self):
        return [Widget(self.bus, *child) for child in self.call(ACCESSIBLE, "GetChildren")[0]]

    def walk(self):
        """All that is on the screen below here."""
        for child in self.children:
            try:
                if child.role != "scroll bar" and child.has("visible"):
                    yield child
                    yield from child.walk()
            except Gone:
                pass

    def press(self):
        assert self.call("org.a11y.atspi.Action", "DoAction", GLib.Variant("(i)", (0,)))[0]

    def type(self, text):
        """At the end, as an input method or a paste does."""
        at = self.get("org.a11y.atspi.Text", "CharacterCount")
        assert self.call("org.a11y.atspi.EditableText", "InsertText",
                         GLib.Variant("(isi)", (at, text, len(text.encode()))))[0]

    def clear(self):
        assert self.call("org.a11y.atspi.EditableText", "SetTextContents",
                         GLib.Variant("(s)", ("",)))[0]

    def place(self):
        """Left, top, width and height in its window."""
        return self.call("org.a11y.atspi.Component", "GetExtents", GLib.Variant("(u)", (1,)))[0]

    @property
    def text(self):
        count = self.get("org.a11y.atspi.Text", "CharacterCount")  # not -1: GTK 4.8 takes that as 0
        return self.call("org.a11y.atspi.Text", "GetText", GLib.Variant("(ii)", (0, count)))[0]


class ScreenReader:
    """An accessibility bus with its registry, and what programs on it show."""

    def __init__(self, display):
        self.display = display
        # Bus and registry want a display; they read nothing from it.
        self.daemon = subprocess.Popen(
            ["dbus-daemon", f"--config-file={CONFIGURATION}", "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=environment(DISPLAY=display.name))
        self.address = self.daemon.stdout.readline().strip()
        self.registry = subprocess.Popen([REGISTRY_PROGRAM], stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL,
                                         env=environment(DISPLAY=display.name, **self.environment()))
        flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                 | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        self.bus = Gio.DBusConnection.new_for_address_sync(self.address, flags, None, None)
        self.bus.set_exit_on_close(False)
        names = Widget(self.bus, "org.freedesktop.DBus", "/org/freedesktop/DBus")
        wait_until(lambda: names.call("org.freedesktop.DBus", "NameHasOwner",
                                      GLib.Variant("(s)", (REGISTRY,)))[0], "the registry")

    def environment(self):
        # The session's bus, too: programs must find no other one.
        return {"AT_SPI_BUS_ADDRESS": self.address, "DBUS_SESSION_BUS_ADDRESS": self.address}

    def program(self, name):
        def find():
            for child in Widget(self.bus, REGISTRY, ROOT).children:
                try:
                    if child.name == name:
                        return child
                except Gone:
                    pass
            return None

        return wait_until(find, f"{name} on the accessibility bus")

    def stop(self):
        self.bus.close_sync(None)
        self.registry.kill()
        self.registry.wait()
        self.daemon.kill()
        self.daemon.wait()


class Face:
    """A program's windows: what can be read in them and pressed."""

    def __init__(self, reader, name):
        self.program = reader.program(name)

    def texts(self):
        """The names of all that shows, top to bottom."""
        found = []
        for widget in self.program.walk():
            try:
                name = widget.name
            except Gone:
                continue
            if name and name not in found[-1:]:
                found.append(name)
        return found

    def look(self, name, role=None):
        """The first widget that shows with this name (or a part of it, where it is a sentence)."""
        for widget in self.program.walk():
            try:
                if role in (None, widget.role) and (
                        widget.name == name or (role is None and name in widget.name)):
                    return widget
            except Gone:
                pass
        return None

    def wait(self, name, role=None, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            widget = self.look(name, role)
            if widget:
                return widget
            time.sleep(0.05)
        raise AssertionError(f"waited in vain for {role or 'text'} '{name}'; there is {self.texts()}")

    def wait_gone(self, name, role=None):
        wait_until(lambda: not self.look(name, role), f"'{name}' to go")

    def button(self, name):
        """Waits until the button can be pressed."""
        def ready():
            widget = self.look(name, "button")
            return widget if widget and widget.has("enabled") else None

        return wait_until(ready, f"the button '{name}'; there is {self.texts()}")

    def press(self, name):
        self.button(name).press()

    def focus(self):
        """What has the keyboard: (role, name, description)."""
        for widget in self.program.walk():
            try:
                if widget.has("focused"):
                    return widget.role, widget.name, widget.description
            except Gone:
                pass
        return None


def available():
    return os.path.exists(REGISTRY_PROGRAM) and os.path.exists(CONFIGURATION)
