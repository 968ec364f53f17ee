//! A client that keeps its connection, as senders do that send for long.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// A connection over which one request follows the other.
pub(crate) struct Kept {
    to: SocketAddr,
    stream: BufReader<TcpStream>,
}

impl Kept {
    pub(crate) fn open(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).expect("somebody listens");
        stream.set_nodelay(true).expect("a socket takes an option");
        Self { to, stream: BufReader::new(stream) }
    }

    /// The body of the answer to a request.
    pub(crate) fn ask(&mut self, method: &str, path: &str, head: &str, body: &[u8]) -> Vec<u8> {
        let length = body.len();
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {length}\r\n{head}\r\n", self.to);
        self.stream.get_mut().write_all(&[request.as_bytes(), body].concat()).expect("a request can be sent");
        let status = self.line();
        assert!(status.contains(" 200 "), "{method} {path}: {status}");
        let (mut length, mut pieces) = (0, false);
        loop {
            let line = self.line().to_lowercase();
            match line.trim_end().split_once(": ") {
                Some(("content-length", text)) => length = text.parse().expect("a length"),
                Some(("transfer-encoding", "chunked")) => pieces = true,
                Some(_) => {}
                None => break,
            }
        }
        if pieces { self.pieces() } else { self.bytes(length) }
    }

    fn pieces(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let length = usize::from_str_radix(self.line().trim_end(), 16).expect("the length of a piece");
            body.extend(self.bytes(length));
            let _ = self.line();
            if length == 0 {
                return body;
            }
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("an answer");
        assert!(!line.is_empty(), "the connection ended before the answer");
        line
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).expect("a whole answer");
        bytes
    }
}
