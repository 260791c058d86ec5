//! All tests in one program, which is linked once.

mod checks;
mod examples;
mod life;
mod parts;
mod permissions;
mod public_interface;
mod restart;
mod session;
mod threads;
#[cfg(feature = "tokio")]
mod tokio;
mod x11;
