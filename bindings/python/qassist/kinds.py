"""The numbers of the C library as enumerations."""

from __future__ import annotations

import enum
from typing import Any

from ._native import ffi, lib


class _Kind(enum.IntEnum):
    """A number that a newer C library may have more of: those become members without a name."""

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member


class SessionState(_Kind):
    """Where a session is. str() gives the C library's word for it, such as "waiting"."""

    NEW = lib.QA_STATE_NEW
    CONNECTING = lib.QA_STATE_CONNECTING
    WAITING = lib.QA_STATE_WAITING
    PAIRING = lib.QA_STATE_PAIRING
    ASKING = lib.QA_STATE_ASKING
    ACTIVE = lib.QA_STATE_ACTIVE
    PAUSED = lib.QA_STATE_PAUSED
    ENDED = lib.QA_STATE_ENDED
    RECONNECTING = lib.QA_STATE_RECONNECTING

    def __str__(self) -> str:
        return str(ffi.string(lib.qa_session_state_name(self.value)).decode())


class Permission(enum.IntFlag):
    """What a helper may do; combine with |. VIEW is asked first and alone."""

    NONE = 0
    VIEW = lib.QA_PERMISSION_VIEW
    CONTROL = lib.QA_PERMISSION_CONTROL
    POINT = lib.QA_PERMISSION_POINT
    ANNOTATE = lib.QA_PERMISSION_ANNOTATE
    CLIPBOARD_TO_SHARER = lib.QA_PERMISSION_CLIPBOARD_TO_SHARER
    CLIPBOARD_TO_HELPER = lib.QA_PERMISSION_CLIPBOARD_TO_HELPER

    @property
    def words(self) -> list[str]:
        """The names that events, scripts and messages use, such as "clipboard-to-helper"."""
        bits = (1 << position for position in range(lib.QA_PERMISSIONS_COUNT))
        return [ffi.string(lib.qa_permission_name(bit)).decode() for bit in bits if self & bit]

    @classmethod
    def from_word(cls, word: str) -> Permission:
        """The permission of that name. Raises ValueError where there is none."""
        value = lib.qa_permission_by_name(word.encode())
        if not value:
            raise ValueError(f"no permission is called {word!r}")
        return cls(value)


class PauseCause(enum.IntFlag):
    """Why a session is paused; it goes on when none is left."""

    NONE = 0
    SHARER = lib.QA_PAUSED_BY_SHARER
    HELPER = lib.QA_PAUSED_BY_HELPER
    PROMPT = lib.QA_PAUSED_BY_PROMPT


class SignInMethod(_Kind):
    """How a helper signs in: here in the browser, or on another device where issuer and relay allow it."""

    BROWSER = lib.QA_SIGN_IN_BROWSER
    DEVICE = lib.QA_SIGN_IN_DEVICE


class CheckPart(_Kind):
    """What check_sharing() looked at."""

    DISPLAY = lib.QA_CHECK_DISPLAY
    EXTENSION = lib.QA_CHECK_EXTENSION
    CAPTURE = lib.QA_CHECK_CAPTURE
    INPUT = lib.QA_CHECK_INPUT
    CLIPBOARD = lib.QA_CHECK_CLIPBOARD
    WORKER = lib.QA_CHECK_WORKER
    POLICY = lib.QA_CHECK_POLICY
    RELAY = lib.QA_CHECK_RELAY


class Notice(_Kind):
    """Something the helper's user should know of and that does not end the session."""

    CODE_TRIED_AGAIN = lib.QA_NOTICE_CODE_TRIED_AGAIN


class ConsentKind(_Kind):
    """What a question to the sharer is about. Answer no to what is not known."""

    PERMISSIONS = lib.QA_CONSENT_PERMISSIONS
    CALLED = lib.QA_CONSENT_CALLED
    RESTART = lib.QA_CONSENT_RESTART


class ScreenKind(_Kind):
    """What is shared: an X11 display, or the program's own pixels (Sharer.submit)."""

    X11 = lib.QA_SCREEN_X11
    APP = lib.QA_SCREEN_APP


class InputType(_Kind):
    """Which members of an InputReceived count."""

    MOVE = lib.QA_INPUT_MOVE
    BUTTON = lib.QA_INPUT_BUTTON
    WHEEL = lib.QA_INPUT_WHEEL
    KEY = lib.QA_INPUT_KEY
    TEXT = lib.QA_INPUT_TEXT


class Button(_Kind):
    """Buttons by their place on the mouse; what they do is the sharer's setting."""

    LEFT = lib.QA_BUTTON_LEFT
    MIDDLE = lib.QA_BUTTON_MIDDLE
    RIGHT = lib.QA_BUTTON_RIGHT
    BACK = lib.QA_BUTTON_BACK
    FORWARD = lib.QA_BUTTON_FORWARD


class MarkKind(_Kind):
    """What is drawn: a line along all its points, an arrow to the last one, or a frame."""

    STROKE = lib.QA_MARK_STROKE
    ARROW = lib.QA_MARK_ARROW
    RECTANGLE = lib.QA_MARK_RECTANGLE


class MarkStep(_Kind):
    """Which members of a Marked count: of BEGIN all, of TO the place, of the others none."""

    BEGIN = lib.QA_MARK_BEGIN
    TO = lib.QA_MARK_TO
    END = lib.QA_MARK_END
    UNDO = lib.QA_MARK_UNDO
    CLEAR = lib.QA_MARK_CLEAR


class BannerWish(_Kind):
    """Whether a banner on the shared screen says who may do what; DEFAULT: on for X11."""

    DEFAULT = lib.QA_BANNER_DEFAULT
    ON = lib.QA_BANNER_ON
    OFF = lib.QA_BANNER_OFF


CHAT_MAX: int = lib.QA_CHAT_MAX
"""Most characters of a chat message."""
REPORT_MAX: int = lib.QA_REPORT_MAX
"""Most characters of a report's words."""
CLIPBOARD_MAX: int = lib.QA_CLIPBOARD_MAX
"""Most bytes of a text that goes from one clipboard to the other."""
PURPOSE_MAX: int = lib.QA_PURPOSE_MAX
"""Most bytes of a request's purpose."""
TEXT_MAX: int = lib.QA_TEXT_MAX
"""Most characters of one Helper.text."""
SCREENS_MAX: int = lib.QA_SCREENS_MAX
"""Most monitors that are listed."""
MARKS_MAX: int = lib.QA_MARKS_MAX
"""Most marks at once; a further one takes the place of the oldest."""
MARK_POINTS_MAX: int = lib.QA_MARK_POINTS_MAX
"""Most points of one stroke."""
MARK_WIDTH_MAX: int = lib.QA_MARK_WIDTH_MAX
"""The widest line of a mark, in pixels of the picture."""
MARK_PLACE_MAX: int = lib.QA_MARK_PLACE_MAX
"""The greatest place of a mark, as far as any picture goes."""
BANNER_TEXT_MAX: int = lib.QA_BANNER_TEXT_MAX
"""Most bytes of one of the banner's texts."""
SCANCODE_EXTENDED: int = lib.QA_SCANCODE_EXTENDED
"""Set in a scancode for keys that a PC keyboard sends with the prefix E0."""
WHEEL_STEP: int = lib.QA_WHEEL_STEP
"""One step of a usual mouse wheel."""
WAIT_SESSION: int = lib.QA_WAIT_SESSION
"""Instead of a number of seconds to wait: not any more in this session."""
