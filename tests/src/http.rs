//! A plain HTTP client, which shares no code with the product's.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

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

/// What a request was answered.
#[derive(Clone, Debug)]
pub struct Answered {
    pub status: u16,
    /// Lines, names in lower case.
    pub head: String,
    pub body: Value,
}

/// Posts a body, with further lines of the head.
///
/// # Errors
/// When the connection ends before the answer does.
///
/// # Panics
/// When what comes is no HTTP with JSON.
pub fn post(to: SocketAddr, path: &str, head: &[&str], body: &[u8]) -> io::Result<Answered> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(LIMIT))?;
    let head: String = head.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    write!(stream, "POST {path} HTTP/1.0\r\nhost: {to}\r\ncontent-length: {length}\r\n{head}\r\n")?;
    // a server that refuses it need not read it
    let sent = stream.write_all(body);
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| sent.err().unwrap_or_else(cut))?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let body = serde_json::from_str(body).map_err(|_| cut())?;
    Ok(Answered { status, head: head.to_lowercase(), body })
}

/// A stream of server-sent events.
#[derive(Debug)]
pub struct Events(BufReader<TcpStream>);

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    pub id: u64,
    pub name: String,
    pub data: Value,
}

impl Events {
    /// Asks for the stream at a path.
    ///
    /// # Panics
    /// When it is not answered with one.
    #[must_use]
    pub fn open(from: SocketAddr, path: &str) -> Self {
        let mut stream = TcpStream::connect(from).unwrap_or_else(|error| panic!("nobody at {from}: {error}"));
        stream.set_read_timeout(Some(LIMIT)).expect("a socket takes a time limit");
        write!(stream, "GET {path} HTTP/1.0\r\nhost: {from}\r\n\r\n").expect("a request can be sent");
        let mut lines = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(lines.read_line(&mut head).expect("a head") > 0, "{head}");
        }
        assert!(head.contains(" 200 OK\r\n") && head.contains("text/event-stream"), "{head}");
        Self(lines)
    }
}

impl Iterator for Events {
    type Item = Event;

    /// `None` at the stream's end.
    ///
    /// # Panics
    /// When what comes is no event.
    fn next(&mut self) -> Option<Event> {
        let mut event = Event { id: 0, name: String::new(), data: Value::Null };
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end().split_once(':') {
                Some(("id", id)) => event.id = id.trim().parse().expect("a number"),
                Some(("event", name)) => event.name = name.trim().to_owned(),
                Some(("data", data)) => event.data = serde_json::from_str(data).expect("JSON"),
                Some(_) => {}
                None if event.name.is_empty() => {}
                None => return Some(event),
            }
        }
    }
}
