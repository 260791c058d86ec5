//! A context on tokio: its descriptor in tokio's reactor.

use std::future::Future;
use std::io;
use std::os::unix::io::{AsRawFd, RawFd};
use std::pin::Pin;
use std::task::Poll;

use tokio::io::unix::AsyncFd;
use tokio::io::Interest;

use crate::{Context, Error, Result};

/// The context's descriptor, which stays the context's.
struct Descriptor(Context);

impl AsRawFd for Descriptor {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

impl Context {
    /// Dispatches on tokio, in this task and so in this thread, until the other future is ready,
    /// and gives its result. With feature `tokio`; in a runtime with I/O enabled.
    ///
    /// Several tasks may use one context: then one of them drives it, say a
    /// [`LocalSet`](tokio::task::LocalSet)'s.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    /// let context = qassist::Context::new("wss://relay.example")?;
    /// let helper = qassist::Helper::builder(&context, "token")
    ///     .on_code(|_, code| println!("Tell the sharer: {}", code.digits))
    ///     .start()?;
    /// let end = runtime.block_on(context.drive(helper.ended()))?;
    /// println!("The session is over: {}", end.detail);
    /// # Ok(()) }
    /// ```
    ///
    /// Errors: [`ReadWriteFailed`](Error) (the descriptor cannot be watched),
    /// [`WrongState`](Error) inside a closure. Panics outside of a runtime, and goes on with a
    /// closure's panic.
    pub async fn drive<F: Future>(&self, future: F) -> Result<F::Output> {
        let driven = Driven {
            future: Box::pin(future),
            dispatching: Box::pin(self.dispatch_for_ever()),
        };
        driven.await
    }

    async fn dispatch_for_ever(&self) -> Error {
        let watched = Descriptor(self.clone());
        // What newest tokio wants instead is not in the tokio of Debian; the descriptor is open as
        // long as this clone of the context, which is what it wants to be told.
        #[allow(deprecated)]
        let watched = match AsyncFd::with_interest(watched, Interest::READABLE) {
            Ok(watched) => watched,
            Err(_) => return Error::ReadWriteFailed,
        };
        loop {
            let mut ready = match watched.readable().await {
                Ok(ready) => ready,
                Err(_) => return Error::ReadWriteFailed,
            };
            if let Err(error) = self.dispatch() {
                return error;
            }
            // tokio is told of changes only, so what is left over must not be forgotten.
            match is_readable(self.as_raw_fd()) {
                Ok(true) => tokio::task::yield_now().await,
                Ok(false) => ready.clear_ready(),
                Err(_) => return Error::ReadWriteFailed,
            }
        }
    }
}

fn is_readable(descriptor: RawFd) -> io::Result<bool> {
    let mut poll = libc::pollfd {
        fd: descriptor,
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one struct, alive during the call.
    match unsafe { libc::poll(&mut poll, 1, 0) } {
        -1 => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::Interrupted => Ok(true),
            error => Err(error),
        },
        count => Ok(count > 0),
    }
}

/// Two futures in one task: the first to be ready counts.
struct Driven<F, D> {
    future: Pin<Box<F>>,
    dispatching: Pin<Box<D>>,
}

impl<F: Future, D: Future<Output = Error>> Future for Driven<F, D> {
    type Output = Result<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = self.future.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        // What is dispatched may be what the future waits for; then it wakes this task.
        self.dispatching.as_mut().poll(context).map(Err)
    }
}
