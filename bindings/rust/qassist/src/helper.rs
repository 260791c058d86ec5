//! Helper: the side that sees and, where allowed, controls.

use std::fmt;
use std::ptr;
use std::rc::Rc;
use std::time::Duration;

use qassist_sys as sys;

use crate::error::{check, done};
use crate::handle::{Handle, Inner};
use crate::helper_builder::Handlers;
use crate::session::{End, Ended};
use crate::text::{c_text, OptionalText};
use crate::{Button, Context, HelperBuilder, MarkKind, PauseCauses, Permissions, Result};
use crate::{Error, SessionState};

/// A helper's session. A clone is another handle of the same; with the last one a session that
/// runs ends at once.
///
/// Life: [`builder`](Helper::builder), [`start`](HelperBuilder::start),
/// [`on_code`](HelperBuilder::on_code) (tell it to the sharer),
/// [`on_peer`](HelperBuilder::on_peer), [`on_frame`](HelperBuilder::on_frame) ...,
/// [`end`](Helper::end), [`on_end`](HelperBuilder::on_end) (always the last).
///
/// ```no_run
/// # fn main() -> qassist::Result<()> {
/// let context = qassist::Context::new("wss://relay.example")?;
/// let helper = qassist::Helper::builder(&context, "the token of a helper account")
///     .on_code(|_, code| println!("Tell the sharer: {}", code.digits))
///     .on_frame(|helper, frame| {
///         println!("{:?} changed", frame.damage());
///         helper.end();
///     })
///     .on_end(|helper, _| helper.context().stop())
///     .start()?;
/// context.run()?;
/// # let _ = helper; Ok(()) }
/// ```
///
/// It belongs to the thread of its context:
///
/// ```compile_fail
/// # fn example(helper: qassist::Helper) {
/// std::thread::spawn(move || helper.end());
/// # }
/// ```
#[derive(Clone)]
pub struct Helper {
    inner: Rc<Inner<Self>>,
}

impl Handle for Helper {
    type Raw = sys::qa_helper;
    type Handlers = Handlers;

    fn of(inner: Rc<Inner<Self>>) -> Self {
        Helper { inner }
    }

    unsafe fn unref(raw: *mut Self::Raw) {
        sys::qa_helper_unref(raw);
    }

    unsafe fn give_up(raw: *mut Self::Raw) {
        sys::qa_helper_end(raw);
    }

    unsafe fn retry_seconds(raw: *const Self::Raw) -> u32 {
        sys::qa_helper_retry_seconds(raw)
    }
}

impl Helper {
    /// Settings and closures of a helper to be. `token` is the sign-in token of a helper account
    /// (the line of a token file), or of a [`SignIn`](crate::SignIn).
    pub fn builder(context: &Context, token: &str) -> HelperBuilder {
        HelperBuilder::new(context, token)
    }

    /// The context it is on.
    pub fn context(&self) -> &Context {
        &self.inner.context
    }

    /// Connects, signs in and asks for a code; the rest comes by closures. Once a helper.
    /// Errors: [`WrongState`](Error) (started before), [`OutOfMemory`](Error).
    pub fn start(&self) -> Result<()> {
        // SAFETY: the handle is alive and this is its thread, as in all that follows.
        done(unsafe { sys::qa_helper_start(self.raw()) })
    }

    // ---- what it asks for ----

    /// Asks the sharer for permissions beyond viewing; `purpose` says in the helper's own words
    /// what for, in one line of at most [`limits::PURPOSE`](crate::limits::PURPOSE) bytes, or is
    /// "". The sharer may allow some of them; the answer is
    /// [`on_permissions`](HelperBuilder::on_permissions). Errors: [`InvalidArgument`](Error),
    /// [`WrongState`](Error) (not viewing, or all are asked or allowed), [`TooManyTries`](Error),
    /// [`LimitReached`](Error) (the sharer said no before).
    pub fn request(&self, permissions: Permissions, purpose: &str) -> Result<()> {
        let purpose = OptionalText::new(Some(purpose).filter(|words| !words.is_empty()))?;
        let bits = permissions.bits();
        done(unsafe { sys::qa_helper_request(self.raw(), bits, purpose.as_ptr()) })
    }

    /// What is asked for and not answered yet.
    pub fn requested(&self) -> Permissions {
        Permissions::from_bits(unsafe { sys::qa_helper_requested(self.raw()) })
    }

    /// Asks whether the sharer's computer may be restarted, with the session going on after; the
    /// answer is [`on_restart`](HelperBuilder::on_restart). Errors: [`WrongState`](Error) (not
    /// viewing, or asked already), [`TooManyTries`](Error), [`LimitReached`](Error).
    pub fn request_restart(&self) -> Result<()> {
        done(unsafe { sys::qa_helper_request_restart(self.raw()) })
    }

    /// How long the sharer may still take to come back from the restart that it allowed.
    pub fn restart_left(&self) -> Option<Duration> {
        match unsafe { sys::qa_helper_restart_seconds(self.raw()) } {
            0 => None,
            seconds => Some(Duration::from_secs(seconds.into())),
        }
    }

    /// Shows the monitor of this [`Screen::id`](crate::Screen), or all (`None`). Until its first
    /// picture came the pointer's input fails with [`WrongState`](Error), for it would be aimed
    /// at what is not shown any more. Errors: [`InvalidArgument`](Error) (no such one),
    /// [`WrongState`](Error) (not viewing, or nothing listed yet).
    pub fn choose_screen(&self, id: Option<u32>) -> Result<()> {
        let id = match id {
            Some(0) => return Err(Error::InvalidArgument),
            id => id.unwrap_or(0),
        };
        done(unsafe { sys::qa_helper_choose_screen(self.raw(), id) })
    }

    /// Stops the pictures until [`resume`](Helper::resume); the last one stays. Permissions stay
    /// and work again after. Errors: [`WrongState`](Error) (not viewing, or paused so already).
    pub fn pause(&self) -> Result<()> {
        done(unsafe { sys::qa_helper_pause(self.raw()) })
    }

    /// Ends one's own pause.
    pub fn resume(&self) -> Result<()> {
        done(unsafe { sys::qa_helper_resume(self.raw()) })
    }

    // ---- input: NotAllowed without control, WrongState when not viewing or paused,
    // InvalidArgument for values out of range, LimitReached when the sharer takes no more ----

    /// Moves the pointer to a place of the picture. Errors of all input:
    /// [`NotAllowed`](Error) without [`CONTROL`](Permissions::CONTROL), [`WrongState`](Error),
    /// [`InvalidArgument`](Error), [`LimitReached`](Error) (the sharer takes no more just now).
    pub fn pointer_move(&self, x: i32, y: i32) -> Result<()> {
        done(unsafe { sys::qa_helper_pointer_move(self.raw(), x, y) })
    }

    /// Presses or lets go a button of the mouse.
    pub fn pointer_button(&self, x: i32, y: i32, button: Button, pressed: bool) -> Result<()> {
        let button = button.number();
        done(unsafe { sys::qa_helper_pointer_button(self.raw(), x, y, button, pressed) })
    }

    /// Presses a button and lets it go.
    pub fn click(&self, x: i32, y: i32, button: Button) -> Result<()> {
        self.pointer_button(x, y, button, true)?;
        self.pointer_button(x, y, button, false)
    }

    /// Turns the wheel, [`limits::WHEEL_STEP`](crate::limits::WHEEL_STEP) a notch; right and up
    /// are positive.
    pub fn pointer_wheel(&self, x: i32, y: i32, wheel_x: i32, wheel_y: i32) -> Result<()> {
        done(unsafe { sys::qa_helper_pointer_wheel(self.raw(), x, y, wheel_x, wheel_y) })
    }

    /// Presses or lets go a key by its place (PC/AT set 1, may carry
    /// [`limits::SCANCODE_EXTENDED`](crate::limits::SCANCODE_EXTENDED)).
    pub fn key(&self, scancode: u32, pressed: bool) -> Result<()> {
        done(unsafe { sys::qa_helper_key(self.raw(), scancode, pressed) })
    }

    /// Types at most [`limits::TEXT`](crate::limits::TEXT) characters, whole or (on any error) not
    /// at all.
    pub fn text(&self, text: &str) -> Result<()> {
        let text = c_text(text)?;
        done(unsafe { sys::qa_helper_text(self.raw(), text.as_ptr()) })
    }

    // ---- words and the clipboard ----

    /// Writes to the sharer, from [`SessionState::Asking`] on, at most
    /// [`limits::CHAT`](crate::limits::CHAT) characters. Returns the message's number; see
    /// [`on_chat_delivered`](HelperBuilder::on_chat_delivered). Errors:
    /// [`InvalidArgument`](Error) (nothing to show, or too long), [`WrongState`](Error),
    /// [`LimitReached`](Error) (16 are on their way), [`TooManyTries`](Error).
    pub fn chat(&self, text: &str) -> Result<u32> {
        let (text, mut id) = (c_text(text)?, 0);
        check(unsafe { sys::qa_helper_chat(self.raw(), text.as_ptr(), &mut id) })?;
        Ok(id)
    }

    /// Puts a text of at most [`limits::CLIPBOARD`](crate::limits::CLIPBOARD) bytes into the
    /// sharer's clipboard; a newer one replaces one on its way. Errors:
    /// [`InvalidArgument`](Error), [`WrongState`](Error), [`NotAllowed`](Error) without
    /// [`CLIPBOARD_TO_SHARER`](Permissions::CLIPBOARD_TO_SHARER).
    pub fn clipboard(&self, text: &str) -> Result<()> {
        let text = c_text(text)?;
        done(unsafe { sys::qa_helper_clipboard(self.raw(), text.as_ptr()) })
    }

    // ---- pointing and drawing, which need no control ----

    /// Shows the laser pointer; it vanishes when it does not move for two seconds. Errors:
    /// [`NotAllowed`](Error) without [`POINT`](Permissions::POINT), [`WrongState`](Error),
    /// [`InvalidArgument`](Error) (outside of the picture).
    pub fn point(&self, x: i32, y: i32) -> Result<()> {
        done(unsafe { sys::qa_helper_point(self.raw(), x, y) })
    }

    /// Takes the laser pointer away.
    pub fn point_hide(&self) -> Result<()> {
        done(unsafe { sys::qa_helper_point_hide(self.raw()) })
    }

    /// Draws a whole mark through these places: `colour` is 0xRRGGBB, `width` in pixels of the
    /// picture. Errors as of [`mark_to`](Helper::mark_to).
    pub fn mark(
        &self,
        kind: MarkKind,
        colour: u32,
        width: u32,
        places: &[(i32, i32)],
    ) -> Result<()> {
        let (&(x, y), rest) = places.split_first().ok_or(Error::InvalidArgument)?;
        self.mark_begin(kind, colour, width, (x, y))?;
        for &(x, y) in rest {
            self.mark_to(x, y)?;
        }
        self.mark_end()
    }

    /// Begins a mark; ends one before it.
    pub fn mark_begin(
        &self,
        kind: MarkKind,
        colour: u32,
        width: u32,
        (x, y): (i32, i32),
    ) -> Result<()> {
        let kind = kind.number();
        done(unsafe { sys::qa_helper_mark_begin(self.raw(), kind, colour, width, x, y) })
    }

    /// Goes on with the mark. Errors: [`NotAllowed`](Error) without
    /// [`ANNOTATE`](Permissions::ANNOTATE), [`WrongState`](Error), [`InvalidArgument`](Error)
    /// (also where none was begun since the last pause), [`LimitReached`](Error) (a stroke with
    /// [`limits::MARK_POINTS`](crate::limits::MARK_POINTS) points, or the way is full just now).
    pub fn mark_to(&self, x: i32, y: i32) -> Result<()> {
        done(unsafe { sys::qa_helper_mark_to(self.raw(), x, y) })
    }

    /// Ends the mark that was begun.
    pub fn mark_end(&self) -> Result<()> {
        done(unsafe { sys::qa_helper_mark_end(self.raw()) })
    }

    /// Takes the newest mark away.
    pub fn undo(&self) -> Result<()> {
        done(unsafe { sys::qa_helper_undo(self.raw()) })
    }

    /// Takes all marks away.
    pub fn clear(&self) -> Result<()> {
        done(unsafe { sys::qa_helper_clear(self.raw()) })
    }

    // ---- how it is ----

    /// What is allowed now.
    pub fn permissions(&self) -> Permissions {
        Permissions::from_bits(unsafe { sys::qa_helper_permissions(self.raw()) })
    }

    /// Why the session is paused; none: it is not.
    pub fn paused(&self) -> PauseCauses {
        PauseCauses::from_bits(unsafe { sys::qa_helper_paused(self.raw()) })
    }

    /// Where the session is.
    pub fn state(&self) -> SessionState {
        SessionState::from_number(unsafe { sys::qa_helper_state(self.raw()) })
    }

    /// Ends the session in order; [`on_end`](HelperBuilder::on_end) follows. Harmless when it is
    /// over.
    pub fn end(&self) {
        unsafe { sys::qa_helper_end(self.raw()) };
    }

    /// How it ended; `None` while it has not.
    pub fn how_it_ended(&self) -> Option<End> {
        self.inner.end.get()
    }

    /// Waits for the end on any executor, while something dispatches the context.
    pub fn ended(&self) -> Ended {
        self.inner.end.ended()
    }

    fn raw(&self) -> *mut sys::qa_helper {
        self.inner.raw
    }
}

impl PartialEq for Helper {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self.raw(), other.raw())
    }
}

impl Eq for Helper {}

impl fmt::Debug for Helper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Helper({})", self.state())
    }
}
