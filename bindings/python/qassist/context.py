"""Context: the C library's own event loop as one descriptor in asyncio's, and what sessions share."""

from __future__ import annotations

import asyncio
import collections
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._native import ffi, lib
from .errors import InvalidArgument, WrongState, check
from .kinds import Permission

if TYPE_CHECKING:
    from .life import Life

logger = logging.getLogger("qassist")

_LEVELS = {
    lib.QA_LOG_ERROR: logging.ERROR,
    lib.QA_LOG_WARNING: logging.WARNING,
    lib.QA_LOG_INFO: logging.INFO,
    lib.QA_LOG_DEBUG: logging.DEBUG,
}


def version() -> str:
    """The C library's version, such as "0.1.0"."""
    return text_of(lib.qa_version())


def text_of(text: Any) -> str:
    """A str of C's text."""
    return str(ffi.string(text).decode("utf-8", "replace"))


def text_to_c(text: str | os.PathLike[str] | None) -> Any:
    """C's text of a str; NULL for None. Keep the result as long as C looks at it."""
    if text is None:
        return ffi.NULL
    data = os.fsencode(text) if isinstance(text, os.PathLike) else text.encode()
    if b"\0" in data:
        raise InvalidArgument("a text for the C library cannot hold a NUL")
    return ffi.new("char[]", data)


class Context:
    """One connection's settings, for one session or several, on the running asyncio loop.

    A Helper or Sharer that is given a URL makes one by itself; make one to share it among sessions
    or to set more than the relay. All calls belong to the thread of the loop in which its first
    session began. The library's diagnosis goes to the logger "qassist"; it never holds a code, a
    key, a name or anything of a session's content.

    relay_url: "wss://HOST[:PORT][/PATH]". ca_file: a PEM file with the only authorities to trust
    for the relay; None: the system's. worker_path: the RDP worker program; None: $QASSIST_WORKER,
    else the installed one. log_level: the most talkative level of `logging` that is wanted.
    policy_file: one more policy to obey besides the system's, which it can only take away from.
    """

    def __init__(
        self,
        relay_url: str,
        *,
        ca_file: str | os.PathLike[str] | None = None,
        worker_path: str | os.PathLike[str] | None = None,
        log_level: int = logging.WARNING,
        policy_file: str | os.PathLike[str] | None = None,
    ) -> None:
        self._c: Any = None
        self._sessions: set[Life[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.get_ident()
        self._inside = 0  # calls of the library that are under way, seen from its callbacks
        self._later: collections.deque[tuple[Callable[[Any], object], Any]] = collections.deque()
        self._raised: BaseException | None = None
        self._handle = ffi.new_handle(self)

        options = ffi.new("qa_context_options *")
        options.size = ffi.sizeof("qa_context_options")
        texts = [text_to_c(text) for text in (relay_url, ca_file, worker_path, policy_file)]
        options.relay_url, options.ca_file, options.worker_path, options.policy_file = texts
        options.log = lib.context_log
        options.log_user_data = self._handle
        wanted = [level for level, python in _LEVELS.items() if python >= log_level]
        options.log_level = max(wanted, default=lib.QA_LOG_ERROR)
        out = ffi.new("qa_context **")
        check(lib.qa_context_new(options, out))
        self._c = out[0]

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._c is None

    def allowed(self) -> tuple[Permission, str]:
        """What this device's policy (qassist-policy.ini(5)) lets sessions here do.

        Permission.NONE: there can be none, and each ends with NotAllowedByPolicy; the text says why.
        """
        why = ffi.new("const char **")
        self._inside += 1  # it may log
        try:
            permissions = lib.qa_context_allowed(self.pointer, why)
        finally:
            self._inside -= 1
        return Permission(permissions), text_of(why[0])

    def fileno(self) -> int:
        """The descriptor that asyncio watches; never read or close it."""
        return int(lib.qa_context_get_fd(self.pointer))

    @property
    def pointer(self) -> Any:
        """The C library's qa_context, for the other modules."""
        if self._c is None:
            raise WrongState("the context is closed")
        return self._c

    def close(self) -> None:
        """Frees it; its sessions have to be closed before. Again is harmless."""
        if self._c is None:
            return
        if self._sessions:
            raise WrongState("a session of this context is still open")
        if self._inside:
            raise WrongState("a context cannot be closed from inside its callbacks")
        if self._loop and not self._loop.is_closed():
            self._loop.remove_reader(self.fileno())
        self._run_later()
        pointer, self._c = self._c, None
        self._inside += 1
        try:
            lib.qa_context_unref(pointer)
        finally:
            self._inside -= 1
        self._run_later()

    def __del__(self) -> None:
        # Only what was never closed gets here. Without a loop no callback can come any more, so the
        # C library's objects, which point to these, go first.
        if getattr(self, "_c", None) is None or sys.is_finalizing():
            return
        if self._sessions:
            warnings.warn(f"a session of {self!r} was never closed", ResourceWarning, source=self)
        for session in list(self._sessions):
            session.abandon()
        self.close()

    # ---- for the sessions ----

    def join(self, session: Life[Any]) -> asyncio.AbstractEventLoop:
        """A session begins; the first one chooses the loop and the thread."""
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop, self._thread = loop, threading.get_ident()
            loop.add_reader(self.fileno(), self._dispatch)
        elif self._loop is not loop:
            raise RuntimeError("the context belongs to another event loop")
        self._sessions.add(session)
        return loop

    def leave(self, session: Life[Any]) -> None:
        """A session is over."""
        self._sessions.discard(session)

    def later(self, function: Callable[[Any], object], argument: Any) -> None:
        """Calls a function of the library where that is allowed: now, or on the loop's thread after
        the call that is under way. What the garbage collector does may be anywhere."""
        if self._c is None or (threading.get_ident() == self._thread and not self._inside):
            function(argument)
            return
        self._later.append((function, argument))
        if threading.get_ident() != self._thread and self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._run_later)

    def raise_later(self, error: BaseException) -> None:
        """Raises what came up in a callback (KeyboardInterrupt and the like) in the loop."""
        self._raised = self._raised or error

    # ---- inside ----

    def _run_later(self) -> None:
        while self._later:
            function, argument = self._later.popleft()
            function(argument)

    def _dispatch(self) -> None:
        if self._c is None:
            return
        self._inside += 1
        try:
            lib.qa_context_dispatch(self._c)
        finally:
            self._inside -= 1
        self._run_later()
        if self._raised:
            error, self._raised = self._raised, None
            raise error

    def log(self, level: int, line: str) -> None:
        """A line of the library's diagnosis."""
        self._inside += 1  # the library must not be called from here, not by a finalizer either
        try:
            logger.log(_LEVELS.get(level, logging.DEBUG), "%s", line)
        finally:
            self._inside -= 1


def _report(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
    logger.error("a log handler failed", exc_info=(kind, error, traceback))


def _context_log(level: int, line: Any, user_data: Any) -> None:
    ffi.from_handle(user_data).log(level, text_of(line))


ffi.def_extern(name="context_log", onerror=_report)(_context_log)
