//! Whether what sharing an X11 screen needs is there, before anybody calls anybody.

use std::mem;
use std::os::raw::c_void;
use std::path::{Path, PathBuf};

use qassist_sys as sys;

use crate::error::done;
use crate::text::{text_of, OptionalText};
use crate::{CheckPart, Result};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckResult {
    /// What.
    pub part: CheckPart,
    /// Whether it is there and works.
    pub good: bool,
    /// Where it is not good, nothing can be shared.
    pub needed: bool,
    /// Of the display, the extension or the relay; else "".
    pub name: String,
    /// What was found, or what is wrong, in English; may be "".
    pub detail: String,
}

/// Tries what sharing a screen needs, one thing after the other, and shares nothing. Needs no
/// context; in any thread, but not inside a closure of a session's.
///
/// ```no_run
/// # fn main() -> qassist::Result<()> {
/// for one in qassist::SharingCheck::new().relay_url("wss://relay.example").run()? {
///     println!("{:?} {} {}", one.part, if one.good { "is there" } else { "fails" }, one.detail);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct SharingCheck {
    display: Option<String>,
    relay_url: Option<String>,
    ca_file: Option<PathBuf>,
    worker_path: Option<PathBuf>,
}

impl SharingCheck {
    /// Of the environment's display and of no relay.
    pub fn new() -> Self {
        Self::default()
    }

    /// The display, such as ":0".
    pub fn display(mut self, name: &str) -> Self {
        self.display = Some(name.to_owned());
        self
    }

    /// The relay, `wss://HOST[:PORT][/PATH]`. It is told nothing.
    pub fn relay_url(mut self, url: &str) -> Self {
        self.relay_url = Some(url.to_owned());
        self
    }

    /// As [`ContextBuilder::ca_file`](crate::ContextBuilder::ca_file).
    pub fn ca_file(mut self, path: impl AsRef<Path>) -> Self {
        self.ca_file = Some(path.as_ref().to_owned());
        self
    }

    /// As [`ContextBuilder::worker_path`](crate::ContextBuilder::worker_path).
    pub fn worker_path(mut self, path: impl AsRef<Path>) -> Self {
        self.worker_path = Some(path.as_ref().to_owned());
        self
    }

    /// Looks at all of it. Waits for display, worker and relay, half a minute at the worst. What
    /// is missing is in the results; errors, where it cannot look at all, are
    /// [`InvalidArgument`](crate::Error), [`OutOfMemory`](crate::Error) and
    /// [`ReadWriteFailed`](crate::Error).
    pub fn run(self) -> Result<Vec<CheckResult>> {
        let display = OptionalText::new(self.display.as_deref())?;
        let relay_url = OptionalText::new(self.relay_url.as_deref())?;
        let ca_file = OptionalText::of_path(self.ca_file.as_deref())?;
        let worker_path = OptionalText::of_path(self.worker_path.as_deref())?;
        let options = sys::qa_check_options {
            size: mem::size_of::<sys::qa_check_options>(),
            display: display.as_ptr(),
            relay_url: relay_url.as_ptr(),
            ca_file: ca_file.as_ptr(),
            worker_path: worker_path.as_ptr(),
        };
        let mut found: Vec<CheckResult> = Vec::new();
        let out: *mut Vec<CheckResult> = &mut found;
        // SAFETY: options and results live longer than the call.
        let result = done(unsafe { sys::qa_check_sharing(&options, Some(on_result), out.cast()) });
        if found.iter().any(|one| one.needed && !one.good) {
            return Ok(found);
        }
        result.map(|_| found)
    }
}

unsafe extern "C" fn on_result(result: *const sys::qa_check_result, user_data: *mut c_void) {
    let r = &*result;
    (*user_data.cast::<Vec<CheckResult>>()).push(CheckResult {
        part: CheckPart::from_number(r.part),
        good: r.good,
        needed: r.needed,
        name: text_of(r.name).into_owned(),
        detail: text_of(r.detail).into_owned(),
    });
}
