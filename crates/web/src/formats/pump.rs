//! Batches on their way to a reader, in a task of their own: a reader that takes nothing keeps a piece of the answer in
//! memory, but neither the question's turn nor what the batches come from, beyond the time that a question may take.

use super::{Encoder, Problem, RecordBatch};
use futures::{Stream, StreamExt, stream};
use std::io;
use std::pin::Pin;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, sleep_until};

enum Piece {
    Bytes(Vec<u8>),
    /// Without it what came is not the whole.
    End,
}

/// Who sends no more.
struct Gone;

/// The encoded batches until `until`, and an error in place of an end that does not come.
pub(super) fn pumped<E>(
    encoder: Encoder,
    batches: Pin<Box<dyn Stream<Item = Result<RecordBatch, E>> + Send>>,
    until: Instant,
) -> impl Stream<Item = io::Result<Vec<u8>>>
where
    E: Into<Problem> + Send + 'static,
{
    let (pieces, taken) = channel(1);
    tokio::spawn(async move {
        tokio::select! {
            _ = pump(encoder, batches, &pieces) => {}
            () = pieces.closed() => {}
            () = sleep_until(until) => tracing::debug!("an answer was not taken in time"),
        }
    });
    // whoever compresses asks again behind the end
    stream::unfold(Some(taken), take).fuse()
}

async fn pump<E: Into<Problem>>(
    mut encoder: Encoder,
    mut batches: Pin<Box<dyn Stream<Item = Result<RecordBatch, E>> + Send>>,
    pieces: &Sender<Piece>,
) -> Result<(), Gone> {
    while let Some(batch) = batches.next().await {
        let batch = batch.map_err(|error| cut_off(error.into()))?;
        let bytes = encoder.batch(&batch).map_err(|error| cut_off(Problem::internal(error)))?;
        pieces.send(Piece::Bytes(bytes)).await.map_err(|_| Gone)?;
    }
    // with them goes the question's turn
    drop(batches);
    let bytes = encoder.end().map_err(|error| cut_off(Problem::internal(error)))?;
    pieces.send(Piece::Bytes(bytes)).await.map_err(|_| Gone)?;
    pieces.send(Piece::End).await.map_err(|_| Gone)
}

fn cut_off(problem: Problem) -> Gone {
    tracing::warn!(reason = problem.message, "an answer was cut off behind its first rows");
    Gone
}

async fn take(taken: Option<Receiver<Piece>>) -> Option<(io::Result<Vec<u8>>, Option<Receiver<Piece>>)> {
    let mut taken = taken?;
    match taken.recv().await {
        Some(Piece::Bytes(bytes)) => Some((Ok(bytes), Some(taken))),
        Some(Piece::End) => None,
        None => Some((Err(io::Error::other("the rows ended early")), None)),
    }
}
