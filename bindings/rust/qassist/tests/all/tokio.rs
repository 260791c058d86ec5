//! Sessions on tokio.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use qassist::{Error, Helper, Permissions, Picture, Rect, ScreenKind, Sharer};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{spawn_local, LocalSet};
use tokio::time::{sleep, timeout};

use crate::parts::{patience, Relay};

fn run<F: std::future::Future>(future: F) -> F::Output {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let bounded = async { timeout(patience(), future).await.expect("patience") };
    LocalSet::new().block_on(&runtime, bounded)
}

/// A sharer in a task of its own, which asks its user in another.
async fn share(relay: Rc<Relay>, code: String) -> qassist::End {
    let context = relay.context();
    let (ask, mut asked) = mpsc::unbounded_channel();
    let sharer = Sharer::builder(&context, &code)
        .screen(ScreenKind::App)
        .on_consent(move |_, consent| drop(ask.send(consent)))
        .start()
        .unwrap();
    spawn_local(async move {
        while let Some(consent) = asked.recv().await {
            sleep(Duration::from_millis(5)).await; // the user reads
            consent.allow().unwrap();
        }
    });
    let painter = sharer.clone();
    let painting = spawn_local(async move {
        let mut picture = Picture::new(64, 48).unwrap();
        picture.fill(Rect::new(0, 0, 64, 48), [90, 0, 0]);
        loop {
            painter.submit(picture.pixels(), None).unwrap();
            sleep(Duration::from_millis(20)).await;
        }
    });
    let end = context.drive(sharer.ended()).await.unwrap();
    painting.abort();
    end
}

#[test]
fn both_sides_of_a_session_in_one_runtime() {
    let relay = Rc::new(Relay::start());
    run(async {
        let context = relay.context();
        let (tell, code) = oneshot::channel();
        let (show, mut shown) = mpsc::unbounded_channel();
        let tell = RefCell::new(Some(tell));
        let helper = Helper::builder(&context, &relay.token)
            .on_code(move |_, code| {
                let tell = tell.borrow_mut().take().unwrap();
                tell.send(code.digits.to_owned()).unwrap();
            })
            .on_frame(move |_, frame| drop(show.send(frame.pixels().bgr(0, 0))))
            .start()
            .unwrap();
        let code = context.drive(code).await.unwrap().unwrap();
        let sharing = spawn_local(share(Rc::clone(&relay), code));
        let seen = context.drive(shown.recv()).await.unwrap().unwrap();
        assert_eq!(seen, Some([90, 0, 0]));

        // What is called between two turns is done without waiting for a third.
        helper.request(Permissions::CONTROL, "").unwrap();
        let control = async {
            while !helper.permissions().contains(Permissions::CONTROL) {
                sleep(Duration::from_millis(5)).await;
            }
            helper.end();
            helper.ended().await
        };
        assert_eq!(context.drive(control).await.unwrap().error, None);
        assert_eq!(sharing.await.unwrap().error, None);
    });
}

#[test]
fn a_panic_and_an_error_reach_the_task() {
    let relay = Rc::new(Relay::start());
    run(async {
        let context = relay.context();
        let helper = Helper::builder(&context, "wrong").start().unwrap();
        let end = context.drive(helper.ended()).await.unwrap();
        assert_eq!(end.result(), Err(Error::SignInRefused));

        let panicking = spawn_local(async move {
            let helper = Helper::builder(&context, &relay.token)
                .on_code(|_, _| panic!("no such task"))
                .start()
                .unwrap();
            context.drive(helper.ended()).await
        });
        let panic = panicking.await.unwrap_err().into_panic();
        assert_eq!(panic.downcast_ref(), Some(&"no such task"));
    });
}
