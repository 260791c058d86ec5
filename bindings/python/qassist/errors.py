"""One exception for each error of the C library."""

from __future__ import annotations

from ._native import ffi, lib


class QassistError(Exception):
    """What every error of the C library is; the subclasses say which one.

    `code` is its number (qa_error), `name` its name such as "QA_ECODE_WRONG", `detail` more words
    where there are any;
    `retry_seconds`: when the relay may say something else, 0 where it did not say.
    """

    code: int = 0
    retry_seconds: int = 0

    def __init__(self, detail: str = "", code: int | None = None) -> None:
        if code is not None:
            self.code = code
        self.detail = detail
        text = str(ffi.string(lib.qa_strerror(self.code)).decode())
        super().__init__(f"{text} ({detail})" if detail and detail != text else text)

    @property
    def name(self) -> str:
        return str(ffi.string(lib.qa_err_name(self.code)).decode())


class InvalidArgument(QassistError, ValueError):
    code = lib.QA_EINVAL


class OutOfMemory(QassistError):
    code = lib.QA_ENOMEM


class WrongState(QassistError):
    code = lib.QA_ESTATE


class ReadWriteFailed(QassistError):
    code = lib.QA_EIO


class NoAnswer(QassistError):
    code = lib.QA_ETIMEOUT


class Canceled(QassistError):
    code = lib.QA_ECANCELED


class ProtocolViolated(QassistError):
    code = lib.QA_EPROTO


class VersionDiffers(QassistError):
    code = lib.QA_EVERSION


class LimitReached(QassistError):
    code = lib.QA_ELIMIT


class CodeIncomplete(QassistError, ValueError):
    code = lib.QA_ECODE_FORMAT


class CodeMistyped(QassistError, ValueError):
    code = lib.QA_ECODE_CHECK


class CodeUnknown(QassistError):
    code = lib.QA_ECODE_UNKNOWN


class CodeExpired(QassistError):
    code = lib.QA_ECODE_EXPIRED


class CodeUsed(QassistError):
    code = lib.QA_ECODE_USED


class CodeWrong(QassistError):
    code = lib.QA_ECODE_WRONG


class SignInRefused(QassistError):
    code = lib.QA_EAUTH


class RelayUnreachable(QassistError):
    code = lib.QA_ERELAY


class RelayLost(QassistError):
    code = lib.QA_ERELAY_LOST


class RelayNotTrusted(QassistError):
    code = lib.QA_ETRUST


class PeerLost(QassistError):
    code = lib.QA_EPEER_LOST


class Tampered(QassistError):
    code = lib.QA_ETAMPERED


class Denied(QassistError):
    code = lib.QA_EDENIED


class NotAllowed(QassistError):
    code = lib.QA_ENOTALLOWED


class WorkerStopped(QassistError):
    code = lib.QA_EWORKER


class WorkerHung(QassistError):
    code = lib.QA_EWORKER_HUNG


class WorkerMissing(QassistError):
    code = lib.QA_EWORKER_MISSING


class ScreenFailed(QassistError):
    code = lib.QA_ESCREEN


class InputFailed(QassistError):
    code = lib.QA_EINPUT


class TooManyTries(QassistError):
    code = lib.QA_ERATE


class PermissionExpired(QassistError):
    code = lib.QA_EEXPIRED


class InvitationInvalid(QassistError):
    code = lib.QA_EINVITATION


class NotAllowedByPolicy(QassistError):
    code = lib.QA_EPOLICY


class ConsentWithdrawn(QassistError):
    """The question is void: nobody answered in time, it was taken back, or the session is over."""

    code = lib.QA_ECANCELED


class FrameGone(RuntimeError):
    """The frame was released; its pixels are not there any more. Copy what must last."""


class FrameInUse(RuntimeError):
    """A view of the frame (an array, a memoryview) is still there while the next event is asked for.

    No picture could follow before the view is dropped. Copy what must last: Frame.copy().
    """


_BY_CODE: dict[int, type[QassistError]] = {
    kind.code: kind for kind in QassistError.__subclasses__() if kind is not ConsentWithdrawn
}


def error_of(code: int, detail: str = "") -> QassistError:
    """The exception for an error number."""
    kind = _BY_CODE.get(code)
    return kind(detail) if kind else QassistError(detail, code)


def check(result: int) -> int:
    """Raises where a function of the C library returned an error."""
    if result < 0:
        raise error_of(result)
    return result
