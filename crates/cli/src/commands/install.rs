//! `vitals completions` and `vitals man`: what the arguments know, in the words of shells and of manual pages.

use crate::arguments::{self, Completions, Man};
use crate::exit::Exit;
use crate::render;
use anyhow::Context;
use std::path::Path;

const PROGRAM: &str = "vitals";
const SOURCE: &str = concat!("vitals ", env!("CARGO_PKG_VERSION"));

pub(super) fn completions(arguments: &Completions) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut arguments::command(), PROGRAM, &mut script);
    render::print(&String::from_utf8(script)?)?;
    Ok(Exit::Fine)
}

pub(super) fn man(arguments: &Man) -> anyhow::Result<Exit> {
    let folder = &arguments.folder;
    let named = folder.display();
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make {named}; name a folder that you may write to"))?;
    let mut command = arguments::command().disable_help_subcommand(true);
    command.build();
    let written = pages(&command, folder)?;
    render::print(&format!("{written} pages are in {named}; man {named}/{PROGRAM}.1 shows the first\n"))?;
    Ok(Exit::Fine)
}

/// Those of a command and of all below it; how many.
fn pages(command: &clap::Command, folder: &Path) -> anyhow::Result<usize> {
    let page = clap_mangen::Man::new(command.clone()).source(SOURCE).manual("Vitals");
    let path = folder.join(page.get_filename());
    let mut text = Vec::new();
    page.render(&mut text)?;
    std::fs::write(&path, as_typed(&String::from_utf8(text)?))
        .with_context(|| format!("cannot write {}; name a folder that you may write to", path.display()))?;
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    shown.map(|command| pages(command, folder)).try_fold(1, |sum, count| Ok(sum + count?))
}

/// The examples of a command keep their lines.
fn as_typed(page: &str) -> String {
    const EXTRA: &str = ".SH EXTRA\n";
    let Some((above, below)) = page.split_once(EXTRA) else { return page.to_owned() };
    let (examples, rest) = below.split_at(below.find("\n.SH ").map_or(below.len(), |at| at + 1));
    let examples = examples.replace("\n.PP\n", "\n\n");
    format!("{above}.SH NOTES\n.nf\n{}\n.fi\n{rest}", examples.trim_end())
}

#[cfg(test)]
mod tests {
    use super::as_typed;

    #[test]
    fn examples_are_not_filled() {
        let check = |page: &str, expect: &str| assert_eq!(as_typed(page), expect);
        check(".SH NAME\na\n", ".SH NAME\na\n");
        check(".SH NAME\na\n.SH EXTRA\nTry:\n  b\n", ".SH NAME\na\n.SH NOTES\n.nf\nTry:\n  b\n.fi\n");
        check(".SH EXTRA\nTry\n.SH VERSION\nv1\n", ".SH NOTES\n.nf\nTry\n.fi\n.SH VERSION\nv1\n");
    }
}
