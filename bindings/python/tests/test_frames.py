"""Frames: lent without a copy, and never a dangling pointer."""

import asyncio
import gc

import numpy
import pytest
from pair import filled, first_frame, run, viewing, wait_for

from qassist import FrameGone, FrameInUse, FrameReady, Move, Rect


def test_a_frame_is_gone_with_the_next_event_and_its_copy_lasts(relay):
    async def session():
        async with viewing(relay) as (helper, painter):
            frame = await filled(helper, painter, (1, 2, 3))
            assert not frame.released and frame.pixels.readonly
            assert not frame.array().flags.writeable
            copy = frame.copy()
            await filled(helper, painter, (9, 2, 3))
            assert frame.released
            for look in (lambda: frame.pixels, frame.array, frame.image, frame.copy):
                with pytest.raises(FrameGone):
                    look()
            assert copy.pixels[:3].tobytes() == bytes((1, 2, 3))
            assert (copy.array()[:, :, 0] == 1).all()
            assert copy.image().getpixel((0, 0)) == (3, 2, 1)

    run(session())


def test_a_view_that_is_kept_is_an_error_and_holds_the_pictures_up(relay):
    async def session():
        async with viewing(relay) as (helper, painter):
            frame = await filled(helper, painter, (1, 0, 0))
            kept = frame.array()
            part = kept[10:20, 10:20]
            del kept
            with pytest.raises(FrameInUse):
                await helper.__anext__()
            # Nothing is drawn under it, however long, until it is dropped; all else goes on.
            painter.fill((2, 0, 0))
            assert helper.chat("are you there?") == 1
            while not painter.events or getattr(painter.events[-1], "text", "") != "are you there?":
                await asyncio.sleep(0.01)
            assert (part[:, :, 0] == 1).all() and not frame.released
            del part
            assert frame.released
            await first_frame(helper, lambda frame: frame.pixels[0] == 2)

    run(session())


def test_a_view_outlives_its_session(relay):
    async def session():
        async with viewing(relay) as (helper, painter):
            return (await filled(helper, painter, (7, 0, 0))).array()

    view = run(session())
    gc.collect()
    assert (view[:, :, 0] == 7).all()


def test_damage_says_what_changed(relay):
    async def session():
        async with viewing(relay) as (helper, painter):
            first = await wait_for(helper, FrameReady)
            assert first.frame.damage == (Rect(0, 0, 320, 200),)
            painter.pixels[64:128, 64:128] = 200
            event = await wait_for(
                helper, FrameReady, lambda event: event.frame.array()[100, 100, 0] == 200)
            area = sum(rect.width * rect.height for rect in event.frame.damage)
            assert 64 * 64 <= area < 320 * 200

    run(session())


def after(frame, before):
    """A copy of the frame before as this one says that it became; numpy copies what overlaps itself."""
    kept = before.copy()
    for move in frame.moves:
        to, x, y = move.to, move.from_x, move.from_y
        moved = kept[y:y + to.height, x:x + to.width].copy()
        kept[to.y:to.y + to.height, to.x:to.x + to.width] = moved
    for rect in frame.painted:
        part = slice(rect.y, rect.y + rect.height), slice(rect.x, rect.x + rect.width)
        kept[part] = frame.array()[part]
    return kept


def test_what_scrolls_is_told_as_moves(relay):
    async def session():
        async with viewing(relay) as (helper, painter):
            rows = numpy.random.default_rng(1).integers(0, 256, (200, 320, 3), numpy.uint8)
            painter.pixels[:, :, :3] = rows
            event = await wait_for(
                helper, FrameReady, lambda event: (event.frame.array()[:, :, :3] == rows).all())
            assert sum(r.width * r.height for r in event.frame.painted) > 0
            kept, moves = event.frame.array().copy(), []
            for _ in range(4):
                rows = numpy.roll(rows, -16, axis=0)
                painter.pixels[:, :, :3] = rows
                while not (kept[:, :, :3] == rows).all():
                    frame = (await wait_for(helper, FrameReady)).frame
                    moves += frame.moves
                    assert frame.damage == frame.painted + tuple(move.to for move in frame.moves)
                    kept = after(frame, kept)
                    assert (kept[:, :, :3] == frame.array()[:, :, :3]).all()
            assert moves and all(isinstance(move, Move) and move.to.width > 0 for move in moves)
            assert any(move.from_y - move.to.y == 16 for move in moves)

    run(session())


def test_pictures_of_any_layout_can_be_submitted(relay):
    from PIL import Image

    async def session():
        async with viewing(relay) as (helper, painter):
            sharer = painter.sharer
            wide = numpy.zeros((50, 100, 4), numpy.uint8)
            wide[:, :, 2] = 90
            assert sharer.submit(wide[:, :60].copy(), damage=[(0, 0, 60, 50)])
            assert sharer.submit(wide.tobytes(), (60, 50), stride=400)
            assert sharer.submit(Image.new("RGB", (64, 48), (1, 2, 3)))
            assert sharer.submit(wide, damage=[])
            for wrong in (wide[:, :, :3].copy(), wide.astype(numpy.uint16)):
                with pytest.raises(ValueError):
                    sharer.submit(wrong)
            for size, stride in (((101, 50), None), ((100, 51), None), ((100, 50), 396), ((0, 5), None)):
                with pytest.raises(ValueError):
                    sharer.submit(wide.tobytes(), size, stride=stride)
            with pytest.raises((ValueError, BufferError)):
                sharer.submit(wide[:, ::2])

    run(session())
