//! What is behind the handles of helpers, sharers and sign-ins: C's object, the program's closures,
//! and how C's callbacks find them.

use std::cell::RefCell;
use std::os::raw::{c_char, c_int, c_void};
use std::ptr;
use std::rc::{Rc, Weak};

use qassist_sys as sys;

use crate::error::done;
use crate::session::{End, EndCell};
use crate::text::text_of;
use crate::{Context, Result};

/// A handle: C's object by its functions, and the closures by `handlers!`.
pub(crate) trait Handle: Sized + 'static {
    type Raw;
    type Handlers: Handlers;

    fn of(inner: Rc<Inner<Self>>) -> Self;

    /// # Safety
    /// The reference is given away, or NULL; so below, where the object is alive.
    unsafe fn unref(raw: *mut Self::Raw);
    /// Ends it in order: a closure panicked.
    unsafe fn give_up(raw: *mut Self::Raw);
    unsafe fn retry_seconds(raw: *const Self::Raw) -> u32;
}

pub(crate) trait Handlers {
    /// They may hold handles of what they are of.
    fn drop_all(&self);
}

pub(crate) type OnEnd<H> = Box<dyn FnOnce(&H, &End)>;

pub(crate) struct Inner<H: Handle> {
    pub(crate) raw: *mut H::Raw,
    /// C's user_data.
    link: *mut Link<H>,
    pub(crate) context: Context,
    pub(crate) handlers: H::Handlers,
    on_end: RefCell<Option<OnEnd<H>>>,
    pub(crate) end: Rc<EndCell>,
}

/// What C's user_data points to: an object that may be gone.
struct Link<H: Handle>(Weak<Inner<H>>);

impl<H: Handle> Inner<H> {
    /// Makes C's object by `new`, which gets user_data and where to put it.
    pub(crate) fn make(
        context: &Context,
        handlers: H::Handlers,
        on_end: Option<OnEnd<H>>,
        new: impl FnOnce(*mut c_void, *mut *mut H::Raw) -> c_int,
    ) -> Result<H> {
        let mut result = Ok(());
        let inner = Rc::new_cyclic(|weak| {
            let link = Box::into_raw(Box::new(Link(weak.clone())));
            let mut raw = ptr::null_mut();
            result = done(new(link.cast(), &mut raw));
            Inner {
                raw,
                link,
                context: context.clone(),
                handlers,
                on_end: RefCell::new(on_end),
                end: Rc::new(EndCell::default()),
            }
        });
        result.map(|_| H::of(inner))
    }

    /// Runs what C called back, with the object kept alive until it is done. No panic leaves it.
    ///
    /// # Safety
    /// `user_data` is of `make`, and the object not given up.
    pub(crate) unsafe fn enter(user_data: *mut c_void, run: impl FnOnce(&H, &Self)) {
        let inner = match (*user_data.cast::<Link<H>>()).0.upgrade() {
            Some(inner) => inner,
            None => return, // in its drop
        };
        let context = inner.context.clone();
        if !context.guard(|| run(&H::of(Rc::clone(&inner)), &inner)) {
            H::give_up(inner.raw);
        }
        context.guard(|| drop(inner));
    }
}

impl<H: Handle> Drop for Inner<H> {
    fn drop(&mut self) {
        // SAFETY: the reference and the link are ours; after it C calls back no more.
        unsafe {
            H::unref(self.raw);
            drop(Box::from_raw(self.link));
        }
        self.end.set(End::new(sys::QA_ECANCELED, "dropped", 0));
    }
}

/// C's callback of the end.
///
/// # Safety
/// As of `Inner::enter`; the text is valid during the call.
pub(crate) unsafe extern "C" fn on_end<H: Handle>(
    raw: *mut H::Raw,
    error: c_int,
    detail: *const c_char,
    user_data: *mut c_void,
) {
    Inner::<H>::enter(user_data, |handle, inner| {
        let end = End::new(error, &text_of(detail), H::retry_seconds(raw));
        inner.end.set(end.clone());
        let function = inner.on_end.borrow_mut().take();
        if let Some(function) = function {
            function(handle, &end);
        }
        inner.handlers.drop_all();
    });
}

/// A closure of the program's, or none. It is taken out while it runs, so that it may do with the
/// session what it likes.
pub(crate) struct Slot<F: ?Sized>(RefCell<Option<Box<F>>>);

impl<F: ?Sized> Default for Slot<F> {
    fn default() -> Self {
        Slot(RefCell::new(None))
    }
}

impl<F: ?Sized> Slot<F> {
    pub(crate) fn set(&mut self, function: Box<F>) {
        self.0 = RefCell::new(Some(function));
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.borrow().is_some()
    }

    pub(crate) fn take(&self) -> Option<Box<F>> {
        self.0.borrow_mut().take()
    }

    pub(crate) fn call(&self, run: impl FnOnce(&mut F)) {
        let function = self.take();
        if let Some(mut function) = function {
            run(&mut function);
            *self.0.borrow_mut() = Some(function);
        }
    }
}

/// The closures of a builder, as its methods, and C's struct of callbacks: for each one that is
/// set the function of the same name, which is beside this.
macro_rules! handlers {
    ($handle:ident, $builder:ident, $callbacks:ident:
     $($(#[$doc:meta])* $name:ident: ($($argument:ty),*);)*) => {
        #[derive(Default)]
        pub(crate) struct Handlers {
            $($name: crate::handle::Slot<dyn FnMut(&$handle, $($argument),*)>,)*
        }

        impl $builder {
            $($(#[$doc])*
            pub fn $name(mut self, function: impl FnMut(&$handle, $($argument),*) + 'static) -> Self {
                self.handlers.$name.set(Box::new(function));
                self
            })*
        }

        impl Handlers {
            fn callbacks(&self) -> sys::$callbacks {
                // SAFETY: all members may be zero: a size, and functions that are not there.
                let mut callbacks: sys::$callbacks = unsafe { mem::zeroed() };
                callbacks.size = mem::size_of::<sys::$callbacks>();
                callbacks.on_end = Some(crate::handle::on_end::<$handle>);
                $(if self.$name.is_set() {
                    callbacks.$name = Some($name);
                })*
                callbacks
            }
        }

        impl crate::handle::Handlers for Handlers {
            fn drop_all(&self) {
                $(drop(self.$name.take());)*
            }
        }
    };
}

/// What C calls back: hands it on to the closure of the same name, in Rust's terms. What C points to
/// is valid during the call, and user_data is of `Inner::make`.
macro_rules! trampolines {
    ($handle:ident: $($name:ident($this:ident $(, $argument:ident: $type:ty)*)
     => ($($value:expr),*);)*) => {$(
        unsafe extern "C" fn $name(
            _: *mut <$handle as crate::handle::Handle>::Raw,
            $($argument: $type,)*
            user_data: *mut c_void,
        ) {
            Inner::<$handle>::enter(user_data, |$this, inner| {
                inner.handlers.$name.call(|f| f($this, $($value),*));
            });
        }
    )*};
}

pub(crate) use {handlers, trampolines};
