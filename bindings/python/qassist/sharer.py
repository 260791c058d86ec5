"""Sharer: the side whose screen is shown. It decides and enforces everything."""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from ._native import ffi, lib
from .consent import Consent
from .context import Context, text_of, text_to_c
from .errors import ConsentWithdrawn, InvalidArgument, check, error_of
from .events import (
    ConsentAsked,
    ConsentVoid,
    HelperKnown,
    InputReceived,
    Marked,
    PermissionsChanged,
    Pointed,
    RestartAnswered,
    ScreenShown,
    SharerEvent,
    Warned,
)
from .kinds import BannerWish, Button, InputType, MarkKind, MarkStep, Permission, ScreenKind
from .life import callback
from .picture import Rect, rects_to_c
from .session import Session

Answer = Callable[[Consent], Awaitable["Permission | bool | None"]]
"""Answers questions: True allows all, False or None nothing, permissions some."""


def check_code(code: str) -> None:
    """Looks at a code without telling anybody. Raises CodeIncomplete or CodeMistyped."""
    check(lib.qa_code_check(text_to_c(code)))


def resume_relay(state_directory: str | None = None) -> str:
    """The relay of the session that can be taken up with Sharer(..., resume=True).

    Raises InvitationInvalid where there is none.
    """
    out = ffi.new("char[]", 1024)
    check(lib.qa_resume_relay(text_to_c(state_directory), out, len(out)))
    return text_of(out)


def warning_text() -> str:
    """Plain words that protect people from false helpers: show them before a code is typed."""
    return text_of(lib.qa_sharer_warning())


def check_panic_key(setting: str) -> None:
    """Looks at a panic_key such as "Ctrl+Alt+Q". Raises InvalidArgument saying what is wrong."""
    why = ffi.new("const char **")
    result = lib.qa_panic_key_check(text_to_c(setting), why)
    if result:
        raise error_of(result, text_of(why[0]))


class Sharer(Session[SharerEvent]):
    """A sharer's session.

    relay: the relay's URL, or a Context to share. code: the security code as typed; None with resume:
    come back to the session that was left for a restart, at the relay of resume_relay().
    state_directory: where the invitation for that is kept (None: the user's usual place).
    answer: a coroutine function that is asked every question; it is cancelled when the question
    becomes void. Without it questions come as ConsentAsked.
    screen: what is shared; with ScreenKind.APP the program's own pixels (submit()). display: the X11
    display; None: the environment's. question_seconds: how long a question waits (0: 120).
    control_seconds: how long control lasts (0: 1800). refusal_seconds: the first wait after a No
    (0: 10). prompt_classes: windows that are prompts of the system (None: the usual ones, "": none).
    ask_called: ask "did you call them yourself?" first. warning: what Warned tells (None: the
    library's words, "": nothing). reconnect_seconds: how long a session that broke off may take to
    come back (0: 120; negative: a break is the end). banner and banner_texts (the C header's names
    to words, such as translated ones): the banner on the screen while it is shared. panic_key: the
    keys that, pressed twice, end the session (None: Ctrl+Alt+Q, "": none); both for ScreenKind.X11.
    ca_file and worker_path: see Context.
    """

    _role = "sharer"

    def __init__(
        self,
        relay: str | Context,
        code: str | None = None,
        *,
        answer: Answer | None = None,
        screen: ScreenKind = ScreenKind.X11,
        display: str | None = None,
        question_seconds: int = 0,
        control_seconds: int = 0,
        refusal_seconds: int = 0,
        prompt_classes: str | None = None,
        ask_called: bool = False,
        warning: str | None = None,
        reconnect_seconds: int = 0,
        banner: BannerWish = BannerWish.DEFAULT,
        banner_texts: Mapping[str, str] | None = None,
        panic_key: str | None = None,
        state_directory: str | None = None,
        resume: bool = False,
        ca_file: str | os.PathLike[str] | None = None,
        worker_path: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(relay, ca_file=ca_file, worker_path=worker_path)
        self._answer = answer
        self._consents: weakref.WeakValueDictionary[int, Consent] = weakref.WeakValueDictionary()
        self._asking: dict[Consent, asyncio.Task[None]] = {}
        self._numbers = {
            "screen": int(screen),
            "question_seconds": question_seconds,
            "control_seconds": control_seconds,
            "refusal_seconds": refusal_seconds,
            "ask_called": ask_called,
            "reconnect_seconds": reconnect_seconds,
            "banner": int(banner),
            "resume": resume,
        }
        self._texts = {
            "code": code,
            "display": display,
            "prompt_classes": prompt_classes,
            "warning": warning,
            "panic_key": panic_key,
            "state_directory": state_directory,
        }
        self._banner_texts = dict(banner_texts or {})

    def _make(self) -> Any:
        options = ffi.new("qa_sharer_options *")
        options.size = ffi.sizeof("qa_sharer_options")
        for name, number in self._numbers.items():
            setattr(options, name, number)
        texts = {name: text_to_c(text) for name, text in self._texts.items()}
        for name, text in texts.items():
            setattr(options, name, text)
        self._texts.clear()
        banner = _banner_texts_to_c(self._banner_texts)
        options.banner_texts = banner[0]
        try:
            return self._create(options)
        finally:
            code = texts["code"]
            if code:
                ffi.memmove(code, b"\0" * len(code), len(code))

    # ---- what it decides ----

    def revoke(self, permissions: Permission) -> None:
        """Takes permissions back at once, queued input included; without VIEW the session ends.

        Raises InvalidArgument, WrongState (not active).
        """
        self._call("revoke", int(permissions))

    def set_prompt(self, up: bool) -> None:
        """Says that a prompt of the system is up or gone: meanwhile the sharer answers it alone."""
        self._call("set_prompt", up)

    def allow_prompts(self, allowed: bool) -> None:
        """Whether prompts do not pause, for the rest of this session."""
        self._call("allow_prompts", allowed)

    def report(self, words: str) -> None:
        """Reports this session to the service and ends it; `words` say what happened.

        The helper sees an orderly end only. Raises InvalidArgument (no words, or more than
        REPORT_MAX characters), WrongState (not joined yet, or over).
        """
        self._call("report", text_to_c(words))

    def leave(self) -> None:
        """Goes for the restart that was allowed, without ending the session.

        Raises WrongState where none was allowed.
        """
        self._call("leave")

    def seconds_left(self, permission: Permission) -> int:
        """How long one permission lasts yet; 0: not allowed, or without a limit."""
        return int(lib.qa_sharer_seconds_left(self.pointer, int(permission)))

    def submit(
        self,
        pixels: Any,
        size: tuple[int, int] | None = None,
        *,
        stride: int | None = None,
        damage: Iterable[Rect | tuple[int, int, int, int]] | None = None,
    ) -> bool:
        """ScreenKind.APP: gives the present picture; it is copied before the return.

        pixels: an array of height x width x 4 bytes (blue, green, red, unused); or any buffer of
        such rows, `stride` bytes apart, with its size (width, height); or a Pillow image. damage:
        what changed; None: all of it. Returns False where nobody is to see anything (before view is
        allowed, while paused, at the end). Raises InvalidArgument, LimitReached (larger than 8192 x
        8192).
        """
        pixels, width, height, stride = _rows(pixels, size, stride)
        data = ffi.from_buffer("uint8_t[]", pixels)
        if width < 1 or height < 1 or stride < width * 4 or len(data) < stride * (height - 1) + width * 4:
            raise InvalidArgument("the buffer does not hold a picture of that size")
        rects = rects_to_c(damage)
        count = len(rects) if rects else 0
        if rects and not count:
            return True  # nothing changed
        result = lib.qa_sharer_submit_frame(self.pointer, width, height, stride, data, rects, count)
        if result == lib.QA_ESTATE:
            return False
        check(result)
        return True

    # ---- callbacks ----

    @callback("sharer_on_helper")
    def _on_helper(self, shown_name: Any, organisation: Any) -> None:
        self.tell(HelperKnown(text_of(shown_name), text_of(organisation)))

    @callback("sharer_on_consent")
    def _on_consent(self, pointer: Any) -> None:
        consent = Consent(self.context, pointer)
        self._consents[int(ffi.cast("uintptr_t", pointer))] = consent
        if self._answer and self._loop:
            self._asking[consent] = self._loop.create_task(self._ask(self._answer, consent))
        else:
            self.tell(ConsentAsked(consent))

    @callback("sharer_on_withdrawn")
    def _on_withdrawn(self, pointer: Any) -> None:
        consent = self._consents.get(int(ffi.cast("uintptr_t", pointer)))
        if not consent:
            return
        consent.withdraw()
        if consent in self._asking:
            self._asking[consent].cancel()
        elif not self._answer:
            self.tell(ConsentVoid(consent))

    async def _ask(self, answer: Answer, consent: Consent) -> None:
        try:
            reply = await answer(consent)
            if not consent.open:
                return  # answered by itself, or void
            if reply is True:
                consent.allow()
            else:
                consent.allow_some(Permission(reply) if reply else Permission.NONE)
        except (asyncio.CancelledError, ConsentWithdrawn):
            raise
        except BaseException as error:
            if consent.open:
                consent.deny()
            self.fail(error)
        finally:
            del self._asking[consent]

    _on_state = callback("sharer_on_state")(Session._on_state)
    _on_paused = callback("sharer_on_paused")(Session._on_paused)
    _on_chat = callback("sharer_on_chat")(Session._on_chat)
    _on_chat_delivered = callback("sharer_on_chat_delivered")(Session._on_chat_delivered)
    _on_clipboard = callback("sharer_on_clipboard")(Session._on_clipboard)
    _on_end = callback("sharer_on_end")(Session._on_end)

    @callback("sharer_on_permissions")
    def _on_permissions(self, permissions: int) -> None:
        self.tell(PermissionsChanged(Permission(permissions)))

    @callback("sharer_on_warning")
    def _on_warning(self, text: Any) -> None:
        self.tell(Warned(text_of(text)))

    @callback("sharer_on_restart")
    def _on_restart(self, seconds: int, reason: int) -> None:
        self.tell(RestartAnswered(seconds, error_of(reason) if reason else None))

    @callback("sharer_on_screen")
    def _on_screen(self, number: int, name: Any) -> None:
        self.tell(ScreenShown(number, text_of(name)))

    @callback("sharer_on_input")
    def _on_input(self, event: Any) -> None:
        self.tell(
            InputReceived(
                InputType(event.type), event.x, event.y, Button(event.button), bool(event.pressed),
                event.wheel_x, event.wheel_y, event.scancode, event.codepoint,
            )
        )

    @callback("sharer_on_point")
    def _on_point(self, shown: bool, x: int, y: int) -> None:
        self.tell(Pointed(bool(shown), x, y))

    @callback("sharer_on_mark")
    def _on_mark(self, event: Any) -> None:
        self.tell(
            Marked(MarkStep(event.step), MarkKind(event.kind), event.colour, event.width, event.x,
                   event.y)
        )

    def _settle(self) -> None:
        for task in self._asking.values():
            task.cancel()


def _banner_texts_to_c(texts: dict[str, str]) -> tuple[Any, list[Any]]:
    """The struct, and the strings that it needs as long as it is used."""
    struct = ffi.new("qa_banner_texts *")
    struct.size = ffi.sizeof("qa_banner_texts")
    names = {name for name, _ in ffi.typeof("qa_banner_texts").fields} - {"size"}
    kept = []
    for name, text in texts.items():
        if name not in names:
            raise InvalidArgument(f"the banner has no text {name!r}")
        kept.append(text_to_c(text))
        setattr(struct, name, kept[-1])
    return struct, kept


def _rows(pixels: Any, size: tuple[int, int] | None, stride: int | None) -> tuple[Any, int, int, int]:
    if hasattr(pixels, "convert") and hasattr(pixels, "size"):  # a Pillow image
        width, height = pixels.size
        return pixels.convert("RGB").tobytes("raw", "BGRX"), width, height, width * 4
    if size is None:
        shape = memoryview(pixels).shape or ()
        if len(shape) != 3 or shape[2] != 4 or memoryview(pixels).itemsize != 1:
            raise InvalidArgument("say the size, or give an array of height x width x 4 bytes")
        size = (shape[1], shape[0])
    return pixels, size[0], size[1], stride or size[0] * 4
