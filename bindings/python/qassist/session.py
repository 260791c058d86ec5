"""What helpers and sharers have in common: their life on the loop, and their events."""

from __future__ import annotations

import asyncio
import collections
import os
from collections.abc import Callable
from types import TracebackType
from typing import Any, ClassVar, Generic, TypeVar

from ._native import ffi, lib
from .context import Context, text_of, text_to_c
from .errors import FrameInUse, LimitReached, QassistError, WrongState, check, error_of
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
from .picture import Frame

EVENTS_MAX = 10000
"""Most events that wait for a program that does not take them; then the session ends."""

CLOSE_SECONDS = 5.0
"""How long closing waits for the orderly end before it cuts the session off."""

Event = TypeVar("Event")
_Self = TypeVar("_Self", bound="Session[Any]")
_Function = TypeVar("_Function", bound=Callable[..., None])


def callback(name: str) -> Callable[[_Function], _Function]:
    """Makes a method what the C library calls back under this name.

    An exception in it ends the session and is raised where the program takes its events.
    """

    def register(function: _Function) -> _Function:
        def call(*arguments: Any) -> None:
            session: Session[Any] = ffi.from_handle(arguments[-1])
            try:
                function(session, *arguments[1:-1])
            except BaseException as error:
                session.fail(error)

        ffi.def_extern(name=name)(call)
        return function

    return register


class Session(Generic[Event]):
    """A helper's or a sharer's session: `async with` runs it, `async for` gives its events.

    Iterating ends with the session; where an error ended it, that error is raised. Leaving the
    `async with` ends the session in order. Only the program's loop calls the C library, so nothing
    of a session may be used from other threads.
    """

    _role: ClassVar[str]  # of the C functions' names

    def __init__(
        self,
        relay: str | Context,
        *,
        ca_file: str | os.PathLike[str] | None = None,
        worker_path: str | os.PathLike[str] | None = None,
    ) -> None:
        self._own_context = not isinstance(relay, Context)
        if isinstance(relay, Context):
            self.context = relay
        else:
            self.context = Context(relay, ca_file=ca_file, worker_path=worker_path)
        self._c: Any = None
        self._handle = ffi.new_handle(self)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._events: collections.deque[Event] = collections.deque()
        self._waiter: asyncio.Future[None] | None = None
        self._last_frame: Frame | None = None
        self._over: asyncio.Future[None] | None = None
        self._closing = False
        self._failure: BaseException | None = None
        self._failure_told = False
        self.detail = ""
        """Words about how the session ended."""

    # ---- its life ----

    async def __aenter__(self: _Self) -> _Self:
        if self._loop:
            raise WrongState("a session begins once")
        try:
            self._loop = self.context.join(self)
            self._over = self._loop.create_future()
            self._c = self._make()
            check(self._function("start")(self._c))
        except BaseException:
            self._drop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
        if self._failure and not self._failure_told and error is None:
            self._failure_told = True
            raise self._failure

    async def close(self) -> None:
        """Ends the session in order and frees it. Again is harmless; `async with` does it."""
        self._closing = True
        self._events.clear()  # frames in there give their memory back
        self._let_frame_go(None)
        if self._c is not None and self._over and not self._over.done():
            self.end()
            try:
                await asyncio.wait_for(asyncio.shield(self._over), CLOSE_SECONDS)
            except asyncio.TimeoutError:
                pass  # cut off below
        self._drop()

    def end(self) -> None:
        """Ends the session in order; the iteration stops soon after. Harmless when it is over."""
        if self._c is not None:
            self._function("end")(self._c)

    async def ended(self) -> None:
        """Waits until the session is over. Raises the error that ended it, if any."""
        if not self._over:
            raise WrongState("the session has not begun")
        await asyncio.shield(self._over)
        if self._failure:
            self._failure_told = True
            raise self._failure

    def abandon(self) -> None:
        """Frees it without a word to anybody: for the context, when nobody closed it."""
        if self._c is not None:
            self._function("unref")(self._c)
        self._c = None
        self.context.leave(self)

    def _drop(self) -> None:
        self.abandon()
        self._settle()
        if self._over and not self._over.done():
            self._over.set_result(None)
        self._wake()
        if self._own_context:
            self.context.close()

    # ---- its events ----

    def __aiter__(self: _Self) -> _Self:
        return self

    async def __anext__(self) -> Event:
        if self._loop is None or self._over is None:
            raise WrongState("the session has not begun: use async with")
        self._let_frame_go(FrameInUse)
        while True:
            if self._failure and not self._failure_told and not isinstance(self._failure, QassistError):
                self._failure_told = True
                raise self._failure
            if self._events:
                break
            if self._over.done():
                if self._failure:
                    self._failure_told = True
                    raise self._failure
                raise StopAsyncIteration
            if self._waiter:
                raise RuntimeError("somebody else is waiting for this session's events")
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        event = self._events.popleft()
        if isinstance(event, FrameReady):
            self._last_frame = event.frame
        return event

    def tell(self, event: Any) -> None:
        """Keeps an event for the program. A place that nobody looked at gives way to a newer one."""
        if self._closing:
            return
        last = self._events[-1] if self._events else None
        newer_place = _is_place(event) and type(event) is type(last) and _is_place(last)
        if newer_place:
            self._events[-1] = event
        elif len(self._events) < EVENTS_MAX:
            self._events.append(event)
        else:
            self.fail(LimitReached("the program does not take the session's events"))
        self._wake()

    def fail(self, error: BaseException) -> None:
        """Ends the session with an exception of the program's, or of these modules."""
        if not isinstance(error, Exception):
            self.context.raise_later(error)
        elif self._failure is None:
            self._failure = error
        self.end()
        self._wake()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def _let_frame_go(self, complain: type[FrameInUse] | None) -> None:
        frame, self._last_frame = self._last_frame, None
        if frame is None:
            return
        try:
            frame.release()
        except FrameInUse:
            if complain:
                raise

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

    @property
    def pointer(self) -> Any:
        """The C library's handle."""
        if self._c is None:
            raise WrongState("the session is not open")
        return self._c

    def _make(self) -> Any:
        raise NotImplementedError

    def _settle(self) -> None:
        """It is over: nobody should wait for anything of it any more."""

    def _function(self, name: str) -> Any:
        return getattr(lib, f"qa_{self._role}_{name}")

    def _call(self, name: str, *arguments: Any) -> int:
        return check(self._function(name)(self.pointer, *arguments))

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

    def _on_end(self, error: int, detail: Any) -> None:
        self.detail = text_of(detail)
        if error and self._failure is None:
            self._failure = error_of(error, self.detail)
            self._failure.retry_seconds = int(self._call("retry_seconds"))
        if self._over and not self._over.done():
            self._over.set_result(None)
        self._settle()
        self._wake()


def _is_place(event: object) -> bool:
    return isinstance(event, (CursorMoved, Pointed)) or (
        isinstance(event, InputReceived) and event.type is InputType.MOVE
    )
