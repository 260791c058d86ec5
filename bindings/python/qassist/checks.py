"""Whether what sharing an X11 screen needs is there, before anybody calls anybody."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from ._native import ffi, lib
from .context import text_of, text_to_c
from .errors import error_of
from .kinds import CheckPart


@dataclass(frozen=True)
class CheckResult:
    """One thing that was looked at."""

    part: CheckPart
    good: bool
    needed: bool
    """Where it is not good, nothing can be shared."""
    name: str
    """Of the extension, the display or the relay; else ""."""
    detail: str
    """What was found, or what is wrong, in English."""


def check_sharing(
    *,
    display: str | None = None,
    relay_url: str | None = None,
    ca_file: str | os.PathLike[str] | None = None,
    worker_path: str | os.PathLike[str] | None = None,
) -> list[CheckResult]:
    """Tries what sharing a screen needs, one thing after the other, and shares nothing.

    It waits for display, worker and relay, half a minute at the worst: on an asyncio loop say
    ``await asyncio.to_thread(check_sharing, ...)``. display None is the environment's; without
    relay_url no relay is looked at. Raises InvalidArgument, OutOfMemory or ReadWriteFailed where it
    cannot look at all.
    """
    options = ffi.new("qa_check_options *")
    options.size = ffi.sizeof("qa_check_options")
    texts = {"display": display, "relay_url": relay_url, "ca_file": ca_file, "worker_path": worker_path}
    kept = {name: text_to_c(text) for name, text in texts.items()}
    for name, text in kept.items():
        setattr(options, name, text)
    found: list[CheckResult] = []
    handle = ffi.new_handle(found)
    result = lib.qa_check_sharing(options, lib.check_result, handle)
    if result and not any(not one.good and one.needed for one in found):
        raise error_of(result)
    return found


def _on_result(r: Any, user_data: Any) -> None:
    ffi.from_handle(user_data).append(
        CheckResult(CheckPart(r.part), bool(r.good), bool(r.needed), text_of(r.name), text_of(r.detail))
    )


ffi.def_extern(name="check_result")(_on_result)
