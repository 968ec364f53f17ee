//! One function per route: read the request, ask, answer. Whatever reads files runs on a thread that may block.

pub(crate) mod ingest;

use crate::error::Problem;
use crate::front::Front;
use crate::request::{Ask, BackupTo, Between, Follow, MaybeBetween, Parameters, Past, Refused};
use crate::status::Status;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Method, Uri, header};
use axum::response::{IntoResponse, Response};
use collector::rejects::Rejected;
use handover::{BackedUp, Retention, Start, Verification};
use query::{Accepted, Answer, LedgerLine, ServiceLine, Tail, TailFilter};
use scheduler::{JobStatus, PastRun, Run};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

type Reply<T> = Result<Json<T>, Problem>;

/// Asks on a thread that may block; no more at once than the front allows.
pub(crate) async fn ask<T, E>(front: Arc<Front>, ask: impl FnOnce(&Front) -> Result<T, E> + Send + 'static) -> Reply<T>
where
    T: Send + 'static,
    E: Into<Problem> + Send + 'static,
{
    if !front.is_ready() {
        return Err(Problem::not_ready("recovery is going on; ask again later"));
    }
    let asking = front.clone();
    let _turn = front.questions.acquire().await.map_err(Problem::internal)?;
    let answer = tokio::task::spawn_blocking(move || ask(&asking)).await?;
    answer.map(Json).map_err(Into::into)
}

pub(crate) async fn query(State(front): State<Arc<Front>>, Parameters(request): Parameters<Ask>) -> Reply<Answer> {
    let question = request.question(front.wait)?;
    ask(front, move |front| query::answer(&front.store, &question)).await
}

pub(crate) async fn services(State(front): State<Arc<Front>>) -> Reply<Vec<ServiceLine>> {
    ask(front, |front| query::services(&front.store, front.wait)).await
}

pub(crate) async fn ledger(
    State(front): State<Arc<Front>>,
    Parameters(request): Parameters<Between>,
) -> Reply<Vec<LedgerLine>> {
    let range = request.range()?;
    ask(front, move |front| query::ledger(&front.store, &range, front.wait)).await
}

pub(crate) async fn status(State(front): State<Arc<Front>>) -> Reply<Status> {
    tokio::task::spawn_blocking(move || front.status()).await?.map(Json)
}

/// The last starts, of this process and of one that collects beside it, the newest first.
pub(crate) async fn starts(State(front): State<Arc<Front>>) -> Reply<Vec<Start>> {
    Ok(Json(tokio::task::spawn_blocking(move || handover::starts::read(&front.store.folder)).await?))
}

pub(crate) async fn rejects(
    State(front): State<Arc<Front>>,
    Parameters(request): Parameters<Refused>,
) -> Reply<Vec<Rejected>> {
    let reason = request.reason()?;
    let read = move |front: &Front| {
        collector::rejects::read(&front.store.folder.rejects(), reason, request.limit).map_err(Problem::internal)
    };
    ask(front, read).await
}

pub(crate) async fn verify(
    State(front): State<Arc<Front>>,
    Parameters(request): Parameters<MaybeBetween>,
) -> Reply<Verification> {
    let range = request.range()?;
    ask(front, move |front| front.store.verify(range, front.wait)).await
}

/// What a rebuild did.
#[derive(Debug, Serialize)]
pub(crate) struct Rebuilt {
    rows: u64,
}

pub(crate) async fn rebuild(State(front): State<Arc<Front>>) -> Reply<Rebuilt> {
    let outcome = tokio::spawn(async move { front.handover.rebuild().await }).await??;
    Ok(Json(Rebuilt { rows: outcome.rows }))
}

/// The folder lies on this machine, whoever asks.
pub(crate) async fn backup(
    State(front): State<Arc<Front>>,
    Parameters(request): Parameters<BackupTo>,
) -> Reply<BackedUp> {
    let folder = request.folder()?;
    // also where the asker goes away it is finished
    Ok(Json(tokio::spawn(async move { front.handover.backup(&folder, &front.own).await }).await??))
}

/// What retention would drop now.
pub(crate) async fn retention(State(front): State<Arc<Front>>) -> Reply<Retention> {
    let would = tokio::spawn(async move { front.handover.would_drop().await }).await??;
    Ok(Json(would))
}

pub(crate) async fn jobs(State(front): State<Arc<Front>>) -> Json<Vec<JobStatus>> {
    Json(front.scheduler.status())
}

pub(crate) async fn history(
    State(front): State<Arc<Front>>,
    Parameters(request): Parameters<Past>,
) -> Json<Vec<PastRun>> {
    Json(front.scheduler.history(request.name.as_deref(), request.limit))
}

/// Runs the job and answers when it is done, however it went.
pub(crate) async fn run_job(State(front): State<Arc<Front>>, Path(name): Path<String>) -> Reply<Run> {
    if name == "batch" {
        // so that all that was accepted before the call is in what the batch sees
        front.handover.close_segments(&front.own).await?;
    }
    match front.scheduler.run_now(&name).await {
        Ok(run) => Ok(Json(run)),
        Err(error @ scheduler::Error::UnknownJob { .. }) => Err(Problem::not_found(error)),
        Err(error) => Err(Problem::internal(error)),
    }
}

const TAIL_PAUSE: Duration = Duration::from_millis(50);
/// How many messages may wait for a slow reader before the tail waits for it.
const TAIL_MESSAGES: usize = 1024;

/// Messages as they are accepted, one JSON object a line, until the client goes away.
pub(crate) async fn tail(
    State(front): State<Arc<Front>>,
    Parameters(request): Parameters<Follow>,
) -> Result<Response, Problem> {
    let filter = TailFilter::new(&request.service)?;
    let mut tail = Tail::new(front.store.folder.journals())?;
    let (lines, reader) = mpsc::channel::<std::io::Result<String>>(TAIL_MESSAGES);
    tokio::task::spawn_blocking(move || {
        while !lines.is_closed() {
            let read = tail.read(&mut |messages| {
                for message in filter.shown(messages) {
                    // a reader that is gone is seen at the next turn
                    drop(lines.blocking_send(Ok(json_line(&message))));
                }
            });
            if let Err(error) = read {
                drop(lines.blocking_send(Err(std::io::Error::other(error))));
                return;
            }
            std::thread::sleep(TAIL_PAUSE);
        }
    });
    let body = Body::from_stream(ReceiverStream::new(reader));
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

fn json_line(message: &Accepted) -> String {
    serde_json::to_string(message).expect("texts, numbers and times have a JSON form") + "\n"
}

pub(crate) async fn nothing_here(method: Method, uri: Uri) -> Problem {
    Problem::not_found(format!("there is no {method} {}; the routes are under /api/v1", uri.path()))
}
