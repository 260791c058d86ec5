//! Signing in as a helper at an issuer of OpenID Connect that the relay names.

use std::fmt;
use std::mem;
use std::os::raw::{c_char, c_void};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use qassist_sys as sys;

use crate::error::done;
use crate::handle::{handlers, trampolines, Handle, Inner, OnEnd};
use crate::session::{End, Ended};
use crate::text::{text_of, OptionalText};
use crate::{Context, Result, SignInMethod};

/// What a sign-in brought.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Token<'a> {
    /// For [`Helper::builder`](crate::Helper::builder); a secret.
    pub token: &'a str,
    /// What sharers will read.
    pub shown_name: &'a str,
    /// Likewise.
    pub organisation: &'a str,
    /// What the relay's operator knows this helper by.
    pub account: &'a str,
    /// Until the token ends; [`SignIn::refresh`] gets a new one.
    pub time_left: Duration,
    /// Whether it does so without asking the user again.
    pub can_refresh: bool,
}

impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}, {:?})", self.shown_name, self.time_left)
    }
}

/// What signing in on another device needs: have the user open `address` there and type `code`.
/// Never pass them on to anybody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceCode<'a> {
    /// Where to type it.
    pub address: &'a str,
    /// What to type.
    pub code: &'a str,
    /// An address with the code in it; `None` where there is none.
    pub complete: Option<&'a str>,
    /// How long it lives.
    pub time_left: Duration,
}

/// A sign-in, in the system's browser or on another device, instead of having a token from whoever
/// runs the relay. Everything is kept in memory only; the last handle forgets it.
///
/// ```no_run
/// # fn main() -> qassist::Result<()> {
/// let context = qassist::Context::new("wss://relay.example")?;
/// let sign_in = qassist::SignIn::builder(&context)
///     .on_address(|_, address| println!("Open {address}"))
///     .on_token(|sign_in, token| {
///         let helper = qassist::Helper::builder(sign_in.context(), token.token).start();
///         # drop(helper);
///     })
///     .on_end(|sign_in, end| println!("Signed out: {}", end.detail))
///     .start()?;
/// context.run()?;
/// # let _ = sign_in; Ok(()) }
/// ```
#[derive(Clone)]
pub struct SignIn {
    inner: Rc<Inner<Self>>,
}

impl Handle for SignIn {
    type Raw = sys::qa_sign_in;
    type Handlers = Handlers;

    fn of(inner: Rc<Inner<Self>>) -> Self {
        SignIn { inner }
    }

    unsafe fn unref(raw: *mut Self::Raw) {
        sys::qa_sign_in_unref(raw);
    }

    unsafe fn give_up(_: *mut Self::Raw) {} // nobody waits for it; the panic is told

    unsafe fn retry_seconds(raw: *const Self::Raw) -> u32 {
        sys::qa_sign_in_retry_seconds(raw)
    }
}

impl SignIn {
    /// Settings and closures of a sign-in to be.
    pub fn builder(context: &Context) -> SignInBuilder {
        SignInBuilder {
            context: context.clone(),
            method: SignInMethod::Browser,
            issuer: None,
            issuer_ca_file: None,
            handlers: Handlers::default(),
            on_end: None,
        }
    }

    /// The context it is on.
    pub fn context(&self) -> &Context {
        &self.inner.context
    }

    /// Asks the relay how, and begins. Once, and again only after an error, with which nothing
    /// has begun. Errors: [`WrongState`](crate::Error) and those of connecting.
    pub fn start(&self) -> Result<()> {
        // SAFETY: the handle is alive and this is its thread; so below.
        done(unsafe { sys::qa_sign_in_start(self.inner.raw) })
    }

    /// Gets a new token without asking the user; [`on_token`](SignInBuilder::on_token) or
    /// [`on_end`](SignInBuilder::on_end) follows. Errors: [`WrongState`](crate::Error) (not signed
    /// in, or [`Token::can_refresh`] was false).
    pub fn refresh(&self) -> Result<()> {
        done(unsafe { sys::qa_sign_in_refresh(self.inner.raw) })
    }

    /// Signs out: the token is worth nothing any more, all is forgotten;
    /// [`on_end`](SignInBuilder::on_end) follows. The issuer's own session in the browser stays.
    /// Errors: [`WrongState`](crate::Error) (not signed in).
    pub fn sign_out(&self) -> Result<()> {
        done(unsafe { sys::qa_sign_in_out(self.inner.raw) })
    }

    /// How it ended; `None` while it has not.
    pub fn how_it_ended(&self) -> Option<End> {
        self.inner.end.get()
    }

    /// Waits for the end on any executor, while something dispatches the context.
    pub fn ended(&self) -> Ended {
        self.inner.end.ended()
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").finish_non_exhaustive()
    }
}

/// A [`SignIn`] to be.
pub struct SignInBuilder {
    context: Context,
    method: SignInMethod,
    issuer: Option<String>,
    issuer_ca_file: Option<PathBuf>,
    handlers: Handlers,
    on_end: Option<OnEnd<SignIn>>,
}

impl SignInBuilder {
    /// Here in the browser where this is not said, or on another device.
    pub fn method(mut self, method: SignInMethod) -> Self {
        self.method = method;
        self
    }

    /// The address of the issuer, instead of the first that the relay names.
    pub fn issuer(mut self, address: &str) -> Self {
        self.issuer = Some(address.to_owned());
        self
    }

    /// A PEM file with the only authorities to trust for the issuer, instead of the system's.
    pub fn issuer_ca_file(mut self, path: impl AsRef<Path>) -> Self {
        self.issuer_ca_file = Some(path.as_ref().to_owned());
        self
    }

    /// It is over, without an error after [`SignIn::sign_out`]; nothing follows.
    /// [`SignInRefused`](crate::Error): issuer or relay said no; [`NoAnswer`](crate::Error): the
    /// user did not sign in; [`ReadWriteFailed`](crate::Error): libcurl is not installed, or no
    /// port could be opened for the browser.
    pub fn on_end(mut self, function: impl FnOnce(&SignIn, &End) + 'static) -> Self {
        self.on_end = Some(Box::new(function));
        self
    }

    /// Makes it; [`SignIn::start`] begins. Errors: [`InvalidArgument`](crate::Error),
    /// [`OutOfMemory`](crate::Error).
    pub fn build(self) -> Result<SignIn> {
        let issuer = OptionalText::new(self.issuer.as_deref())?;
        let issuer_ca_file = OptionalText::of_path(self.issuer_ca_file.as_deref())?;
        let options = sys::qa_sign_in_options {
            size: mem::size_of::<sys::qa_sign_in_options>(),
            method: self.method.number(),
            issuer: issuer.as_ptr(),
            issuer_ca_file: issuer_ca_file.as_ptr(),
        };
        let callbacks = self.handlers.callbacks();
        let context = self.context.as_ptr();
        Inner::make(&self.context, self.handlers, self.on_end, |link, raw| {
            // SAFETY: options and callbacks live longer than the call, the link longer than the
            // sign-in.
            unsafe { sys::qa_sign_in_new(context, &options, &callbacks, link, raw) }
        })
    }

    /// Makes it and starts it.
    pub fn start(self) -> Result<SignIn> {
        let sign_in = self.build()?;
        sign_in.start()?;
        Ok(sign_in)
    }
}

handlers! {
    SignIn, SignInBuilder, qa_sign_in_callbacks:
    /// Open this address (of the issuer, https) in the system's browser.
    on_address: (&str);
    /// Show this to the user.
    on_device: (&DeviceCode<'_>);
    /// The user is signed in; also after each [`SignIn::refresh`].
    on_token: (&Token<'_>);
}

type Text = *const c_char;

trampolines! {
    SignIn:
    on_address(sign_in, address: Text) => (&text_of(address));
    on_device(sign_in, address: Text, code: Text, complete: Text, left: u32) => (&DeviceCode {
        address: &text_of(address),
        code: &text_of(code),
        complete: Some(&*text_of(complete)).filter(|address| !address.is_empty()),
        time_left: Duration::from_secs(left.into()),
    });
    on_token(sign_in, token: *const sys::qa_sign_in_token) => (&Token {
        token: &text_of((*token).token),
        shown_name: &text_of((*token).shown_name),
        organisation: &text_of((*token).organisation),
        account: &text_of((*token).account),
        time_left: Duration::from_secs((*token).seconds_left.into()),
        can_refresh: (*token).can_refresh,
    });
}
