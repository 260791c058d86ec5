//! The binding beside the C library's public headers: nothing is missing unless a reason is given.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use qassist::Error;

use crate::parts::source;

/// Public symbols that Rust has no use for, and why.
const NOT_BOUND: [(&str, &str); 4] = [
    ("qa_context_ref", "Rc counts references"),
    ("qa_helper_ref", "Rc counts references"),
    ("qa_sharer_ref", "Rc counts references"),
    ("qa_sign_in_ref", "Rc counts references"),
];
/// Numbers that need no name in Rust, and why.
const NO_NAME: [(&str, &str); 1] = [("QA_OK", "what is well is Ok")];

type Names = BTreeSet<String>;

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

fn own_sources() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    files
        .map(|path| (name(&path), fs::read_to_string(&path).unwrap()))
        .collect()
}

/// The C names that follow `sys::` or `=` in the kinds' lists.
fn used() -> Names {
    let all: String = own_sources().into_values().collect();
    words(&all)
        .filter(|word| word.starts_with("qa_") || word.starts_with("QA_"))
        .map(str::to_owned)
        .collect()
}

fn bindings() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../qassist-sys/src/bindings.rs");
    fs::read_to_string(file).unwrap()
}

/// The headers without comments.
fn headers() -> String {
    let mut all = String::new();
    for entry in fs::read_dir(source().join("include/qassist")).unwrap() {
        let mut rest = &*fs::read_to_string(entry.unwrap().path()).unwrap();
        while let Some(at) = rest.find("/*") {
            all.push_str(&rest[..at]);
            rest = &rest[at + 2 + rest[at + 2..].find("*/").unwrap() + 2..];
        }
        all.push_str(rest);
    }
    all
}

/// The members of a struct in the headers: the word before each semicolon, or a callback's name.
fn members(headers: &str, name: &str) -> Vec<String> {
    let start = format!("typedef struct {name} {{");
    let body = &headers[headers.find(&start).expect(name) + start.len()..];
    let body = &body[..body.find('}').unwrap()];
    let members = body.split(';').filter(|member| !member.trim().is_empty());
    members
        .map(|member| match member.split_once("(*") {
            Some((_, callback)) => words(callback).next().unwrap().to_owned(),
            None => words(member)
                .filter(|w| !w.is_empty())
                .last()
                .unwrap()
                .to_owned(),
        })
        .collect()
}

fn names(list: &[(&str, &str)]) -> Names {
    list.iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn every_public_symbol_is_bound_or_has_a_reason_not_to_be() {
    let map = fs::read_to_string(source().join("libqassist/libqassist.map")).unwrap();
    let symbols: Names = words(&map)
        .filter(|word| word.starts_with("qa_"))
        .map(str::to_owned)
        .collect();
    assert!(symbols.len() > 80);
    let declared = bindings();
    for symbol in &symbols {
        assert!(declared.contains(&format!("pub fn {symbol}(")), "{symbol}");
    }
    let called: String = own_sources().into_values().collect();
    let missing = symbols
        .into_iter()
        .filter(|symbol| !called.contains(&format!("sys::{symbol}(")))
        .collect::<Names>();
    assert_eq!(missing, names(&NOT_BOUND));
}

#[test]
fn every_callback_reaches_rust() {
    let (headers, sources) = (headers(), own_sources());
    let by_macro = &sources["handle.rs"];
    assert!(by_macro.contains("callbacks.$name = Some($name);"));
    assert!(by_macro.contains("callbacks.on_end = Some("));
    for (role, file, least) in [
        ("helper", "helper_builder.rs", 16),
        ("sharer", "sharer_builder.rs", 16),
        ("sign_in", "sign_in.rs", 4),
    ] {
        let text = &sources[file];
        let given = &text[text.find("\nhandlers! {").unwrap()..];
        let given = &given[..given.find("\n}").unwrap()];
        let callbacks = &members(&headers, &format!("qa_{role}_callbacks"))[1..];
        assert!(callbacks.len() >= least);
        for name in callbacks {
            let called = ["    {}(", "unsafe extern \"C\" fn {}("]
                .map(|form| format!("\n{}", form.replace("{}", name)))
                .iter()
                .any(|form| text.contains(form));
            let function = called && given.contains(&format!("\n    {name}: ("));
            let the_end = name == "on_end" && text.contains("pub fn on_end(mut self");
            assert!(function || the_end, "{role} {name}");
        }
    }
}

#[test]
fn every_member_of_a_struct_is_written_or_read() {
    let (headers, sources) = (headers(), own_sources());
    for (name, file, forms) in [
        (
            "qa_context_options",
            "context.rs",
            &["options.{}", " {}:"][..],
        ),
        ("qa_helper_options", "helper_builder.rs", &[" {}:"]),
        ("qa_sharer_options", "sharer_builder.rs", &[" {}:"]),
        ("qa_sign_in_options", "sign_in.rs", &[" {}:"]),
        (
            "qa_banner_texts",
            "sharer_builder.rs",
            &["    {},\n", "texts.{} ="],
        ),
        ("qa_check_options", "checks.rs", &[" {}:"]),
        ("qa_check_result", "checks.rs", &["r.{}"]),
        ("qa_rect", "picture.rs", &["pub {}:"]),
        ("qa_move", "picture.rs", &["pub {}:"]),
        ("qa_cursor", "picture.rs", &["cursor.{}"]),
        ("qa_screen_info", "helper_builder.rs", &["screen.{}"]),
        ("qa_input_event", "input.rs", &["event.{}"]),
        ("qa_mark_event", "input.rs", &["event.{}"]),
        ("qa_sign_in_token", "sign_in.rs", &["(*token).{}"]),
    ] {
        let members = members(&headers, name);
        assert!(members.len() > 2, "{name}");
        for member in members {
            let read = matches!(name, "qa_cursor" | "qa_screen_info" | "qa_input_event")
                || matches!(
                    name,
                    "qa_mark_event" | "qa_sign_in_token" | "qa_check_result"
                );
            let there = |form: &&str| sources[file].contains(&form.replace("{}", &member));
            let size = member == "size" && read; // what is there depends on the library's age
            assert!(size || forms.iter().any(there), "{name}.{member}");
        }
    }
}

#[test]
fn every_number_has_a_name() {
    let declared = bindings();
    let numbers = declared
        .split("pub const ")
        .skip(1)
        .map(|rest| rest.split(':').next().unwrap().to_owned())
        .collect::<Names>();
    assert!(numbers.len() > 90);
    let used = used();
    let missing = numbers.difference(&used).cloned().collect::<Names>();
    assert_eq!(missing, names(&NO_NAME));
    // And none is missing in what bindgen took from the headers.
    let headers = headers();
    for line in headers
        .lines()
        .filter_map(|line| line.strip_prefix("#define QA_"))
    {
        let (name, value) = line.split_once(' ').unwrap_or((line, ""));
        let plain = !name.contains('(') && !name.ends_with("_INIT");
        if plain && value.contains(char::is_numeric) {
            assert!(numbers.contains(&format!("QA_{name}")), "QA_{name}");
        }
    }
}

#[test]
fn every_error_has_a_variant_of_its_own() {
    let declared = bindings();
    let mut count = 0;
    for rest in declared.split("pub const QA_E").skip(1) {
        let (name, rest) = rest.split_once(": qa_error = ").unwrap();
        let code: i32 = rest[..rest.find(';').unwrap()].parse().unwrap();
        let error = Error::from_code(code).unwrap();
        assert_eq!(
            (error.name(), error.code()),
            (&*format!("QA_E{name}"), code)
        );
        assert!(!matches!(error, Error::Other(_)), "QA_E{name}");
        assert!(!error.to_string().is_empty() && error.to_string() != "unknown error");
        count += 1;
    }
    assert!(count > 30);
    assert_eq!(Error::from_code(0), None);
}

#[test]
fn versions_agree() {
    let project = fs::read_to_string(source().join("meson.build")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert!(project.contains(&format!("version: '{version}'")));
    assert_eq!(qassist::version(), version);
    let manifest = include_str!("../../../qassist-sys/Cargo.toml");
    assert!(manifest.contains(&format!("\nversion = \"{version}\"\n")));
}

#[test]
fn the_snippet_of_the_front_page_is_one_that_is_compiled() {
    let snippet = |text: &str| {
        let start = text.find("```rust\n").expect("a snippet") + "```rust\n".len();
        text[start..start + text[start..].find("```").unwrap()].to_owned()
    };
    let front = fs::read_to_string(source().join("README.md")).unwrap();
    let own = include_str!("../../../README.md");
    assert!(own.contains(&snippet(&front)));
}
