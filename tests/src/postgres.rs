//! Clients of the PostgreSQL port: psql, and bare messages for what no proper client sends.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use crate::output::Output;

/// psql, connecting there as somebody with no password, with no settings of whoever runs the tests.
#[must_use]
pub fn psql(to: SocketAddr) -> Command {
    let mut command = Command::new("psql");
    for (variable, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
        command.env_remove(variable);
    }
    let (host, port) = (to.ip().to_string(), to.port().to_string());
    command.args(["--no-psqlrc", "--no-password", "--host", &host, "--port", &port]);
    command.args(["--username", "analyst", "--dbname", "vitals", "--pset", "pager=off"]);
    // messages in English, whatever this machine speaks
    command.env("LC_ALL", "C").env("PGCONNECT_TIMEOUT", "10");
    command
}

/// What psql prints for one text, without frames: values of a row between bars.
///
/// # Panics
/// When psql cannot be started (Debian's package postgresql-client has it), or fails.
#[must_use]
pub fn asked(to: SocketAddr, text: &str) -> String {
    Output::of(psql(to).args(["-At", "-c", text])).ok().stdout.trim_end().to_owned()
}

/// What psql says of a text that fails: the five characters of its SQLSTATE, and the rest.
///
/// # Panics
/// When it does not fail.
#[must_use]
pub fn refused(to: SocketAddr, text: &str) -> (String, String) {
    let output = Output::of(psql(to).args(["-At", "-v", "VERBOSITY=verbose", "-c", text]));
    assert_eq!(output.code, Some(1), "{text}: {output:?}");
    let line = output.stderr.lines().find_map(|line| line.strip_prefix("ERROR:  "));
    let (state, words) = line.and_then(|line| line.split_once(": ")).unwrap_or_else(|| panic!("{text}: {output:?}"));
    (state.to_owned(), words.to_owned())
}

/// A connection that speaks message by message.
#[derive(Debug)]
pub struct Bare(TcpStream);

impl Bare {
    /// Only connects.
    ///
    /// # Panics
    /// When nobody listens.
    #[must_use]
    pub fn connect(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).expect("somebody listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout can be set");
        Self(stream)
    }

    /// Connects, says who it is, and reads on until the server is ready; returns the number and key for cancelling.
    ///
    /// # Panics
    /// When it is not let in.
    #[must_use]
    pub fn login(to: SocketAddr) -> (Self, [u8; 8]) {
        let mut bare = Self::connect(to);
        bare.send(&startup(&[("user", "bare"), ("database", "vitals")]));
        let mut key = None;
        loop {
            match bare.message() {
                Some((b'K', body)) => key = body.try_into().ok(),
                Some((b'Z', _)) => return (bare, key.expect("a key of eight bytes")),
                Some((b'E', body)) => panic!("not let in: {}", String::from_utf8_lossy(&body)),
                Some(_) => {}
                None => panic!("not let in"),
            }
        }
    }

    /// Sends bytes; that the other side has closed shows when reading.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes);
    }

    /// Sends a message of the type with this body.
    pub fn tell(&mut self, kind: u8, body: &[u8]) {
        let length = u32::try_from(body.len() + 4).expect("a test's message is short");
        self.send(&[&[kind][..], &length.to_be_bytes(), body].concat());
    }

    /// The next message: its type and body; `None` at the end.
    ///
    /// # Panics
    /// When nothing comes for a long while.
    pub fn message(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut head = [0; 5];
        self.read(&mut head)?;
        let length = u32::from_be_bytes(head[1..].try_into().expect("four bytes")) as usize;
        let mut body = vec![0; length - 4];
        self.read(&mut body)?;
        Some((head[0], body))
    }

    fn read(&mut self, bytes: &mut [u8]) -> Option<()> {
        match self.0.read_exact(bytes) {
            Ok(()) => Some(()),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("nothing comes"),
            Err(_) => None,
        }
    }

    /// The SQLSTATE of the first error, and whether it is the last that is said.
    ///
    /// # Panics
    /// When none comes.
    pub fn error(&mut self) -> (String, bool) {
        loop {
            let (kind, body) = self.message().expect("an error before the end");
            if kind == b'E' {
                let fields = body.split(|byte| *byte == 0);
                let state = fields.into_iter().find_map(|field| field.strip_prefix(b"C")).expect("a state");
                let state = String::from_utf8_lossy(state).into_owned();
                return (state, body.windows(6).any(|field| field == b"SFATAL"));
            }
        }
    }

    /// Whether nothing more comes.
    pub fn is_over(&mut self) -> bool {
        self.message().is_none()
    }
}

/// The first message of a client.
#[must_use]
pub fn startup(parameters: &[(&str, &str)]) -> Vec<u8> {
    let mut body = vec![0, 3, 0, 0];
    for (name, value) in parameters {
        body.extend([name.as_bytes(), &[0], value.as_bytes(), &[0]].concat());
    }
    body.push(0);
    let length = u32::try_from(body.len() + 4).expect("a test's message is short");
    [&length.to_be_bytes()[..], &body].concat()
}

/// The message that cancels what the connection of this number and key runs.
#[must_use]
pub fn cancel(key: [u8; 8]) -> Vec<u8> {
    [&[0, 0, 0, 16, 4, 210, 22, 46][..], &key].concat()
}
