//! What the tests are made of: a real relay, sessions whose events are written down, and patience.

use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs, process};

use qassist::{Context, ContextBuilder, Helper, HelperBuilder, Picture, Rect, ScreenKind, Sharer};
use qassist::{SessionState, SharerBuilder};

/// The library's build folder.
pub fn build_folder() -> PathBuf {
    let folder = env::var_os("QASSIST_BUILD");
    PathBuf::from(folder.expect("QASSIST_BUILD names the build folder of libqassist"))
}

/// The source tree of all of qassist.
pub fn source() -> PathBuf {
    env::var_os("QASSIST_SOURCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.."),
        PathBuf::from,
    )
}

/// How long a test waits for what should come at once.
pub fn patience() -> Duration {
    let slow = env::var("QASSIST_SLOW").ok().and_then(|s| s.parse().ok());
    Duration::from_secs_f64(180.0 * slow.unwrap_or(1.0))
}

/// A folder of one's own that vanishes.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("qassist-rust-{}-{number}", process::id());
        let path = env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A child that does not outlive its test.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A relay with an account "Dev H." of "Development".
pub struct Relay {
    pub url: String,
    pub token: String,
    pub folder: Folder,
    process: Running,
}

impl Relay {
    pub fn start() -> Self {
        let folder = Folder::new();
        // Its descriptor 3 is our pipe; sh brings it there.
        let process = Command::new("sh")
            .arg("-c")
            .arg(
                "exec \"$0\" --dev --state \"$1/state\" --listen 127.0.0.1:0 \
                 --joins-per-minute 1000 --ready-fd 3 3>&1 >/dev/null 2>\"$1/log\"",
            )
            .arg(build_folder().join("tools/qa-relay"))
            .arg(&folder.0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut process = Running(process);
        let mut port = String::new();
        BufReader::new(process.0.stdout.take().unwrap())
            .read_line(&mut port)
            .unwrap();
        let log = || fs::read_to_string(folder.0.join("log")).unwrap_or_default();
        assert!(port.ends_with('\n'), "qa-relay did not start: {}", log());
        let token = fs::read_to_string(folder.0.join("state/dev-helper.token")).unwrap();
        Relay {
            url: format!("wss://localhost:{}", port.trim()),
            token: token.trim().to_owned(),
            folder,
            process,
        }
    }

    pub fn token_file(&self) -> PathBuf {
        self.folder.0.join("state/dev-helper.token")
    }

    pub fn ca(&self) -> PathBuf {
        self.folder.0.join("state/ca.pem")
    }

    pub fn context_builder(&self) -> ContextBuilder {
        Context::builder(&self.url)
            .ca_file(self.ca())
            .worker_path(build_folder().join("libqassist/worker/qassist-worker"))
    }

    pub fn context(&self) -> Context {
        self.context_builder().build().unwrap()
    }

    pub fn kill(&mut self) {
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
    }
}

/// Runs contexts a little at a time.
pub struct Pump {
    over: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
    context: Context,
}

impl Pump {
    pub fn new(context: &Context) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (stopper, seen) = (context.stopper(), Arc::clone(&over));
        let thread = thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(10));
                stopper.stop();
            }
        });
        Pump {
            over,
            thread: Some(thread),
            context: context.clone(),
        }
    }

    /// Runs until it is so.
    pub fn until(&self, what: &str, mut condition: impl FnMut() -> bool) {
        let begin = Instant::now();
        while !condition() {
            assert!(begin.elapsed() < patience(), "waited in vain for {what}");
            self.context.run().unwrap();
            // Where the condition took long, a stop from meanwhile ends the run before its first turn.
            self.context.dispatch().unwrap();
        }
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        self.thread.take().map(thread::JoinHandle::join);
    }
}

/// What happened, in words.
#[derive(Clone, Default)]
pub struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    pub fn note(&self, event: impl Into<String>) {
        self.0.borrow_mut().push(event.into());
    }

    pub fn has(&self, event: &str) -> bool {
        self.0.borrow().iter().any(|one| one == event)
    }

    pub fn of(&self, kind: &str) -> Vec<String> {
        let events = self.0.borrow();
        let ours = events.iter().filter_map(|one| one.strip_prefix(kind));
        ours.map(|rest| rest.trim().to_owned()).collect()
    }
}

/// The newest picture that a helper saw.
pub type Seen = Rc<RefCell<Option<Picture>>>;

/// A helper that writes down what happens.
pub fn watched_helper(context: &Context, token: &str, log: &Log, seen: &Seen) -> HelperBuilder {
    let seen = Rc::clone(seen);
    macro_rules! log {
        () => {
            log.clone()
        };
    }
    let (l1, l2, l3, l4, l5, l6) = (log!(), log!(), log!(), log!(), log!(), log!());
    let (l7, l8, l9, l10, l11, l12) = (log!(), log!(), log!(), log!(), log!(), log!());
    let (l13, l14) = (log!(), log!());
    Helper::builder(context, token)
        .on_code(move |_, code| {
            l1.note(format!("code {}", code.digits));
            l1.note(format!("name {} of {}", code.shown_name, code.organisation));
            assert!(code.time_left > Duration::from_secs(60));
        })
        .on_peer(move |_| l2.note("peer"))
        .on_state(move |helper, state| {
            assert!(helper.state() != SessionState::New);
            l3.note(format!("state {state}"));
        })
        .on_permissions(move |helper, permissions, why| {
            assert_eq!(helper.permissions(), permissions);
            l4.note(format!("permissions {permissions} {why:?}"));
        })
        .on_frame(move |_, frame| {
            assert!(!frame.damage().is_empty());
            let moved = frame.moves().iter().map(|m| m.to);
            let together: Vec<Rect> = frame.painted().iter().copied().chain(moved).collect();
            assert_eq!(together, frame.damage());
            let parts = frame.damage().iter();
            let parts: Vec<String> = parts
                .map(|r| format!("{}x{}+{}+{}", r.width, r.height, r.x, r.y))
                .collect();
            l5.note(format!("frame {}", parts.join(" ")));
            *seen.borrow_mut() = Some(frame.pixels().to_picture());
        })
        .on_cursor(move |_, cursor| {
            assert_eq!(cursor.bgra.len() as u32, cursor.width * cursor.height * 4);
            l6.note(format!("cursor {}x{}", cursor.width, cursor.height));
        })
        .on_cursor_position(move |_, x, y| l7.note(format!("cursor-at {x} {y}")))
        .on_paused(move |_, causes| l8.note(format!("paused {causes:?}")))
        .on_refused(move |_, refusal| {
            let (what, why) = (refusal.permissions, refusal.reason);
            l9.note(format!("refused {what} {why:?} {:?}", refusal.wait));
        })
        .on_screens(move |_, screens, chosen| {
            let names: Vec<&str> = screens.iter().map(|s| s.name.as_str()).collect();
            l10.note(format!("screens {names:?} {chosen:?}"));
        })
        .on_chat(move |_, text| l11.note(format!("chat {text}")))
        .on_chat_delivered(move |_, id| l12.note(format!("delivered {id}")))
        .on_clipboard(move |_, text| l13.note(format!("clipboard {text}")))
        .on_restart(move |_, answer| l14.note(format!("restart {}", answer.is_ok())))
}

/// A sharer of its own pixels that writes down what happens and answers by itself.
pub fn watched_sharer(context: &Context, code: &str, log: &Log) -> SharerBuilder {
    watched(Sharer::builder(context, code), log).screen(ScreenKind::App)
}

/// The same of a sharer that comes back.
pub fn watched(builder: SharerBuilder, log: &Log) -> SharerBuilder {
    let l = log.clone();
    let builder = watched_quietly(builder, log);
    builder.on_consent(move |_, consent| {
        l.note(format!(
            "consent {:?} {} '{}' {}",
            consent.kind(),
            consent.permissions(),
            consent.purpose(),
            consent.renews()
        ));
        consent.allow().unwrap();
    })
}

/// All but the questions.
pub fn watched_quietly(builder: SharerBuilder, log: &Log) -> SharerBuilder {
    macro_rules! log {
        () => {
            log.clone()
        };
    }
    let (l1, l2, l3, l4, l5, l6) = (log!(), log!(), log!(), log!(), log!(), log!());
    let (l7, l8, l9, l10, l11, l12) = (log!(), log!(), log!(), log!(), log!(), log!());
    let l13 = log!();
    builder
        .on_helper(move |_, name, organisation| l1.note(format!("helper {name} of {organisation}")))
        .on_state(move |_, state| l2.note(format!("state {state}")))
        .on_permissions(move |sharer, permissions| {
            assert_eq!(sharer.permissions(), permissions);
            l3.note(format!("permissions {permissions}"));
        })
        .on_input(move |_, input| l4.note(format!("input {input:?}")))
        .on_withdrawn(move |_, consent| l5.note(format!("withdrawn {}", consent.permissions())))
        .on_paused(move |_, causes| l6.note(format!("paused {causes:?}")))
        .on_screen(move |_, screen| l7.note(format!("screen {:?}", screen.map(|(_, name)| name))))
        .on_warning(move |_, text| l8.note(format!("warning {}", text.lines().count())))
        .on_chat(move |_, text| l9.note(format!("chat {text}")))
        .on_chat_delivered(move |_, id| l10.note(format!("delivered {id}")))
        .on_clipboard(move |_, text| l11.note(format!("clipboard {text}")))
        .on_point(move |_, place| l12.note(format!("point {place:?}")))
        .on_mark(move |_, mark| l13.note(format!("mark {mark:?}")))
}

/// Both sides of a session on one context.
pub struct Pair {
    pub helper: Helper,
    pub sharer: Sharer,
    pub heard: Log, // by the helper
    pub told: Log,  // to the sharer
    pub seen: Seen,
    pub picture: Picture,
    pub pump: Pump,
    pub context: Context,
}

impl Pair {
    /// A session in which the helper sees the sharer's picture.
    pub fn viewing(relay: &Relay) -> Self {
        let mut pair = Self::begun(relay, |builder| builder);
        pair.show([1, 2, 3]);
        pair
    }

    /// A session whose sharer is made by these settings besides.
    pub fn begun(relay: &Relay, settings: impl FnOnce(SharerBuilder) -> SharerBuilder) -> Self {
        let context = relay.context();
        let (heard, told, seen) = (Log::default(), Log::default(), Seen::default());
        let pump = Pump::new(&context);
        let helper = watched_helper(&context, &relay.token, &heard, &seen);
        let helper = helper.start().unwrap();
        let code = code_of(&pump, &heard);
        let sharer = settings(watched_sharer(&context, &code, &told));
        Pair {
            sharer: sharer.start().unwrap(),
            helper,
            heard,
            told,
            seen,
            picture: Picture::new(320, 200).unwrap(),
            pump,
            context,
        }
    }

    /// Fills the sharer's picture, and waits until the helper sees it.
    pub fn show(&mut self, bgr: [u8; 3]) {
        self.picture.fill(Rect::new(0, 0, 320, 200), bgr);
        let (sharer, picture, seen) = (&self.sharer, &self.picture, &self.seen);
        self.pump.until("a picture", || {
            sharer.submit(picture.pixels(), None).unwrap();
            shows(seen, bgr)
        });
    }

    pub fn hears(&self, event: &str) {
        self.pump.until(event, || self.heard.has(event));
    }

    pub fn tells(&self, event: &str) {
        self.pump.until(event, || self.told.has(event));
    }

    /// Waits for the end of both.
    pub fn ends(&self) {
        let over = || self.helper.how_it_ended().is_some() && self.sharer.how_it_ended().is_some();
        self.pump.until("the end", over);
    }
}

/// The code, once it is there.
pub fn code_of(pump: &Pump, heard: &Log) -> String {
    pump.until("a code", || !heard.of("code").is_empty());
    heard.of("code").remove(0)
}

/// Whether all of the newest picture has this colour.
pub fn shows(seen: &Seen, bgr: [u8; 3]) -> bool {
    seen.borrow().as_ref().map_or(false, |picture| {
        let mut rows = picture.pixels().rows();
        rows.all(|row| row.chunks_exact(4).all(|pixel| pixel[..3] == bgr))
    })
}
