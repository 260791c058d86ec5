"""SignIn: a helper signs in at an issuer that the relay names, and gets the token that Helper takes."""

from __future__ import annotations

import os
from typing import Any

from ._native import ffi, lib
from .context import Context, text_of, text_to_c
from .events import OpenAddress, ShowDevice, SignedIn, SignInEvent
from .kinds import SignInMethod
from .life import Life, callback


class SignIn(Life[SignInEvent]):
    """A helper signs in, in the system's browser or on another device.

    relay: the relay's URL, or a Context to share. method: see SignInMethod. issuer: the address of
    the issuer to choose; None: the first that the relay names. issuer_ca_file: a PEM file with the
    only authorities to trust for the issuer; None: the system's. ca_file: see Context.

        async with SignIn("wss://relay.example") as sign_in:
            async for event in sign_in:
                match event:
                    case OpenAddress(address=address):
                        webbrowser.open(address)
                    case SignedIn(token=token):
                        break
            async with Helper("wss://relay.example", token=token) as helper:
                ...

    All is kept in memory only, and forgotten with the `async with`; the token stays good until it
    ends or sign_out() is called. What is raised where events are taken: SignInRefused (issuer or
    relay said no), NoAnswer (the user did not sign in), ReadWriteFailed (libcurl is not installed,
    or no port could be opened for the browser), and the errors of connecting; `retry_seconds` of
    the error says after how long another try may do better.
    """

    _role = "sign_in"

    def __init__(
        self,
        relay: str | Context,
        *,
        method: SignInMethod = SignInMethod.BROWSER,
        issuer: str | None = None,
        issuer_ca_file: str | os.PathLike[str] | None = None,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(relay, ca_file=ca_file)
        self._method = method
        self._issuer = issuer
        self._issuer_ca_file = issuer_ca_file

    def _make(self) -> Any:
        options = ffi.new("qa_sign_in_options *")
        options.size = ffi.sizeof("qa_sign_in_options")
        options.method = int(self._method)
        texts = [text_to_c(self._issuer), text_to_c(self._issuer_ca_file)]
        options.issuer, options.issuer_ca_file = texts
        return self._create(options)

    def refresh(self) -> None:
        """Gets a new token without asking the user; SignedIn follows, or the end with an error.

        Raises WrongState (not signed in, or `can_refresh` was false).
        """
        self._call("refresh")

    def sign_out(self) -> None:
        """Signs out: the token is worth nothing any more, all is forgotten, and the iteration stops.

        `await sign_in.ended()` waits for it. The issuer's own session in the browser stays. Raises
        WrongState (not signed in).
        """
        self._call("out")

    def end(self) -> None:
        """Stops what runs and forgets all, without a word to anybody. Harmless when it is over."""
        if self._c is not None:
            pointer, self._c = self._c, None
            self.context.later(lib.qa_sign_in_unref, pointer)
        if self._over and not self._over.done():
            self._over.set_result(None)
        self._wake()

    # ---- callbacks ----

    @callback("sign_in_on_address")
    def _on_address(self, address: Any) -> None:
        self.tell(OpenAddress(text_of(address)))

    @callback("sign_in_on_device")
    def _on_device(self, address: Any, code: Any, complete: Any, seconds_left: int) -> None:
        whole = text_of(complete) or None
        self.tell(ShowDevice(text_of(address), text_of(code), whole, seconds_left))

    @callback("sign_in_on_token")
    def _on_token(self, token: Any) -> None:
        self.tell(
            SignedIn(text_of(token.token), text_of(token.shown_name), text_of(token.organisation),
                     text_of(token.account), token.seconds_left, bool(token.can_refresh))
        )

    @callback("sign_in_on_end")
    def _on_end(self, error: int, detail: Any) -> None:
        if self._c is not None:  # not after end()
            super()._on_end(error, detail)
