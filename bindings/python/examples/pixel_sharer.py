"""A sharer that shows no screen but pixels of its own: an animation that changes colour when the
helper clicks into it.

Usage: pixel_sharer.py wss://RELAY CODE [CA.pem]     (answers questions from standard input)
"""

import asyncio
import sys

import numpy

from qassist import (
    Consent,
    HelperKnown,
    InputReceived,
    InputType,
    Permission,
    QassistError,
    Rect,
    ScreenKind,
    Sharer,
)

WIDTH, HEIGHT, SIDE = 640, 400, 40
LANE = Rect(0, 20, WIDTH, SIDE)


class Animation:
    """A square that runs along a lane: blue, green, red and an unused byte a pixel."""

    def __init__(self) -> None:
        self.pixels = numpy.zeros((HEIGHT, WIDTH, 4), numpy.uint8)
        self.colour = numpy.array([0x40, 0xC0, 0xFF, 0], numpy.uint8)
        self.place = 0

    async def run(self, sharer: Sharer) -> None:
        while True:
            lane = self.pixels[LANE.y : LANE.y + LANE.height]
            lane[:] = (0x60, 0x40, 0x20, 0)
            lane[:, self.place : self.place + SIDE] = self.colour
            self.place = (self.place + SIDE) % WIDTH
            sharer.submit(self.pixels, damage=[LANE])  # False until somebody may see it
            await asyncio.sleep(0.1)


async def standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    return reader


async def share(relay: str, code: str, ca: str | None) -> None:
    typed = await standard_input()

    async def ask(consent: Consent) -> bool:
        what = "click here" if consent.permissions & Permission.CONTROL else "see this"
        print(f"Let the helper {what}? [y/N]", flush=True)
        return (await typed.readline()).startswith(b"y")

    animation = Animation()
    async with Sharer(relay, code, answer=ask, screen=ScreenKind.APP, ca_file=ca) as sharer:
        drawing = asyncio.create_task(animation.run(sharer))
        async for event in sharer:
            match event:
                case HelperKnown(shown_name=name, organisation=organisation):
                    print(f"Your helper: {name}, {organisation or 'no organisation'}", flush=True)
                case InputReceived(type=InputType.BUTTON, pressed=True, x=x, y=y):
                    animation.colour ^= 0xFF
                    print(f"The helper clicked at {x}, {y}.", flush=True)
        drawing.cancel()


def main() -> int:
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        asyncio.run(share(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None))
    except QassistError as error:
        print(f"The session ended: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
