//! A plain HTTP client, which shares no code with the product's.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// Asks for a path with what may follow it; the status and the body. HTTP/1.0, so that the body comes in one piece.
///
/// # Panics
/// When nobody answers there, or what comes is no HTTP.
#[must_use]
pub fn get(from: SocketAddr, path: &str, token: Option<&str>) -> (u16, String) {
    let mut stream = TcpStream::connect(from).unwrap_or_else(|error| panic!("nobody at {from}: {error}"));
    stream.set_read_timeout(Some(LIMIT)).expect("a socket takes a time limit");
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    write!(stream, "GET {path} HTTP/1.0\r\nhost: {from}\r\n{token}\r\n").expect("a request can be sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap_or_else(|error| panic!("{path} of {from}: {error}"));
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{path} of {from}: {answer}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("{path} of {from}: {head}")), body.to_owned())
}

/// A value as it stands behind the question mark.
#[must_use]
pub fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
