//! The C interface of libqassist, as bindgen reads it from the public headers.
//!
//! Everything here is unsafe to call and documented in `include/qassist`; the crate `qassist` is
//! the safe way to use it. `bindings/rust/generate` makes `bindings.rs` anew.

#[allow(non_camel_case_types, clippy::all)]
mod bindings;

pub use bindings::*;
