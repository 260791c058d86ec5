//! A sharer that shows no screen but pixels of its own: an animation that changes colour when the
//! helper clicks into it.
//!
//! Usage: pixel_sharer wss://RELAY CODE [CA.pem]     (answers questions from standard input)

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;
use std::{env, io, process, thread};

use qassist::{Consent, Context, Input, Permissions, Picture, Rect, ScreenKind, Sharer};

const WIDTH: i32 = 640;
const HEIGHT: i32 = 400;
const SIDE: i32 = 40;
const LANE: Rect = Rect::new(0, 20, WIDTH, SIDE);

/// A square that runs along a lane.
struct Animation {
    picture: Picture,
    colour: [u8; 3], // blue, green, red
    place: i32,
}

impl Animation {
    fn step(&mut self, sharer: &Sharer) -> qassist::Result<()> {
        self.picture.fill(LANE, [0x60, 0x40, 0x20]);
        let square = Rect::new(self.place, LANE.y, SIDE, SIDE);
        self.picture.fill(square, self.colour);
        self.place = (self.place + SIDE) % WIDTH;
        sharer.submit(self.picture.pixels(), Some(&[LANE]))?; // false until somebody may see it
        Ok(())
    }
}

fn share(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let mut builder = Context::builder(&arguments[0]);
    if let Some(ca) = arguments.get(2) {
        builder = builder.ca_file(ca);
    }
    let context = builder.build()?;
    let animation = Rc::new(RefCell::new(Animation {
        picture: Picture::new(WIDTH as u32, HEIGHT as u32)?,
        colour: [0x40, 0xC0, 0xFF],
        place: 0,
    }));
    let clicked = Rc::clone(&animation);
    let question: Rc<RefCell<Option<Consent>>> = Rc::default();
    let asked = Rc::clone(&question);

    let sharer = Sharer::builder(&context, &arguments[1])
        .screen(ScreenKind::App)
        .on_helper(|_, name, from| {
            println!(
                "Your helper: {name}, {}",
                if from.is_empty() {
                    "no organisation"
                } else {
                    from
                }
            );
        })
        .on_consent(move |_, consent| {
            let control = consent.permissions().contains(Permissions::CONTROL);
            let what = if control { "click here" } else { "see this" };
            println!("Let the helper {what}? [y/N]");
            *asked.borrow_mut() = Some(consent); // answered when the user has typed
        })
        .on_input(move |_, input| {
            if let Input::Button {
                x,
                y,
                pressed: true,
                ..
            } = input
            {
                let mut animation = clicked.borrow_mut();
                animation.colour = animation.colour.map(|part| !part);
                println!("The helper clicked at {x}, {y}.");
            }
        })
        .on_end(|sharer, _| sharer.context().stop())
        .start()?;

    // Two threads wake this one up: the clock of the animation, and who waits for lines.
    let (lines, typed) = mpsc::channel();
    let (tick, stopper) = (context.stopper(), context.stopper());
    thread::spawn(move || loop {
        thread::sleep(Duration::from_millis(100));
        tick.stop();
    });
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            let _ = lines.send(line);
            stopper.stop();
        }
    });
    while sharer.how_it_ended().is_none() {
        context.run()?;
        context.dispatch()?; // a tick while this thread was busy ends the run before its first turn
        for line in typed.try_iter() {
            if let Some(consent) = question.borrow_mut().take() {
                let yes = line.starts_with('y');
                let _ = if yes { consent.allow() } else { consent.deny() }; // it may be void
            }
        }
        animation.borrow_mut().step(&sharer)?;
    }
    sharer.how_it_ended().map_or(Ok(()), |end| end.result())?;
    Ok(())
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if !(2..=3).contains(&arguments.len()) {
        eprintln!("usage: pixel_sharer wss://RELAY CODE [CA.pem]");
        process::exit(2);
    }
    if let Err(error) = share(&arguments) {
        eprintln!("The session ended: {error}");
        process::exit(1);
    }
}
