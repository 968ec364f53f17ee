//! What is latest, for those who watch: one picture of the process and its services, made again and again while somebody
//! watches, shared by all who do.
//!
//! Constraints: at most [`WATCHERS_MAX`] watch; a picture is made at most every [`EVERY_MIN`], and rests four times as long
//! as it took, so that watching never takes more than a fifth of a core however many services there are. A watcher who
//! reads slowly finds the newest picture when it comes back, never a queue of old ones.

mod packed;
mod picture;

pub(crate) use packed::packed;
pub(crate) use picture::Picture;

use crate::front::Front;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// Who watches at once; further ones are turned away.
pub const WATCHERS_MAX: usize = 64;
/// The least time between two pictures.
pub const EVERY_MIN: Duration = Duration::from_millis(250);
/// The most time between two pictures.
pub const EVERY_MAX: Duration = Duration::from_secs(60);
/// How long a picture's making is followed by a rest, as a multiple of itself.
const REST: u32 = 4;

/// The pictures of a front, and who watches them.
#[derive(Debug)]
pub struct Live {
    watchers: Mutex<Watchers>,
    pictures: watch::Sender<Option<Arc<Picture>>>,
    /// Somebody has come who may want pictures more often.
    come: Notify,
    ended: CancellationToken,
    /// Pictures made since the process began.
    made: AtomicU64,
}

#[derive(Debug, Default)]
struct Watchers {
    /// How often each wants a picture.
    every: Vec<Duration>,
    is_made: bool,
}

impl Default for Live {
    fn default() -> Live {
        let (watchers, pictures) = (Mutex::default(), watch::Sender::new(None));
        let (come, ended) = (Notify::new(), CancellationToken::new());
        Live { watchers, pictures, come, ended, made: AtomicU64::new(0) }
    }
}

/// One who watches, until it is dropped.
#[derive(Debug)]
pub(crate) struct Watcher {
    front: Arc<Front>,
    every: Duration,
    pictures: watch::Receiver<Option<Arc<Picture>>>,
    come: Instant,
    next: tokio::time::Instant,
}

impl Live {
    fn watchers(&self) -> MutexGuard<'_, Watchers> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody watches from here on.
    pub(crate) fn end(&self) {
        self.ended.cancel();
    }

    /// `None`: so many watch already.
    pub(crate) fn watch(front: &Arc<Front>, every: Duration) -> Option<Watcher> {
        let live = &front.live;
        let mut watchers = live.watchers();
        if watchers.every.len() >= WATCHERS_MAX {
            return None;
        }
        watchers.every.push(every);
        if !std::mem::replace(&mut watchers.is_made, true) {
            // nobody has looked since the last one, so it is old
            live.pictures.send_replace(None);
            tokio::spawn(make(front.clone()));
        }
        drop(watchers);
        live.come.notify_one();
        let (pictures, come) = (live.pictures.subscribe(), Instant::now());
        Some(Watcher { front: front.clone(), every, pictures, come, next: come.into() })
    }

    /// How often pictures are wanted; `None` where nobody watches any more, and then none is made.
    fn wanted(&self) -> Option<Duration> {
        let mut watchers = self.watchers();
        let least = watchers.every.iter().min().copied();
        watchers.is_made = least.is_some() && !self.ended.is_cancelled();
        least.filter(|_| watchers.is_made)
    }
}

/// Makes pictures while somebody watches.
async fn make(front: Arc<Front>) {
    let mut last = None;
    loop {
        let began = Instant::now();
        let number = front.live.made.fetch_add(1, Relaxed) + 1;
        let (making, before) = (front.clone(), last.clone());
        let made = tokio::task::spawn_blocking(move || Picture::make(&making, number, before.as_deref())).await;
        if let Ok(picture) = made {
            let picture = Arc::new(picture);
            last = Some(picture.clone());
            front.live.pictures.send_replace(Some(picture));
        }
        let Some(every) = front.live.wanted() else { return };
        let soonest = EVERY_MIN.max(began.elapsed() * (1 + REST));
        let rest = async {
            tokio::time::sleep_until((began + soonest).into()).await;
            drop(tokio::time::timeout_at((began + every).into(), front.live.come.notified()).await);
        };
        front.live.ended.run_until_cancelled(rest).await;
    }
}

impl Watcher {
    /// The newest picture above `number`, when it is time for one; `None` at the end of the process.
    pub(crate) async fn next(&mut self, number: u64) -> Option<Arc<Picture>> {
        let ended = self.front.live.ended.clone();
        let next = async {
            tokio::time::sleep_until(self.next).await;
            // the first one is no older than those that follow will be
            let oldest = self.come.checked_sub(self.every).unwrap_or(self.come);
            let is_newer = |picture: &Option<Arc<Picture>>| {
                picture.as_ref().is_some_and(|new| new.number > number && new.made >= oldest)
            };
            let picture = self.pictures.wait_for(is_newer).await.ok()?.clone();
            self.next = tokio::time::Instant::now() + self.every;
            picture
        };
        ended.run_until_cancelled(next).await?
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut watchers = self.front.live.watchers();
        if let Some(own) = watchers.every.iter().position(|every| *every == self.every) {
            watchers.every.swap_remove(own);
        }
    }
}
