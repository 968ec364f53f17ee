//! The configuration in force as a `vitals.toml` that says what each key means and where its value came from.

use super::keys::SECTIONS;
use super::{Key, Origin, Settings};
use std::fmt::Write;

const HEAD: &str = "\
# The configuration of Vitals: every key with the value in force. A value that is no default says where it came from.
# Later layers win: defaults, this file, variables (journal.durability is VITALS_JOURNAL_DURABILITY), --set, flags.
";

impl Settings {
    /// A valid `vitals.toml` that reads back as these settings.
    pub(crate) fn to_toml(&self) -> String {
        let mut text = HEAD.to_owned();
        let mut section = "";
        for key in super::KEYS {
            let (of, name) = key.name.split_once('.').unwrap_or(("", key.name));
            if of != section {
                section = of;
                head(&mut text, section);
            }
            self.entry(&mut text, key, name);
        }
        text
    }

    fn entry(&self, text: &mut String, key: &Key, name: &str) {
        text.push('\n');
        comment(text, key.doc);
        let value = (key.toml)(&self.config);
        let written = match self.origin(key.name) {
            Origin::Default => writeln!(text, "{name} = {value}"),
            origin => writeln!(text, "{name} = {value} # {origin}"),
        };
        written.expect("writing to a string does not fail");
    }
}

fn head(text: &mut String, section: &str) {
    text.push('\n');
    let about = SECTIONS.iter().find(|(name, _)| *name == section).map_or(&[][..], |(_, doc)| doc);
    comment(text, about);
    writeln!(text, "[{section}]").expect("writing to a string does not fail");
}

fn comment(text: &mut String, lines: &[&str]) {
    for line in lines {
        writeln!(text, "#{line}").expect("writing to a string does not fail");
    }
}
