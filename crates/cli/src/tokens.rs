//! Tokens lie in files of their own, one line each, so that no configuration, no log and no list of processes shows one.

use crate::config::Config;
use anyhow::Context;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use web::Access;
use web::postgres::Password;

/// Fewer characters could be tried out.
const TOKEN_CHARS_MIN: usize = 32;
const TOKEN_CHARS_MAX: usize = 1024;

/// What the front of this process wants to be shown.
pub(crate) fn access(config: &Config) -> anyhow::Result<Access> {
    let tokens = &config.tokens;
    let wanted = |file: &Option<_>| file.as_deref().map(read_guarded).transpose();
    let (read, operate) = (wanted(&tokens.read_file)?, wanted(&tokens.operate_file)?);
    let ingest = wanted(&tokens.ingest_file)?;
    let named = [("tokens.read_file", &read), ("tokens.operate_file", &operate), ("tokens.ingest_file", &ingest)];
    for (at, (key, token)) in named.iter().enumerate() {
        if let Some((other, _)) = named[..at].iter().find(|(_, other)| token.is_some() && *other == *token) {
            anyhow::bail!("{other} and {key} hold the same token; make two, or set one of the keys only");
        }
    }
    Ok(Access::new(read.as_deref(), operate.as_deref()).taking_messages(ingest.as_deref()))
}

/// What clients of PostgreSQL prove that they know: the token for reading, or the only one there is.
pub(crate) fn password(config: &Config) -> anyhow::Result<Option<Password>> {
    let file = config.tokens.read_file.as_ref().or(config.tokens.operate_file.as_ref());
    file.map(|path| Ok(Password::of(&read(path)?))).transpose()
}

fn read_guarded(path: &Path) -> anyhow::Result<String> {
    let token = read(path)?;
    if path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0) {
        tracing::warn!(file = %path.display(), "everybody on this machine can read this token; chmod o-r its file");
    }
    Ok(token)
}

/// What a command shows to a daemon that was named: what it was given for that, and never this folder's own tokens.
pub(crate) fn for_named(config: &Config) -> anyhow::Result<Option<String>> {
    config.token_file.as_deref().map(read).transpose()
}

/// What a command shows to the daemon of its own data folder: the first that this user may read.
pub(crate) fn for_own(config: &Config) -> anyhow::Result<Option<String>> {
    first_readable(config, [&config.tokens.operate_file, &config.tokens.read_file])
}

/// What a command shows to it that sends messages.
pub(crate) fn for_sending(config: &Config) -> anyhow::Result<Option<String>> {
    first_readable(config, [&config.tokens.ingest_file, &config.tokens.operate_file])
}

fn first_readable(config: &Config, files: [&Option<PathBuf>; 2]) -> anyhow::Result<Option<String>> {
    let given = for_named(config)?;
    if given.is_some() {
        return Ok(given);
    }
    let tokens: Vec<anyhow::Result<String>> = files.into_iter().flatten().map(|path| read(path)).collect();
    let readable = tokens.iter().position(Result::is_ok).unwrap_or(0);
    tokens.into_iter().nth(readable).transpose()
}

fn read(path: &Path) -> anyhow::Result<String> {
    let named = path.display();
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(TOKEN_CHARS_MAX as u64 + 2).read_to_string(&mut text))
        .with_context(|| format!("cannot read the token in {named}"))?;
    let token = text.trim();
    let sound = token.bytes().all(|byte| byte.is_ascii_graphic());
    anyhow::ensure!(
        sound && (TOKEN_CHARS_MIN..=TOKEN_CHARS_MAX).contains(&token.len()),
        "{named} holds no token, which is one line of {TOKEN_CHARS_MIN} to {TOKEN_CHARS_MAX} visible ASCII characters; \
         make one: openssl rand -hex 32 > {named}"
    );
    Ok(token.to_owned())
}

#[cfg(test)]
mod tests;
