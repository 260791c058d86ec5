"""Pictures: frames that are lent without a copy, copies that last, and the sharer's pointer."""

from __future__ import annotations

import dataclasses
import weakref
from typing import TYPE_CHECKING, Any

from ._native import ffi, lib
from .errors import FrameGone, FrameInUse

if TYPE_CHECKING:
    import numpy
    import numpy.typing

    from .context import Context


@dataclasses.dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in pixels; x and y from the top left corner of the picture."""

    x: int
    y: int
    width: int
    height: int


@dataclasses.dataclass(frozen=True, slots=True)
class Move:
    """A rectangle of the picture before that is somewhere else now; it may overlap itself."""

    to: Rect
    from_x: int
    from_y: int


class Pixels:
    """What frames and copies have in common: BGRX rows, `stride` bytes apart, the top row first."""

    width: int
    height: int
    stride: int

    @property
    def pixels(self) -> memoryview:
        """The bytes, read-only and without a copy: height x stride of them."""
        raise NotImplementedError

    def array(self) -> numpy.typing.NDArray[numpy.uint8]:
        """A numpy array of height x width x 4 (blue, green, red, unused), without a copy."""
        import numpy

        return numpy.ndarray(
            (self.height, self.width, 4), numpy.uint8, self.pixels, strides=(self.stride, 4, 1)
        )

    def image(self) -> Any:
        """A Pillow image in RGB: always a copy of its own."""
        from PIL import Image

        size = (self.width, self.height)
        return Image.frombytes("RGB", size, self._memory(), "raw", "BGRX", self.stride, 1)

    def _memory(self) -> Any:
        """What holds the bytes; Pillow takes no memoryview."""
        raise NotImplementedError

    def __buffer__(self, flags: int) -> memoryview:
        return self.pixels

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.width} x {self.height}>"


class Picture(Pixels):
    """A copy of a frame; it lasts."""

    def __init__(self, width: int, height: int, stride: int, pixels: bytes) -> None:
        self.width = width
        self.height = height
        self.stride = stride
        self._pixels = pixels

    @property
    def pixels(self) -> memoryview:
        """The bytes, read-only and without a copy: height x stride of them."""
        return memoryview(self._pixels)

    def _memory(self) -> Any:
        return self._pixels


class Frame(Pixels):
    """The sharer's screen at one moment, lent without a copy.

    It may be looked at until the next event is asked for, or release() is called. Until then the
    C library decodes no further picture (everything else goes on), so be quick or copy(). After
    that `pixels`, array(), image() and copy() raise FrameGone. A view that is still there then, an
    array or a memoryview, never dangles: it keeps the memory, and asking for the next event raises
    FrameInUse to say so.
    """

    def __init__(self, context: Context, frame: Any) -> None:
        self.width = int(lib.qa_frame_width(frame))
        self.height = int(lib.qa_frame_height(frame))
        self.stride = int(lib.qa_frame_stride(frame))
        count = ffi.new("size_t *")
        rects = lib.qa_frame_damage(frame, count)
        self.damage: tuple[Rect, ...] = tuple(_rect(rects[i]) for i in range(count[0]))
        """What changed since the frame before; at least one rectangle."""
        moves = lib.qa_frame_moves(frame, count)
        self.moves: tuple[Move, ...] = tuple(
            Move(_rect(moves[i].to), moves[i].from_x, moves[i].from_y) for i in range(count[0])
        )
        """What was only moved, in the order in which it is to be done to the frame before; often none."""
        rects = lib.qa_frame_painted(frame, count)
        self.painted: tuple[Rect, ...] = tuple(_rect(rects[i]) for i in range(count[0]))
        """What was painted after the moves: with them it is all of the damage. It may be empty."""
        self._buffer = ffi.buffer(lib.qa_frame_pixels(frame), self.stride * self.height)
        # The buffer lives as long as any view of it: its end is when the memory goes back.
        lib.qa_frame_hold(frame)
        self._given_back = weakref.finalize(self._buffer, context.later, lib.qa_frame_unref, frame)
        self._given_back.atexit = False

    @property
    def pixels(self) -> memoryview:
        """The bytes, read-only and without a copy: height x stride of them."""
        return memoryview(self._memory()).toreadonly()

    def _memory(self) -> Any:
        if self._buffer is None:
            raise FrameGone("the frame was released: copy() it before the next event")
        return self._buffer

    def copy(self) -> Picture:
        """A copy that lasts."""
        return Picture(self.width, self.height, self.stride, self.pixels.tobytes())

    @property
    def released(self) -> bool:
        """Whether its memory went back to the C library."""
        return not self._given_back.alive

    def release(self) -> None:
        """Gives the memory back, so that the next picture is decoded; again is harmless.

        Raises FrameInUse where a view is still there; the memory goes back with the last one.
        """
        self._buffer = None
        if self._given_back.alive:
            raise FrameInUse(
                "an array or a memoryview of the last frame is still in use; drop it, or copy() "
                "the frame, before the next event is asked for"
            )


@dataclasses.dataclass(frozen=True, slots=True)
class Cursor:
    """The sharer's pointer: BGRA with straight alpha, rows packed; width 0 where it is hidden."""

    width: int
    height: int
    hot_x: int
    hot_y: int
    pixels: bytes = dataclasses.field(repr=False)


def _rect(r: Any) -> Rect:
    return Rect(r.x, r.y, r.width, r.height)


def rects_to_c(rects: Any) -> Any:
    """An array of qa_rect of rectangles or (x, y, width, height); NULL for None."""
    if rects is None:
        return ffi.NULL
    plain = [(r.x, r.y, r.width, r.height) if isinstance(r, Rect) else tuple(r) for r in rects]
    return ffi.new("qa_rect[]", plain)
