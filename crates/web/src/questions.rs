//! Questions in turn: so many are answered at once, so many may wait, none longer than it may take, and who goes away
//! gives up its question.
//!
//! A question that has begun holds its turn until it really ends, also when nobody waits for it any more: what is bounded
//! is the work, not the number of clients. It is told to give up and does so between two pieces of its range; a single
//! statement of the database is not interrupted.

use crate::error::{Code, Problem};
use crate::front::Front;
use query::GivenUp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// How many questions are answered at once; further ones wait.
pub const QUESTIONS_MAX: usize = 8;
/// How many questions may wait; further ones are told to come again.
pub const WAITING_MAX: usize = 64;

/// Who may ask now.
#[derive(Debug)]
pub struct Questions {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    longest: Duration,
}

/// The right to be answered, held for as long as the work goes on.
pub(crate) type Turn = OwnedSemaphorePermit;

impl Questions {
    /// None may take longer than `longest`, waiting included.
    pub fn new(longest: Duration) -> Questions {
        let of = |places| Arc::new(Semaphore::new(places));
        Questions { turns: of(QUESTIONS_MAX), places: of(WAITING_MAX), longest }
    }

    /// How long one may take.
    pub(crate) fn longest(&self) -> Duration {
        self.longest
    }

    /// How many are being answered, and how many wait.
    pub(crate) fn standing(&self) -> (usize, usize) {
        (QUESTIONS_MAX - self.turns.available_permits(), WAITING_MAX - self.places.available_permits())
    }

    /// Waits for a turn, if there is a place to wait.
    pub(crate) async fn turn(&self) -> Result<Turn, Problem> {
        if let Ok(turn) = self.turns.clone().try_acquire_owned() {
            return Ok(turn);
        }
        let Ok(_place) = self.places.try_acquire() else {
            let busy = format!("{QUESTIONS_MAX} questions are being answered and {WAITING_MAX} wait; ask again later");
            return Err(Problem::new(Code::Busy, busy));
        };
        self.turns.clone().acquire_owned().await.map_err(Problem::internal)
    }

    /// When a question that is asked now has taken long enough.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.longest
    }

    /// Waits for what a question comes to, as long as it may take.
    pub(crate) async fn in_time<T>(&self, asked: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
        let in_time = timeout(self.longest, asked).await;
        in_time.unwrap_or_else(|_| {
            let longest = self.longest.as_secs_f64();
            let told = format!("the question took longer than {longest} s; ask for less, or raise query.timeout");
            Err(Problem::new(Code::Timeout, told))
        })
    }
}

/// Asks on a thread that may block, in turn and in time.
pub(crate) async fn ask<T, E>(
    front: Arc<Front>,
    ask: impl FnOnce(&Front, &GivenUp) -> Result<T, E> + Send + 'static,
) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Into<Problem> + Send + 'static,
{
    front.clone().questions.in_time(ask_for_long(front, ask)).await
}

/// The same for what takes as long as it takes.
pub(crate) async fn ask_for_long<T, E>(
    front: Arc<Front>,
    ask: impl FnOnce(&Front, &GivenUp) -> Result<T, E> + Send + 'static,
) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Into<Problem> + Send + 'static,
{
    front.check_ready()?;
    let turn = front.questions.turn().await?;
    let given_up = GivenUp::default();
    // dropped with this future: when the client goes away, or time is over
    let _asker = given_up.clone().when_dropped();
    let answer = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        ask(&front, &given_up).map_err(Into::into)
    });
    answer.await?
}

#[cfg(test)]
mod tests;
