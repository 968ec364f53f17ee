//! One client's socket, plain or TLS. It can be watched while an answer is written, so that a question ends when who
//! asked it has gone; and what one message may weigh is bounded before it is held in memory.

use super::tls;
use bytes::BytesMut;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The longest message of a client that has not proved who it is, and of one that has.
pub(super) const STARTUP_BYTES_MAX: usize = 16 << 10;
pub(super) const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// How often it is looked whether a client is there that has sent more than was read.
const LOOK_PAUSE: Duration = Duration::from_millis(200);
/// Requests for encryption before a client says who it is: TLS, GSSAPI, and each once more.
const REQUESTS_MAX: usize = 4;

/// The bytes of a request for TLS and for GSSAPI encryption: their length, then a number that no version has.
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
const GSSAPI_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 48];
/// The first byte of a TLS handshake, with which a client may begin at once.
const TLS_HANDSHAKE: u8 = 22;

/// The socket, of which there can be several holders: one reads and writes, others watch.
#[derive(Clone, Debug)]
pub(super) struct Socket(Arc<TcpStream>);

impl Socket {
    pub(super) fn new(stream: TcpStream) -> Socket {
        Socket(Arc::new(stream))
    }

    /// Resolves when the client has closed its side or the connection is broken.
    pub(super) async fn gone(&self) {
        while let Ok(ready) = self.0.ready(Interest::READABLE).await {
            if ready.is_read_closed() {
                break;
            }
            // it is readable, and stays so until the answer under way is written
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, task: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.poll_read_ready(task))?;
            match self.0.try_read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(task))?;
            match self.0.try_write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// The system says goodbye when the last holder drops it.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[derive(Debug)]
enum Carrier {
    Plain(Socket),
    Tls(Box<TlsStream<Socket>>),
}

/// What messages are read from and written to.
#[derive(Debug)]
pub(super) struct Stream {
    carrier: Carrier,
    /// Bytes read since the last whole message, and the most there may be.
    unread: usize,
    pub(super) unread_max: usize,
}

impl Stream {
    fn new(carrier: Carrier) -> Stream {
        Stream { carrier, unread: 0, unread_max: STARTUP_BYTES_MAX }
    }

    /// A message was whole.
    pub(super) fn taken(&mut self) {
        self.unread = 0;
    }

    pub(super) fn is_secure(&self) -> bool {
        matches!(self.carrier, Carrier::Tls(_))
    }
}

/// Settles how the connection is encrypted, and returns it with what was read of the first message. `None`: the client
/// has gone, or wants TLS at once where there is none.
pub(super) async fn open(mut socket: Socket, tls: Option<&TlsAcceptor>) -> io::Result<Option<(Stream, BytesMut)>> {
    for _ in 0..REQUESTS_MAX {
        let mut first = [0];
        match (socket.0.peek(&mut first).await?, first, tls) {
            (0, ..) | (_, [TLS_HANDSHAKE], None) => return Ok(None),
            (_, [TLS_HANDSHAKE], Some(tls)) => {
                let stream = tls.accept(socket).await?;
                // whoever skips the request has to say what it speaks, lest another protocol's bytes are taken for it
                let spoken = stream.get_ref().1.alpn_protocol() == Some(tls::ALPN);
                return Ok(spoken.then(|| (Stream::new(Carrier::Tls(Box::new(stream))), BytesMut::new())));
            }
            _ => {}
        }
        let mut head = [0; 8];
        socket.read_exact(&mut head).await?;
        match (head, tls) {
            (TLS_REQUEST, Some(tls)) => {
                socket.write_all(b"S").await?;
                // nothing that came in plain text before is read as if it had come encrypted
                let stream = Stream::new(Carrier::Tls(Box::new(tls.accept(socket).await?)));
                return Ok(Some((stream, BytesMut::new())));
            }
            (TLS_REQUEST, None) | (GSSAPI_REQUEST, _) => socket.write_all(b"N").await?,
            _ => return Ok(Some((Stream::new(Carrier::Plain(socket)), BytesMut::from(&head[..])))),
        }
    }
    Ok(None)
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, task: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.unread > self.unread_max {
            let problem = format!("a message is longer than {} bytes", self.unread_max);
            return Poll::Ready(Err(io::Error::new(ErrorKind::InvalidData, problem)));
        }
        let before = buffer.filled().len();
        ready!(match &mut self.carrier {
            Carrier::Plain(socket) => Pin::new(socket).poll_read(task, buffer),
            Carrier::Tls(stream) => Pin::new(stream).poll_read(task, buffer),
        })?;
        self.unread += buffer.filled().len() - before;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.carrier {
            Carrier::Plain(socket) => Pin::new(socket).poll_write(task, bytes),
            Carrier::Tls(stream) => Pin::new(stream).poll_write(task, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.carrier {
            Carrier::Plain(socket) => Pin::new(socket).poll_flush(task),
            Carrier::Tls(stream) => Pin::new(stream).poll_flush(task),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.carrier {
            Carrier::Plain(socket) => Pin::new(socket).poll_shutdown(task),
            Carrier::Tls(stream) => Pin::new(stream).poll_shutdown(task),
        }
    }
}
