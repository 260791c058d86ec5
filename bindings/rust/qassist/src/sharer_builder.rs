//! A sharer to be: its settings, its closures, and how C's callbacks reach them.

use std::ffi::CString;
use std::mem;
use std::os::raw::{c_char, c_int, c_uint, c_void};
use std::path::{Path, PathBuf};
use std::ptr;
use std::time::Duration;

use qassist_sys as sys;

use crate::handle::{handlers, trampolines, Inner, OnEnd};
use crate::session::{reconnect_seconds, restart_answer, seconds, End};
use crate::text::{c_text, text_of, OptionalText, Secret};
use crate::{BannerWish, Consent, Context, Error, Input, Mark, PauseCauses, Permissions};
use crate::{Result, ScreenKind, SessionState, Sharer};

/// A [`Sharer`] to be. All closures may be left out; they run while the context dispatches, and
/// may call anything.
pub struct SharerBuilder {
    context: Context,
    code: Option<Secret>,
    screen: ScreenKind,
    display: Option<String>,
    question: Option<Duration>,
    control: Option<Duration>,
    refusal: Option<Duration>,
    prompt_classes: Option<String>,
    ask_called: bool,
    warning: Option<String>,
    reconnect: Option<Duration>,
    banner: BannerWish,
    banner_texts: BannerTexts,
    panic_key: Option<String>,
    state_directory: Option<PathBuf>,
    handlers: Handlers,
    on_end: Option<OnEnd<Sharer>>,
}

impl SharerBuilder {
    pub(crate) fn new(context: &Context, code: Option<&str>) -> Self {
        SharerBuilder {
            context: context.clone(),
            code: code.map(Secret::new),
            screen: ScreenKind::X11,
            display: None,
            question: None,
            control: None,
            refusal: None,
            prompt_classes: None,
            ask_called: false,
            warning: None,
            reconnect: None,
            banner: BannerWish::Default,
            banner_texts: BannerTexts::default(),
            panic_key: None,
            state_directory: None,
            handlers: Handlers::default(),
            on_end: None,
        }
    }

    /// What is shared; an X11 display where this is not said.
    pub fn screen(mut self, kind: ScreenKind) -> Self {
        self.screen = kind;
        self
    }

    /// The X11 display, such as ":0", instead of the environment's.
    pub fn display(mut self, name: &str) -> Self {
        self.display = Some(name.to_owned());
        self
    }

    /// How long a question waits for its answer, instead of two minutes; then the answer is no.
    pub fn question_time(mut self, time: Duration) -> Self {
        self.question = Some(time);
        self
    }

    /// How long control lasts, instead of half an hour; then it is asked for again.
    pub fn control_time(mut self, time: Duration) -> Self {
        self.control = Some(time);
        self
    }

    /// How long after a No the same is asked again at the soonest, instead of ten seconds; twice
    /// as long with each further No, and after three not any more.
    pub fn refusal_time(mut self, time: Duration) -> Self {
        self.refusal = Some(time);
        self
    }

    /// On X11, the windows that are prompts of the system, by their WM_CLASS (names separated by
    /// commas; a * at the end stands for anything; `title:` before a name means the title);
    /// "": none. While one is up the session is paused.
    pub fn prompt_classes(mut self, names: &str) -> Self {
        self.prompt_classes = Some(names.to_owned());
        self
    }

    /// Asks "did you call them yourself?" ([`ConsentKind::Called`](crate::ConsentKind)) before the
    /// question about viewing.
    pub fn ask_called(mut self, ask: bool) -> Self {
        self.ask_called = ask;
        self
    }

    /// What [`on_warning`](SharerBuilder::on_warning) tells instead of
    /// [`warning_text`](crate::warning_text), say in the user's language; "": nothing.
    pub fn warning(mut self, text: &str) -> Self {
        self.warning = Some(text.to_owned());
        self
    }

    /// As [`HelperBuilder::reconnect_time`](crate::HelperBuilder::reconnect_time).
    pub fn reconnect_time(mut self, time: Duration) -> Self {
        self.reconnect = Some(time);
        self
    }

    /// On X11, whether a banner is on the screen while it is shared.
    pub fn banner(mut self, wish: BannerWish) -> Self {
        self.banner = wish;
        self
    }

    /// The banner's words, such as translated ones.
    pub fn banner_texts(mut self, texts: BannerTexts) -> Self {
        self.banner_texts = texts;
        self
    }

    /// On X11, the keys that, pressed twice within two seconds, end the session whatever window
    /// has the keyboard, instead of "Ctrl+Alt+Q"; "": none. See
    /// [`check_panic_key`](crate::check_panic_key).
    pub fn panic_key(mut self, keys: &str) -> Self {
        self.panic_key = Some(keys.to_owned());
        self
    }

    /// Where the invitation for coming back after a restart is kept, a directory of the user's
    /// own, instead of the usual place.
    pub fn state_directory(mut self, path: impl AsRef<Path>) -> Self {
        self.state_directory = Some(path.as_ref().to_owned());
        self
    }

    /// The session is over; nothing follows, and all closures are dropped after.
    pub fn on_end(mut self, function: impl FnOnce(&Sharer, &End) + 'static) -> Self {
        self.on_end = Some(Box::new(function));
        self
    }

    /// Makes the sharer; [`Sharer::start`] begins the session. Errors: those of
    /// [`check_code`](crate::check_code), [`InvalidArgument`](Error) (also for a banner, its texts
    /// or a panic key that are not as said above), [`OutOfMemory`](Error).
    pub fn build(self) -> Result<Sharer> {
        if let Some(code) = &self.code {
            code.check().map_err(|_| Error::CodeIncomplete)?;
        }
        let display = OptionalText::new(self.display.as_deref())?;
        let prompt_classes = OptionalText::new(self.prompt_classes.as_deref())?;
        let warning = OptionalText::new(self.warning.as_deref())?;
        let panic_key = OptionalText::new(self.panic_key.as_deref())?;
        let state_directory = OptionalText::of_path(self.state_directory.as_deref())?;
        let (banner_texts, _strings) = self.banner_texts.as_c()?;
        let options = sys::qa_sharer_options {
            size: mem::size_of::<sys::qa_sharer_options>(),
            code: self.code.as_ref().map_or(ptr::null(), Secret::as_ptr),
            screen: self.screen.number(),
            display: display.as_ptr(),
            question_seconds: self.question.map_or(0, seconds),
            control_seconds: self.control.map_or(0, seconds),
            refusal_seconds: self.refusal.map_or(0, seconds),
            prompt_classes: prompt_classes.as_ptr(),
            ask_called: self.ask_called,
            warning: warning.as_ptr(),
            reconnect_seconds: self.reconnect.map_or(0, reconnect_seconds),
            banner: self.banner.number(),
            banner_texts: &banner_texts,
            panic_key: panic_key.as_ptr(),
            state_directory: state_directory.as_ptr(),
            resume: self.code.is_none(),
        };
        let callbacks = self.handlers.callbacks();
        let context = self.context.as_ptr();
        Inner::make(&self.context, self.handlers, self.on_end, |link, raw| {
            // SAFETY: options and callbacks live longer than the call, the link longer than the
            // sharer.
            unsafe { sys::qa_sharer_new(context, &options, &callbacks, link, raw) }
        })
    }

    /// Makes the sharer and starts it.
    pub fn start(self) -> Result<Sharer> {
        let sharer = self.build()?;
        sharer.start()?;
        Ok(sharer)
    }
}

macro_rules! banner_texts {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The banner's words; what is `None` is English. At most
        /// [`limits::BANNER_TEXT`](crate::limits::BANNER_TEXT) bytes each.
        #[derive(Clone, Debug, Default)]
        #[non_exhaustive]
        pub struct BannerTexts {
            $($(#[$doc])* pub $name: Option<String>,)*
        }

        impl BannerTexts {
            /// The struct, and the strings that it needs as long as it is used.
            fn as_c(&self) -> Result<(sys::qa_banner_texts, Vec<CString>)> {
                // SAFETY: all members may be zero: a size, and texts that are not there.
                let mut texts: sys::qa_banner_texts = unsafe { mem::zeroed() };
                texts.size = mem::size_of::<sys::qa_banner_texts>();
                let mut strings = Vec::new();
                $(if let Some(text) = &self.$name {
                    let text = c_text(text)?;
                    texts.$name = text.as_ptr(); // stays where it is when the string is moved
                    strings.push(text);
                })*
                Ok((texts, strings))
            }
        }
    };
}

banner_texts! {
    /// "sees your screen"
    view,
    /// "points"
    point,
    /// "draws"
    annotate,
    /// "controls mouse and keyboard"
    control,
    /// "writes your clipboard"
    clipboard_to_sharer,
    /// "reads your clipboard"
    clipboard_to_helper,
    /// "sees nothing: you paused"
    paused,
    /// "paused, and sees nothing new"
    paused_by_helper,
    /// "sees nothing while you answer your system"
    paused_by_prompt,
    /// "{m} min": the running time
    minutes,
    /// "{h} h {m} min"
    hours,
    /// "Pause"
    button_pause,
    /// "Go on"
    button_resume,
    /// "Take back control"
    button_take_back,
    /// "End"
    button_end,
}

handlers! {
    Sharer, SharerBuilder, qa_sharer_callbacks:
    /// Who is asking: first name and initial, and the organisation that the relay vouches for
    /// (may be ""). Show them before any question.
    on_helper: (&str, &str);
    /// A question; answer it now, or keep it and answer later. Dropped unanswered it means no, and
    /// without this closure every question does. One is open at a time.
    on_consent: (Consent);
    /// The session went on to another state.
    on_state: (SessionState);
    /// What the helper may do now, after each change.
    on_permissions: (Permissions);
    /// With [`ScreenKind::App`]: input that the helper sent and control allows.
    on_input: (&Input);
    /// A question is void: nobody answered in time, what it asks for was taken back, or the
    /// session is over. Close its dialog; an answer comes too late.
    on_withdrawn: (&Consent);
    /// The session paused, goes on (no causes), or is paused for other reasons than before.
    on_paused: (PauseCauses);
    /// On X11: what the helper sees from now on, id and name of a monitor, or (`None`) all of the
    /// display. The helper chooses.
    on_screen: (Option<(u32, &str)>);
    /// Words to show to the sharer before anything else: nothing was sent yet, and
    /// [`Sharer::end`] leaves it at that.
    on_warning: (&str);
    /// The helper wrote: printable text, lines parted by line feeds. Without this closure the
    /// helper learns that nobody was handed it.
    on_chat: (&str);
    /// The helper's program was handed the message of this number ([`Sharer::chat`]).
    on_chat_delivered: (u32);
    /// The helper put a text into the clipboard. With [`ScreenKind::App`]: put it into the app's;
    /// on X11 it is in the display's.
    on_clipboard: (&str);
    /// With [`ScreenKind::App`]: the helper's laser pointer is at a place of the picture, or
    /// nowhere. Take it away, too, when it has not moved for some two seconds.
    on_point: (Option<(i32, i32)>);
    /// With [`ScreenKind::App`]: the helper draws. Draw it over what is shared.
    on_mark: (&Mark);
    /// The computer may be restarted, and for so long the session can be taken up by
    /// [`Sharer::resuming`], once; or why the invitation could not be written, and the helper was
    /// told no. The end of the session voids it; see [`Sharer::leave`].
    on_restart: (Result<Duration>);
}

type Text = *const c_char;

trampolines! {
    Sharer:
    on_helper(sharer, name: Text, organisation: Text) => (&text_of(name), &text_of(organisation));
    on_consent(sharer, consent: *mut sys::qa_consent) => (Consent::of(consent, sharer.context()));
    on_state(sharer, state: sys::qa_session_state) => (SessionState::from_number(state));
    on_permissions(sharer, bits: c_uint) => (Permissions::from_bits(bits));
    on_withdrawn(sharer, consent: *mut sys::qa_consent)
        => (&Consent::of(consent, sharer.context()));
    on_paused(sharer, causes: c_uint) => (PauseCauses::from_bits(causes));
    on_screen(sharer, id: u32, name: Text)
        => (Some((id, &*text_of(name))).filter(|&(id, _)| id != 0));
    on_warning(sharer, text: Text) => (&text_of(text));
    on_chat(sharer, text: Text) => (&text_of(text));
    on_chat_delivered(sharer, id: u32) => (id);
    on_clipboard(sharer, text: Text) => (&text_of(text));
    on_point(sharer, shown: bool, x: i32, y: i32) => (Some((x, y)).filter(|_| shown));
    on_restart(sharer, seconds: u32, error: c_int) => (restart_answer(seconds, error));
}

// Of these two C may know more than we do, and that reaches nobody.

unsafe extern "C" fn on_input(
    _: *mut sys::qa_sharer,
    event: *const sys::qa_input_event,
    u: *mut c_void,
) {
    Inner::enter(u, |sharer: &Sharer, inner| {
        if let Some(input) = Input::of(&*event) {
            inner.handlers.on_input.call(|f| f(sharer, &input));
        }
    });
}

unsafe extern "C" fn on_mark(
    _: *mut sys::qa_sharer,
    event: *const sys::qa_mark_event,
    u: *mut c_void,
) {
    Inner::enter(u, |sharer: &Sharer, inner| {
        if let Some(mark) = Mark::of(&*event) {
            inner.handlers.on_mark.call(|f| f(sharer, &mark));
        }
    });
}
