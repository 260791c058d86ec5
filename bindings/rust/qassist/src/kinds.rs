//! The numbers of the C library as enumerations and sets.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Sub};
use std::str::FromStr;

use qassist_sys as sys;

use crate::error::static_text;
use crate::text::c_text;
use crate::{Error, Result};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $constant:ident,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A number that only a newer library knows.
            Unknown(u32),
        }

        impl $name {
            /// The kind of one of the C library's numbers.
            pub fn from_number(number: u32) -> Self {
                match number {
                    $(sys::$constant => Self::$variant,)*
                    other => Self::Unknown(other),
                }
            }

            /// The C library's number.
            pub fn number(self) -> u32 {
                match self {
                    $(Self::$variant => sys::$constant,)*
                    Self::Unknown(number) => number,
                }
            }
        }
    )*};
}

kinds! {
    /// Where a session is. `to_string()` gives the C library's word for it, such as "waiting".
    SessionState {
        /// Not started.
        New = QA_STATE_NEW,
        /// On the way to the relay.
        Connecting = QA_STATE_CONNECTING,
        /// Helper: the code is out, nobody typed it yet.
        Waiting = QA_STATE_WAITING,
        /// Both are there; code and keys are being checked.
        Pairing = QA_STATE_PAIRING,
        /// The sharer is asked whether to show the screen.
        Asking = QA_STATE_ASKING,
        /// The screen is shared.
        Active = QA_STATE_ACTIVE,
        /// No pictures, no input; see [`PauseCauses`].
        Paused = QA_STATE_PAUSED,
        /// It is over.
        Ended = QA_STATE_ENDED,
        /// The connection broke off and both sides try to come back by themselves; nothing is
        /// shared or allowed meanwhile. A sharer of its own pixels submits them anew after.
        Reconnecting = QA_STATE_RECONNECTING,
    }
    /// Something the helper's user should know of and that does not end the session.
    Notice {
        /// Somebody else tried the code of this session, in vain; it can be used only once.
        CodeTriedAgain = QA_NOTICE_CODE_TRIED_AGAIN,
    }
    /// What a question to the sharer is about. Answer no to what is not known.
    ConsentKind {
        /// What the helper may do; see [`crate::Consent::permissions`].
        Permissions = QA_CONSENT_PERMISSIONS,
        /// "Did you call them yourself?"; after no nothing is shown and the session ends.
        Called = QA_CONSENT_CALLED,
        /// May this computer be restarted, and the session come back after?
        Restart = QA_CONSENT_RESTART,
    }
    /// What is shared and where input goes.
    ScreenKind {
        /// An X11 display's screen; input through its XTEST.
        X11 = QA_SCREEN_X11,
        /// The program's own pixels ([`crate::Sharer::submit`]) and its own handling of input.
        App = QA_SCREEN_APP,
    }
    /// Whether a banner on the shared screen says who may do what.
    BannerWish {
        /// On for an X11 screen; there is none for the program's own pixels.
        Default = QA_BANNER_DEFAULT,
        /// On.
        On = QA_BANNER_ON,
        /// Off: the program shows all that by itself.
        Off = QA_BANNER_OFF,
    }
    /// Buttons by their place on the mouse; what they do is the sharer's setting.
    Button {
        /// The left one.
        Left = QA_BUTTON_LEFT,
        /// The middle one.
        Middle = QA_BUTTON_MIDDLE,
        /// The right one.
        Right = QA_BUTTON_RIGHT,
        /// The one that goes back.
        Back = QA_BUTTON_BACK,
        /// The one that goes forward.
        Forward = QA_BUTTON_FORWARD,
    }
    /// What is drawn.
    MarkKind {
        /// A line along all its points.
        Stroke = QA_MARK_STROKE,
        /// From the first point to the last one, with the head there.
        Arrow = QA_MARK_ARROW,
        /// An outline; first and last point are opposite corners.
        Rectangle = QA_MARK_RECTANGLE,
    }
    /// Where a helper signs in.
    SignInMethod {
        /// In this computer's browser; what to use wherever one can be opened.
        Browser = QA_SIGN_IN_BROWSER,
        /// On another device, where issuer and relay allow it.
        Device = QA_SIGN_IN_DEVICE,
    }
    /// What a [`SharingCheck`](crate::SharingCheck) looks at, in this order.
    CheckPart {
        /// The display is reached.
        Display = QA_CHECK_DISPLAY,
        /// The display has this X extension; once for each.
        Extension = QA_CHECK_EXTENSION,
        /// One picture was taken, and dropped.
        Capture = QA_CHECK_CAPTURE,
        /// Mouse and keyboard can be controlled, and the layout is known.
        Input = QA_CHECK_INPUT,
        /// The clipboard can be read and set.
        Clipboard = QA_CHECK_CLIPBOARD,
        /// The RDP worker starts, locks itself in and answers.
        Worker = QA_CHECK_WORKER,
        /// The policy of this device allows sessions at the relay.
        Policy = QA_CHECK_POLICY,
        /// That relay answers, and its certificate is trusted.
        Relay = QA_CHECK_RELAY,
    }
    /// How talkative the library's diagnosis is.
    LogLevel {
        /// What failed.
        Error = QA_LOG_ERROR,
        /// What is odd.
        Warning = QA_LOG_WARNING,
        /// What goes on.
        Info = QA_LOG_INFO,
        /// All of it.
        Debug = QA_LOG_DEBUG,
    }
}

impl fmt::Display for SessionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: any number is allowed, and the text is static.
        f.write_str(unsafe { static_text(sys::qa_session_state_name(self.number())) })
    }
}

macro_rules! sets {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$member_doc:meta])* $member:ident = $constant:ident,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub struct $name(u32);

        impl $name {
            /// None of them.
            pub const NONE: Self = Self(0);
            $($(#[$member_doc])* pub const $member: Self = Self(sys::$constant);)*

            /// The set of the C library's bits, those that only a newer one knows included.
            pub const fn from_bits(bits: u32) -> Self {
                Self(bits)
            }

            /// The C library's bits.
            pub const fn bits(self) -> u32 {
                self.0
            }

            /// Whether there is none.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// Whether all of `other` are in it.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether any of `other` is in it.
            pub const fn intersects(self, other: Self) -> bool {
                self.0 & other.0 != 0
            }
        }

        impl BitOr for $name {
            type Output = Self;
            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl BitOrAssign for $name {
            fn bitor_assign(&mut self, other: Self) {
                self.0 |= other.0;
            }
        }

        impl BitAnd for $name {
            type Output = Self;
            fn bitand(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }
        }

        impl Sub for $name {
            type Output = Self;
            /// Without those of `other`.
            fn sub(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }
        }
    )*};
}

sets! {
    /// What a helper may do; combine with `|`. Viewing is asked first and alone. `to_string()` and
    /// `parse()` use the names of the protocol, such as "view, clipboard-to-helper".
    Permissions {
        /// See the screen; without it nothing else.
        VIEW = QA_PERMISSION_VIEW,
        /// Mouse and keyboard.
        CONTROL = QA_PERMISSION_CONTROL,
        /// Show a laser pointer.
        POINT = QA_PERMISSION_POINT,
        /// Draw on the screen.
        ANNOTATE = QA_PERMISSION_ANNOTATE,
        /// Put text into the sharer's clipboard.
        CLIPBOARD_TO_SHARER = QA_PERMISSION_CLIPBOARD_TO_SHARER,
        /// Read text from it.
        CLIPBOARD_TO_HELPER = QA_PERMISSION_CLIPBOARD_TO_HELPER,
        /// All that this library knows of.
        ALL = QA_PERMISSIONS_ALL,
    }
    /// Why a session is paused; it goes on when none is left.
    PauseCauses {
        /// The sharer hides the screen.
        SHARER = QA_PAUSED_BY_SHARER,
        /// The helper wants no pictures just now.
        HELPER = QA_PAUSED_BY_HELPER,
        /// The sharer answers a prompt of the system alone.
        PROMPT = QA_PAUSED_BY_PROMPT,
    }
}

impl Permissions {
    /// Each single permission of the set.
    pub fn iter(self) -> impl Iterator<Item = Permissions> {
        (0..sys::QA_PERMISSIONS_COUNT)
            .map(|bit| Permissions(1 << bit))
            .filter(move |&one| self.contains(one))
    }

    /// The names of what is in the set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        // SAFETY: any number is allowed, and the text is static.
        self.iter()
            .map(|one| unsafe { static_text(sys::qa_permission_name(one.0)) })
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Permissions({self})")
    }
}

impl FromStr for Permissions {
    type Err = Error;

    /// Takes names with commas between them.
    fn from_str(names: &str) -> Result<Self> {
        let mut all = Self::NONE;
        for name in names.split(',') {
            let name = c_text(name.trim())?;
            // SAFETY: the name is a string that lives longer than the call.
            let one = unsafe { sys::qa_permission_by_name(name.as_ptr()) };
            if one == 0 {
                return Err(Error::InvalidArgument);
            }
            all |= Self(one);
        }
        Ok(all)
    }
}

impl fmt::Debug for PauseCauses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::SHARER, "SHARER"),
            (Self::HELPER, "HELPER"),
            (Self::PROMPT, "PROMPT"),
        ];
        let mut set = f.debug_set();
        for (cause, name) in names {
            if self.contains(cause) {
                set.entry(&format_args!("{name}"));
            }
        }
        set.finish()
    }
}

/// The limits of the protocol and units of measure.
pub mod limits {
    use qassist_sys as sys;

    /// Most characters of a chat message.
    pub const CHAT: usize = sys::QA_CHAT_MAX as usize;
    /// Most characters of a report's words.
    pub const REPORT: usize = sys::QA_REPORT_MAX as usize;
    /// Most bytes of a text that goes from one clipboard to the other.
    pub const CLIPBOARD: usize = sys::QA_CLIPBOARD_MAX as usize;
    /// Most bytes of a request's purpose.
    pub const PURPOSE: usize = sys::QA_PURPOSE_MAX as usize;
    /// Most characters of one [`crate::Helper::text`].
    pub const TEXT: usize = sys::QA_TEXT_MAX as usize;
    /// Most bytes of one of the banner's texts.
    pub const BANNER_TEXT: usize = sys::QA_BANNER_TEXT_MAX as usize;
    /// Most monitors that are listed.
    pub const SCREENS: usize = sys::QA_SCREENS_MAX as usize;
    /// Most marks at once; a further one takes the place of the oldest.
    pub const MARKS: usize = sys::QA_MARKS_MAX as usize;
    /// Most points of one stroke.
    pub const MARK_POINTS: usize = sys::QA_MARK_POINTS_MAX as usize;
    /// The widest line of a mark, in pixels of the picture.
    pub const MARK_WIDTH: u32 = sys::QA_MARK_WIDTH_MAX;
    /// The greatest place of a mark, as far as any picture goes.
    pub const MARK_PLACE: i32 = sys::QA_MARK_PLACE_MAX as i32;
    /// Set in a scancode for keys that a PC keyboard sends with the prefix E0.
    pub const SCANCODE_EXTENDED: u32 = sys::QA_SCANCODE_EXTENDED;
    /// One step of a usual mouse wheel.
    pub const WHEEL_STEP: i32 = sys::QA_WHEEL_STEP as i32;
}
