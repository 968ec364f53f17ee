//! Messages as they are accepted, for those who follow them; each has a thread that reads the journals.
//!
//! Constraints: at most [`TAILS_MAX`] follow at once. A client that has gone is often seen only when something is sent to
//! it, so a line comes every [`HEARTBEAT`], an empty one where nothing was accepted; its thread ends within a turn.

use crate::error::{Code, Problem};
use futures::{Stream, stream};
use query::{Accepted, Tail, TailFilter};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{self, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

/// Who follows at once; further ones are turned away.
pub const TAILS_MAX: usize = 64;
/// After which silence an empty line says that the stream lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Between two looks at the journals.
const PAUSE: Duration = Duration::from_millis(50);
/// How many messages may wait for a slow reader before the tail waits for it.
const MESSAGES: usize = 1024;

type Line = io::Result<String>;

/// The places of those who follow.
#[derive(Clone, Debug)]
pub struct Tails(Arc<Semaphore>);

impl Default for Tails {
    fn default() -> Tails {
        Tails(Arc::new(Semaphore::new(TAILS_MAX)))
    }
}

impl Tails {
    /// What is accepted from now on, a message a line.
    pub(crate) async fn follow(
        &self,
        journals: PathBuf,
        filter: TailFilter,
    ) -> Result<impl Stream<Item = Line> + use<>, Problem> {
        let place = self.0.clone().try_acquire_owned();
        let place = place
            .map_err(|_| Problem::new(Code::Busy, "so many follow already that there is no place for one more"))?;
        // the newest segments are read to their ends first, which takes its time
        let (tail, place) = spawn_blocking(move || Tail::new(journals).map(|tail| (tail, place))).await??;
        let (lines, reader) = mpsc::channel::<Line>(MESSAGES);
        spawn_blocking(move || read(tail, &filter, &lines, place));
        Ok(stream::unfold(reader, |mut reader| async {
            let line = match tokio::time::timeout(HEARTBEAT, reader.recv()).await {
                Ok(line) => line?,
                Err(_) => Ok("\n".to_owned()),
            };
            Some((line, reader))
        }))
    }
}

/// Reads on until nobody takes the lines any more.
fn read(mut tail: Tail, filter: &TailFilter, lines: &Sender<Line>, _place: OwnedSemaphorePermit) {
    while !lines.is_closed() {
        let read = tail.read(&mut |messages| {
            for message in filter.shown(messages) {
                // a reader that is gone is seen at the next turn
                drop(lines.blocking_send(Ok(json_line(&message))));
            }
        });
        if let Err(error) = read {
            drop(lines.blocking_send(Err(io::Error::other(error))));
            return;
        }
        std::thread::sleep(PAUSE);
    }
}

fn json_line(message: &Accepted) -> String {
    serde_json::to_string(message).expect("texts, numbers and times have a JSON form") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;

    #[tokio::test]
    async fn a_silent_tail_gives_a_sign_of_life_and_its_place_back() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let tails = Tails::default();
        let follow = async || tails.follow(folder.path().to_owned(), TailFilter::new(&[]).expect("no pattern")).await;
        let mut following = Vec::new();
        for _ in 0..TAILS_MAX {
            following.push(Box::pin(follow().await.expect("a place")));
        }
        assert_eq!(follow().await.err().map(|problem| problem.code), Some(Code::Busy));
        let mut one = following.pop().expect("many follow");
        tokio::time::pause();
        // a timer goes by whole milliseconds
        let (line, ()) = tokio::join!(one.next(), tokio::time::advance(HEARTBEAT + PAUSE));
        assert_eq!(line.expect("a line").expect("no error"), "\n");
        drop((one, following));
        drop(tails.0.acquire_many(TAILS_MAX as u32).await.expect("all places are free again"));
    }
}
