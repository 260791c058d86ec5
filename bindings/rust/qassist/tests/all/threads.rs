//! What may go to other threads and what may not.

use std::thread;
use std::time::Duration;

use qassist::{Consent, Context, Cursor, Error, Frame, HeldFrame, Helper, Permissions, Picture};
use qassist::{Pixels, Rect, Screen, Sharer, SignIn, Stopper};

use crate::parts::{Pair, Relay};

fn crosses<T: Send + Sync>() {}

/// Compiles only for types that are not `Send` (and likewise not `Sync`): for others it is not
/// clear which of the two is meant.
macro_rules! stays {
    ($($kind:ty)*) => {$({
        trait NotSend<Which> { fn is_there() {} }
        impl<T: ?Sized> NotSend<()> for T {}
        struct Sends;
        impl<T: ?Sized + Send> NotSend<Sends> for T {}
        <$kind as NotSend<_>>::is_there();

        trait NotSync<Which> { fn is_there() {} }
        impl<T: ?Sized> NotSync<()> for T {}
        struct Shares;
        impl<T: ?Sized + Sync> NotSync<Shares> for T {}
        <$kind as NotSync<_>>::is_there();
    })*};
}

#[test]
fn send_and_sync_are_told_truly() {
    crosses::<Stopper>();
    crosses::<Pixels<'_>>();
    crosses::<Picture>();
    crosses::<Cursor<'_>>();
    crosses::<Screen>();
    crosses::<Rect>();
    crosses::<Error>();
    crosses::<Permissions>();
    crosses::<qassist::End>();
    crosses::<qassist::Input>();
    crosses::<qassist::Mark>();
    stays!(Context Helper Sharer SignIn Consent Frame<'_> HeldFrame qassist::Ended);
    stays!(qassist::HelperBuilder qassist::SharerBuilder qassist::SignInBuilder);
}

#[test]
fn a_stopper_stops_from_another_thread_and_outlives_its_context() {
    let context = Context::new("wss://relay.example").unwrap();
    let stopper = context.stopper();
    let stopping = stopper.clone();
    let thread = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        stopping.stop();
    });
    context.run().unwrap();
    thread.join().unwrap();
    context.stop();
    context.run().unwrap(); // the stop counts for the next call, too
    drop(context);
    stopper.stop();
}

#[test]
fn two_contexts_in_two_threads_know_nothing_of_each_other() {
    let relay = Relay::start();
    thread::scope(|scope| {
        for blue in [50, 150] {
            let relay = &relay;
            scope.spawn(move || {
                let mut pair = Pair::viewing(relay);
                pair.show([blue, 0, 0]);
                pair.helper.end();
                pair.ends();
            });
        }
    });
}
