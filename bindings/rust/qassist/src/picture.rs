//! Pictures: pixels, frames that are lent, copies that last, and the sharer's pointer.

use std::fmt;
use std::marker::PhantomData;
use std::slice;

use qassist_sys as sys;

use crate::error::check;
use crate::{Context, Error, Result};

/// A rectangle in pixels; x and y from the top left corner of the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(C)]
pub struct Rect {
    /// Pixels from the left.
    pub x: i32,
    /// Pixels from the top.
    pub y: i32,
    /// Pixels across.
    pub width: i32,
    /// Pixels down.
    pub height: i32,
}

impl Rect {
    /// A rectangle.
    pub const fn new(x: i32, y: i32, width: i32, height: i32) -> Self {
        Rect {
            x,
            y,
            width,
            height,
        }
    }
}

/// A rectangle of the picture before that is somewhere else now; it may overlap itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(C)]
pub struct Move {
    /// Where it is now.
    pub to: Rect,
    /// Where it was: pixels from the left,
    pub from_x: i32,
    /// and from the top.
    pub from_y: i32,
}

// What C has is read and handed over as it is; the members are declared in the same order.
const _: () = assert!(std::mem::size_of::<Rect>() == std::mem::size_of::<sys::qa_rect>());
const _: () = assert!(std::mem::size_of::<Move>() == std::mem::size_of::<sys::qa_move>());

/// Borrowed pixels: BGRX, four bytes each (blue, green, red, unused); the top row first; `stride`
/// bytes from one row to the next.
#[derive(Clone, Copy)]
pub struct Pixels<'a> {
    width: u32,
    height: u32,
    stride: usize,
    bytes: &'a [u8],
}

impl<'a> Pixels<'a> {
    /// Pixels of a program's own. Errors: [`InvalidArgument`](Error) where `bytes` does not hold
    /// `height` rows of `stride` bytes, or a row not `width` pixels.
    pub fn new(width: u32, height: u32, stride: usize, bytes: &'a [u8]) -> Result<Self> {
        let row = (width as usize).checked_mul(4);
        let all = stride.checked_mul(height as usize);
        match (row, all) {
            (Some(row), Some(all)) if row > 0 && row <= stride && all > 0 && all <= bytes.len() => {
                Ok(Pixels {
                    width,
                    height,
                    stride,
                    bytes: &bytes[..all],
                })
            }
            _ => Err(Error::InvalidArgument),
        }
    }

    /// Pixels across.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels down.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Bytes from one row to the next.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// All rows, `stride` bytes each.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Each row's pixels, without what is between them and the next row.
    pub fn rows(&self) -> impl Iterator<Item = &'a [u8]> {
        let row = self.width as usize * 4;
        self.bytes
            .chunks_exact(self.stride.max(1))
            .map(move |all| &all[..row])
    }

    /// Blue, green and red of one pixel; `None` outside of the picture.
    pub fn bgr(&self, x: u32, y: u32) -> Option<[u8; 3]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let at = y as usize * self.stride + x as usize * 4;
        self.bytes[at..at + 3].try_into().ok()
    }

    /// A copy that lasts.
    pub fn to_picture(&self) -> Picture {
        Picture {
            width: self.width,
            height: self.height,
            stride: self.stride,
            bytes: self.bytes.to_vec(),
        }
    }

    /// As a picture in the file format PPM (P6, RGB).
    pub fn to_ppm(&self) -> Vec<u8> {
        let mut ppm = format!("P6\n{} {}\n255\n", self.width, self.height).into_bytes();
        ppm.reserve(self.width as usize * self.height as usize * 3);
        for row in self.rows() {
            for pixel in row.chunks_exact(4) {
                ppm.extend_from_slice(&[pixel[2], pixel[1], pixel[0]]);
            }
        }
        ppm
    }
}

impl fmt::Debug for Pixels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pixels({} x {})", self.width, self.height)
    }
}

/// A picture of its own memory: a copy of a frame, or what a program draws into.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    stride: usize,
    bytes: Vec<u8>,
}

impl Picture {
    /// A black picture. Errors: [`InvalidArgument`](Error) for one without pixels, or too large.
    pub fn new(width: u32, height: u32) -> Result<Self> {
        const MAX: u32 = 8192;
        if width == 0 || height == 0 || width > MAX || height > MAX {
            return Err(Error::InvalidArgument);
        }
        let stride = width as usize * 4;
        Ok(Picture {
            width,
            height,
            stride,
            bytes: vec![0; stride * height as usize],
        })
    }

    /// Its pixels.
    pub fn pixels(&self) -> Pixels<'_> {
        Pixels {
            width: self.width,
            height: self.height,
            stride: self.stride,
            bytes: &self.bytes,
        }
    }

    /// Fills what of a rectangle is in the picture with blue, green and red.
    pub fn fill(&mut self, rect: Rect, bgr: [u8; 3]) {
        let end = |from: i32, size: i32, limit: u32| {
            let end = i64::from(from) + i64::from(size);
            let start = i64::from(from).clamp(0, limit.into());
            (start as usize, end.clamp(start, limit.into()) as usize)
        };
        let (left, right) = end(rect.x, rect.width, self.width);
        let (top, bottom) = end(rect.y, rect.height, self.height);
        for row in self
            .bytes
            .chunks_exact_mut(self.stride)
            .take(bottom)
            .skip(top)
        {
            for pixel in row[left * 4..right * 4].chunks_exact_mut(4) {
                pixel.copy_from_slice(&[bgr[0], bgr[1], bgr[2], 0]);
            }
        }
    }

    /// The bytes to draw into, row after row.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} x {})", self.width, self.height)
    }
}

/// The sharer's screen at one moment, lent to [`on_frame`](crate::HelperBuilder::on_frame)
/// without a copy, for as long as it runs: the compiler sees to it.
///
/// ```compile_fail
/// # fn example(context: &qassist::Context, token: &str) -> qassist::Result<()> {
/// let mut kept: Option<qassist::Pixels<'static>> = None;
/// qassist::Helper::builder(context, token)
///     .on_frame(move |_, frame| kept = Some(frame.pixels())) // lent, not given
///     .start()?;
/// # Ok(()) }
/// ```
///
/// [`hold`](Frame::hold) keeps it longer, [`Pixels::to_picture`] makes a copy.
pub struct Frame<'a> {
    raw: *mut sys::qa_frame,
    context: &'a Context,
    lent: PhantomData<&'a [u8]>,
}

impl<'a> Frame<'a> {
    /// # Safety
    /// `raw` is lent by C for `'a`, while on_frame runs.
    pub(crate) unsafe fn new(raw: *mut sys::qa_frame, context: &'a Context) -> Self {
        Frame {
            raw,
            context,
            lent: PhantomData,
        }
    }

    /// The pixels.
    pub fn pixels(&self) -> Pixels<'a> {
        // SAFETY: C keeps them as they are for 'a.
        unsafe { pixels(self.raw) }
    }

    /// What changed since the frame before: at least one rectangle.
    pub fn damage(&self) -> &'a [Rect] {
        // SAFETY: they live as long as the frame.
        unsafe { damage(self.raw) }
    }

    /// What was only moved, in the order in which it is to be done to the frame before: for
    /// programs that keep a picture of their own where moving is cheap. Often none.
    pub fn moves(&self) -> &'a [Move] {
        // SAFETY: they live as long as the frame.
        unsafe { moves(self.raw) }
    }

    /// What was painted after the [`moves`](Frame::moves); with them it is all of the
    /// [`damage`](Frame::damage). It may be empty.
    pub fn painted(&self) -> &'a [Rect] {
        // SAFETY: they live as long as the frame.
        unsafe { painted(self.raw) }
    }

    /// Keeps the frame and its pixels beyond the closure, without a copy. Until it is dropped no
    /// further picture is decoded, so be quick; all else goes on.
    pub fn hold(&self) -> Result<HeldFrame> {
        // SAFETY: on_frame has not returned.
        check(unsafe { sys::qa_frame_hold(self.raw) })?;
        Ok(HeldFrame {
            raw: self.raw,
            context: self.context.clone(),
        })
    }
}

impl fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({:?}, {:?})", self.pixels(), self.damage())
    }
}

/// A frame that is kept: see [`Frame::hold`]. Its pixels stay, even beyond the session. It belongs
/// to the context's thread; a clone is another handle of the same.
pub struct HeldFrame {
    raw: *mut sys::qa_frame,
    context: Context,
}

impl HeldFrame {
    /// The pixels.
    pub fn pixels(&self) -> Pixels<'_> {
        // SAFETY: C keeps them as they are as long as this reference is there.
        unsafe { pixels(self.raw) }
    }

    /// What changed since the frame before: at least one rectangle.
    pub fn damage(&self) -> &[Rect] {
        // SAFETY: they live as long as the frame.
        unsafe { damage(self.raw) }
    }

    /// What was only moved, in the order in which it is to be done to the frame before: for
    /// programs that keep a picture of their own where moving is cheap. Often none.
    pub fn moves(&self) -> &[Move] {
        // SAFETY: they live as long as the frame.
        unsafe { moves(self.raw) }
    }

    /// What was painted after the [`moves`](HeldFrame::moves); with them it is all of the
    /// [`damage`](HeldFrame::damage). It may be empty.
    pub fn painted(&self) -> &[Rect] {
        // SAFETY: they live as long as the frame.
        unsafe { painted(self.raw) }
    }
}

impl Clone for HeldFrame {
    fn clone(&self) -> Self {
        HeldFrame {
            // SAFETY: the frame is alive.
            raw: unsafe { sys::qa_frame_ref(self.raw) },
            context: self.context.clone(),
        }
    }
}

impl Drop for HeldFrame {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and this is the context's thread.
        unsafe { sys::qa_frame_unref(self.raw) };
    }
}

impl fmt::Debug for HeldFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeldFrame({:?})", self.pixels())
    }
}

/// # Safety
/// The frame is lent or held for `'a`.
unsafe fn pixels<'a>(frame: *const sys::qa_frame) -> Pixels<'a> {
    let (width, height) = (sys::qa_frame_width(frame), sys::qa_frame_height(frame));
    let (width, height) = (width.max(0) as u32, height.max(0) as u32);
    let stride = sys::qa_frame_stride(frame);
    let bytes = slice::from_raw_parts(sys::qa_frame_pixels(frame), stride * height as usize);
    Pixels {
        width,
        height,
        stride,
        bytes,
    }
}

/// # Safety
/// The frame lives for `'a`.
unsafe fn damage<'a>(frame: *const sys::qa_frame) -> &'a [Rect] {
    let mut count = 0;
    let rects = sys::qa_frame_damage(frame, &mut count);
    slice::from_raw_parts(rects.cast(), count)
}

/// # Safety
/// The frame lives for `'a`.
unsafe fn moves<'a>(frame: *const sys::qa_frame) -> &'a [Move] {
    let mut count = 0;
    let moves = sys::qa_frame_moves(frame, &mut count);
    slice::from_raw_parts(moves.cast(), count)
}

/// # Safety
/// The frame lives for `'a`.
unsafe fn painted<'a>(frame: *const sys::qa_frame) -> &'a [Rect] {
    let mut count = 0;
    let rects = sys::qa_frame_painted(frame, &mut count);
    slice::from_raw_parts(rects.cast(), count)
}

/// The sharer's pointer: how it looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Cursor<'a> {
    /// Pixels across; 0 where it is hidden.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The place in it that points.
    pub hot: (i32, i32),
    /// Blue, green, red and straight alpha of each pixel, rows packed.
    pub bgra: &'a [u8],
}

impl Cursor<'_> {
    /// # Safety
    /// `cursor` is of the C library and lives as long as the result is used.
    pub(crate) unsafe fn of(cursor: &sys::qa_cursor) -> Cursor<'_> {
        let (width, height) = (cursor.width.max(0) as u32, cursor.height.max(0) as u32);
        let bgra = if cursor.pixels.is_null() {
            &[]
        } else {
            slice::from_raw_parts(cursor.pixels, width as usize * height as usize * 4)
        };
        Cursor {
            width,
            height,
            hot: (cursor.hot_x, cursor.hot_y),
            bgra,
        }
    }
}

impl fmt::Debug for Cursor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({} x {})", self.width, self.height)
    }
}

/// One of the sharer's monitors.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Screen {
    /// What [`crate::Helper::choose_screen`] takes; never 0. A monitor that comes back within the
    /// session has the same one.
    pub id: u32,
    /// Such as "HDMI-1".
    pub name: String,
    /// Its place on the sharer's display, in pixels.
    pub place: Rect,
    /// How much larger than usual its desktop makes text and windows; 100: as usual.
    pub scale_percent: u32,
    /// Whether it is the primary one.
    pub primary: bool,
}
