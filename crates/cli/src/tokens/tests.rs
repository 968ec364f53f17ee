//! Tokens come from files: which are taken, which are refused, and who is shown which.

use super::*;
use std::path::PathBuf;
use tempfile::TempDir;

fn file(folder: &TempDir, name: &str, text: &str) -> Option<PathBuf> {
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("writes");
    Some(path)
}

#[test]
fn what_is_a_token() {
    let folder = TempDir::new().expect("a folder");
    let check = |text: &str, expect: Option<&str>| {
        let path = file(&folder, "token", text).expect("a path");
        let token = read(&path);
        assert_eq!(token.as_deref().ok(), expect, "{text:?}");
        if let Err(error) = token {
            let error = format!("{error:#}");
            assert!(error.contains("openssl rand") && (text.is_empty() || !error.contains(text)), "{error}");
        }
    };
    let sound = "0123456789abcdef0123456789abcdef";
    check(sound, Some(sound));
    check(&format!("{sound}\n"), Some(sound));
    check(&format!("  {sound}\r\n\n"), Some(sound));
    check(&sound[1..], None);
    check("", None);
    check(&format!("{sound}\n{sound}"), None);
    check(&format!("{sound} {sound}"), None);
    check(&format!("{sound}é"), None);
    check(&"x".repeat(TOKEN_CHARS_MAX), Some(&"x".repeat(TOKEN_CHARS_MAX)));
    check(&"x".repeat(TOKEN_CHARS_MAX + 1), None);
    check(&"x".repeat(1 << 20), None);
    assert!(format!("{:#}", read(folder.path()).expect_err("a folder")).contains("cannot read the token"));
}

#[test]
fn which_token_a_command_shows() {
    let folder = TempDir::new().expect("a folder");
    let text = |letter: &str| letter.repeat(TOKEN_CHARS_MIN);
    let mut config = Config::default();
    let own = |config: &Config| for_own(config).expect("readable");
    assert_eq!((own(&config), for_named(&config).expect("none")), (None, None));
    config.tokens.read_file = file(&folder, "read", &text("r"));
    assert_eq!(own(&config), Some(text("r")));
    config.tokens.operate_file = Some(folder.path().join("missing"));
    assert_eq!(own(&config), Some(text("r")), "the one that can be read");
    config.tokens.operate_file = file(&folder, "operate", &text("o"));
    assert_eq!(own(&config), Some(text("o")));
    assert_eq!(for_named(&config).expect("none"), None, "a daemon elsewhere is not shown this folder's tokens");
    config.token_file = file(&folder, "given", &text("g"));
    assert_eq!((own(&config), for_named(&config).expect("given")), (Some(text("g")), Some(text("g"))));
    config.token_file = Some(folder.path().join("missing"));
    assert!(for_own(&config).is_err() && for_named(&config).is_err(), "what was named must be there");
}

#[test]
fn two_tokens_are_two() {
    let folder = TempDir::new().expect("a folder");
    let mut config = Config::default();
    config.tokens.read_file = file(&folder, "read", &"x".repeat(TOKEN_CHARS_MIN));
    config.tokens.operate_file = file(&folder, "operate", &"x".repeat(TOKEN_CHARS_MIN));
    let error = access(&config).expect_err("they are the same").to_string();
    assert!(error.contains("the same token"), "{error}");
    config.tokens.operate_file = None;
    access(&config).expect("one of them alone");
}
