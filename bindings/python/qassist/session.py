"""What helpers and sharers have in common, besides their life on the loop (life.py)."""

from __future__ import annotations

from typing import Any

from ._native import ffi
from .context import text_of, text_to_c
from .errors import FrameInUse
from .events import (
    ChatDelivered,
    ChatReceived,
    ClipboardReceived,
    CursorMoved,
    FrameReady,
    InputReceived,
    Paused,
    Pointed,
    StateChanged,
)
from .kinds import InputType, PauseCause, Permission, SessionState
from .life import Event, Life
from .picture import Frame


class Session(Life[Event]):
    """A helper's or a sharer's session: `async with` runs it, `async for` gives its events.

    Iterating ends with the session; where an error ended it, that error is raised. Leaving the
    `async with` ends the session in order. Only the program's loop calls the C library, so nothing
    of a session may be used from other threads.
    """

    _last_frame: Frame | None = None  # lent to the program

    def end(self) -> None:
        """Ends the session in order; the iteration stops soon after. Harmless when it is over."""
        if self._c is not None:
            self._function("end")(self._c)

    # ---- what both sides can ask and say ----

    @property
    def state(self) -> SessionState:
        """Where the session is."""
        if self._c is None:
            return SessionState.ENDED if self._loop else SessionState.NEW
        return SessionState(self._function("state")(self._c))

    @property
    def permissions(self) -> Permission:
        """What the helper may do now."""
        return Permission(self._function("permissions")(self._c) if self._c is not None else 0)

    @property
    def paused(self) -> PauseCause:
        """Why the session is paused; empty: it is not."""
        return PauseCause(self._function("paused")(self._c) if self._c is not None else 0)

    def pause(self) -> None:
        """Pauses until resume(). A sharer's pause hides the screen; a helper's stops the pictures.

        Permissions stay. Raises WrongState when not active, or paused so already.
        """
        self._call("pause")

    def resume(self) -> None:
        """Ends one's own pause."""
        self._call("resume")

    def chat(self, text: str) -> int:
        """Writes to the other side, from SessionState.ASKING on; at most CHAT_MAX characters.

        Returns the message's number; see ChatDelivered. Raises InvalidArgument (nothing to show, or
        too long), WrongState, LimitReached (16 messages are on their way), TooManyTries.
        """
        number = ffi.new("uint32_t *")
        self._call("chat", text_to_c(text), number)
        return int(number[0])

    def clipboard(self, text: str) -> None:
        """Gives the other side a text for the clipboard; needs the permission in that direction.

        At most CLIPBOARD_MAX bytes. Raises InvalidArgument, WrongState, NotAllowed.
        """
        self._call("clipboard", text_to_c(text))

    # ---- for helper and sharer ----

    def _lend(self, event: Event) -> None:
        if isinstance(event, FrameReady):
            self._last_frame = event.frame

    def _let_go(self, *, complain: bool) -> None:
        frame, self._last_frame = self._last_frame, None
        if frame is None:
            return
        try:
            frame.release()
        except FrameInUse:
            if complain:
                raise

    def _replaces(self, last: Event, event: Event) -> bool:
        """A place that nobody looked at gives way to a newer one."""
        return _is_place(event) and type(event) is type(last) and _is_place(last)

    def _on_state(self, state: int) -> None:
        self.tell(StateChanged(SessionState(state)))

    def _on_paused(self, causes: int) -> None:
        self.tell(Paused(PauseCause(causes)))

    def _on_chat(self, text: Any) -> None:
        self.tell(ChatReceived(text_of(text)))

    def _on_chat_delivered(self, number: int) -> None:
        self.tell(ChatDelivered(number))

    def _on_clipboard(self, text: Any) -> None:
        self.tell(ClipboardReceived(text_of(text)))


def _is_place(event: object) -> bool:
    return isinstance(event, (CursorMoved, Pointed)) or (
        isinstance(event, InputReceived) and event.type is InputType.MOVE
    )
