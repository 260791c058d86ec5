//! A real X11 screen, shared from Rust.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use qassist::{BannerTexts, BannerWish, Error, Permissions, ScreenKind};

use crate::parts::{Pair, Relay, Running};

/// An X server of one's own, and its name.
pub fn x_server() -> (Running, String) {
    let server = Command::new("sh")
        .args([
            "-c",
            "exec Xvfb -displayfd 3 -screen 0 640x480x24 -nolisten tcp 3>&1 >/dev/null 2>&1",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut server = Running(server);
    let mut number = String::new();
    let mut pipe = BufReader::new(server.0.stdout.take().unwrap());
    pipe.read_line(&mut number).unwrap();
    assert!(number.ends_with('\n'), "Xvfb did not start");
    (server, format!(":{}", number.trim()))
}

#[test]
fn a_display_is_shared_with_its_screens_pointer_and_banner() {
    let relay = Relay::start();
    let (_server, display) = x_server();
    let mut texts = BannerTexts::default();
    texts.view = Some("sieht den Bildschirm".to_owned());
    texts.button_end = Some("Ende".to_owned());
    let pair = Pair::begun(&relay, |builder| {
        builder
            .screen(ScreenKind::X11)
            .display(&display)
            .banner(BannerWish::On)
            .banner_texts(texts)
            .panic_key("Ctrl+Shift+F12")
            .prompt_classes("pinentry, title:Password*")
            .control_time(std::time::Duration::from_secs(60))
    });
    let helper = &pair.helper;
    pair.pump
        .until("the screens", || !pair.heard.of("screens").is_empty());
    let screens = pair.heard.of("screens").remove(0);
    assert!(
        screens.starts_with("[\"") && screens.ends_with("] None"),
        "{screens}"
    );
    pair.tells("screen None");
    pair.pump
        .until("a picture", || pair.seen.borrow().is_some());
    {
        let seen = pair.seen.borrow();
        let pixels = seen.as_ref().unwrap().pixels();
        assert_eq!((pixels.width(), pixels.height()), (640, 480));
    }
    // The banner is over the black screen.
    pair.pump.until("the banner", || {
        let seen = pair.seen.borrow();
        let pixels = seen.as_ref().unwrap().pixels();
        let mut rows = pixels.rows();
        rows.any(|row| row.chunks_exact(4).any(|pixel| pixel[..3] != [0, 0, 0]))
    });
    pair.pump
        .until("the pointer", || !pair.heard.of("cursor").is_empty());

    assert_eq!(
        helper.choose_screen(Some(4711)),
        Err(Error::InvalidArgument)
    );
    helper.request(Permissions::CONTROL, "").unwrap();
    pair.pump.until("control", || {
        helper.permissions().contains(Permissions::CONTROL)
    });
    helper.pointer_move(600, 400).unwrap();
    pair.hears("cursor-at 600 400");
    let clipboard = pair.sharer.clipboard("the library reads it itself");
    assert_eq!(clipboard, Err(Error::WrongState));
    pair.sharer.end();
    pair.ends();
}
