//! Finds libqassist by pkg-config, as C programs do.

use std::{env, process};

fn main() {
    for variable in ["PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR"] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    let tool = env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".to_owned());
    let result = process::Command::new(&tool)
        .args(["--libs", "--print-errors", "qassist >= 0.1.0"])
        .output();
    let output = match result {
        Ok(output) if output.status.success() => output.stdout,
        Ok(output) => fail(&String::from_utf8_lossy(&output.stderr)),
        Err(error) => fail(&format!("{tool}: {error}")),
    };
    for flag in String::from_utf8_lossy(&output).split_whitespace() {
        if let Some(folder) = flag.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={folder}");
        } else if let Some(library) = flag.strip_prefix("-l") {
            println!("cargo:rustc-link-lib={library}");
        }
    }
}

fn fail(why: &str) -> ! {
    eprintln!(
        "{}\nlibqassist was not found. Install it, or let PKG_CONFIG_PATH name the folder of its \
         qassist.pc (in a build folder: meson-uninstalled).",
        why.trim()
    );
    process::exit(1);
}
