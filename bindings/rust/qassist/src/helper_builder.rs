//! A helper to be: its settings, its closures, and how C's callbacks reach them.

use std::mem;
use std::os::raw::{c_char, c_int, c_uint, c_void};
use std::slice;
use std::time::Duration;

use qassist_sys as sys;

use crate::handle::{handlers, trampolines, Inner, OnEnd};
use crate::session::{reconnect_seconds, restart_answer, End};
use crate::text::{text_of, Secret};
use crate::{Context, Cursor, Error, Frame, Helper, Notice, PauseCauses, Permissions};
use crate::{Rect, Result, Screen, SessionState};

/// The security code, to be told to the sharer. Show it, say it, keep it nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Code<'a> {
    /// Digits in groups of four, "4821 9305 7716".
    pub digits: &'a str,
    /// How long it lives.
    pub time_left: Duration,
    /// What the sharer will read of the helper.
    pub shown_name: &'a str,
    /// Likewise; may be "".
    pub organisation: &'a str,
}

/// Permissions, asked for or held until now, that are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// Which.
    pub permissions: Permissions,
    /// [`Denied`](Error), [`NoAnswer`](Error), [`NotAllowed`](Error) (taken back),
    /// [`PermissionExpired`](Error) (the sharer is being asked again), [`TooManyTries`](Error) or
    /// [`LimitReached`](Error) (asked again too soon, or once too often).
    pub reason: Error,
    /// How long asking again is in vain; `None`: in this session.
    pub wait: Option<Duration>,
}

/// A [`Helper`] to be. All closures may be left out; they run while the context dispatches, and
/// may call anything.
pub struct HelperBuilder {
    context: Context,
    token: Secret,
    reconnect: Option<Duration>,
    handlers: Handlers,
    on_end: Option<OnEnd<Helper>>,
}

impl HelperBuilder {
    pub(crate) fn new(context: &Context, token: &str) -> Self {
        HelperBuilder {
            context: context.clone(),
            token: Secret::new(token),
            reconnect: None,
            handlers: Handlers::default(),
            on_end: None,
        }
    }

    /// How long a session that broke off may take to come back: two minutes where this is not
    /// said, which is also the most that relays wait; zero: a break is the end.
    pub fn reconnect_time(mut self, time: Duration) -> Self {
        self.reconnect = Some(time);
        self
    }

    /// The session is over; nothing follows, and all closures are dropped after.
    pub fn on_end(mut self, function: impl FnOnce(&Helper, &End) + 'static) -> Self {
        self.on_end = Some(Box::new(function));
        self
    }

    /// Makes the helper; [`Helper::start`] begins the session. Errors:
    /// [`InvalidArgument`](Error) (what is no token), [`OutOfMemory`](Error).
    pub fn build(self) -> Result<Helper> {
        self.token.check()?;
        let options = sys::qa_helper_options {
            size: mem::size_of::<sys::qa_helper_options>(),
            token: self.token.as_ptr(),
            reconnect_seconds: self.reconnect.map_or(0, reconnect_seconds),
        };
        let callbacks = self.handlers.callbacks();
        let context = self.context.as_ptr();
        Inner::make(&self.context, self.handlers, self.on_end, |link, raw| {
            // SAFETY: options and callbacks live longer than the call, the link longer than the
            // helper.
            unsafe { sys::qa_helper_new(context, &options, &callbacks, link, raw) }
        })
    }

    /// Makes the helper and starts it.
    pub fn start(self) -> Result<Helper> {
        let helper = self.build()?;
        helper.start()?;
        Ok(helper)
    }
}

handlers! {
    Helper, HelperBuilder, qa_helper_callbacks:
    /// The security code is there.
    on_code: (&Code<'_>);
    /// The sharer typed the right code; the encrypted channel stands and the sharer is being
    /// asked.
    on_peer: ();
    /// The session went on to another state.
    on_state: (SessionState);
    /// What is allowed now, after each change. The error says why what was asked for or held is
    /// not there; [`on_refused`](HelperBuilder::on_refused) says of what and in more detail.
    on_permissions: (Permissions, Option<Error>);
    /// Something the helper's user should know of and that does not end the session.
    on_notice: (Notice);
    /// A new picture. The frame is lent; the next one is decoded only after the return, and what
    /// the sharer's screen did meanwhile is in it.
    on_frame: (&Frame<'_>);
    /// The sharer's pointer looks different from now on.
    on_cursor: (&Cursor<'_>);
    /// The sharer's pointer moved on its own, in pixels of the picture.
    on_cursor_position: (i32, i32);
    /// The session paused, goes on (no causes), or is paused for other reasons than before. While
    /// the sharer's causes are among them the screen is hidden: take the last picture away.
    on_paused: (PauseCauses);
    /// What was asked for or held is not there; on_permissions follows.
    on_refused: (&Refusal);
    /// The sharer's monitors (none where it shares no display) and which one is shown (`None`:
    /// all), with the start of viewing and after each change.
    on_screens: (&[Screen], Option<u32>);
    /// The sharer wrote: printable text, lines parted by line feeds. Without this closure the
    /// sharer learns that nobody was handed it.
    on_chat: (&str);
    /// The sharer's program was handed the message of this number ([`Helper::chat`]).
    on_chat_delivered: (u32);
    /// The sharer copied a text, and that is allowed.
    on_clipboard: (&str);
    /// The answer to [`Helper::request_restart`]: how long the sharer may take to come back (the
    /// session waits in [`SessionState::Reconnecting`], and viewing is asked anew), or why not.
    on_restart: (Result<Duration>);
}

type Text = *const c_char;

trampolines! {
    Helper:
    on_code(helper, code: Text, left: u32, name: Text, organisation: Text) => (&Code {
        digits: &text_of(code),
        time_left: Duration::from_secs(left.into()),
        shown_name: &text_of(name),
        organisation: &text_of(organisation),
    });
    on_peer(helper) => ();
    on_state(helper, state: sys::qa_session_state) => (SessionState::from_number(state));
    on_permissions(helper, bits: c_uint, reason: c_int)
        => (Permissions::from_bits(bits), Error::from_code(reason));
    on_notice(helper, notice: sys::qa_notice) => (Notice::from_number(notice));
    on_frame(helper, frame: *mut sys::qa_frame) => (&Frame::new(frame, helper.context()));
    on_cursor(helper, cursor: *const sys::qa_cursor) => (&Cursor::of(&*cursor));
    on_cursor_position(helper, x: i32, y: i32) => (x, y);
    on_paused(helper, causes: c_uint) => (PauseCauses::from_bits(causes));
    on_refused(helper, bits: c_uint, reason: c_int, wait: u32) => (&Refusal {
        permissions: Permissions::from_bits(bits),
        reason: Error::from_code(reason).unwrap_or(Error::Denied),
        wait: match wait {
            sys::QA_WAIT_SESSION => None,
            seconds => Some(Duration::from_secs(seconds.into())),
        },
    });
    on_screens(helper, screens: *const *const sys::qa_screen_info, count: usize, chosen: u32)
        => (&screens_of(screens, count), Some(chosen).filter(|&id| id != 0));
    on_chat(helper, text: Text) => (&text_of(text));
    on_chat_delivered(helper, id: u32) => (id);
    on_clipboard(helper, text: Text) => (&text_of(text));
    on_restart(helper, seconds: u32, reason: c_int) => (restart_answer(seconds, reason));
}

/// # Safety
/// There are `count` screens; where there are none, nothing is read.
unsafe fn screens_of(screens: *const *const sys::qa_screen_info, count: usize) -> Vec<Screen> {
    let screens: &[*const sys::qa_screen_info] = match count {
        0 => &[],
        _ => slice::from_raw_parts(screens, count),
    };
    screens.iter().map(|&screen| screen_of(&*screen)).collect()
}

unsafe fn screen_of(screen: &sys::qa_screen_info) -> Screen {
    Screen {
        id: screen.id,
        name: text_of(screen.name).into_owned(),
        place: Rect::new(screen.x, screen.y, screen.width, screen.height),
        scale_percent: screen.scale_percent,
        primary: screen.primary,
    }
}
