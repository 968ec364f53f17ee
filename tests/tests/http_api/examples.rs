//! The examples of `docs/http.md`: each block of commands is run, and the block behind it is what they print.

use std::fs;
use std::process::Command;

use system_tests::Output;
use system_tests::inputs::repository;

use crate::sample;

/// Blocks of commands, each with the block behind it, which is what they should print.
fn examples(text: &str) -> Vec<(String, String)> {
    let fenced: Vec<&str> = text.split("\n```").collect();
    // every other piece stands between two blocks
    let blocks: Vec<&str> = fenced.into_iter().skip(1).step_by(2).collect();
    let pairs = blocks.windows(2).filter_map(|pair| {
        let (_, printed) = pair[1].split_once('\n')?;
        Some((pair[0].strip_prefix("sh\n")?.to_owned(), printed.to_owned()))
    });
    pairs.collect()
}

/// Whether the text is the pattern, in which `…` stands for anything.
fn matches(text: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split('…');
    let Some(mut rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    for piece in &pieces {
        let Some((_, behind)) = rest.split_once(piece) else { return false };
        rest = behind;
    }
    rest.is_empty() || pattern.ends_with('…')
}

#[test]
fn examples_print_what_the_page_says() {
    let (site, daemon) = sample(false);
    let page = fs::read_to_string(repository("docs/http.md")).unwrap();
    let examples = examples(&page);
    assert!(examples.len() >= 6, "{} examples", examples.len());
    for (commands, expect) in examples {
        let mut shell = Command::new("sh");
        shell.args(["-ec", &commands]).current_dir(site.folder());
        shell.env("VITALS", format!("http://{}", daemon.http())).env("TOKEN_FILE", site.path("read"));
        let output = Output::of(&mut shell).ok();
        let printed = output.stdout.replace('\r', "");
        assert!(matches(printed.trim_end(), expect.trim_end()), "{commands}\nprinted {printed}\nnot {expect}");
    }
}
