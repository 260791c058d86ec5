//! A check on a real display and relay, and without them.

use qassist::{CheckPart, Error, SharingCheck};

use crate::parts::{build_folder, Relay};
use crate::x11::x_server;

#[test]
fn all_is_there() {
    let relay = Relay::start();
    let (_server, display) = x_server();
    let found = SharingCheck::new()
        .display(&display)
        .relay_url(&relay.url)
        .ca_file(relay.ca())
        .worker_path(build_folder().join("libqassist/worker/qassist-worker"))
        .run()
        .unwrap();
    assert!(found.iter().all(|one| one.good || !one.needed), "{found:?}");
    let part = |part| found.iter().find(|one| one.part == part).unwrap();
    assert_eq!(part(CheckPart::Capture).detail, "640x480");
    assert_eq!(part(CheckPart::Relay).name, relay.url);
    assert_eq!(part(CheckPart::Display).name, display);
}

#[test]
fn what_is_missing_is_told() {
    let found = SharingCheck::new()
        .display(":4711")
        .worker_path("/nonexistent")
        .run()
        .unwrap();
    let parts: Vec<CheckPart> = found.iter().map(|one| one.part).collect();
    assert_eq!(parts, [CheckPart::Display, CheckPart::Worker]);
    assert!(found
        .iter()
        .all(|one| one.needed && !one.good && !one.detail.is_empty()));
    let wrong = SharingCheck::new().relay_url("http://relay.example").run();
    assert_eq!(wrong, Err(Error::InvalidArgument));
}
