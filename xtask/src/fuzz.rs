//! `cargo xtask fuzz`: coverage-guided inputs for everything that reads what comes from outside.
//!
//! The targets and their laws are in `fuzz/targets`. They are a workspace of their own, built with instrumentation by
//! cargo-fuzz, which wants unstable flags of a compiler that is otherwise a stable one.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::child;
use crate::folders::Folders;

/// Each target with its share of the inputs, in percent, and the length of the longest. Files on disk and whole
/// configurations take far longer than a message.
const TARGETS: &[(&str, u64, u64)] = &[
    ("decode", 40, 4096),
    ("request", 20, 512),
    ("values", 15, 128),
    ("payload", 12, 2048),
    ("segment", 5, 1024),
    ("state", 4, 1024),
    ("import", 2, 1024),
    ("append", 1, 1024),
    ("config", 1, 1024),
];

const INPUTS: u64 = 1_000_000;
/// Of one target's process, in MB; the targets' own allocator refuses an input that takes more than 192.
const MEMORY_MAX: u64 = 1024;
/// An input that takes longer than this is a finding, in seconds.
const INPUT_WAIT: u64 = 10;

pub(crate) fn run(folders: &Folders, arguments: &[&str]) -> Result<()> {
    let (inputs, only) = parse(arguments)?;
    let built = build(folders)?;
    let mut findings = Vec::new();
    let mut executed = 0;
    for (target, share, length) in TARGETS.iter().filter(|(target, ..)| only.is_none_or(|only| only == *target)) {
        let runs = if only.is_some() { inputs } else { inputs * share / 100 };
        let outcome = fuzz(folders, &built, target, runs, *length)?;
        println!("{target:<8} {:>12} inputs  {}", outcome.executed, outcome.finding.as_deref().unwrap_or("held"));
        executed += outcome.executed;
        findings.extend(outcome.finding);
    }
    println!("in all   {executed:>12} inputs");
    ensure!(findings.is_empty(), "{} of the targets failed", findings.len());
    Ok(())
}

fn parse<'a>(arguments: &[&'a str]) -> Result<(u64, Option<&'a str>)> {
    let (mut inputs, mut only) = (INPUTS, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let value = rest.next().with_context(|| format!("{argument} needs a value"))?;
        match *argument {
            "--inputs" => inputs = value.parse().with_context(|| format!("--inputs {value} is no number"))?,
            "--target" => only = Some(*value),
            other => bail!("{other} is unknown; use --inputs N or --target T"),
        }
    }
    let known = |name: &str| TARGETS.iter().any(|(target, ..)| *target == name);
    ensure!(only.is_none_or(known), "there is no such target; there are {}", names().join(", "));
    Ok((inputs, only))
}

fn names() -> Vec<&'static str> {
    TARGETS.iter().map(|(target, ..)| *target).collect()
}

/// Builds all targets; the folder of their programs.
fn build(folders: &Folders) -> Result<PathBuf> {
    let tools = folders.cache.join("cargo-fuzz");
    let path = env::join_paths(
        [tools.join("bin")].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap_or_default())),
    )?;
    let target = folders.target.join("fuzz");
    let cargo_fuzz = || {
        let mut cargo = child::cargo(folders);
        cargo.env("PATH", &path).env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", &target).arg("fuzz");
        cargo
    };
    if child::output(cargo_fuzz().arg("--version")).is_err() {
        let mut install = child::cargo(folders);
        install.env("CARGO_TARGET_DIR", tools.join("target"));
        child::run(install.args(["install", "cargo-fuzz", "--locked", "--root"]).arg(&tools))?;
    }
    // our code is safe Rust, so an address sanitizer would only slow it down
    child::run(cargo_fuzz().args(["build", "--sanitizer", "none", "--target-dir"]).arg(&target))?;
    let host = String::from_utf8(child::output(Command::new("rustc").args(["--print", "host-tuple"]))?)?;
    Ok(target.join(host.trim()).join("release"))
}

struct Outcome {
    executed: u64,
    /// What failed, and how to see it again.
    finding: Option<String>,
}

fn fuzz(folders: &Folders, built: &Path, target: &str, runs: u64, length: u64) -> Result<Outcome> {
    let folder = folders.target.join("fuzz").join(target);
    let (corpus, log) = (folder.join("corpus"), folder.join("log"));
    fs::create_dir_all(&corpus).with_context(|| format!("cannot create {}", corpus.display()))?;
    let seeds = folders.checkout.join("fuzz/seeds");
    let ended = Command::new(built.join(target))
        .args([&corpus, &seeds.join(target)])
        .arg(format!("-dict={}", seeds.join("words.dict").display()))
        .arg(format!("-artifact_prefix={}/finding-", folder.display()))
        .args([format!("-runs={runs}"), format!("-max_len={length}"), "-print_final_stats=1".to_owned()])
        .args([format!("-rss_limit_mb={MEMORY_MAX}"), format!("-timeout={INPUT_WAIT}")])
        .stderr(File::create(&log)?)
        .status()
        .with_context(|| format!("cannot start the target {target}"))?;
    let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    let finding = (!ended.success()).then(|| format!("FAILED, see {}", log.display()));
    Ok(Outcome { executed: executed(&text), finding })
}

fn executed(log: &str) -> u64 {
    let count = log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    count.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_its_share() {
        let manifest = include_str!("../../fuzz/Cargo.toml");
        let lines = manifest.lines().filter_map(|line| line.strip_prefix("path = \"targets/"));
        let mut written: Vec<&str> = lines.filter_map(|rest| rest.strip_suffix(".rs\"")).collect();
        let mut known = names();
        written.sort_unstable();
        known.sort_unstable();
        assert_eq!(written, known);
        assert_eq!(TARGETS.iter().map(|(_, share, _)| share).sum::<u64>(), 100);
    }

    #[test]
    fn arguments_are_checked() {
        assert_eq!(parse(&["--target", "decode", "--inputs", "7"]).expect("right"), (7, Some("decode")));
        assert!(
            parse(&["--target", "nothing"]).is_err() && parse(&["--inputs"]).is_err() && parse(&["7", "8"]).is_err()
        );
    }

    #[test]
    fn counts_are_read_from_the_log() {
        assert_eq!(executed("#7 DONE\nstat::number_of_executed_units: 1234\nstat::x: 1\n"), 1234);
        assert_eq!(executed("killed"), 0);
    }
}
