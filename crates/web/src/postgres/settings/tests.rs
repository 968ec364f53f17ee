//! What is taken, what is refused, and how much of it.

use super::*;

#[test]
fn what_cannot_be_so_is_refused_and_what_drivers_send_is_taken() {
    let mut settings = Settings::default();
    for (name, value) in [
        ("extra_float_digits", "3"),
        ("datestyle", "ISO, DMY"),
        ("CLIENT_ENCODING", "utf-8"),
        ("client_encoding", "UNICODE"),
        ("datestyle", "iso,ymd"),
        ("timezone", "Etc/UTC"),
        ("timezone", "+00:00"),
        ("timezone", "0"),
        ("standard_conforming_strings", "on"),
        ("myapp.user", "7"),
    ] {
        settings.set(name, Some(value), false).unwrap_or_else(|error| panic!("{name} = {value}: {error}"));
    }
    for (name, value) in [
        ("datestyle", "SQL"),
        ("client_encoding", "latin1"),
        ("client_encoding", "UTF16"),
        ("datestyle", "ISO, German"),
        ("intervalstyle", "postgres_verbose"),
        ("timezone", "Europe/Berlin"),
        ("timezone", "UTC+2"),
        ("timezone", "0530"),
        ("timezone", "+00:30"),
        ("timezone", "GMT-1"),
        ("server_version", "9"),
        ("wrok_mem", "1"),
        ("statement_timeout", "soon"),
    ] {
        assert!(settings.set(name, Some(value), false).is_err(), "{name} = {value}");
    }
    assert_eq!(settings.get("TimeZone").expect("known"), "UTC");
}

#[test]
fn what_a_connection_sets_is_bounded() {
    let mut settings = Settings::default();
    for number in 0..OWN_MAX {
        settings.set(&format!("my.n{number}"), Some("x"), number % 2 == 0).expect("there is room");
    }
    assert!(settings.set("my.other", Some("x"), false).is_err());
    settings.set("MY.N7", Some("y"), true).expect("it is there already");
    // what the end of the transaction brings back is held as well
    settings.set("my.n0", None, false).expect("a reset");
    assert!(settings.set("my.other", Some("x"), true).is_err());
    settings.end_transaction();
    settings.set("my.other", Some("x"), false).expect("there is room again");
    for name in ["my.long", "search_path", "application_name"] {
        let longest = "x".repeat(VALUE_BYTES_MAX);
        assert!(settings.set(name, Some(&format!("{longest}x")), false).is_err(), "{name}");
        settings.set(name, Some(&longest), false).expect("it has the longest value");
    }
}

#[test]
fn a_change_for_the_transaction_ends_with_it() {
    let mut settings = Settings::default();
    settings.set("statement_timeout", Some("30s"), false).expect("a duration");
    settings.set("statement_timeout", Some("1s"), true).expect("a duration");
    settings.set("statement_timeout", Some("2s"), true).expect("a duration");
    let longest = Duration::from_secs(60);
    assert_eq!(settings.statement_wait(longest), Duration::from_secs(2));
    settings.end_transaction();
    assert_eq!(settings.statement_wait(longest), Duration::from_secs(30));
    for (set, expect) in [("0", longest), ("5min", longest), ("250", Duration::from_millis(250))] {
        settings.set("statement_timeout", Some(set), false).expect("a duration");
        assert_eq!(settings.statement_wait(longest), expect, "{set}");
    }
    settings.reset_all();
    assert_eq!(settings.statement_wait(longest), longest);
}
