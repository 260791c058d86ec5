//! The examples do what their first lines say.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::{env, fs, thread};

use qassist::{Button, Context, Permissions};

use crate::parts::{build_folder, code_of, patience, watched_helper, watched_sharer};
use crate::parts::{Log, Pump, Relay, Running, Seen};

/// A running example; its lines are waited for.
pub struct Example {
    process: Running,
    lines: Receiver<String>,
    input: ChildStdin,
}

impl Example {
    pub fn start(name: &str, arguments: &[&str]) -> Self {
        let folder = env::current_exe().unwrap();
        let program = folder.parent().unwrap().parent().unwrap();
        let worker = build_folder().join("libqassist/worker/qassist-worker");
        let mut process = Command::new(program.join("examples").join(name))
            .args(arguments)
            .env("QASSIST_WORKER", worker)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (tell, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        Example {
            input: process.stdin.take().unwrap(),
            process: Running(process),
            lines,
        }
    }

    /// The rest of the next line that has these words in it.
    pub fn line(&self, words: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(patience());
            let line = line.unwrap_or_else(|_| panic!("an example did not say {words}"));
            if let Some(at) = line.find(words) {
                return line[at + words.len()..].to_owned();
            }
        }
    }

    pub fn code(&self) -> String {
        self.line("Tell the sharer: ")[.."4821 9305 7716".len()].to_owned()
    }

    fn type_line(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    pub fn finish(mut self) {
        assert!(self.process.0.wait().unwrap().success());
    }
}

fn text(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn headless_helper_saves_a_picture() {
    let relay = Relay::start();
    let (out, token, ca) = (
        relay.folder.0.join("out.ppm"),
        relay.token_file(),
        relay.ca(),
    );
    let arguments = [&relay.url, text(&token), text(&out), text(&ca)];
    let helper = Example::start("headless_helper", &arguments);
    paint(&relay.context(), &helper.code(), [20, 30, 40]);
    helper.line("Saved 64 x 48 pixels to");
    helper.finish();
    let picture = fs::read(out).unwrap();
    assert!(picture.starts_with(b"P6\n64 48\n255\n"));
    assert!(picture[13..].chunks_exact(3).all(|rgb| rgb == [40, 30, 20]));
}

/// Shares one colour until the session is over.
pub fn paint(context: &Context, code: &str, bgr: [u8; 3]) {
    let sharer = watched_sharer(context, code, &Log::default())
        .start()
        .unwrap();
    let mut picture = qassist::Picture::new(64, 48).unwrap();
    picture.fill(qassist::Rect::new(0, 0, 64, 48), bgr);
    Pump::new(context).until("the end", || {
        sharer.submit(picture.pixels(), None).unwrap();
        sharer.how_it_ended().is_some()
    });
    assert_eq!(sharer.how_it_ended().unwrap().error, None);
}

#[test]
fn pixel_sharer_shares_its_drawing_and_takes_a_click() {
    let relay = Relay::start();
    let context = relay.context();
    let (log, seen) = (Log::default(), Seen::default());
    let helper = watched_helper(&context, &relay.token, &log, &seen)
        .start()
        .unwrap();
    let pump = Pump::new(&context);
    let code = code_of(&pump, &log);
    let ca = relay.ca();
    let mut sharer = Example::start("pixel_sharer", &[&relay.url, &code, text(&ca)]);
    // What moves is not sent exactly.
    let like = |pixel: &[u8], bgr: [u8; 3]| {
        let mut parts = pixel.iter().zip(bgr);
        parts.all(|(&is, wanted)| is.abs_diff(wanted) < 45)
    };
    let square = |bgr: [u8; 3]| {
        seen.borrow().as_ref().map_or(false, |picture| {
            let rows = picture.pixels().rows().flat_map(|row| row.chunks_exact(4));
            rows.filter(|pixel| like(pixel, bgr)).count() > 40 * 30
        })
    };
    pump.until("the question", || log.has("state asking"));
    assert_eq!(sharer.line("Your helper: "), "Dev H., Development");
    sharer.line("Let the helper see this?");
    sharer.type_line("y");
    pump.until("the square", || square([0x40, 0xC0, 0xFF]));
    helper.request(Permissions::CONTROL, "").unwrap();
    pump.until("control", || {
        let line = sharer.lines.try_recv().unwrap_or_default();
        if line.contains("click here?") {
            sharer.type_line("y");
        }
        helper.permissions().contains(Permissions::CONTROL)
    });
    helper.click(300, 200, Button::Left).unwrap();
    let mut clicked = false;
    pump.until("the click", || {
        let line = sharer.lines.try_recv().unwrap_or_default();
        clicked = clicked || line == "The helper clicked at 300, 200.";
        clicked
    });
    pump.until("the other colour", || square([0xBF, 0x3F, 0x00]));
    helper.end();
    pump.until("the end", || helper.how_it_ended().is_some());
    sharer.finish();
}

#[test]
fn support_bot_walks_through_its_steps() {
    let relay = Relay::start();
    let (token, ca) = (relay.token_file(), relay.ca());
    let arguments = [&relay.url, text(&token), text(&relay.folder.0), text(&ca)];
    let bot = Example::start("support_bot", &arguments);
    let context = relay.context();
    let log = Log::default();
    let heard = log.clone();
    let sharer = watched_sharer(&context, &bot.code(), &log)
        .on_chat(move |sharer, words| {
            heard.note(format!("chat {words}"));
            let first = heard.of("chat").len() == 1;
            let reply = match words {
                _ if words.contains("'ready'") && first => "what?",
                _ if words.contains("'ready'") => "Ready!",
                _ if words.contains("'done'") => "done",
                _ => return,
            };
            sharer.chat(reply).unwrap();
        })
        .start()
        .unwrap();
    let mut picture = qassist::Picture::new(320, 200).unwrap();
    picture.fill(qassist::Rect::new(0, 0, 320, 200), [0, 0, 200]);
    Pump::new(&context).until("the end", || {
        sharer.submit(picture.pixels(), None).unwrap();
        sharer.how_it_ended().is_some()
    });
    bot.finish();
    let heard = log.of("chat");
    assert_eq!(heard.len(), 5, "{heard:?}");
    assert!(heard[1].contains("I wait for") && heard[4].contains("Good-bye"));
    let drawn = log.of("mark To");
    assert_eq!(drawn, ["{ x: 16, y: 10 }", "{ x: 16, y: 100 }"]);
    for number in 1..=3 {
        let saved = fs::read(relay.folder.0.join(format!("step-{number}.ppm"))).unwrap();
        assert!(saved.starts_with(b"P6\n320 200\n255\n\xC8\0\0"));
    }
}

#[cfg(feature = "tokio")]
#[test]
fn tokio_helper_counts_pictures() {
    let relay = Relay::start();
    let (token, ca) = (relay.token_file(), relay.ca());
    let arguments = [&relay.url, text(&token), "1", "600", text(&ca)];
    let helper = Example::start("tokio_helper", &arguments);
    paint(&relay.context(), &helper.code(), [20, 30, 40]);
    helper.line("Picture 1: 64 pixels wide");
    assert_eq!(helper.line("The session is over: "), "ended");
    helper.finish();
}
