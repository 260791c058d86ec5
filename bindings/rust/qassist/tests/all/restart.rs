//! A session that goes on after a restart of the sharer's computer.

use qassist::{resume_relay, Error, ScreenKind, SessionState, Sharer};

use crate::parts::{shows, watched, Folder, Log, Pair, Relay};

#[test]
fn a_sharer_leaves_for_a_restart_and_comes_back() {
    let relay = Relay::start();
    let state = Folder::new();
    assert_eq!(resume_relay(Some(&state.0)), Err(Error::InvitationInvalid));
    let left = Log::default();
    let note = left.clone();
    let mut pair = Pair::begun(&relay, |builder| {
        builder
            .state_directory(&state.0)
            .on_restart(move |sharer, answer| {
                note.note(format!("restart {}", answer.unwrap().as_secs() > 600));
                sharer.leave().unwrap();
            })
    });
    pair.show([1, 2, 3]);
    assert_eq!(pair.sharer.leave(), Err(Error::WrongState));
    assert_eq!(pair.helper.restart_left(), None);
    pair.helper.request_restart().unwrap();
    pair.hears("restart true");
    pair.pump
        .until("leaving", || pair.sharer.how_it_ended().is_some());
    assert!(left.has("restart true") && pair.told.has("consent Restart  '' false"));
    pair.pump.until("waiting", || {
        pair.helper.state() == SessionState::Reconnecting
    });
    assert!(pair.helper.restart_left().is_some());

    assert_eq!(resume_relay(Some(&state.0)).as_ref(), Ok(&relay.url));
    let back = Log::default();
    let sharer = watched(Sharer::resuming(&pair.context), &back)
        .screen(ScreenKind::App)
        .state_directory(&state.0)
        .start()
        .unwrap();
    pair.picture
        .fill(qassist::Rect::new(0, 0, 320, 200), [9, 8, 7]);
    pair.pump.until("the picture after", || {
        sharer.submit(pair.picture.pixels(), None).unwrap();
        shows(&pair.seen, [9, 8, 7])
    });
    assert!(back.has("consent Permissions view '' false"));
    assert_eq!(pair.helper.restart_left(), None);

    // An invitation works once.
    let again = Sharer::resuming(&pair.context).state_directory(&state.0);
    let again = again.screen(ScreenKind::App).start().unwrap();
    pair.pump
        .until("its end", || again.how_it_ended().is_some());
    assert_eq!(
        again.how_it_ended().unwrap().error,
        Some(Error::InvitationInvalid)
    );
}
