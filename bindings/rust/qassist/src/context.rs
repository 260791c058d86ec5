//! Context: the C library's own event loop, and what all sessions on it share.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem;
use std::os::raw::{c_char, c_void};
use std::os::unix::io::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::ptr;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use qassist_sys as sys;

use crate::error::{check, done, static_text};
use crate::text::{c_text, text_of, OptionalText};
use crate::{LogLevel, Permissions, Result};

/// The C library's version, such as "0.1.0".
pub fn version() -> &'static str {
    // SAFETY: the text is static.
    unsafe { static_text(sys::qa_version()) }
}

/// An event loop behind one file descriptor, and the relay that its sessions use.
///
/// A clone is another handle of the same. A context and its sessions belong to one thread; two
/// contexts in two threads know nothing of each other. Closures of sessions run inside
/// [`dispatch`](Context::dispatch) and [`run`](Context::run) only, never inside the call that
/// caused them.
///
/// A closure that panics ends its session in order, and the panic goes on from `dispatch` or
/// `run`: it never unwinds through C.
#[derive(Clone)]
pub struct Context {
    inner: Rc<Inner>,
}

struct Inner {
    raw: *mut sys::qa_context,
    stopper: Stopper,
    panics: Rc<Panics>,
    /// What C's log function is handed; after `raw`'s last use in `drop`.
    log: Option<Box<Log>>,
}

type LogFn = dyn FnMut(LogLevel, &str);

struct Log {
    write: RefCell<Box<LogFn>>,
    panics: Rc<Panics>,
}

/// Panics of closures on their way to where the program dispatches.
#[derive(Default)]
struct Panics {
    first: RefCell<Option<Box<dyn Any + Send>>>,
    /// What `run` runs just now.
    running: Cell<Option<*mut sys::qa_context>>,
}

impl Panics {
    /// Runs what C called back; false where it panicked. The first panic is kept, and ends the
    /// `run` that it is in; a further one is worth no second story.
    fn guard(&self, function: impl FnOnce()) -> bool {
        let panic = match catch_unwind(AssertUnwindSafe(function)) {
            Ok(()) => return true,
            Err(panic) => panic,
        };
        let mut first = self.first.borrow_mut();
        if first.is_none() {
            *first = Some(panic);
        } else {
            mem::forget(panic); // its drop could panic in turn
        }
        if let Some(raw) = self.running.get() {
            // SAFETY: the context is alive as long as it runs.
            unsafe { sys::qa_context_stop(raw) };
        }
        false
    }

    fn raise(&self) {
        let panic = self.first.borrow_mut().take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl Context {
    /// A context whose sessions go through the relay of this URL, `wss://HOST[:PORT][/PATH]`.
    /// Nothing is opened to the network yet. Errors: [`InvalidArgument`](crate::Error).
    pub fn new(relay_url: &str) -> Result<Context> {
        Context::builder(relay_url).build()
    }

    /// The same with more settings.
    pub fn builder(relay_url: &str) -> ContextBuilder {
        ContextBuilder {
            relay_url: relay_url.to_owned(),
            ca_file: None,
            worker_path: None,
            policy_file: None,
            log: None,
        }
    }

    /// Does what is due and returns; never blocks. To be called when the descriptor ([`AsFd`])
    /// is readable. Errors: [`WrongState`](crate::Error) inside a closure.
    pub fn dispatch(&self) -> Result<()> {
        let inner = Rc::clone(&self.inner); // so that no closure gives the last one back
                                            // SAFETY: the context is alive, and this is its thread, for it is not Send.
        let result = unsafe { sys::qa_context_dispatch(inner.raw) };
        inner.panics.raise();
        done(result)
    }

    /// Dispatches until [`stop`](Context::stop): for programs without a loop of their own.
    /// Errors: [`WrongState`](crate::Error) inside a closure, [`ReadWriteFailed`](crate::Error).
    pub fn run(&self) -> Result<()> {
        let inner = Rc::clone(&self.inner);
        inner.panics.raise(); // one of the diagnosis, which comes outside of dispatching too
        let outer = inner.panics.running.replace(Some(inner.raw));
        // SAFETY: as above.
        let result = unsafe { sys::qa_context_run(inner.raw) };
        inner.panics.running.set(outer);
        inner.panics.raise();
        done(result)
    }

    /// Makes [`run`](Context::run) return, now or (then before anything is dispatched) at its next
    /// call.
    pub fn stop(&self) {
        // SAFETY: the context is alive.
        unsafe { sys::qa_context_stop(self.inner.raw) };
    }

    /// Something that other threads may stop it by.
    pub fn stopper(&self) -> Stopper {
        self.inner.stopper.clone()
    }

    /// What the policy of this device (qassist-policy.ini(5)) lets sessions here do. With no
    /// permission there can be no session: each and every sign-in ends with
    /// [`NotAllowedByPolicy`](crate::Error), and the words say why to the user.
    pub fn allowed(&self) -> (Permissions, String) {
        let mut why = ptr::null();
        // SAFETY: the context is alive, and the words are valid until the library is called again.
        unsafe {
            let bits = sys::qa_context_allowed(self.inner.raw, &mut why);
            (Permissions::from_bits(bits), text_of(why).into_owned())
        }
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::qa_context {
        self.inner.raw
    }

    /// Runs what C called back; false where it panicked, which `dispatch` goes on with.
    pub(crate) fn guard(&self, function: impl FnOnce()) -> bool {
        self.inner.panics.guard(function)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stopper.forget();
        // SAFETY: the reference is ours. Sessions, questions and frames keep a clone of the context
        // each, and dispatch does, so this is no callback of the context.
        unsafe { sys::qa_context_unref(self.raw) };
        drop(self.log.take());
    }
}

impl AsRawFd for Context {
    fn as_raw_fd(&self) -> RawFd {
        // SAFETY: the context is alive.
        unsafe { sys::qa_context_get_fd(self.inner.raw) }
    }
}

impl AsFd for Context {
    /// What to poll for reading. It stays the library's: never read or close it.
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the descriptor is open as long as the context is alive.
        unsafe { BorrowedFd::borrow_raw(self.as_raw_fd()) }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

/// Settings of a [`Context`] to be.
pub struct ContextBuilder {
    relay_url: String,
    ca_file: Option<PathBuf>,
    worker_path: Option<PathBuf>,
    policy_file: Option<PathBuf>,
    log: Option<(LogLevel, Box<LogFn>)>,
}

impl ContextBuilder {
    /// A PEM file with the only authorities to trust for the relay, instead of the system's.
    pub fn ca_file(mut self, path: impl AsRef<Path>) -> Self {
        self.ca_file = Some(path.as_ref().to_owned());
        self
    }

    /// The RDP worker program, instead of `$QASSIST_WORKER` or the installed one.
    pub fn worker_path(mut self, path: impl AsRef<Path>) -> Self {
        self.worker_path = Some(path.as_ref().to_owned());
        self
    }

    /// One more policy to obey besides the system's (qassist-policy.ini(5)): it can only take away
    /// what that allows. It must be there, and its writer this user or root.
    pub fn policy_file(mut self, path: impl AsRef<Path>) -> Self {
        self.policy_file = Some(path.as_ref().to_owned());
        self
    }

    /// Takes lines of diagnosis up to a level. They never hold a code, key, token, name or
    /// anything of a session's content. The closure may be called from inside any call and must
    /// not call the library.
    pub fn log(mut self, level: LogLevel, write: impl FnMut(LogLevel, &str) + 'static) -> Self {
        self.log = Some((level, Box::new(write)));
        self
    }

    /// Makes the context. Errors: [`InvalidArgument`](crate::Error) (the URL is not `wss://`),
    /// [`OutOfMemory`](crate::Error), [`ReadWriteFailed`](crate::Error).
    pub fn build(self) -> Result<Context> {
        let relay_url = c_text(&self.relay_url)?;
        let ca_file = OptionalText::of_path(self.ca_file.as_deref())?;
        let worker_path = OptionalText::of_path(self.worker_path.as_deref())?;
        let policy_file = OptionalText::of_path(self.policy_file.as_deref())?;
        let panics = Rc::new(Panics::default());
        let mut options = sys::qa_context_options {
            size: mem::size_of::<sys::qa_context_options>(),
            relay_url: relay_url.as_ptr(),
            ca_file: ca_file.as_ptr(),
            worker_path: worker_path.as_ptr(),
            log: None,
            log_user_data: ptr::null_mut(),
            log_level: 0,
            policy_file: policy_file.as_ptr(),
        };
        let log = self.log.map(|(level, write)| {
            let log = Box::new(Log {
                write: RefCell::new(write),
                panics: Rc::clone(&panics),
            });
            options.log = Some(on_log);
            options.log_user_data = &*log as *const Log as *mut c_void;
            options.log_level = level.number();
            log
        });
        let mut raw = ptr::null_mut();
        // SAFETY: the options and their strings live longer than the call, the log's box longer
        // than the context.
        check(unsafe { sys::qa_context_new(&options, &mut raw) })?;
        let inner = Inner {
            raw,
            stopper: Stopper(Arc::new(Mutex::new(Some(Handle(raw))))),
            panics,
            log,
        };
        Ok(Context {
            inner: Rc::new(inner),
        })
    }
}

/// Stops a context's [`run`](Context::run) from any thread. Harmless when the context is gone.
#[derive(Clone)]
pub struct Stopper(Arc<Mutex<Option<Handle>>>);

struct Handle(*mut sys::qa_context);

// SAFETY: it is used for qa_context_stop alone, which any thread may call.
unsafe impl Send for Handle {}

impl Stopper {
    /// Makes `run` return, now or at its next call. Not for signal handlers: it takes a lock.
    pub fn stop(&self) {
        let handle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Handle(raw)) = &*handle {
            // SAFETY: the context's drop waits for the lock, so it is alive.
            unsafe { sys::qa_context_stop(*raw) };
        }
    }

    fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

unsafe extern "C" fn on_log(level: sys::qa_log_level, line: *const c_char, user_data: *mut c_void) {
    let log = &*(user_data as *const Log);
    log.panics.guard(|| {
        // Busy only where the closure itself calls the library, which it must not.
        if let Ok(mut write) = log.write.try_borrow_mut() {
            let line = text_of(line);
            write(LogLevel::from_number(level), &line);
        }
    });
}
