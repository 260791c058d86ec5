"""The programs that are measured: how each shares one display and shows it on another."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import time

from machine import (Conversation, Failed, Probe, Program, free_port, read_announced,
                     wait_for_port)

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("QASSIST_BUILD", ROOT / "build"))


class Remote:
    """A session of one program. Sides are lists of the first processes on them."""

    needs = ()

    def __init__(self, stage):
        self.stage = stage
        self.server, self.viewer, self.relay = [], [], []

    @classmethod
    def missing(cls):
        """Why it cannot be measured here, or None."""
        absent = [name for name in cls.needs if not shutil.which(name)]
        return f"not installed: {', '.join(absent)}; run scripts/setup bench" if absent else None

    def run(self, side, command, display, **pipes):
        env = self.stage.environment(DISPLAY=display)
        name = pathlib.Path(command[0]).name
        program = Program(command, env, self.stage.folder / f"{self.name}-{name}.log", **pipes)
        side.append(program)
        return program

    def start(self):
        raise NotImplementedError

    def allow_keys(self):
        """After the picture is there: whatever a user does so that keys arrive."""

    def check(self):
        for program in self.server + self.viewer + self.relay:
            program.check()

    def stop(self):
        for program in self.viewer + self.server + self.relay:
            program.stop()


def pids(side):
    return [program.pid for program in side]


class Qassist(Remote):
    """Relay, TLS, end-to-end channel, both workers; the helper's window."""

    name = "qassist"

    @classmethod
    def missing(cls):
        absent = [name for name in ("qa-relay", "qa-share", "qa-help")
                  if not (BUILD / "tools" / name).exists()]
        return f"not built: {', '.join(absent)}" if absent else None

    def _start_relay(self, state):
        reader, writer = os.pipe()
        try:
            self.run(self.relay, [BUILD / "tools" / "qa-relay", "--dev", "--state", state,
                                  "--listen", "127.0.0.1:0", "--ready-fd", str(writer)],
                     "", pass_fds=[writer])
            os.close(writer)
            writer = -1
            return "wss://localhost:" + read_announced(reader, 30, "qa-relay")
        finally:
            os.close(reader)
            if writer >= 0:
                os.close(writer)

    def _event(self, conversation, name, seconds=20, **wanted):
        end = time.monotonic() + seconds
        while True:
            event = json.loads(conversation.line(end))
            if event["event"] == "end":
                raise Failed(f"{conversation.program.name} ended: {event['error']} {event['detail']}")
            if event["event"] == name and all(event.get(k) == v for k, v in wanted.items()):
                return event

    def start(self):
        state = self.stage.folder / "relay-state"
        common = ["--relay", self._start_relay(state), "--ca", state / "ca.pem"]
        helper = self.run(self.viewer, [BUILD / "tools" / "qa-help", *common, "--token-file",
                                        state / "dev-helper.token", "--json"],
                          self.stage.viewer_display, stdout=subprocess.PIPE)
        self.events = Conversation(helper)
        code = self._event(self.events, "code")["code"]
        sharer = self.run(self.server, [BUILD / "tools" / "qa-share", *common, "--json",
                                        "--yes-view", "--yes-control", code],
                          self.stage.shared_display, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._event(Conversation(sharer), "state", state="active")

    def allow_keys(self):
        """The window's button "Request control" has the keyboard; the space bar opens it, and in what
        then has the keyboard Return asks for control."""
        self.stage.probe.command("press 65")
        time.sleep(1)
        self.stage.probe.command("press 36")
        self._event(self.events, "permissions", permissions=["view", "control"])


class QassistLibrary(Qassist):
    """The same without the window: what the library gives the helper's program."""

    name = "qassist-library"

    def start(self):
        state = self.stage.folder / "relay-state"
        relay = self._start_relay(state)
        helper = self.run(self.viewer, [BUILD / "tests" / "bench" / "probe-library", relay,
                                        state / "dev-helper.token", state / "ca.pem"],
                          "", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        talk = Conversation(helper)
        code = talk.line(time.monotonic() + 20).removeprefix("code ")
        self.run(self.server, [BUILD / "tools" / "qa-share", "--relay", relay, "--ca",
                               state / "ca.pem", "--json", "--yes-view", "--yes-control", code],
                 self.stage.shared_display, stdin=subprocess.PIPE)
        if talk.line(time.monotonic() + 60) != "picture":
            raise Failed("no picture")
        self.stage.probe = Probe(helper, talk)

    def allow_keys(self):
        pass


class Vnc(Remote):
    """What VNC servers have in common; the viewer is TigerVNC's for each."""

    def server_command(self, port):
        raise NotImplementedError

    def start(self):
        port = free_port()
        server = self.run(self.server, self.server_command(port), self.stage.shared_display)
        wait_for_port(port, server)
        self.run(self.viewer, ["xtigervncviewer", "-SecurityTypes", "None", "-RemoteResize=0",
                               "-AlertOnFatalError=0", "-ReconnectOnError=0",
                               f"127.0.0.1::{port}"],
                 self.stage.viewer_display)


class Tigervnc(Vnc):
    name = "tigervnc"
    needs = ("X0tigervnc", "xtigervncviewer")

    def server_command(self, port):
        return ["X0tigervnc", "-rfbport", port, "-localhost", "-SecurityTypes", "None"]


class X11vnc(Vnc):
    name = "x11vnc"
    needs = ("x11vnc", "xtigervncviewer")

    def server_command(self, port):
        return ["x11vnc", "-rfbport", port, "-localhost", "-noipv6", "-nopw", "-forever", "-quiet"]


class FreerdpShadow(Remote):
    """FreeRDP at both ends, with TLS."""

    name = "freerdp-shadow"
    needs = ("freerdp-shadow-cli3", "xfreerdp3")

    def start(self):
        port = free_port()
        server = self.run(self.server, ["freerdp-shadow-cli3", f"/port:{port}",
                                        "/bind-address:127.0.0.1", "-sec-nla", "-auth"],
                          self.stage.shared_display)
        wait_for_port(port, server)
        self.run(self.viewer, ["xfreerdp3", f"/v:127.0.0.1:{port}", "/cert:ignore", "/sec:tls",
                               "/u:bench", "/p:bench", f"/size:{self.stage.size}", "/gfx",
                               "/network:lan"],
                 self.stage.viewer_display)


class Display(Remote):
    """No remote program at all: the probe presses its keys on the shared display and looks there."""

    name = "display"

    def start(self):
        self.stage.probe = Probe(self.run(self.viewer, [BUILD / "tests" / "bench" / "probe"],
                                          self.stage.shared_display, stdin=subprocess.PIPE,
                                          stdout=subprocess.PIPE))


class Mirror(Remote):
    """Pixels from display to display through memory that both share: no coding, no network."""

    name = "mirror"

    def start(self):
        self.run(self.viewer, [BUILD / "tests" / "bench" / "mirror", self.stage.shared_display],
                 self.stage.viewer_display)


# Those of the comparison come first, then what none of them can be faster than.
PROGRAMS = {program.name: program for program in (Qassist, FreerdpShadow, Tigervnc, X11vnc,
                                                  Display, Mirror, QassistLibrary)}
LEAST = (Display.name, Mirror.name)
DEFAULT = list(PROGRAMS)[:6]


def package_version(name):
    result = subprocess.run(["dpkg-query", "-W", "-f=${Version}", name], capture_output=True, text=True)
    return result.stdout.strip() if result.returncode == 0 else "not a package here"


def own_version():
    return re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text())[1]


def versions():
    """What was measured, one line a program."""
    package = package_version
    return {
        "qassist": own_version(),
        "freerdp-shadow": package("freerdp3-shadow-x11"),
        "tigervnc": package("tigervnc-scraping-server"),
        "x11vnc": package("x11vnc"),
    }
