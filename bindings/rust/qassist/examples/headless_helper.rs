//! A helper without a window: shows a code, saves the first picture that stands still, and ends.
//!
//! Usage: headless_helper wss://RELAY TOKEN-FILE OUT.ppm [CA.pem]

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use std::{env, fs, process, thread};

use qassist::{Context, Helper, Picture, Stopper};

const STILL: Duration = Duration::from_millis(500);

/// Stops the context when nothing was heard for a while after the first word.
fn watch(heard: mpsc::Receiver<()>, stopper: Stopper) {
    if heard.recv().is_err() {
        return;
    }
    loop {
        match heard.recv_timeout(STILL) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return stopper.stop(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn save_screen(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let mut builder = Context::builder(&arguments[0]);
    if let Some(ca) = arguments.get(3) {
        builder = builder.ca_file(ca);
    }
    let context = builder.build()?;
    let picture: Rc<RefCell<Option<Picture>>> = Rc::default();
    let newest = Rc::clone(&picture);
    let (tell, heard) = mpsc::channel();
    let stopper = context.stopper();
    thread::spawn(move || watch(heard, stopper));

    let helper = Helper::builder(&context, fs::read_to_string(&arguments[1])?.trim())
        .on_code(|_, code| {
            let (digits, time, name) = (code.digits, code.time_left.as_secs(), code.shown_name);
            println!("Tell the sharer: {digits} (valid for {time} s; they see {name})");
        })
        .on_frame(move |_, frame| {
            *newest.borrow_mut() = Some(frame.pixels().to_picture());
            let _ = tell.send(());
        })
        .on_end(|helper, _| helper.context().stop())
        .start()?;
    context.run()?;

    if let Some(end) = helper.how_it_ended() {
        end.result()?;
    } else {
        helper.end();
        context.run()?;
    }
    let picture = picture.borrow();
    let picture = picture
        .as_ref()
        .ok_or("it ended before there was a picture")?;
    let pixels = picture.pixels();
    fs::write(&arguments[2], pixels.to_ppm())?;
    let (width, height) = (pixels.width(), pixels.height());
    println!("Saved {width} x {height} pixels to {}.", arguments[2]);
    Ok(())
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if !(3..=4).contains(&arguments.len()) {
        eprintln!("usage: headless_helper wss://RELAY TOKEN-FILE OUT.ppm [CA.pem]");
        process::exit(2);
    }
    if let Err(error) = save_screen(&arguments) {
        eprintln!("The session ended: {error}");
        process::exit(1);
    }
}
