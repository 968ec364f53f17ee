//! A connection whose client must take what it is sent: one that has gone without a word, or that reads nothing, would
//! keep its place for as long as the process runs.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// How long a client may take nothing of what is ready for it.
pub const SEND_WAIT: Duration = Duration::from_secs(60);

/// A stream whose writing fails where nothing was taken for [`SEND_WAIT`].
#[derive(Debug)]
pub(super) struct Sending<S> {
    stream: S,
    /// Since the last byte that was taken, while more of them wait.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Sending<S> {
    pub(super) fn new(stream: S) -> Sending<S> {
        Sending { stream, stalled: None }
    }

    fn bounded<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(SEND_WAIT)));
        stalled.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Sending<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Sending<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.bounded(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.bounded(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::{Instant, sleep};

    /// Time stands still but for when everybody waits for it.
    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_given_up_and_who_takes_little_is_not() {
        let (stream, mut client) = tokio::io::duplex(4);
        let mut sending = Sending::new(stream);
        let slow = async {
            let mut some = [0; 4];
            for _ in 0..3 {
                sleep(SEND_WAIT - Duration::from_secs(1)).await;
                client.read_exact(&mut some).await.expect("there is more");
            }
            Instant::now()
        };
        let (sent, last) = tokio::join!(sending.write_all(&[1; 100]), slow);
        assert_eq!(sent.expect_err("the client takes no more").kind(), io::ErrorKind::TimedOut);
        assert_eq!(Instant::now() - last, SEND_WAIT);
    }
}
