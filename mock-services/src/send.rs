//! Puts datagrams on the wire: one or several connected UDP sockets, many datagrams to a system call. Takes what comes
//! back.
//!
//! The sockets are connected, so that a closed port on the other side is seen as a failing send and not taken for
//! a message on its way.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _, UdpSocket};

use anyhow::{Context as _, Result};
use rustix::net::{RecvFlags, recv, sockopt::set_socket_recv_buffer_size};

use crate::traffic::Datagram;

/// Answers come in bursts, after each sync of the receiver; the kernel may grant less.
const ANSWERS_BYTES: usize = 4 << 20;
/// Longer than any answer.
const ANSWER_BYTES_MAX: usize = 2_048;

/// Datagrams to one system call.
#[cfg(target_os = "linux")]
const AT_ONCE: usize = 128;

/// Sockets with a source port each; a service always leaves through the same one.
#[derive(Debug)]
pub struct Sockets {
    to: SocketAddr,
    sockets: Vec<UdpSocket>,
}

/// What became of a batch.
#[derive(Debug)]
pub struct Outcome {
    /// For each datagram of the batch, whether the kernel took it.
    pub sent: Vec<bool>,
    /// Why the last one that failed did.
    pub error: Option<io::Error>,
}

impl Sockets {
    /// Resolves `HOST:PORT` and opens `source_ports` sockets to it.
    ///
    /// # Errors
    /// When the name does not resolve or a socket cannot be opened.
    pub fn open(to: &str, source_ports: usize) -> Result<Self> {
        let target = to
            .to_socket_addrs()
            .and_then(|mut found| found.next().ok_or_else(|| io::Error::other("no address has this name")))
            .with_context(|| format!("cannot resolve --to {to}; give HOST:PORT, for example 127.0.0.1:3500"))?;
        let sockets = (0..source_ports).map(|_| connected(target)).collect::<io::Result<_>>().with_context(|| {
            format!("cannot open {source_ports} UDP sockets to {target}; fewer --source-ports may do")
        })?;
        Ok(Self { to: target, sockets })
    }

    /// Where everything goes.
    #[must_use]
    pub fn to(&self) -> SocketAddr {
        self.to
    }

    /// Sends all, in order for each socket; a failure concerns one datagram only.
    #[must_use]
    pub fn send(&self, batch: &[Datagram]) -> Outcome {
        let mut outcome = Outcome { sent: vec![false; batch.len()], error: None };
        let socket_of = |index: usize| batch[index].service % self.sockets.len();
        let mut order: Vec<usize> = (0..batch.len()).collect();
        order.sort_by_key(|index| socket_of(*index));
        for group in order.chunk_by(|left, right| socket_of(*left) == socket_of(*right)) {
            send_through(&self.sockets[socket_of(group[0])], batch, group, &mut outcome);
        }
        outcome
    }

    /// Gives out what has come back, without waiting for more.
    pub fn receive(&self, mut take: impl FnMut(&[u8])) {
        let mut answer = [0; ANSWER_BYTES_MAX];
        for socket in &self.sockets {
            // nothing there, or a send that found the port closed: the next look tells
            while let Ok((length, _)) = recv(socket, &mut answer, RecvFlags::DONTWAIT) {
                take(&answer[..length]);
            }
        }
    }
}

fn connected(target: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = match target {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(target)?;
    let _ = set_socket_recv_buffer_size(&socket, ANSWERS_BYTES);
    Ok(socket)
}

fn send_through(socket: &UdpSocket, batch: &[Datagram], group: &[usize], outcome: &mut Outcome) {
    let mut rest = group;
    while let [_, behind @ ..] = rest {
        match send_some(socket, batch, rest) {
            Ok(taken) => {
                rest[..taken].iter().for_each(|index| outcome.sent[*index] = true);
                rest = &rest[taken..];
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                outcome.error = Some(error);
                rest = behind;
            }
        }
    }
}

/// Sends from the front; says how many the kernel took, at least one.
#[cfg(target_os = "linux")]
fn send_some(socket: &UdpSocket, batch: &[Datagram], group: &[usize]) -> io::Result<usize> {
    use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, sendmmsg};

    let group = &group[..group.len().min(AT_ONCE)];
    let payloads: Vec<_> = group.iter().map(|index| [io::IoSlice::new(&batch[*index].bytes)]).collect();
    let mut controls: Vec<_> = group.iter().map(|_| SendAncillaryBuffer::default()).collect();
    let mut messages: Vec<_> =
        payloads.iter().zip(&mut controls).map(|(payload, control)| MMsgHdr::new(payload, control)).collect();
    match sendmmsg(socket, &mut messages, SendFlags::empty())? {
        0 => Err(io::Error::other("the kernel took nothing")),
        taken => Ok(taken),
    }
}

/// Sends from the front; says how many the kernel took, at least one.
#[cfg(not(target_os = "linux"))]
fn send_some(socket: &UdpSocket, batch: &[Datagram], group: &[usize]) -> io::Result<usize> {
    socket.send(&batch[group[0]].bytes).map(|_| 1)
}
