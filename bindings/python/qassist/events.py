"""What `async for event in` a session or sign-in gives. Compare with `match` or isinstance()."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Union

from .errors import QassistError
from .kinds import (
    Button,
    InputType,
    MarkKind,
    MarkStep,
    Notice,
    PauseCause,
    Permission,
    SessionState,
)
from .picture import Cursor, Frame

if TYPE_CHECKING:
    from .consent import Consent


# ---- both sides ----


@dataclasses.dataclass(frozen=True, slots=True)
class StateChanged:
    """The session went on to another state."""

    state: SessionState


@dataclasses.dataclass(frozen=True, slots=True)
class PermissionsChanged:
    """What the helper may do now. On the helper's side `reason` says why something is not there."""

    permissions: Permission
    reason: QassistError | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Paused:
    """The session paused, goes on (no causes), or is paused for other reasons than before.

    While the sharer's causes are among them the helper takes the last picture away.
    """

    causes: PauseCause


@dataclasses.dataclass(frozen=True, slots=True)
class ChatReceived:
    """The other side wrote; lines are parted by line feeds."""

    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class ChatDelivered:
    """The other side's program was handed the message that chat() gave this number."""

    id: int


@dataclasses.dataclass(frozen=True, slots=True)
class ClipboardReceived:
    """The other side copied a text, and its permission is there."""

    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class RestartAnswered:
    """Whether the sharer's computer may be restarted, with so many seconds for coming back.

    0 seconds: not, because of `reason`.
    """

    seconds: int
    reason: QassistError | None = None


# ---- the helper's ----


@dataclasses.dataclass(frozen=True, slots=True)
class CodeReady:
    """The security code: show it, say it, keep it nowhere. The names are what the sharer reads."""

    code: str = dataclasses.field(repr=False)
    seconds_left: int
    shown_name: str
    organisation: str


@dataclasses.dataclass(frozen=True, slots=True)
class PeerJoined:
    """Somebody typed the right code; the encrypted channel stands and the sharer is being asked."""


@dataclasses.dataclass(frozen=True, slots=True)
class Refused:
    """These permissions, asked for or held until now, are not there, because of `reason`.

    Asking for them in the next `wait_seconds` is in vain; WAIT_SESSION: in this session.
    """

    permissions: Permission
    reason: QassistError
    wait_seconds: int


@dataclasses.dataclass(frozen=True, slots=True)
class Noticed:
    """Something the helper's user should know of and that does not end the session."""

    notice: Notice


@dataclasses.dataclass(frozen=True, slots=True)
class FrameReady:
    """A new picture, lent until the next event is asked for; see Frame."""

    frame: Frame


@dataclasses.dataclass(frozen=True, slots=True)
class CursorChanged:
    """The sharer's pointer looks different from now on."""

    cursor: Cursor


@dataclasses.dataclass(frozen=True, slots=True)
class CursorMoved:
    """The sharer's pointer moved on its own, in pixels of the picture."""

    x: int
    y: int


@dataclasses.dataclass(frozen=True, slots=True)
class Screen:
    """One of the sharer's monitors; its place is on the sharer's display, in pixels."""

    id: int
    name: str
    x: int
    y: int
    width: int
    height: int
    scale_percent: int
    primary: bool


@dataclasses.dataclass(frozen=True, slots=True)
class ScreensChanged:
    """The sharer's monitors, and which one is shown (0: all)."""

    screens: tuple[Screen, ...]
    chosen: int


# ---- the sharer's ----


@dataclasses.dataclass(frozen=True, slots=True)
class HelperKnown:
    """Who is asking: first name and initial, and the organisation that the relay vouches for."""

    shown_name: str
    organisation: str


@dataclasses.dataclass(frozen=True, slots=True)
class ConsentAsked:
    """A question; answer it now or later. See Consent, and Sharer's `answer` for another way."""

    consent: Consent


@dataclasses.dataclass(frozen=True, slots=True)
class ConsentVoid:
    """A question that nobody has to answer any more: close its dialog."""

    consent: Consent


@dataclasses.dataclass(frozen=True, slots=True)
class Warned:
    """Words to show to the sharer before anything else; nothing was sent yet."""

    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class ScreenShown:
    """The monitor that the helper sees from now on; id 0 and name "": all of the display."""

    id: int
    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class InputReceived:
    """ScreenKind.APP: input that the helper sent and control allows; `type` says what counts."""

    type: InputType
    x: int
    y: int
    button: Button
    pressed: bool
    wheel_x: int
    wheel_y: int
    scancode: int
    codepoint: int


@dataclasses.dataclass(frozen=True, slots=True)
class Pointed:
    """ScreenKind.APP: the helper's laser pointer is there, or (not `shown`) nowhere."""

    shown: bool
    x: int
    y: int


@dataclasses.dataclass(frozen=True, slots=True)
class Marked:
    """ScreenKind.APP: a step of the helper's drawing; draw it over what is shared.

    Without a mark begun before there is no MarkStep.TO; all that has to vanish comes as
    MarkStep.CLEAR.
    """

    step: MarkStep
    kind: MarkKind
    colour: int
    width: int
    x: int
    y: int


# ---- of signing in ----


@dataclasses.dataclass(frozen=True, slots=True)
class OpenAddress:
    """Open this address (of the issuer, https) in the system's browser."""

    address: str = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class ShowDevice:
    """Have the user open `address` on any device and type `code` there.

    `complete` is an address with the code in it, None where there is none. Never pass them on to
    anybody else.
    """

    address: str
    code: str = dataclasses.field(repr=False)
    complete: str | None = dataclasses.field(repr=False)
    seconds_left: int


@dataclasses.dataclass(frozen=True, slots=True)
class SignedIn:
    """The user is signed in; also after each refresh().

    `token` is for Helper, a secret. `shown_name` and `organisation` are what sharers will read,
    `account` is what the relay's operator knows this helper by. The token ends after
    `seconds_left`; refresh() gets a new one without asking the user where `can_refresh` says so.
    """

    token: str = dataclasses.field(repr=False)
    shown_name: str
    organisation: str
    account: str
    seconds_left: int
    can_refresh: bool


HelperEvent = Union[
    StateChanged, PermissionsChanged, Paused, ChatReceived, ChatDelivered, ClipboardReceived,
    RestartAnswered, CodeReady, PeerJoined, Refused, Noticed, FrameReady, CursorChanged,
    CursorMoved, ScreensChanged,
]
SharerEvent = Union[
    StateChanged, PermissionsChanged, Paused, ChatReceived, ChatDelivered, ClipboardReceived,
    RestartAnswered, HelperKnown, ConsentAsked, ConsentVoid, Warned, ScreenShown, InputReceived,
    Pointed, Marked,
]
SignInEvent = Union[OpenAddress, ShowDevice, SignedIn]
