//! What helpers, sharers and sign-ins have in common: how they end, and their times.

use std::cell::RefCell;
use std::future::Future;
use std::os::raw::c_int;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::{Error, Result};

/// How a session or a sign-in ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct End {
    /// What ended it; `None` after an orderly end by either side.
    pub error: Option<Error>,
    /// More about it in words.
    pub detail: String,
    /// After an error that is the relay's: when another try may do better, where it said so.
    pub retry_after: Option<Duration>,
}

impl End {
    pub(crate) fn new(error: c_int, detail: &str, retry_seconds: u32) -> Self {
        let retry_seconds = Some(retry_seconds).filter(|&seconds| seconds > 0);
        End {
            error: Error::from_code(error),
            detail: detail.to_owned(),
            retry_after: retry_seconds.map(|seconds| Duration::from_secs(seconds.into())),
        }
    }

    /// The error as one to go on with by `?`.
    pub fn result(&self) -> Result<()> {
        self.error.map_or(Ok(()), Err)
    }
}

/// Waits until a session or a sign-in is over, on any executor; something else has to dispatch
/// the context. One whose last handle was dropped ends with [`Error::Canceled`].
pub struct Ended(Rc<EndCell>);

impl Future for Ended {
    type Output = End;

    fn poll(self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<End> {
        let mut state = self.0.state.borrow_mut();
        match &state.end {
            Some(end) => Poll::Ready(end.clone()),
            None => {
                if !state.wakers.iter().any(|w| w.will_wake(context.waker())) {
                    state.wakers.push(context.waker().clone());
                }
                Poll::Pending
            }
        }
    }
}

#[derive(Default)]
pub(crate) struct EndCell {
    state: RefCell<EndState>,
}

#[derive(Default)]
struct EndState {
    end: Option<End>,
    wakers: Vec<Waker>,
}

impl EndCell {
    /// Tells all that wait; the first end counts.
    pub(crate) fn set(&self, end: End) {
        let wakers = {
            let mut state = self.state.borrow_mut();
            state.end.get_or_insert(end);
            std::mem::take(&mut state.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn get(&self) -> Option<End> {
        self.state.borrow().end.clone()
    }

    pub(crate) fn ended(self: &Rc<Self>) -> Ended {
        Ended(Rc::clone(self))
    }
}

/// Whole seconds for C, where 0 would mean its default: at least one.
pub(crate) fn seconds(time: Duration) -> u32 {
    let whole = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    whole.clamp(1, u32::MAX.into()) as u32
}

/// The time to come back for C, where a negative one says that a break is the end.
pub(crate) fn reconnect_seconds(time: Duration) -> i32 {
    if time.is_zero() {
        return -1;
    }
    seconds(time).min(i32::MAX as u32) as i32
}

/// The answer to the question about a restart.
pub(crate) fn restart_answer(seconds: u32, error: c_int) -> Result<Duration> {
    match Error::from_code(error) {
        Some(error) => Err(error),
        None => Ok(Duration::from_secs(seconds.into())),
    }
}
