"""Consent: a question to the sharer as an object, to be answered now or later, exactly once."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from ._native import lib
from .context import text_of
from .errors import ConsentWithdrawn, check
from .kinds import ConsentKind, Permission

if TYPE_CHECKING:
    from .context import Context


class Consent:
    """A question. Answer it with allow(), allow_some() or deny(); dropped unanswered it means no.

    `await consent` waits for its answer, wherever that is given, and returns what was allowed; it
    raises ConsentWithdrawn when the question became void.
    """

    def __init__(self, context: Context, consent: Any) -> None:
        self.kind = ConsentKind(lib.qa_consent_get_kind(consent))
        self.permissions = Permission(lib.qa_consent_permissions(consent))
        """What is asked: VIEW alone, or others, one or several; NONE for other kinds."""
        self.purpose = text_of(lib.qa_consent_purpose(consent))
        """What the helper says it is for, in the helper's own words, so show it as such."""
        self.renews = bool(lib.qa_consent_renews(consent))
        """Whether this was allowed before and its time is over."""
        self.allowed: bool | None = None
        """Whether anything was allowed; None: not answered yet, or void."""
        self._c = lib.qa_consent_ref(consent)
        self._given_back = weakref.finalize(self, context.later, lib.qa_consent_unref, self._c)
        self._given_back.atexit = False
        self._answer: asyncio.Future[Permission] = asyncio.get_running_loop().create_future()

    def __repr__(self) -> str:
        what = ", ".join(self.permissions.words) or self.kind.name.lower()
        return f"<Consent: {what}>"

    @property
    def open(self) -> bool:
        """Whether it still waits for an answer."""
        return not self._answer.done()

    def allow(self) -> None:
        """Says yes to all that is asked, for the time that is set for it (see Sharer).

        Raises WrongState where it was answered before or is void; so do the other two.
        """
        check(lib.qa_consent_allow(self._c))
        self._settle(self.permissions, True)

    def allow_some(self, permissions: Permission, seconds: int = 0) -> None:
        """Says yes to some of what is asked and no to the rest; with none no to all.

        After `seconds` the permissions end and are asked for again; 0: the time that is set for
        each. Raises InvalidArgument for a permission that is not asked; the question stays open.
        """
        check(lib.qa_consent_allow_some(self._c, int(permissions), seconds))
        self._settle(permissions, bool(permissions))

    def deny(self) -> None:
        """Says no."""
        check(lib.qa_consent_deny(self._c))
        self._settle(Permission.NONE, False)

    def __await__(self) -> Generator[Any, None, Permission]:
        return asyncio.shield(self._answer).__await__()

    def withdraw(self) -> None:
        """It is void; the sharer says so."""
        if not self._answer.done():
            self._answer.set_exception(ConsentWithdrawn("nobody has to answer any more"))
            self._answer.exception()  # nobody has to wait for it either

    def _settle(self, permissions: Permission, allowed: bool) -> None:
        self.allowed = allowed
        if not self._answer.done():
            self._answer.set_result(permissions)
