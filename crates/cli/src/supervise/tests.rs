//! Tasks that fail, panic and end, under a clock that tests turn.

use super::*;
use std::sync::atomic::{AtomicU32, Ordering};
use web::TaskStatus;

/// How a life of the task under test ends; the last one goes on until it is stopped.
#[derive(Clone, Copy, Debug)]
enum End {
    Fails,
    Panics,
    Returns,
    /// Fails after so many seconds.
    FailsAfter(u64),
}

struct Watched {
    tasks: Tasks,
    board: Arc<TaskBoard>,
    /// When each life began.
    began: Arc<std::sync::Mutex<Vec<Instant>>>,
    start: Instant,
}

fn watched(ends: &'static [End]) -> Watched {
    let board = Arc::new(TaskBoard::default());
    let (mut tasks, began) = (Tasks::new(board.clone()), Arc::new(std::sync::Mutex::new(Vec::new())));
    let (begins, life) = (began.clone(), AtomicU32::new(0));
    tasks.again("task", move |stop| {
        begins.lock().expect("not poisoned").push(Instant::now());
        let end = ends.get(life.fetch_add(1, Ordering::Relaxed) as usize).copied();
        async move {
            match end {
                None => stop.cancelled().await,
                Some(End::Fails) => anyhow::bail!("no more files"),
                Some(End::Panics) => panic!("an index too far"),
                Some(End::Returns) => {}
                Some(End::FailsAfter(seconds)) => {
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                    anyhow::bail!("late");
                }
            }
            Ok(())
        }
    });
    Watched { tasks, board, began, start: Instant::now() }
}

impl Watched {
    fn status(&self) -> TaskStatus {
        self.board.statuses().pop().expect("one task")
    }

    /// Seconds after which each life began.
    fn begins(&self) -> Vec<u64> {
        let began = self.began.lock().expect("not poisoned");
        began.iter().map(|at| at.duration_since(self.start).as_secs()).collect()
    }
}

async fn seconds(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_task_that_dies_is_started_again_later_each_time() {
    let mut watched = watched(&[End::Fails, End::Panics, End::Returns, End::Fails]);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let down = watched.status();
    assert_eq!((down.running, down.restarts, down.last_error.as_deref()), (false, 0, Some("no more files")));
    assert!(down.last_death.is_some());
    seconds(2).await;
    let down = watched.status();
    assert!(
        !down.running && down.last_error.as_deref().is_some_and(|error| error.contains("an index too far")),
        "{down:?}"
    );
    seconds(3).await;
    assert_eq!(watched.status().last_error.as_deref(), Some("it ended by itself"));
    seconds(30).await;
    assert_eq!(watched.begins(), [0, 1, 3, 7, 15], "1, 2, 4, 8 seconds apart");
    let up = watched.status();
    assert_eq!((up.running, up.restarts), (true, 4));
    assert!(up.last_error.is_some(), "what happened is still told");
    watched.tasks.stop("task").await;
    assert!(watched.tasks.failure().is_ok(), "none of it ends the process");
}

#[tokio::test(start_paused = true)]
async fn the_wait_is_bounded_and_short_again_after_a_sound_life() {
    let watched = watched(&[End::Fails; 9]);
    seconds(600).await;
    assert_eq!(watched.begins(), [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
    let sound = self::watched(&[End::Fails, End::Fails, End::FailsAfter(90), End::Fails]);
    seconds(600).await;
    assert_eq!(sound.begins(), [0, 1, 3, 94, 96]);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_waits_for_its_start_stops_at_once() {
    let mut watched = watched(&[End::Fails; 30]);
    seconds(100).await;
    let asked = Instant::now();
    watched.tasks.stop("task").await;
    assert_eq!(asked.elapsed(), Duration::ZERO);
    assert!(!watched.status().running);
}

#[tokio::test(start_paused = true)]
async fn where_the_rule_is_to_stop_the_process_is_told_why() {
    let mut tasks = Tasks::new(Arc::default());
    tasks.once("fine", |_| async { Ok(()) });
    tasks.once("collecting", |_| async {
        seconds(5).await;
        anyhow::bail!("the journal refuses")
    });
    let error = tasks.fatal().await.expect_err("it failed");
    assert_eq!(format!("{error:#}"), "collecting cannot go on: the journal refuses");

    tasks.once("panicking", |_| async { panic!("an index too far") });
    let error = tasks.fatal().await.expect_err("it panicked");
    assert!(format!("{error:#}").contains("an index too far"), "{error:#}");

    tasks.once("stopping", |stop| async move {
        stop.cancelled().await;
        anyhow::bail!("the last frame was not written")
    });
    tasks.stop("stopping").await;
    let error = tasks.failure().expect_err("it failed while it stopped");
    assert_eq!(format!("{error:#}"), "stopping cannot go on: the last frame was not written");
    assert!(tasks.failure().is_ok(), "told once");
}
