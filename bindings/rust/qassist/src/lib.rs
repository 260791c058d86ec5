//! Remote assistance: a **helper** sees, points at and, where allowed, controls the screen of a
//! **sharer**, end-to-end encrypted, through one relay that both dial out to.
//!
//! This is libqassist for Rust. [`Context`] is an event loop behind one file descriptor,
//! [`Helper`] and [`Sharer`] are the two sides of a session, [`SignIn`] signs a helper in. What
//! happens is told to closures, which run while the context dispatches: with
//! [`run`](Context::run), in a loop of the program's own ([`AsFd`](std::os::unix::io::AsFd),
//! [`dispatch`](Context::dispatch)), or on tokio (feature `tokio`: `Context::drive`).
//!
//! - **Threads.** A context and all that is on it belong to one thread, and the compiler knows:
//!   they are neither `Send` nor `Sync`. [`Stopper`] is for other threads; pixels, pictures and
//!   all plain values are `Send`. Two contexts in two threads know nothing of each other.
//! - **Frames are lent** for as long as the closure runs, without a copy; see [`Frame`].
//! - **Questions** to the sharer are objects; one that is dropped unanswered means no; see
//!   [`Consent`].
//! - **Errors** have a variant for each number of the C library; see [`Error`].
//! - **Panics** in closures end their session and go on from where the program dispatches; they
//!   never unwind through C.
//! - **The end** of the last handle is the end of what it is of; [`Helper::ended`] waits for the
//!   session's.
//!
//! Whole programs are in the crate's `examples`.
#![warn(missing_docs)]

mod checks;
mod consent;
mod context;
#[cfg(feature = "tokio")]
mod drive;
mod error;
mod handle;
mod helper;
mod helper_builder;
mod input;
mod kinds;
mod picture;
mod session;
mod sharer;
mod sharer_builder;
mod sign_in;
mod text;

pub use checks::{CheckResult, SharingCheck};
pub use consent::Consent;
pub use context::{version, Context, ContextBuilder, Stopper};
pub use error::{Error, Result};
pub use helper::Helper;
pub use helper_builder::{Code, HelperBuilder, Refusal};
pub use input::{Input, Mark};
pub use kinds::{
    limits, BannerWish, Button, CheckPart, ConsentKind, LogLevel, MarkKind, Notice, PauseCauses,
    Permissions, ScreenKind, SessionState, SignInMethod,
};
pub use picture::{Cursor, Frame, HeldFrame, Move, Picture, Pixels, Rect, Screen};
pub use session::{End, Ended};
pub use sharer::{check_code, check_panic_key, resume_relay, warning_text, Sharer};
pub use sharer_builder::{BannerTexts, SharerBuilder};
pub use sign_in::{DeviceCode, SignIn, SignInBuilder, Token};

/// The snippets in README are compiled with the documentation's.
#[cfg(all(doctest, feature = "tokio"))]
#[doc = include_str!("../../README.md")]
mod readme {}
