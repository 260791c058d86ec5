"""What sessions and sign-ins have in common: their life on the loop, and their events."""

from __future__ import annotations

import asyncio
import collections
import os
from collections.abc import Callable
from types import TracebackType
from typing import Any, ClassVar, Generic, TypeVar

from ._native import ffi, lib
from .context import Context, text_of
from .errors import LimitReached, QassistError, WrongState, check, error_of

EVENTS_MAX = 10000
"""Most events that wait for a program that does not take them; then it ends."""

CLOSE_SECONDS = 5.0
"""How long closing waits for the orderly end before it cuts the session off."""

Event = TypeVar("Event")
_Self = TypeVar("_Self", bound="Life[Any]")
_Function = TypeVar("_Function", bound=Callable[..., None])


def callback(name: str) -> Callable[[_Function], _Function]:
    """Makes a method what the C library calls back under this name.

    An exception in it ends what runs and is raised where the program takes its events.
    """

    def register(function: _Function) -> _Function:
        def call(*arguments: Any) -> None:
            life: Life[Any] = ffi.from_handle(arguments[-1])
            try:
                function(life, *arguments[1:-1])
            except BaseException as error:
                life.fail(error)

        ffi.def_extern(name=name)(call)
        return function

    return register


class Life(Generic[Event]):
    """What runs on the loop: `async with` begins and ends it, `async for` gives its events."""

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
        self._over: asyncio.Future[None] | None = None
        self._closing = False
        self._failure: BaseException | None = None
        self._failure_told = False
        self.detail = ""
        """Words about how it ended."""

    # ---- its life ----

    async def __aenter__(self: _Self) -> _Self:
        if self._loop:
            raise WrongState("this begins once; make another")
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
        """Ends it in order and frees it. Again is harmless; `async with` does it."""
        self._closing = True
        self._events.clear()  # frames in there give their memory back
        self._let_go(complain=False)
        if self._c is not None and self._over and not self._over.done():
            self.end()
            try:
                await asyncio.wait_for(asyncio.shield(self._over), CLOSE_SECONDS)
            except asyncio.TimeoutError:
                pass  # cut off below
        self._drop()

    def end(self) -> None:
        """Ends it in order; the iteration stops soon after. Harmless when it is over."""
        raise NotImplementedError

    async def ended(self) -> None:
        """Waits until it is over. Raises the error that ended it, if any."""
        if not self._over:
            raise WrongState("this has not begun: use async with")
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
            raise WrongState("this has not begun: use async with")
        self._let_go(complain=True)
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
                raise RuntimeError("somebody else is waiting for these events")
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        event = self._events.popleft()
        self._lend(event)
        return event

    def tell(self, event: Any) -> None:
        """Keeps an event for the program."""
        if self._closing:
            return
        if self._events and self._replaces(self._events[-1], event):
            self._events[-1] = event
        elif len(self._events) < EVENTS_MAX:
            self._events.append(event)
        else:
            self.fail(LimitReached("the program does not take the events"))
        self._wake()

    def fail(self, error: BaseException) -> None:
        """Ends it with an exception of the program's, or of these modules."""
        if not isinstance(error, Exception):
            self.context.raise_later(error)
        elif self._failure is None:
            self._failure = error
        self.end()
        self._wake()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    # ---- for what runs ----

    def _lend(self, event: Event) -> None:
        """The program gets this event; what is in it may be lent until the next one."""

    def _let_go(self, *, complain: bool) -> None:
        """What was lent goes back."""

    def _replaces(self, last: Event, event: Event) -> bool:
        """Whether an event makes the last one, which nobody looked at, needless."""
        return False

    @property
    def pointer(self) -> Any:
        """The C library's handle."""
        if self._c is None:
            raise WrongState("this is not open")
        return self._c

    def _make(self) -> Any:
        raise NotImplementedError

    def _create(self, options: Any) -> Any:
        """C's object of these options, with all callbacks that C knows of this role."""
        struct = f"qa_{self._role}_callbacks"
        callbacks = ffi.new(f"{struct} *")
        callbacks.size = ffi.sizeof(struct)
        for name, _ in ffi.typeof(struct).fields:
            if name != "size":
                setattr(callbacks, name, getattr(lib, f"{self._role}_{name}"))
        out = ffi.new(f"qa_{self._role} **")
        check(self._function("new")(self.context.pointer, options, callbacks, self._handle, out))
        return out[0]

    def _settle(self) -> None:
        """It is over: nobody should wait for anything of it any more."""

    def _function(self, name: str) -> Any:
        return getattr(lib, f"qa_{self._role}_{name}")

    def _call(self, name: str, *arguments: Any) -> int:
        return check(self._function(name)(self.pointer, *arguments))

    def _on_end(self, error: int, detail: Any) -> None:
        self.detail = text_of(detail)
        if error and self._failure is None:
            self._failure = error_of(error, self.detail)
            self._failure.retry_seconds = int(self._call("retry_seconds"))
        if self._over and not self._over.done():
            self._over.set_result(None)
        self._settle()
        self._wake()
