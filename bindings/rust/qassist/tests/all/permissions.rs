//! Questions as objects, and answers in part.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use qassist::{Consent, ConsentKind, Error, Permissions, SharerBuilder};

use crate::parts::{code_of, watched_quietly, Pair, Relay};

type Kept = Rc<RefCell<Vec<Consent>>>;

/// Questions are kept and not answered.
fn keeping(builder: SharerBuilder, kept: &Kept) -> SharerBuilder {
    let kept = Rc::clone(kept);
    builder.on_consent(move |_, consent| kept.borrow_mut().push(consent))
}

fn next(pair: &Pair, kept: &Kept) -> Consent {
    pair.pump.until("a question", || !kept.borrow().is_empty());
    kept.borrow_mut().remove(0)
}

#[test]
fn a_part_may_be_granted_and_a_no_is_told() {
    let relay = Relay::start();
    let kept = Kept::default();
    let minutes = Duration::from_secs(600);
    let mut pair = Pair::begun(&relay, |b| keeping(b, &kept).refusal_time(minutes));
    next(&pair, &kept).allow().unwrap();
    pair.show([1, 1, 1]);
    let helper = pair.helper.clone();
    let both = Permissions::POINT | Permissions::ANNOTATE;
    helper.request(both, "to point at it").unwrap();
    let asked = next(&pair, &kept);
    assert_eq!(
        (asked.kind(), asked.permissions()),
        (ConsentKind::Permissions, both)
    );
    assert_eq!(
        (&*asked.purpose(), asked.renews()),
        ("to point at it", false)
    );
    let wrong = asked.allow_some(Permissions::CONTROL, None);
    assert_eq!(wrong, Err(Error::InvalidArgument));
    let minute = Some(Duration::from_secs(60));
    asked.allow_some(Permissions::POINT, minute).unwrap();
    assert_eq!(asked.deny(), Err(Error::WrongState));
    pair.pump.until("a part", || {
        helper.permissions().contains(Permissions::POINT)
    });
    assert!(pair.sharer.time_left(Permissions::POINT) <= minute);

    helper.request(Permissions::CONTROL, "").unwrap();
    next(&pair, &kept).deny().unwrap();
    pair.pump
        .until("a no", || pair.heard.of("refused").len() == 2);
    let refused = pair.heard.of("refused").remove(1);
    assert!(refused.starts_with("control Denied Some("), "{refused}");
    assert_eq!(
        helper.request(Permissions::CONTROL, ""),
        Err(Error::TooManyTries)
    );
}

#[test]
fn a_question_that_is_dropped_means_no() {
    let relay = Relay::start();
    let kept = Kept::default();
    let pair = Pair::begun(&relay, |b| keeping(b, &kept).ask_called(true).warning(""));
    let asked = next(&pair, &kept);
    assert_eq!(asked.kind(), ConsentKind::Called);
    asked.allow().unwrap();
    let asked = next(&pair, &kept);
    assert_eq!(asked.permissions(), Permissions::VIEW);
    let again = asked.clone();
    assert!(asked == again);
    drop(asked);
    assert!(again.kind() == ConsentKind::Permissions && pair.told.of("warning").is_empty());
    drop(again);
    pair.ends();
    assert_eq!(
        pair.helper.how_it_ended().unwrap().error,
        Some(Error::Denied)
    );
}

#[test]
fn an_unanswered_question_is_withdrawn_and_without_a_closure_it_means_no() {
    let relay = Relay::start();
    let kept = Kept::default();
    let withdrawn = Rc::new(RefCell::new(None));
    let void = Rc::clone(&withdrawn);
    let pair = Pair::begun(&relay, |b| {
        keeping(b, &kept)
            .question_time(Duration::from_secs(1))
            .on_withdrawn(move |_, consent| *void.borrow_mut() = Some(consent.clone()))
    });
    let asked = next(&pair, &kept);
    pair.ends();
    assert_eq!(*withdrawn.borrow(), Some(asked.clone()));
    assert_eq!(asked.allow(), Err(Error::WrongState));
    assert_eq!(
        pair.helper.how_it_ended().unwrap().error,
        Some(Error::NoAnswer)
    );

    let helper = qassist::Helper::builder(&pair.context, &relay.token);
    let heard = pair.heard.clone();
    let helper = helper
        .on_code(move |_, code| heard.note(format!("second {}", code.digits)))
        .start()
        .unwrap();
    pair.pump
        .until("a code", || !pair.heard.of("second").is_empty());
    let code = pair.heard.of("second").remove(0);
    let silent = qassist::Sharer::builder(&pair.context, &code).screen(qassist::ScreenKind::App);
    let silent = watched_quietly(silent, &pair.told).start().unwrap();
    pair.pump.until("a no", || helper.how_it_ended().is_some());
    assert_eq!(helper.how_it_ended().unwrap().error, Some(Error::Denied));
    drop(silent);
    assert_eq!(
        code_of(&pair.pump, &pair.heard).len(),
        "4821 9305 7716".len()
    );
}
