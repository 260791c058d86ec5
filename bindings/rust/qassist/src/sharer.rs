//! Sharer: the side whose screen is shown. It decides and enforces everything.

use std::fmt;
use std::os::raw::c_char;
use std::path::Path;
use std::ptr;
use std::rc::Rc;
use std::time::Duration;

use qassist_sys as sys;

use crate::error::{check, done, static_text};
use crate::handle::{Handle, Inner};
use crate::picture::Rect;
use crate::session::{End, Ended};
use crate::sharer_builder::Handlers;
use crate::text::{c_text, text_of, OptionalText, Secret};
use crate::SharerBuilder;
use crate::{Context, Error, PauseCauses, Permissions, Pixels, Result, SessionState};

/// Looks at a security code without telling anybody. Errors: [`CodeIncomplete`](Error),
/// [`CodeMistyped`](Error).
///
/// ```
/// use qassist::{check_code, Error};
/// assert_eq!(check_code("4821 9305 77"), Err(Error::CodeIncomplete));
/// ```
pub fn check_code(code: &str) -> Result<()> {
    let code = Secret::new(code);
    code.check().map_err(|_| Error::CodeIncomplete)?;
    // SAFETY: the string lives longer than the call.
    done(unsafe { sys::qa_code_check(code.as_ptr()) })
}

/// Looks at a setting of [`SharerBuilder::panic_key`], such as "Ctrl+Alt+Q"; says what is wrong.
pub fn check_panic_key(setting: &str) -> std::result::Result<(), &'static str> {
    let setting = c_text(setting).map_err(|_| "it holds a NUL")?;
    let mut why = ptr::null();
    // SAFETY: the string lives longer than the call, and what is wrong is static text.
    unsafe {
        match sys::qa_panic_key_check(setting.as_ptr(), &mut why) {
            0 => Ok(()),
            _ if why.is_null() => Err("it is not valid"),
            _ => Err(static_text(why)),
        }
    }
}

/// Plain words that protect people from false helpers, in English, a line each: for apps to show
/// before a code is typed.
pub fn warning_text() -> &'static str {
    // SAFETY: the text is static.
    unsafe { static_text(sys::qa_sharer_warning()) }
}

/// The relay of the session that can be taken up by [`Sharer::resuming`]; `state_directory` as in
/// [`SharerBuilder::state_directory`]. Errors: [`InvitationInvalid`](Error) (there is none).
pub fn resume_relay(state_directory: Option<&Path>) -> Result<String> {
    let directory = OptionalText::of_path(state_directory)?;
    let mut out: [c_char; 1024] = [0; 1024];
    // SAFETY: at most the buffer's size is written, a NUL included.
    unsafe {
        check(sys::qa_resume_relay(
            directory.as_ptr(),
            out.as_mut_ptr(),
            out.len(),
        ))?;
        Ok(text_of(out.as_ptr()).into_owned())
    }
}

/// A sharer's session. A clone is another handle of the same; with the last one a session that
/// runs ends at once.
///
/// ```no_run
/// # fn main() -> qassist::Result<()> {
/// use qassist::{Permissions, Picture, Rect, ScreenKind, Sharer};
///
/// let context = qassist::Context::new("wss://relay.example")?;
/// let mut picture = Picture::new(320, 200)?;
/// let sharer = Sharer::builder(&context, "4821 9305 7717")
///     .screen(ScreenKind::App)
///     .on_helper(|_, name, organisation| println!("{name} of {organisation} is asking"))
///     .on_consent(|_, question| {
///         // Ask the user, now or later; a question that is dropped is a No.
///         if question.permissions() == Permissions::VIEW {
///             let _ = question.allow();
///         }
///     })
///     .on_permissions(move |sharer, _| {
///         picture.fill(Rect::new(0, 0, 320, 200), [200, 100, 0]);
///         let _ = sharer.submit(picture.pixels(), None);
///     })
///     .on_end(|sharer, _| sharer.context().stop())
///     .start()?;
/// context.run()?;
/// # let _ = sharer; Ok(()) }
/// ```
#[derive(Clone)]
pub struct Sharer {
    inner: Rc<Inner<Self>>,
}

impl Handle for Sharer {
    type Raw = sys::qa_sharer;
    type Handlers = Handlers;

    fn of(inner: Rc<Inner<Self>>) -> Self {
        Sharer { inner }
    }

    unsafe fn unref(raw: *mut Self::Raw) {
        sys::qa_sharer_unref(raw);
    }

    unsafe fn give_up(raw: *mut Self::Raw) {
        sys::qa_sharer_end(raw);
    }

    unsafe fn retry_seconds(raw: *const Self::Raw) -> u32 {
        sys::qa_sharer_retry_seconds(raw)
    }
}

impl Sharer {
    /// Settings and closures of a sharer to be. `code` is the security code as typed: digits,
    /// spaces and dashes.
    pub fn builder(context: &Context, code: &str) -> SharerBuilder {
        SharerBuilder::new(context, Some(code))
    }

    /// A sharer that comes back to the session that was left for a restart, on a context of
    /// [`resume_relay`]. The invitation is used up whatever follows; the session ends with
    /// [`InvitationInvalid`](Error) where there is none.
    pub fn resuming(context: &Context) -> SharerBuilder {
        SharerBuilder::new(context, None)
    }

    /// The context it is on.
    pub fn context(&self) -> &Context {
        &self.inner.context
    }

    /// Warns ([`on_warning`](SharerBuilder::on_warning)), then connects and joins. Nothing is
    /// captured before the question about viewing is answered yes. Once a sharer. Errors:
    /// [`WrongState`](Error).
    pub fn start(&self) -> Result<()> {
        // SAFETY: the handle is alive and this is its thread, as in all that follows.
        done(unsafe { sys::qa_sharer_start(self.raw()) })
    }

    // ---- what it decides ----

    /// Takes permissions back at once, queued input included; without
    /// [`VIEW`](Permissions::VIEW) the session ends. Errors: [`InvalidArgument`](Error),
    /// [`WrongState`](Error) (not active).
    pub fn revoke(&self, permissions: Permissions) -> Result<()> {
        done(unsafe { sys::qa_sharer_revoke(self.raw(), permissions.bits()) })
    }

    /// Hides the screen from the helper and lets no input arrive until
    /// [`resume`](Sharer::resume). Errors: [`WrongState`](Error) (not active, or paused so
    /// already).
    pub fn pause(&self) -> Result<()> {
        done(unsafe { sys::qa_sharer_pause(self.raw()) })
    }

    /// Ends one's own pause.
    pub fn resume(&self) -> Result<()> {
        done(unsafe { sys::qa_sharer_resume(self.raw()) })
    }

    /// Says that a prompt of the system, such as one for a password, is up or gone: meanwhile the
    /// session is paused, so that the sharer answers it alone. Errors: [`WrongState`](Error).
    pub fn set_prompt(&self, up: bool) -> Result<()> {
        done(unsafe { sys::qa_sharer_set_prompt(self.raw(), up) })
    }

    /// Whether prompts do not pause, for the rest of this session. Errors: [`WrongState`](Error).
    pub fn allow_prompts(&self, allowed: bool) -> Result<()> {
        done(unsafe { sys::qa_sharer_allow_prompts(self.raw(), allowed) })
    }

    /// Reports this session to the service and ends it; `words`, at most
    /// [`limits::REPORT`](crate::limits::REPORT) characters, say what happened. The helper sees an
    /// orderly end only. Errors: [`InvalidArgument`](Error), [`WrongState`](Error) (not joined
    /// yet, or over), [`ReadWriteFailed`](Error).
    pub fn report(&self, words: &str) -> Result<()> {
        let words = c_text(words)?;
        done(unsafe { sys::qa_sharer_report(self.raw(), words.as_ptr()) })
    }

    /// Goes for the restart that was allowed, without ending the session, so that
    /// [`resuming`](Sharer::resuming) takes it up again. Errors:
    /// [`WrongState`](Error) (none was allowed).
    pub fn leave(&self) -> Result<()> {
        done(unsafe { sys::qa_sharer_leave(self.raw()) })
    }

    // ---- the program's own pixels, words and the clipboard ----

    /// With [`ScreenKind::App`](crate::ScreenKind): gives the present picture, which is copied
    /// before the return; `damage` says what changed (`None`: all of it). A new size is allowed at
    /// any time. `false` where nobody is to see anything: before viewing is allowed, while
    /// paused, at the end. Errors: [`InvalidArgument`](Error) (another kind of screen),
    /// [`LimitReached`](Error) (larger than 8192 x 8192).
    pub fn submit(&self, pixels: Pixels<'_>, damage: Option<&[Rect]>) -> Result<bool> {
        let size = |size: u32| i32::try_from(size).map_err(|_| Error::LimitReached);
        let (width, height) = (size(pixels.width())?, size(pixels.height())?);
        let (rects, count) = match damage {
            Some([]) => return Ok(true), // nothing changed
            Some(rects) => (rects.as_ptr(), rects.len()),
            None => (ptr::null(), 0),
        };
        // SAFETY: pixels hold height rows of stride bytes, and the damage count rectangles.
        let result = unsafe {
            sys::qa_sharer_submit_frame(
                self.raw(),
                width,
                height,
                pixels.stride(),
                pixels.bytes().as_ptr(),
                rects.cast(),
                count,
            )
        };
        match done(result) {
            Err(Error::WrongState) => Ok(false),
            result => result.map(|_| true),
        }
    }

    /// Writes to the helper; as [`Helper::chat`](crate::Helper::chat).
    pub fn chat(&self, text: &str) -> Result<u32> {
        let (text, mut id) = (c_text(text)?, 0);
        check(unsafe { sys::qa_sharer_chat(self.raw(), text.as_ptr(), &mut id) })?;
        Ok(id)
    }

    /// With [`ScreenKind::App`](crate::ScreenKind): the user copied a text in the app, which goes
    /// to the helper. Errors: [`InvalidArgument`](Error), [`WrongState`](Error),
    /// [`NotAllowed`](Error) without
    /// [`CLIPBOARD_TO_HELPER`](Permissions::CLIPBOARD_TO_HELPER).
    pub fn clipboard(&self, text: &str) -> Result<()> {
        let text = c_text(text)?;
        done(unsafe { sys::qa_sharer_clipboard(self.raw(), text.as_ptr()) })
    }

    // ---- how it is ----

    /// What is allowed now.
    pub fn permissions(&self) -> Permissions {
        Permissions::from_bits(unsafe { sys::qa_sharer_permissions(self.raw()) })
    }

    /// How long one permission lasts yet; `None`: not allowed, or without a limit.
    pub fn time_left(&self, permission: Permissions) -> Option<Duration> {
        match unsafe { sys::qa_sharer_seconds_left(self.raw(), permission.bits()) } {
            0 => None,
            seconds => Some(Duration::from_secs(seconds.into())),
        }
    }

    /// Why the session is paused; none: it is not.
    pub fn paused(&self) -> PauseCauses {
        PauseCauses::from_bits(unsafe { sys::qa_sharer_paused(self.raw()) })
    }

    /// Where the session is.
    pub fn state(&self) -> SessionState {
        SessionState::from_number(unsafe { sys::qa_sharer_state(self.raw()) })
    }

    /// Ends the session: capture and input stop before the return;
    /// [`on_end`](SharerBuilder::on_end) follows. Harmless when it is over.
    pub fn end(&self) {
        unsafe { sys::qa_sharer_end(self.raw()) };
    }

    /// How it ended; `None` while it has not.
    pub fn how_it_ended(&self) -> Option<End> {
        self.inner.end.get()
    }

    /// Waits for the end on any executor, while something dispatches the context.
    pub fn ended(&self) -> Ended {
        self.inner.end.ended()
    }

    fn raw(&self) -> *mut sys::qa_sharer {
        self.inner.raw
    }
}

impl PartialEq for Sharer {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self.raw(), other.raw())
    }
}

impl Eq for Sharer {}

impl fmt::Debug for Sharer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sharer({})", self.state())
    }
}
