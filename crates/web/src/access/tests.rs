//! Who is admitted, by what a request says of itself.

use super::*;
use crate::error::Code;
use axum::http::{HeaderName, HeaderValue};

/// What becomes of a request with these headers, one a line; `None`: it is admitted.
fn judged(access: &Access, right: Right, lines: &str) -> Option<Code> {
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").expect("a header");
        (name.parse::<HeaderName>().expect(name), value.parse::<HeaderValue>().expect(value))
    };
    let headers = lines.lines().map(header).collect();
    access.admit(right, &"/api/v1/status".parse().expect("a path"), &headers).err().map(|problem| problem.code)
}

#[test]
fn tokens_and_what_they_are_good_for() {
    let both = Access::new(Some("reader"), Some("operator"));
    let check = |access: &Access, lines: &str, read: Option<Code>, operate: Option<Code>| {
        assert_eq!(judged(access, Right::Read, lines), read, "reads with {lines:?}");
        assert_eq!(judged(access, Right::Operate, lines), operate, "operates with {lines:?}");
    };
    let no = Some(Code::Unauthorized);
    check(&both, "authorization: Bearer reader", None, Some(Code::Forbidden));
    check(&both, "authorization: Bearer operator", None, None);
    check(&both, "authorization: bearer operator", None, None);
    // another name and another page are no matter where a token is shown
    check(&both, "host: vitals.example\norigin: https://vitals.example\nauthorization: Bearer operator", None, None);
    for wrong in ["", "authorization: Bearer", "authorization: Bearer ", "authorization: Basic operator"] {
        check(&both, wrong, no, no);
    }
    for wrong in ["Reader", "reader2", "reade", "operato", "readeroperator"] {
        check(&both, &format!("authorization: Bearer {wrong}"), no, no);
    }
    check(&both, "host: 127.0.0.1:3501", no, no);

    let readers = Access::new(Some("reader"), None);
    check(&readers, "authorization: Bearer reader", None, Some(Code::Forbidden));
    check(&readers, "host: localhost", no, no);
    let operators = Access::new(None, Some("operator"));
    check(&operators, "authorization: Bearer operator", None, None);
    check(&operators, "host: localhost", no, no);
}

#[test]
fn without_tokens_this_machine_asks_and_no_page_of_elsewhere() {
    let open = Access::default();
    let check = |lines: &str, admitted: bool| {
        for right in [Right::Read, Right::Operate] {
            assert_eq!(judged(&open, right, lines).is_none(), admitted, "{lines:?}");
        }
    };
    for host in ["127.0.0.1:3501", "127.8.8.8", "localhost", "LOCALHOST:3501", "[::1]:3501", "[::1]"] {
        check(&format!("host: {host}"), true);
    }
    for host in
        ["evil.example:3501", "192.0.2.7", "localhost.evil.example", "127.0.0.1.evil.example", "[::2]:1", "", ":1"]
    {
        check(&format!("host: {host}"), false);
    }
    // HTTP/1.0 has no Host, and no browser speaks it
    check("", true);
    check("host: 127.0.0.1:3501\norigin: http://127.0.0.1:3501", true);
    check("host: 127.0.0.1:3501\nsec-fetch-site: none", true);
    for page in [
        "origin: http://evil.example",
        "origin: null",
        "origin: http://127.0.0.1:8000",
        "sec-fetch-site: cross-site",
        "sec-fetch-site: same-site",
    ] {
        check(&format!("host: 127.0.0.1:3501\n{page}"), false);
    }
}

#[test]
fn nothing_shows_a_token() {
    let access = Access::new(Some("reader"), Some("operator")).taking_messages(Some("sender"));
    let shown = format!("{access:?}");
    assert_eq!(shown, "Access { read: Some(Token(…)), operate: Some(Token(…)), ingest: Some(Token(…)) }");
}
