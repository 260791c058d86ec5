//! A helper on tokio, beside whatever else the program's runtime does: says what it sees of the
//! screen, and ends after so many pictures or seconds.
//!
//! Usage: tokio_helper wss://RELAY TOKEN-FILE PICTURES SECONDS [CA.pem]

use std::error::Error;
use std::time::Duration;
use std::{env, fs, process};

use qassist::{Context, Helper};
use tokio::runtime;
use tokio::sync::mpsc;
use tokio::task::LocalSet;

async fn watch(arguments: Vec<String>) -> Result<(), Box<dyn Error>> {
    let pictures: usize = arguments[2].parse()?;
    let patience = Duration::from_secs(arguments[3].parse()?);
    let mut builder = Context::builder(&arguments[0]);
    if let Some(ca) = arguments.get(4) {
        builder = builder.ca_file(ca);
    }
    let context = builder.build()?;

    // Closures tell, tasks act: a channel is the bridge.
    let (tell, mut told) = mpsc::unbounded_channel();
    let helper = Helper::builder(&context, fs::read_to_string(&arguments[1])?.trim())
        .on_code(|_, code| println!("Tell the sharer: {}", code.digits))
        .on_frame(move |_, frame| {
            let _ = tell.send((frame.pixels().width(), frame.damage().len()));
        })
        .start()?;

    // The task belongs to this thread, as the helper does.
    let ender = helper.clone();
    let watching = tokio::task::spawn_local(async move {
        let counted = async {
            for number in 1..=pictures {
                match told.recv().await {
                    Some((width, parts)) => {
                        println!("Picture {number}: {width} pixels wide, {parts} parts are new")
                    }
                    None => break,
                }
            }
        };
        if tokio::time::timeout(patience, counted).await.is_err() {
            println!("That is enough.");
        }
        ender.end();
    });
    let end = context.drive(helper.ended()).await?;
    watching.abort();
    println!("The session is over: {}", end.detail);
    end.result()?;
    Ok(())
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if !(4..=5).contains(&arguments.len()) {
        eprintln!("usage: tokio_helper wss://RELAY TOKEN-FILE PICTURES SECONDS [CA.pem]");
        process::exit(2);
    }
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    if let Err(error) = LocalSet::new().block_on(&runtime, watch(arguments)) {
        eprintln!("The session ended: {error}");
        process::exit(1);
    }
}
