//! Errors where they belong, panics that stay on their side, and nothing that outlives what it
//! points to.

use std::cell::RefCell;
use std::os::unix::fs::PermissionsExt;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::process::Command;
use std::rc::Rc;
use std::{env, fs};

use qassist::{Context, Error, Helper, LogLevel, Permissions, Picture, Pixels, Rect, ScreenKind};
use qassist::{SessionState, Sharer, SignIn, SignInMethod};

use crate::parts::{code_of, watched_helper, watched_sharer, Log, Pair, Pump, Relay, Seen};

#[test]
fn what_is_wrong_is_said_at_once() {
    let wrong = Context::new("http://relay.example").unwrap_err();
    assert_eq!(wrong, Error::InvalidArgument);
    assert_eq!(Context::new("wss://relay\0.example").unwrap_err(), wrong);
    assert_eq!(qassist::check_code("1234"), Err(Error::CodeIncomplete));
    assert_eq!(
        qassist::check_code("1234 5678 9012"),
        Err(Error::CodeMistyped)
    );
    assert_eq!(qassist::check_code("1234\0"), Err(Error::CodeIncomplete));
    assert!(qassist::warning_text().lines().count() > 2);
    assert_eq!(qassist::check_panic_key("Ctrl+Alt+Q"), Ok(()));
    let why = qassist::check_panic_key("Hyper+Q").unwrap_err();
    assert!(why.contains("Ctrl, Alt, Shift and Super"), "{why}");

    let context = Context::new("wss://relay.example").unwrap();
    assert_eq!(Helper::builder(&context, "two words").build(), Err(wrong));
    assert_eq!(Helper::builder(&context, "a\0b").build(), Err(wrong));
    let sharer = || Sharer::builder(&context, "4821 9305 7717");
    let mut texts = qassist::BannerTexts::default();
    texts.view = Some("two\nlines".to_owned());
    assert_eq!(sharer().banner_texts(texts).build(), Err(wrong));
    assert_eq!(sharer().panic_key("Q").build(), Err(wrong));
    let own = sharer().screen(ScreenKind::App);
    assert_eq!(own.banner(qassist::BannerWish::On).build(), Err(wrong));
    let helper = Helper::builder(&context, "token").build().unwrap();
    assert_eq!(helper.choose_screen(Some(0)), Err(wrong));
    assert_eq!(helper.pause(), Err(Error::WrongState));
    assert_eq!(helper.state(), SessionState::New);
}

#[test]
fn pixels_are_what_they_say() {
    let bytes = [7u8; 64];
    for (width, height, stride) in [(0, 1, 4), (1, 0, 4), (2, 1, 7), (4, 5, 16), (1, 17, 4)] {
        assert!(Pixels::new(width, height, stride, &bytes).is_err());
    }
    assert!(Pixels::new(u32::MAX, u32::MAX, usize::MAX, &bytes).is_err());
    let pixels = Pixels::new(3, 4, 16, &bytes).unwrap();
    assert_eq!(
        (pixels.width(), pixels.height(), pixels.stride()),
        (3, 4, 16)
    );
    assert_eq!(pixels.rows().map(<[u8]>::len).collect::<Vec<_>>(), [12; 4]);
    assert_eq!((pixels.bgr(2, 3), pixels.bgr(3, 3)), (Some([7; 3]), None));

    let mut picture = Picture::new(2, 2).unwrap();
    picture.fill(Rect::new(1, -5, 9, 6), [1, 2, 3]);
    picture.fill(Rect::new(i32::MAX, 0, i32::MAX, 1), [9; 3]);
    picture.fill(Rect::new(0, 0, -1, 1), [9; 3]);
    picture.bytes_mut()[8] = 50;
    let ppm = picture.pixels().to_ppm();
    assert_eq!(ppm, b"P6\n2 2\n255\n\0\0\0\x03\x02\x01\0\0\x32\0\0\0");
    assert!(Picture::new(0, 1).is_err() && Picture::new(1, 8193).is_err());
}

#[test]
fn a_panic_ends_its_session_and_goes_on_from_run() {
    let relay = Relay::start();
    let context = relay.context();
    let helper = Helper::builder(&context, &relay.token)
        .on_code(|_, _| panic!("no such dialog"))
        .start()
        .unwrap();
    let caught = catch_unwind(AssertUnwindSafe(|| context.run())).unwrap_err();
    assert_eq!(caught.downcast_ref(), Some(&"no such dialog"));
    let pump = Pump::new(&context);
    pump.until("the end", || helper.how_it_ended().is_some());
    assert_eq!(helper.how_it_ended().unwrap().error, None);

    // The context is as good as before.
    let (log, seen) = (Log::default(), Seen::default());
    let again = watched_helper(&context, &relay.token, &log, &seen)
        .start()
        .unwrap();
    let code = code_of(&pump, &log);
    let sharer = watched_sharer(&context, &code, &log)
        .on_consent(|_, _| panic!("no such user"))
        .start()
        .unwrap();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        pump.until("the other panic", || false);
    }));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"no such user"));
    let over = || again.how_it_ended().is_some() && sharer.how_it_ended().is_some();
    pump.until("the end of both", over);
    assert!(!log.has("state active"));
}

#[test]
fn the_last_handle_may_go_inside_a_closure() {
    let relay = Relay::start();
    let context = relay.context();
    let only: Rc<RefCell<Option<Helper>>> = Rc::default();
    let inside = Rc::clone(&only);
    let log = Log::default();
    let note = log.clone();
    let helper = Helper::builder(&context, &relay.token)
        .on_code(move |helper, _| {
            let before = inside.borrow_mut().take();
            assert_eq!(before.as_ref(), Some(helper));
            drop(before);
            assert_eq!(helper.state(), SessionState::Waiting); // it lives as long as the closure
        })
        .on_end(move |_, _| note.note("end"))
        .start()
        .unwrap();
    let mut ended = Box::pin(helper.ended());
    *only.borrow_mut() = Some(helper);
    let pump = Pump::new(&context);
    pump.until("its drop", || only.borrow().is_none());
    let end = now(&mut ended).expect("a dropped session is over");
    assert_eq!((end.error, log.of("end").len()), (Some(Error::Canceled), 0));
}

/// A future's output, where it is there.
fn now<F: std::future::Future + Unpin>(future: &mut F) -> Option<F::Output> {
    use std::sync::Arc;
    use std::task::{Poll, Wake};
    struct Idle;
    impl Wake for Idle {
        fn wake(self: Arc<Self>) {}
    }
    let waker = Arc::new(Idle).into();
    let mut context = std::task::Context::from_waker(&waker);
    match std::pin::Pin::new(future).poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

#[test]
fn closures_go_with_the_end_even_where_they_hold_their_session() {
    let relay = Relay::start();
    let context = relay.context();
    let myself: Rc<RefCell<Option<Helper>>> = Rc::default();
    let (a, b) = (Rc::clone(&myself), Rc::clone(&myself));
    let helper = Helper::builder(&context, &relay.token)
        .on_code(|helper, _| helper.end())
        .on_chat(move |_, _| drop(a.borrow_mut()))
        .on_end(move |_, end| assert!(end.error.is_none() && b.borrow().is_some()))
        .start()
        .unwrap();
    *myself.borrow_mut() = Some(helper.clone());
    assert_eq!(Rc::strong_count(&myself), 3);
    Pump::new(&context).until("the end", || helper.how_it_ended().is_some());
    assert_eq!(Rc::strong_count(&myself), 1);
}

#[test]
fn a_held_frame_lasts_beyond_its_session_and_its_context() {
    let relay = Relay::start();
    let context = relay.context();
    let (log, kept) = (Log::default(), Rc::new(RefCell::new(None)));
    let keep = Rc::clone(&kept);
    let helper = watched_helper(&context, &relay.token, &log, &Seen::default())
        .on_frame(move |_, frame| {
            keep.borrow_mut().get_or_insert(frame.hold().unwrap());
        })
        .start()
        .unwrap();
    let pump = Pump::new(&context);
    let sharer = watched_sharer(&context, &code_of(&pump, &log), &Log::default());
    let sharer = sharer.start().unwrap();
    let mut picture = Picture::new(64, 48).unwrap();
    picture.fill(Rect::new(0, 0, 64, 48), [40, 50, 60]);
    pump.until("a frame", || {
        sharer.submit(picture.pixels(), None).unwrap();
        kept.borrow().is_some()
    });
    let frame = kept.borrow_mut().take().unwrap();
    drop((pump, helper, sharer, context));
    let again = frame.clone();
    drop(frame);
    // Other threads may look at the pixels, not at the frame.
    let pixels = again.pixels();
    let looked = std::thread::scope(|s| s.spawn(move || pixels.bgr(63, 47)).join().unwrap());
    assert_eq!(looked, Some([40, 50, 60]));
    assert_eq!(again.damage(), [Rect::new(0, 0, 64, 48)]);
    assert_eq!((again.moves().len(), again.painted()), (0, again.damage()));
}

#[test]
fn what_ends_a_session_is_told() {
    let relay = Relay::start();
    let context = relay.context();
    let told = Log::default();
    let note = told.clone();
    let helper = Helper::builder(&context, "wrong")
        .on_end(move |helper, end| {
            note.note(format!("end {:?} {}", end.error, end.detail));
            assert_eq!(helper.context().dispatch(), Err(Error::WrongState));
            assert_eq!(helper.context().run(), Err(Error::WrongState));
            helper.context().stop();
        })
        .start()
        .unwrap();
    assert_eq!(helper.start(), Err(Error::WrongState));
    context.run().unwrap();
    assert!(
        told.of("end")[0].starts_with("Some(SignInRefused)"),
        "{:?}",
        told.of("end")
    );

    // Without the relay's own authority it is not trusted.
    let strict = Context::new(&relay.url).unwrap();
    let helper = Helper::builder(&strict, &relay.token).start().unwrap();
    Pump::new(&strict).until("the end", || helper.how_it_ended().is_some());
    let error = helper.how_it_ended().unwrap().result().unwrap_err();
    assert_eq!((error, error.name()), (Error::RelayNotTrusted, "QA_ETRUST"));
}

#[test]
fn the_policy_of_the_device_holds() {
    let relay = Relay::start();
    let file = relay.folder.0.join("policy.ini");
    let write = |line: &str| {
        fs::write(&file, format!("[policy]\n{line}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    };
    write("control = no");
    let context = relay.context_builder().policy_file(&file).build().unwrap();
    let (allowed, why) = context.allowed();
    assert!(allowed.contains(Permissions::VIEW) && !allowed.contains(Permissions::CONTROL));
    assert_eq!(why, "");
    write("remote-help = no");
    let (allowed, why) = context.allowed();
    assert!(allowed.is_empty() && !why.is_empty());
    let helper = Helper::builder(&context, &relay.token).start().unwrap();
    Pump::new(&context).until("the end", || helper.how_it_ended().is_some());
    let end = helper.how_it_ended().unwrap();
    assert_eq!(
        (end.error, end.retry_after),
        (Some(Error::NotAllowedByPolicy), None)
    );
}

#[test]
fn signing_in_where_the_relay_takes_no_sign_ins_is_refused() {
    let relay = Relay::start();
    let context = relay.context();
    for method in [SignInMethod::Browser, SignInMethod::Device] {
        let sign_in = SignIn::builder(&context)
            .method(method)
            .issuer("https://issuer.example")
            .issuer_ca_file(relay.ca())
            .on_address(|_, address| panic!("{address}"))
            .on_device(|_, device| panic!("{device:?}"))
            .on_token(|_, token| panic!("{token:?}"))
            .on_end(|sign_in, _| sign_in.context().stop())
            .start()
            .unwrap();
        assert_eq!(sign_in.refresh(), Err(Error::WrongState));
        assert_eq!(sign_in.sign_out(), Err(Error::WrongState));
        context.run().unwrap();
        let end = sign_in.how_it_ended().unwrap();
        assert!(end.error.is_some() && !end.detail.is_empty(), "{end:?}");
    }
}

#[test]
fn diagnosis_goes_to_the_closure() {
    let mut relay = Relay::start();
    relay.kill();
    let log = Log::default();
    let lines = log.clone();
    let context = relay
        .context_builder()
        .log(LogLevel::Info, move |level, line| {
            lines.note(format!("{level:?} {line}"))
        })
        .build()
        .unwrap();
    let helper = Helper::builder(&context, &relay.token).start().unwrap();
    Pump::new(&context).until("the end", || helper.how_it_ended().is_some());
    let error = helper.how_it_ended().unwrap().error.unwrap();
    assert_eq!(error, Error::RelayUnreachable);
    assert!(log.has(&format!("Info relay: {error}")), "{:?}", log.of(""));

    // A closure that panics does no harm where it is called from, and run gives the panic on.
    let context = relay
        .context_builder()
        .log(LogLevel::Debug, |_, _| panic!("no such log"))
        .build()
        .unwrap();
    let helper = Helper::builder(&context, &relay.token).start().unwrap();
    let caught = catch_unwind(AssertUnwindSafe(|| context.run()));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"no such log"));
    let pump = Pump::new(&context);
    let over = || helper.how_it_ended().is_some();
    while !over() {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| pump.until("the end", over))) {
            assert_eq!(panic.downcast_ref(), Some(&"no such log")); // there may be more lines
        }
    }
}

#[test]
fn sessions_leave_nothing_behind() {
    // Other tests run beside this one in the same process, so it looks from a process of its own.
    if env::var_os("QASSIST_ALONE").is_none() {
        let this = "life::sessions_leave_nothing_behind";
        let alone = Command::new(env::current_exe().unwrap())
            .args([this, "--exact", "--test-threads=1"])
            .env("QASSIST_ALONE", "yes")
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&alone.stdout);
        assert!(
            alone.status.success() && words.contains("1 passed"),
            "{words}"
        );
        return;
    }
    let descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
    let relay = Relay::start();
    drop(Pair::viewing(&relay));
    let before = descriptors();
    drop(Pair::viewing(&relay));
    drop(Pair::viewing(&relay));
    assert_eq!(descriptors(), before);
}

#[test]
fn permissions_are_a_set() {
    let both = Permissions::VIEW | Permissions::CLIPBOARD_TO_HELPER;
    assert_eq!(both.to_string(), "view, clipboard-to-helper");
    assert_eq!("view, clipboard-to-helper".parse(), Ok(both));
    assert_eq!(
        "everything".parse::<Permissions>(),
        Err(Error::InvalidArgument)
    );
    assert_eq!(both - Permissions::VIEW, Permissions::CLIPBOARD_TO_HELPER);
    assert_eq!(both & Permissions::ALL, both);
    assert_eq!(Permissions::ALL.iter().count(), 6);
    assert!(Permissions::NONE.is_empty() && both.intersects(Permissions::VIEW));
    let newer = Permissions::from_bits(1 << 20 | 1);
    assert_eq!(
        (newer.bits(), newer.to_string()),
        (1 << 20 | 1, "view".to_owned())
    );
    assert_eq!(SessionState::from_number(77), SessionState::Unknown(77));
    assert_eq!(SessionState::Waiting.to_string(), "waiting");
    assert_eq!(Error::from_code(-9999), Some(Error::Other(-9999)));
    assert_eq!(Error::Other(-9999).name(), "QA_UNKNOWN");
    assert_eq!(
        Error::CodeWrong.to_string(),
        "the security codes of the two sides differ"
    );
}
