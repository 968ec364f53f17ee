//! The collector's UDP sockets: taking the port, a large receive buffer, batched receive, replies.
//!
//! Sockets that set `SO_REUSEPORT` share a port without asking, so a second Vitals would silently take half of the
//! datagrams. The first socket is therefore bound without it, which fails where anybody else holds the port, and gets the
//! option afterwards, for the sockets of this process to join.

use crate::error::{Error, Result};
use crate::road::{Arrival, Peer};
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSocketState};
use rustix::net::sockopt::set_socket_recv_buffer_size_force;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Larger than any datagram, so that none is cut unseen.
const DATAGRAM_BYTES: usize = 64 * 1024;

/// The sockets on one port.
#[derive(Debug)]
pub(crate) struct Port {
    pub address: SocketAddr,
    pub sockets: Vec<UdpSocket>,
    /// Of each socket, as the kernel says it, its bookkeeping included.
    pub receive_buffer_bytes: usize,
}

impl Port {
    /// Takes the port with a first socket; port 0 takes any free one.
    pub(crate) fn take(address: SocketAddr, receive_buffer_bytes: usize) -> Result<Port> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => Error::PortInUse { address },
            _ => Error::Listen { address, source },
        };
        let socket = bind(address, false, receive_buffer_bytes).map_err(failed)?;
        let effective = socket.recv_buffer_size().map_err(failed)?;
        if effective < receive_buffer_bytes {
            tracing::warn!(
                asked = receive_buffer_bytes,
                effective,
                "the UDP receive buffer is smaller than asked; raise net.core.rmem_max, or give CAP_NET_ADMIN"
            );
        }
        let socket = UdpSocket::from(socket);
        let address = socket.local_addr().map_err(failed)?;
        Ok(Port { address, sockets: vec![socket], receive_buffer_bytes: effective })
    }

    /// Brings the port to this many sockets.
    pub(crate) fn share(&mut self, sockets: usize) -> Result<()> {
        let failed = |source| Error::Listen { address: self.address, source };
        while self.sockets.len() < sockets {
            SockRef::from(&self.sockets[0]).set_reuse_port(true).map_err(failed)?;
            // the kernel doubles what it is asked for
            let socket = bind(self.address, true, self.receive_buffer_bytes / 2).map_err(failed)?;
            self.sockets.push(socket.into());
        }
        Ok(())
    }
}

fn bind(address: SocketAddr, shared: bool, receive_buffer_bytes: usize) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    let bytes = receive_buffer_bytes.min(i32::MAX as usize / 2);
    if set_socket_recv_buffer_size_force(&socket, bytes).is_err() {
        socket.set_recv_buffer_size(bytes)?;
    }
    socket.set_reuse_port(shared)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

/// From here on the socket takes nothing more, so that what it holds is all there will be, and senders are refused.
pub(crate) fn close_to_senders(socket: &tokio::net::UdpSocket) {
    // a connected socket hears its peer alone, and this one's peer is itself
    let connect = |mut own: SocketAddr| {
        if own.ip().is_unspecified() {
            own.set_ip(if own.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
        }
        SockRef::from(socket).connect(&own.into())
    };
    if let Err(error) = socket.local_addr().and_then(connect) {
        tracing::warn!(%error, "the port stays open to the end; what arrives after the last look is lost uncounted");
    }
}

/// Memory for one batched receive.
#[derive(Debug)]
pub(crate) struct Datagrams {
    state: UdpSocketState,
    bytes: Vec<u8>,
    meta: [RecvMeta; BATCH_SIZE],
    /// How many buffers the last receive has filled.
    filled: usize,
}

impl Datagrams {
    pub(crate) fn new(socket: &UdpSocket) -> io::Result<Datagrams> {
        Ok(Datagrams {
            state: UdpSocketState::new(socket.into())?,
            bytes: vec![0; DATAGRAM_BYTES * BATCH_SIZE],
            meta: [RecvMeta::default(); BATCH_SIZE],
            filled: 0,
        })
    }

    /// Takes what the socket holds, up to a batch, without waiting.
    pub(crate) fn receive(&mut self, socket: &tokio::net::UdpSocket) -> io::Result<()> {
        self.filled = 0;
        let mut chunks = self.bytes.chunks_exact_mut(DATAGRAM_BYTES);
        let mut buffers: [_; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(chunks.next().expect("there is a chunk for each buffer")));
        self.filled = self.state.recv(socket.into(), &mut buffers, &mut self.meta)?;
        Ok(())
    }

    /// What the last receive took. The kernel may hand over several datagrams of one source in one buffer.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Arrival<'_>> {
        let buffers = self.meta[..self.filled].iter().zip(self.bytes.chunks_exact(DATAGRAM_BYTES));
        buffers.flat_map(|(meta, bytes)| {
            let (bytes, stride) = (&bytes[..meta.len], meta.stride.max(1));
            let peer = Peer { source: meta.addr, local: meta.dst_ip };
            // an empty datagram is one too
            let count = meta.len.div_ceil(stride).max(1);
            let piece = move |at: usize| &bytes[at * stride..bytes.len().min((at + 1) * stride)];
            (0..count).map(move |at| Arrival { peer, bytes: piece(at) })
        })
    }
}

/// The way back to senders.
#[derive(Debug)]
pub(crate) struct Replies {
    socket: UdpSocket,
    state: UdpSocketState,
}

impl Replies {
    /// Through any socket of the port: for whoever is written to, the port is the same.
    pub(crate) fn through(socket: UdpSocket) -> io::Result<Replies> {
        Ok(Replies { state: UdpSocketState::new((&socket).into())?, socket })
    }

    /// Never waits: what does not fit into the send buffer, or cannot be delivered, is lost.
    pub(crate) fn send(&self, to: Peer, text: &[u8]) {
        let transmit =
            Transmit { destination: to.source, ecn: None, contents: text, segment_size: None, src_ip: to.local };
        if let Err(error) = self.state.try_send((&self.socket).into(), &transmit) {
            tracing::debug!(to = %to.source, %error, "a reply is lost");
        }
    }
}
