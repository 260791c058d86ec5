//! What the helper does to a program that shares its own pixels: input and marks.

use qassist_sys as sys;

use crate::{Button, MarkKind};

/// Input of the helper's. Places are pixels of the shared picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// The pointer is here.
    Move {
        /// Pixels from the left.
        x: i32,
        /// Pixels from the top.
        y: i32,
    },
    /// A button went down or up.
    Button {
        /// Pixels from the left.
        x: i32,
        /// Pixels from the top.
        y: i32,
        /// Which.
        button: Button,
        /// Down.
        pressed: bool,
    },
    /// The wheel was turned, [`WHEEL_STEP`](crate::limits::WHEEL_STEP) a notch.
    Wheel {
        /// Pixels from the left.
        x: i32,
        /// Pixels from the top.
        y: i32,
        /// Right is positive.
        wheel_x: i32,
        /// Up is positive.
        wheel_y: i32,
    },
    /// A key went down or up.
    Key {
        /// Its place: PC/AT set 1, may carry
        /// [`SCANCODE_EXTENDED`](crate::limits::SCANCODE_EXTENDED).
        scancode: u32,
        /// Down.
        pressed: bool,
    },
    /// A character was typed, whatever the layout.
    Text(char),
}

impl Input {
    /// `None` for input that only a newer library knows.
    pub(crate) fn of(event: &sys::qa_input_event) -> Option<Input> {
        let (x, y) = (event.x, event.y);
        match event.type_ {
            sys::QA_INPUT_MOVE => Some(Input::Move { x, y }),
            sys::QA_INPUT_BUTTON => Some(Input::Button {
                x,
                y,
                button: Button::from_number(event.button),
                pressed: event.pressed,
            }),
            sys::QA_INPUT_WHEEL => Some(Input::Wheel {
                x,
                y,
                wheel_x: event.wheel_x,
                wheel_y: event.wheel_y,
            }),
            sys::QA_INPUT_KEY => Some(Input::Key {
                scancode: event.scancode,
                pressed: event.pressed,
            }),
            sys::QA_INPUT_TEXT => char::from_u32(event.codepoint).map(Input::Text),
            _ => None,
        }
    }
}

/// One step of the helper's drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mark {
    /// A new mark begins here.
    Begin {
        /// What is drawn.
        kind: MarkKind,
        /// 0xRRGGBB.
        colour: u32,
        /// In pixels.
        width: u32,
        /// Pixels from the left.
        x: i32,
        /// Pixels from the top.
        y: i32,
    },
    /// The newest mark goes on to here.
    To {
        /// Pixels from the left.
        x: i32,
        /// Pixels from the top.
        y: i32,
    },
    /// The newest mark is complete.
    End,
    /// The newest mark is gone.
    Undo,
    /// All marks are gone.
    Clear,
}

impl Mark {
    /// `None` for a step that only a newer library knows.
    pub(crate) fn of(event: &sys::qa_mark_event) -> Option<Mark> {
        let (x, y) = (event.x, event.y);
        match event.step {
            sys::QA_MARK_BEGIN => Some(Mark::Begin {
                kind: MarkKind::from_number(event.kind),
                colour: event.colour,
                width: event.width,
                x,
                y,
            }),
            sys::QA_MARK_TO => Some(Mark::To { x, y }),
            sys::QA_MARK_END => Some(Mark::End),
            sys::QA_MARK_UNDO => Some(Mark::Undo),
            sys::QA_MARK_CLEAR => Some(Mark::Clear),
            _ => None,
        }
    }
}
