"""Helper: the side that sees and, where allowed, controls."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import Iterable
from typing import Any

from ._native import ffi, lib
from .context import Context, text_of, text_to_c
from .errors import Denied, QassistError, WrongState, error_of
from .events import (
    CodeReady,
    CursorChanged,
    CursorMoved,
    FrameReady,
    HelperEvent,
    Noticed,
    PeerJoined,
    PermissionsChanged,
    Refused,
    RestartAnswered,
    Screen,
    ScreensChanged,
)
from .kinds import Button, MarkKind, Notice, Permission
from .life import callback
from .picture import Cursor, Frame
from .session import Session


@dataclasses.dataclass
class _Request:
    """What was asked of the sharer and somebody waits for."""

    wanted: Permission
    answer: asyncio.Future[Permission]
    refusal: QassistError | None = None


class Helper(Session[HelperEvent]):
    """A helper's session.

    relay: the relay's URL, or a Context to share. token: the sign-in token of a helper account (the
    line of a token file). reconnect_seconds: how long a session that broke off may take to come back
    (0: 120; negative: a break is the end). ca_file and worker_path: see Context.

        async with Helper("wss://relay.example", token=token) as helper:
            async for event in helper:
                match event:
                    case CodeReady(code=code):
                        print("Tell the sharer:", code)
                    case FrameReady(frame=frame):
                        frame.image().save("screen.png")
                        helper.end()
    """

    _role = "helper"

    def __init__(
        self,
        relay: str | Context,
        *,
        token: str,
        reconnect_seconds: int = 0,
        ca_file: str | os.PathLike[str] | None = None,
        worker_path: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(relay, ca_file=ca_file, worker_path=worker_path)
        self._token = token
        self._reconnect_seconds = reconnect_seconds
        self._requests: list[_Request] = []

    def _make(self) -> Any:
        options = ffi.new("qa_helper_options *")
        options.size = ffi.sizeof("qa_helper_options")
        token = text_to_c(self._token)
        self._token = ""
        options.token = token
        options.reconnect_seconds = self._reconnect_seconds
        try:
            return self._create(options)
        finally:
            ffi.memmove(token, b"\0" * len(token), len(token))

    # ---- what it asks for ----

    async def request(self, permissions: Permission, purpose: str | None = None) -> Permission:
        """Asks the sharer for permissions beyond viewing, and waits for the answer.

        Returns what of it is allowed now, which may be a part. Where it is nothing, the reason is
        raised: Denied, NoAnswer, TooManyTries or LimitReached (the sharer said no before; see
        Refused for how long to wait), or what ended the session. `purpose` says in the helper's
        words what it is for; at most PURPOSE_MAX bytes in one line.
        """
        missing = permissions & ~self.permissions
        if permissions and not missing:
            return permissions
        # What is asked already needs no second question, only its answer.
        if not permissions or missing & ~self.requested:
            self._call("request", int(permissions), text_to_c(purpose))
        assert self._loop
        request = _Request(permissions, self._loop.create_future())
        self._requests.append(request)
        try:
            return await request.answer
        finally:
            self._requests.remove(request)

    @property
    def requested(self) -> Permission:
        """What is asked for and not answered yet."""
        return Permission(lib.qa_helper_requested(self._c) if self._c is not None else 0)

    def request_restart(self) -> None:
        """Asks whether the sharer's computer may be restarted, with the session going on after that.

        The answer is RestartAnswered. Raises WrongState (not viewing, or asked already),
        TooManyTries and LimitReached (the sharer said no).
        """
        self._call("request_restart")

    @property
    def restart_seconds(self) -> int:
        """How long the sharer may still take to come back from a restart; 0: none was allowed."""
        return int(lib.qa_helper_restart_seconds(self._c)) if self._c is not None else 0

    def choose_screen(self, number: int) -> None:
        """Shows the monitor with this id (see ScreensChanged), or all (0).

        Until its first picture came the pointer's input raises WrongState, for it would be aimed at
        what is not shown any more. Raises InvalidArgument, WrongState.
        """
        self._call("choose_screen", number)

    # ---- input: NotAllowed without control, WrongState when not viewing or paused, InvalidArgument
    # for values out of range, LimitReached when the sharer takes no more just now ----

    def move(self, x: int, y: int) -> None:
        """Moves the pointer to a place of the picture."""
        self._call("pointer_move", x, y)

    def button(self, x: int, y: int, button: Button = Button.LEFT, *, pressed: bool) -> None:
        """Presses or lets go a button of the mouse."""
        self._call("pointer_button", x, y, int(button), pressed)

    def click(self, x: int, y: int, button: Button = Button.LEFT) -> None:
        """Presses a button and lets it go."""
        self.button(x, y, button, pressed=True)
        self.button(x, y, button, pressed=False)

    def wheel(self, x: int, y: int, wheel_x: int = 0, wheel_y: int = 0) -> None:
        """Turns the wheel, WHEEL_STEP a notch; right and up are positive."""
        self._call("pointer_wheel", x, y, wheel_x, wheel_y)

    def key(self, scancode: int, *, pressed: bool) -> None:
        """Presses or lets go a key by its place (PC/AT set 1, may carry SCANCODE_EXTENDED)."""
        self._call("key", scancode, pressed)

    def text(self, text: str) -> None:
        """Types a text of at most TEXT_MAX characters, whole or (on any error) not at all."""
        self._call("text", text_to_c(text))

    # ---- pointing (Permission.POINT) and drawing (Permission.ANNOTATE) in places of the picture;
    # errors as of input, without control. Neither needs control ----

    def point(self, x: int, y: int) -> None:
        """Shows the laser pointer; it vanishes when it does not move for two seconds."""
        self._call("point", x, y)

    def point_hide(self) -> None:
        """Takes the laser pointer away."""
        self._call("point_hide")

    def mark(
        self,
        kind: MarkKind,
        places: Iterable[tuple[int, int]],
        *,
        colour: int = 0xE02020,
        width: int = 4,
    ) -> None:
        """Draws a whole mark through these places on the sharer's screen."""
        begun = False
        for x, y in places:
            if begun:
                self.mark_to(x, y)
            else:
                self.mark_begin(kind, x, y, colour=colour, width=width)
            begun = True
        if begun:
            self.mark_end()

    def mark_begin(
        self, kind: MarkKind, x: int, y: int, *, colour: int = 0xE02020, width: int = 4
    ) -> None:
        """Begins a mark (colour 0xRRGGBB, width in pixels of the picture); ends one before it."""
        self._call("mark_begin", int(kind), colour, width, x, y)

    def mark_to(self, x: int, y: int) -> None:
        """Goes on with the mark; LimitReached for a stroke with MARK_POINTS_MAX points, too."""
        self._call("mark_to", x, y)

    def mark_end(self) -> None:
        """Ends the mark that was begun."""
        self._call("mark_end")

    def undo(self) -> None:
        """Takes the newest mark away."""
        self._call("undo")

    def clear(self) -> None:
        """Takes all marks away."""
        self._call("clear")

    # ---- callbacks ----

    @callback("helper_on_code")
    def _on_code(self, code: Any, seconds_left: int, shown_name: Any, organisation: Any) -> None:
        self.tell(
            CodeReady(text_of(code), seconds_left, text_of(shown_name), text_of(organisation))
        )

    @callback("helper_on_peer")
    def _on_peer(self) -> None:
        self.tell(PeerJoined())

    _on_state = callback("helper_on_state")(Session._on_state)
    _on_paused = callback("helper_on_paused")(Session._on_paused)
    _on_chat = callback("helper_on_chat")(Session._on_chat)
    _on_chat_delivered = callback("helper_on_chat_delivered")(Session._on_chat_delivered)
    _on_clipboard = callback("helper_on_clipboard")(Session._on_clipboard)
    _on_end = callback("helper_on_end")(Session._on_end)

    @callback("helper_on_permissions")
    def _on_permissions(self, permissions: int, reason: int) -> None:
        error = error_of(reason) if reason else None
        self.tell(PermissionsChanged(Permission(permissions), error))
        open_still = self.requested
        for request in self._requests:
            if request.wanted & open_still or request.answer.done():
                continue
            granted = request.wanted & Permission(permissions)
            if granted:
                request.answer.set_result(granted)
            else:
                request.answer.set_exception(request.refusal or error or Denied())

    @callback("helper_on_refused")
    def _on_refused(self, permissions: int, reason: int, wait_seconds: int) -> None:
        error = error_of(reason)
        self.tell(Refused(Permission(permissions), error, wait_seconds))
        for request in self._requests:
            if request.wanted & permissions:
                request.refusal = error

    @callback("helper_on_restart")
    def _on_restart(self, seconds: int, reason: int) -> None:
        self.tell(RestartAnswered(seconds, error_of(reason) if reason else None))

    @callback("helper_on_notice")
    def _on_notice(self, notice: int) -> None:
        self.tell(Noticed(Notice(notice)))

    @callback("helper_on_frame")
    def _on_frame(self, frame: Any) -> None:
        self.tell(FrameReady(Frame(self.context, frame)))

    @callback("helper_on_cursor")
    def _on_cursor(self, cursor: Any) -> None:
        size = cursor.width * cursor.height * 4
        pixels = bytes(ffi.buffer(cursor.pixels, size)) if size else b""
        self.tell(
            CursorChanged(Cursor(cursor.width, cursor.height, cursor.hot_x, cursor.hot_y, pixels))
        )

    @callback("helper_on_cursor_position")
    def _on_cursor_position(self, x: int, y: int) -> None:
        self.tell(CursorMoved(x, y))

    @callback("helper_on_screens")
    def _on_screens(self, screens: Any, count: int, chosen: int) -> None:
        listed = (screens[i] for i in range(count))
        self.tell(
            ScreensChanged(
                tuple(
                    Screen(s.id, text_of(s.name), s.x, s.y, s.width, s.height, s.scale_percent,
                           bool(s.primary))
                    for s in listed
                ),
                chosen,
            )
        )

    def _settle(self) -> None:
        for request in self._requests:
            if not request.answer.done():
                over = self._failure if isinstance(self._failure, QassistError) else None
                request.answer.set_exception(over or WrongState("the session is over"))
