//! A support bot: walks the sharer through steps by chat, draws an arrow to where each one is
//! done, and keeps a picture of the screen after each.
//!
//! Usage: support_bot wss://RELAY TOKEN-FILE PICTURES-FOLDER [CA.pem]

use std::cell::RefCell;
use std::error::Error;
use std::path::PathBuf;
use std::rc::Rc;
use std::{env, fs, process};

use qassist::{Context, Helper, MarkKind, Permissions, Picture};

/// What the sharer is told, the word that says it is done, and where on the screen that is (in
/// hundredths of its width and height).
struct Step {
    words: &'static str,
    done: &'static str,
    place: Option<(u32, u32)>,
}

const STEPS: [Step; 3] = [
    Step {
        words: "Hello. I am a program and see your screen. Write 'ready' to begin.",
        done: "ready",
        place: None,
    },
    Step {
        words: "Please open the menu in the corner above. Write 'done' when it is open.",
        done: "done",
        place: Some((5, 5)),
    },
    Step {
        words: "Please choose the settings in it. Write 'done' when you see them.",
        done: "done",
        place: Some((5, 50)),
    },
];

/// Its place in the steps (none: it waits for permission to draw), and the newest picture.
struct Bot {
    folder: PathBuf,
    step: Option<usize>,
    picture: Option<Picture>,
}

impl Bot {
    /// The sharer said whether the bot may draw; words alone have to do where it may not.
    fn begin(&mut self, helper: &Helper) -> Result<(), Box<dyn Error>> {
        if self.step.is_some() || self.picture.is_none() || !helper.requested().is_empty() {
            return Ok(());
        }
        self.step = Some(0);
        self.tell(helper)
    }

    fn hear(&mut self, helper: &Helper, text: &str) -> Result<(), Box<dyn Error>> {
        let number = match self.step {
            Some(number) => number,
            None => return Ok(()),
        };
        let done = STEPS[number].done;
        if !text.to_lowercase().contains(done) {
            helper.chat(&format!("I wait for the word '{done}'."))?;
            return Ok(());
        }
        if let Some(picture) = &self.picture {
            let path = self.folder.join(format!("step-{}.ppm", number + 1));
            fs::write(path, picture.pixels().to_ppm())?;
        }
        self.step = Some(number + 1);
        self.tell(helper)
    }

    fn tell(&mut self, helper: &Helper) -> Result<(), Box<dyn Error>> {
        let step = match self.step.and_then(|number| STEPS.get(number)) {
            Some(step) => step,
            None => {
                self.step = None;
                helper.chat("That was all. Good-bye!")?;
                helper.end();
                return Ok(());
            }
        };
        helper.chat(step.words)?;
        if !helper.permissions().contains(Permissions::ANNOTATE) {
            return Ok(());
        }
        helper.clear()?;
        if let (Some((x, y)), Some(picture)) = (step.place, &self.picture) {
            let (width, height) = (picture.pixels().width(), picture.pixels().height());
            let middle = ((width / 2) as i32, (height / 2) as i32);
            let tip = ((x * width / 100) as i32, (y * height / 100) as i32);
            helper.mark(MarkKind::Arrow, 0xE02020, 4, &[middle, tip])?;
        }
        Ok(())
    }
}

/// What goes wrong in a step ends the session.
fn bound(helper: &Helper, result: Result<(), Box<dyn Error>>) {
    if let Err(error) = result {
        eprintln!("The bot gives up: {error}");
        helper.end();
    }
}

fn support(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let mut builder = Context::builder(&arguments[0]);
    if let Some(ca) = arguments.get(3) {
        builder = builder.ca_file(ca);
    }
    let context = builder.build()?;
    let seeing = Rc::new(RefCell::new(Bot {
        folder: PathBuf::from(&arguments[2]),
        step: None,
        picture: None,
    }));
    let (asking, hearing) = (Rc::clone(&seeing), Rc::clone(&seeing));
    let helper = Helper::builder(&context, fs::read_to_string(&arguments[1])?.trim())
        .on_code(|_, code| println!("Tell the sharer: {}", code.digits))
        .on_frame(move |helper, frame| {
            let picture = frame.pixels().to_picture();
            if seeing.borrow_mut().picture.replace(picture).is_none() {
                let why = "to show you where to click";
                let asked = helper.request(Permissions::ANNOTATE, why);
                bound(helper, asked.map_err(Into::into));
            }
        })
        .on_permissions(move |helper, _, _| bound(helper, asking.borrow_mut().begin(helper)))
        .on_chat(move |helper, text| bound(helper, hearing.borrow_mut().hear(helper, text)))
        .on_end(|helper, _| helper.context().stop())
        .start()?;
    context.run()?;
    helper.how_it_ended().map_or(Ok(()), |end| end.result())?;
    Ok(())
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if !(3..=4).contains(&arguments.len()) {
        eprintln!("usage: support_bot wss://RELAY TOKEN-FILE PICTURES-FOLDER [CA.pem]");
        process::exit(2);
    }
    if let Err(error) = support(&arguments) {
        eprintln!("The session ended: {error}");
        process::exit(1);
    }
}
