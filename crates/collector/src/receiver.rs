//! One socket's thread: takes datagrams in batches, judges them, and puts them into the journal as frames.
//!
//! It writes files itself and blocks on them: whatever it cannot take meanwhile waits in the socket's buffer, and what
//! does not fit there is dropped and counted by the kernel.

use crate::error::{Error, Result};
use crate::road::Road;
use crate::socket::{Datagrams, close_to_senders};
use crate::tally::Tally;
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use tokio::io::Interest;
use tokio::sync::mpsc::UnboundedReceiver;

/// Batches taken in a row before deadlines and commands have their turn.
const BATCHES_MAX: usize = 64;
/// The least that a datagram takes of a receive buffer, by the kernel's bookkeeping.
const DATAGRAM_COST_MIN: usize = 512;
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(100);

/// What a receiver is told.
#[derive(Debug)]
pub(crate) enum Command {
    /// Put everything into the journal that was sent before now, then answer.
    Flush(std::sync::mpsc::SyncSender<()>),
    /// The same, and end.
    Stop,
}

#[derive(Debug)]
pub(crate) struct Receiver {
    pub road: Road,
    pub socket: UdpSocket,
    pub receive_buffer_bytes: usize,
    pub frame_messages: usize,
    pub commands: UnboundedReceiver<Command>,
}

impl Receiver {
    /// Blocks until it is told to stop, or the journal refuses; gives the counts that are still to be told.
    pub(crate) fn run(self) -> Result<Tally> {
        let address = self.socket.local_addr().unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)));
        let failed = |source| Error::Listen { address, source };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
        runtime.map_err(failed)?.block_on(async {
            let datagrams = Datagrams::new(&self.socket).map_err(failed)?;
            let socket = tokio::net::UdpSocket::from_std(self.socket.try_clone().map_err(failed)?).map_err(failed)?;
            self.receive(socket, datagrams).await
        })
    }

    async fn receive(mut self, socket: tokio::net::UdpSocket, mut datagrams: Datagrams) -> Result<Tally> {
        loop {
            let due = self.road.batch.due();
            tokio::select! {
                biased;
                command = self.commands.recv() => {
                    if let Some(Command::Stop) | None = command {
                        close_to_senders(&socket);
                    }
                    self.drain(&socket, &mut datagrams)?;
                    self.road.append()?;
                    match command {
                        // whoever asked may have stopped waiting
                        Some(Command::Flush(done)) => drop(done.send(())),
                        Some(Command::Stop) | None => return Ok(self.road.batch.tally),
                    }
                }
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now).into()), if due.is_some() => {
                    self.road.append()?;
                }
                ready = socket.readable() => {
                    let taken = match ready {
                        Ok(()) => self.take_ready(&socket, &mut datagrams)?,
                        Err(error) => Err(error),
                    };
                    if let Err(error) = taken {
                        tracing::warn!(%error, "receiving failed; trying again");
                        tokio::time::sleep(PAUSE_AFTER_ERROR).await;
                    }
                }
            }
        }
    }

    /// Takes what has arrived, and only then looks whether it is due: where each append waits for a slow disk, frames
    /// that are as large as they can be are what keeps up.
    fn take_ready(&mut self, socket: &tokio::net::UdpSocket, datagrams: &mut Datagrams) -> Result<std::io::Result<()>> {
        let mut taken = Ok(());
        for _ in 0..BATCHES_MAX {
            match socket.try_io(Interest::READABLE, || datagrams.receive(socket)) {
                Ok(()) => self.take(datagrams)?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => {
                    taken = Err(error);
                    break;
                }
            };
        }
        self.road.append_if_due()?;
        Ok(taken)
    }

    /// Takes what the socket holds, but not more than fits into its buffer: senders may never pause.
    fn drain(&mut self, socket: &tokio::net::UdpSocket, datagrams: &mut Datagrams) -> Result<()> {
        let mut left = self.receive_buffer_bytes / DATAGRAM_COST_MIN;
        // asks the socket itself, as its readiness may not have been noticed yet
        while left > 0 && datagrams.receive(socket).is_ok() {
            left = left.saturating_sub(self.take(datagrams)?.max(1));
        }
        Ok(())
    }

    /// Takes one batch of datagrams; how many there were.
    fn take(&mut self, datagrams: &Datagrams) -> Result<usize> {
        let (received, now) = (self.road.intake.clock.now(), Instant::now());
        let mut taken = 0;
        for datagram in datagrams.iter() {
            taken += 1;
            self.road.take(&datagram, received, now)?;
            if self.road.batch.is_full(self.frame_messages) {
                self.road.append()?;
            }
        }
        self.road.tell();
        Ok(taken)
    }
}
