//! Whole sessions over a real relay, both sides in Rust.

use std::time::Duration;

use qassist::{limits, Button, Error, MarkKind, PauseCauses, Permissions, Rect, SessionState};

use crate::parts::{Pair, Relay};

#[test]
fn a_helper_sees_what_a_sharer_draws() {
    let relay = Relay::start();
    let mut pair = Pair::viewing(&relay);
    pair.show([10, 200, 30]);
    assert!(pair.heard.has("name Dev H. of Development"));
    assert!(pair.told.has("helper Dev H. of Development"));
    assert!(pair.heard.has("peer") && pair.heard.has("state waiting"));
    assert_eq!(pair.told.of("warning").len(), 1);
    assert_eq!(pair.helper.state(), SessionState::Active);
    assert_eq!(pair.sharer.permissions(), Permissions::VIEW);

    // A part of it, told as such: now red, now blue, until nothing else is new with it.
    let part = Rect::new(64, 64, 64, 64);
    let nothing = pair.sharer.submit(pair.picture.pixels(), Some(&[]));
    assert_eq!(nothing, Ok(true));
    let (sharer, picture, heard) = (&pair.sharer, &mut pair.picture, &pair.heard);
    let mut red = false;
    pair.pump.until("a part", || {
        red = !red;
        picture.fill(part, if red { [0, 0, 255] } else { [255, 0, 0] });
        sharer.submit(picture.pixels(), Some(&[part])).unwrap();
        let last = heard.of("frame").pop().unwrap();
        !last.split(' ').any(|rect| rect.starts_with("320x"))
    });
    picture.fill(part, [0, 0, 255]);
    sharer.submit(picture.pixels(), Some(&[part])).unwrap();
    pair.pump.until("the red part in its place", || {
        let seen = pair.seen.borrow();
        let pixels = seen.as_ref().unwrap().pixels();
        assert_eq!((pixels.width(), pixels.height()), (320, 200));
        let inside = [(64, 64), (127, 127)].map(|(x, y)| pixels.bgr(x, y));
        let outside = [(63, 63), (128, 128)].map(|(x, y)| pixels.bgr(x, y));
        inside == [Some([0, 0, 255]); 2] && outside == [Some([10, 200, 30]); 2]
    });

    pair.helper.end();
    pair.ends();
    for end in [pair.helper.how_it_ended(), pair.sharer.how_it_ended()] {
        let end = end.unwrap();
        assert_eq!((end.error, end.result()), (None, Ok(())));
        assert_eq!(end.detail, "ended");
    }
    assert_eq!(pair.sharer.submit(pair.picture.pixels(), None), Ok(false));
}

#[test]
fn control_is_asked_for_and_input_arrives() {
    let relay = Relay::start();
    let pair = Pair::viewing(&relay);
    let helper = &pair.helper;
    assert_eq!(helper.click(5, 5, Button::Left), Err(Error::NotAllowed));
    helper.request(Permissions::CONTROL, "to show you").unwrap();
    assert_eq!(helper.requested(), Permissions::CONTROL);
    pair.hears("permissions view, control None");
    assert!(pair
        .told
        .has("consent Permissions control 'to show you' false"));
    helper.click(30, 40, Button::Right).unwrap();
    helper.pointer_wheel(30, 40, 0, limits::WHEEL_STEP).unwrap();
    helper.key(0x1E, true).unwrap();
    helper.key(0x1E, false).unwrap();
    helper.text("é").unwrap();
    helper.pointer_move(50, 60).unwrap();
    pair.tells("input Move { x: 50, y: 60 }");
    for event in [
        "input Button { x: 30, y: 40, button: Right, pressed: true }",
        "input Button { x: 30, y: 40, button: Right, pressed: false }",
        "input Wheel { x: 30, y: 40, wheel_x: 0, wheel_y: 120 }",
        "input Key { scancode: 30, pressed: true }",
        "input Key { scancode: 30, pressed: false }",
        "input Text('é')",
    ] {
        assert!(pair.told.has(event), "{event}: {:?}", pair.told.of("input"));
    }
    let left = pair.sharer.time_left(Permissions::CONTROL).unwrap();
    assert!(left > Duration::from_secs(1000) && left <= Duration::from_secs(1800));
    pair.sharer.revoke(Permissions::CONTROL).unwrap();
    pair.hears("permissions view Some(NotAllowed)");
    assert!(pair.heard.of("refused")[0].starts_with("control NotAllowed"));
    assert_eq!(helper.pointer_move(1, 1), Err(Error::NotAllowed));
}

#[test]
fn chat_clipboard_and_pauses() {
    let relay = Relay::start();
    let mut pair = Pair::viewing(&relay);
    let (helper, sharer) = (pair.helper.clone(), pair.sharer.clone());
    assert_eq!(helper.chat("Hello.\nDo you see me?"), Ok(1));
    pair.hears("delivered 1");
    assert!(pair.told.has("chat Hello.\nDo you see me?"));
    assert_eq!(sharer.chat("Yes."), Ok(1));
    pair.hears("chat Yes.");
    pair.tells("delivered 1");
    let long = "x".repeat(limits::CHAT + 1);
    assert_eq!(helper.chat(&long), Err(Error::InvalidArgument));
    assert_eq!(helper.chat("a\0b"), Err(Error::InvalidArgument));

    let both = Permissions::CLIPBOARD_TO_HELPER | Permissions::CLIPBOARD_TO_SHARER;
    assert_eq!(helper.clipboard("early"), Err(Error::NotAllowed));
    helper.request(both, "").unwrap();
    pair.pump
        .until("both", || helper.permissions().contains(both));
    helper.clipboard("to you").unwrap();
    pair.tells("clipboard to you");
    sharer.clipboard("to me").unwrap();
    pair.hears("clipboard to me");

    sharer.pause().unwrap();
    pair.hears("paused {SHARER}");
    assert_eq!(helper.paused(), PauseCauses::SHARER);
    assert_eq!(sharer.submit(pair.picture.pixels(), None), Ok(false));
    assert_eq!(sharer.pause(), Err(Error::WrongState));
    sharer.resume().unwrap();
    pair.hears("paused {}");
    helper.pause().unwrap();
    pair.tells("paused {HELPER}");
    helper.resume().unwrap();
    pair.show([7, 7, 7]);
    sharer.allow_prompts(false).unwrap();
    sharer.set_prompt(true).unwrap();
    assert_eq!(sharer.paused(), PauseCauses::PROMPT);
    sharer.set_prompt(false).unwrap();
    sharer.report("A test reports itself.").unwrap();
    pair.ends();
    assert_eq!(pair.helper.how_it_ended().unwrap().error, None);
}

#[test]
fn pointing_and_drawing_without_control() {
    let relay = Relay::start();
    let pair = Pair::viewing(&relay);
    let helper = &pair.helper;
    assert_eq!(helper.point(1, 1), Err(Error::NotAllowed));
    let both = Permissions::POINT | Permissions::ANNOTATE;
    helper.request(both, "").unwrap();
    pair.pump
        .until("both", || helper.permissions().contains(both));
    helper.point(30, 40).unwrap();
    pair.tells("point Some((30, 40))");
    let places = [(1, 2), (3, 4)];
    helper.mark(MarkKind::Arrow, 0x123456, 7, &places).unwrap();
    helper.undo().unwrap();
    helper.clear().unwrap();
    helper.point_hide().unwrap();
    pair.tells("point None");
    pair.tells("mark Clear");
    assert_eq!(
        pair.told.of("mark"),
        [
            "Begin { kind: Arrow, colour: 1193046, width: 7, x: 1, y: 2 }",
            "To { x: 3, y: 4 }",
            "End",
            "Undo",
            "Clear"
        ]
    );
    let outside = helper.mark_begin(MarkKind::Stroke, 0, 1, (320, 0));
    assert_eq!(outside, Err(Error::InvalidArgument));
    assert_eq!(
        helper.mark(MarkKind::Stroke, 0, 1, &[]),
        Err(Error::InvalidArgument)
    );
}

#[test]
fn a_break_is_waited_for_as_long_as_each_side_says() {
    let mut relay = Relay::start();
    let second = Duration::from_millis(900); // is one second: no less than asked for
    let pair = Pair::begun(&relay, |builder| builder.reconnect_time(second));
    pair.hears("state active");
    relay.kill();
    pair.hears("state reconnecting");
    let over = || pair.sharer.how_it_ended().is_some();
    pair.pump.until("the sharer's end", over);
    assert!(pair.sharer.how_it_ended().unwrap().error.is_some());
    assert!(pair.helper.how_it_ended().is_none(), "it waits two minutes");
}
