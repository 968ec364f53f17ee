//! What goes wrong outside Vitals, and what it says: one line that names the trouble and what to do, with the exit code
//! of its kind. Nothing bad is accepted, and nothing good beside it is lost.

mod arguments;
mod conflicts;
mod damage;
mod datagrams;
mod files;
mod scattered;

use std::fs;
use std::path::Path;

use system_tests::{Output, Site};

/// That the command fails with the code and one line that has all the words.
pub(crate) fn says(site: &Site, arguments: &[&str], code: i32, words: &[&str]) {
    said(site.run(arguments), &format!("{arguments:?}"), code, words);
}

pub(crate) fn said(output: Output, when: &str, code: i32, words: &[&str]) {
    assert_eq!(output.code, Some(code), "{when}: {output:?}");
    let line = output.refusal(code);
    for word in words {
        assert!(line.contains(word), "{when} does not say {word:?}: {line}");
    }
    assert!(line.starts_with("vitals: error: "), "{when}: {line}");
    // a cause stands at the end, where its text is part of the message before it would be said twice
    if let Some((_, cause)) = line.rsplit_once(": ").filter(|(_, cause)| cause.contains("os error")) {
        assert_eq!(line.matches(cause).count(), 1, "{when} says a thing twice: {line}");
    }
}

/// Every path below a folder, with its size.
pub(crate) fn listing(folder: &Path) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let size = entry.metadata().expect("it is there").len();
        found.push((entry.path().display().to_string(), size));
        if entry.path().is_dir() {
            found.extend(listing(&entry.path()));
        }
    }
    found.sort_unstable();
    found
}

/// The bytes of a text as `docs/format/rejects.md` describes it.
pub(crate) fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let byte = match letter {
            '\\' => match letters.next().expect("something is escaped") {
                'n' => b'\n',
                'r' => b'\r',
                't' => b'\t',
                'x' => {
                    let digits: String = letters.by_ref().take(2).collect();
                    u8::from_str_radix(&digits, 16).expect("two hexadecimal digits")
                }
                itself => u8::try_from(itself).expect("ASCII"),
            },
            plain => u8::try_from(plain).expect("ASCII"),
        };
        bytes.push(byte);
    }
    bytes
}
