//! Errors: one variant for each number of the C library.

use std::ffi::CStr;
use std::fmt;
use std::os::raw::c_int;

use qassist_sys as sys;

/// What fallible functions return.
pub type Result<T> = std::result::Result<T, Error>;

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $code:ident,)*) => {
        /// Why something failed, or what ended a session. `to_string()` says it in English words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Error {
            $($(#[$doc])* $name,)*
            /// A number that only a newer library knows.
            Other(i32),
        }

        impl Error {
            /// The error of one of the C library's numbers; `None` for those that are no error.
            pub fn from_code(code: i32) -> Option<Error> {
                match code {
                    0..=i32::MAX => None,
                    $(sys::$code => Some(Error::$name),)*
                    other => Some(Error::Other(other)),
                }
            }

            /// The C library's number: negative.
            pub fn code(self) -> i32 {
                match self {
                    $(Error::$name => sys::$code,)*
                    Error::Other(code) => code,
                }
            }
        }
    };
}

errors! {
    /// An argument is not valid.
    InvalidArgument = QA_EINVAL,
    /// Out of memory.
    OutOfMemory = QA_ENOMEM,
    /// Not possible in the present state of the session.
    WrongState = QA_ESTATE,
    /// Reading or writing failed.
    ReadWriteFailed = QA_EIO,
    /// No answer in time.
    NoAnswer = QA_ETIMEOUT,
    /// Canceled.
    Canceled = QA_ECANCELED,
    /// The other side does not follow the protocol.
    ProtocolViolated = QA_EPROTO,
    /// The other side speaks another version of the protocol.
    VersionDiffers = QA_EVERSION,
    /// A limit was reached.
    LimitReached = QA_ELIMIT,
    /// This is not a complete security code.
    CodeIncomplete = QA_ECODE_FORMAT,
    /// A digit of the security code is mistyped.
    CodeMistyped = QA_ECODE_CHECK,
    /// The relay does not know this security code.
    CodeUnknown = QA_ECODE_UNKNOWN,
    /// The security code has expired.
    CodeExpired = QA_ECODE_EXPIRED,
    /// The security code was already used.
    CodeUsed = QA_ECODE_USED,
    /// The security codes of the two sides differ.
    CodeWrong = QA_ECODE_WRONG,
    /// The relay does not accept this sign-in.
    SignInRefused = QA_EAUTH,
    /// The relay cannot be reached.
    RelayUnreachable = QA_ERELAY,
    /// The connection to the relay was lost.
    RelayLost = QA_ERELAY_LOST,
    /// The relay's certificate is not trusted.
    RelayNotTrusted = QA_ETRUST,
    /// The other side is gone.
    PeerLost = QA_EPEER_LOST,
    /// The session's encrypted data was altered on the way.
    Tampered = QA_ETAMPERED,
    /// The sharer said no.
    Denied = QA_EDENIED,
    /// The sharer has not allowed this.
    NotAllowed = QA_ENOTALLOWED,
    /// The RDP worker stopped.
    WorkerStopped = QA_EWORKER,
    /// The RDP worker does not answer.
    WorkerHung = QA_EWORKER_HUNG,
    /// The RDP worker program cannot be started.
    WorkerMissing = QA_EWORKER_MISSING,
    /// The screen cannot be captured.
    ScreenFailed = QA_ESCREEN,
    /// Input cannot be injected.
    InputFailed = QA_EINPUT,
    /// Too many tries; wait before the next.
    TooManyTries = QA_ERATE,
    /// The time for which this was allowed is over.
    PermissionExpired = QA_EEXPIRED,
    /// There is no invitation to come back that can be used.
    InvitationInvalid = QA_EINVITATION,
    /// An organisation's rules do not allow this.
    NotAllowedByPolicy = QA_EPOLICY,
}

impl Error {
    /// The C library's name of it, such as `QA_ECODE_WRONG`.
    pub fn name(self) -> &'static str {
        // SAFETY: any number is allowed, and the text is static.
        unsafe { static_text(sys::qa_err_name(self.code())) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: any number is allowed, and the text is static.
        f.write_str(unsafe { static_text(sys::qa_strerror(self.code())) })
    }
}

impl std::error::Error for Error {}

/// The number of a call that did not fail.
pub(crate) fn check(result: c_int) -> Result<c_int> {
    match Error::from_code(result) {
        Some(error) => Err(error),
        None => Ok(result),
    }
}

/// What a call came to that has no more to say.
pub(crate) fn done(result: c_int) -> Result<()> {
    check(result).map(drop)
}

/// # Safety
/// `text` is a string of the C library that lives as long as the program.
pub(crate) unsafe fn static_text(text: *const std::os::raw::c_char) -> &'static str {
    CStr::from_ptr(text).to_str().unwrap_or("")
}
