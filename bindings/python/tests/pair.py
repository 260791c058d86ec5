"""A helper and a sharer in one loop, as the tests want them."""

import asyncio
import contextlib
import os

import numpy

from qassist import CodeReady, FrameReady, Helper, ScreenKind, Sharer, StateChanged
from qassist import SessionState

PATIENCE = 180 * float(os.environ.get("QASSIST_SLOW", "1"))


def run(test):
    """Runs a coroutine, and no longer than patience lasts."""

    async def bounded():
        return await asyncio.wait_for(test, PATIENCE)

    return asyncio.run(bounded())


async def wait_for(session, kind, condition=lambda event: True):
    """The next event of this kind; the ones before it are dropped."""
    async for event in session:
        if isinstance(event, kind) and condition(event):
            return event
    raise AssertionError(f"the session ended ({session.detail}) before {kind.__name__}")


async def first_frame(helper, condition=lambda frame: True):
    return (await wait_for(helper, FrameReady, lambda event: condition(event.frame))).frame


async def filled(helper, painter, colour):
    """Fills the painter's picture; the first frame of that colour (told by its blue)."""
    painter.fill(colour)
    return await first_frame(helper, lambda frame: frame.pixels[0] == colour[0])


class Painter:
    """A sharer's own pixels, submitted now and then as programs do, until the session is over."""

    def __init__(self, sharer, width=320, height=200):
        self.sharer = sharer
        self.pixels = numpy.zeros((height, width, 4), numpy.uint8)
        self.events = []

    def fill(self, colour):
        self.pixels[:] = (*colour, 0)

    async def paint(self):
        while True:
            self.sharer.submit(self.pixels)
            await asyncio.sleep(0.05)

    async def take_events(self):
        async for event in self.sharer:
            self.events.append(event)


async def yes(consent):
    return True


@contextlib.asynccontextmanager
async def helper_on(relay):
    async with Helper(relay.url, token=relay.token, ca_file=relay.ca) as helper:
        code = (await wait_for(helper, CodeReady)).code
        yield helper, code


def sharer_on(relay, code, **options):
    """A sharer of its own pixels, to be begun."""
    return Sharer(relay.url, code, screen=ScreenKind.APP, ca_file=relay.ca, **options)


@contextlib.asynccontextmanager
async def painting(relay, code, colour=(0, 0, 0)):
    """A sharer that allows everything and paints one colour."""
    async with sharer_on(relay, code, answer=yes) as sharer:
        painter = Painter(sharer)
        painter.fill(colour)
        task = asyncio.create_task(painter.paint())
        try:
            yield painter
        finally:
            task.cancel()


@contextlib.asynccontextmanager
async def viewing(relay, answer=yes, **options):
    """A session in which the helper sees the painter's pixels."""
    async with helper_on(relay) as (helper, code):
        async with sharer_on(relay, code, answer=answer, **options) as sharer:
            painter = Painter(sharer)
            tasks = [asyncio.create_task(painter.take_events())]
            await wait_for(helper, StateChanged, lambda e: e.state is SessionState.ACTIVE)
            tasks.append(asyncio.create_task(painter.paint()))
            try:
                yield helper, painter
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
