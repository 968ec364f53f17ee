//! What is latest, as server-sent events.

use crate::error::{Code, Problem};
use crate::front::Front;
use crate::live::{EVERY_MAX, EVERY_MIN, Live, Picture, Watcher, packed};
use crate::page::takes;
use crate::request::{Parameters, Watch};
use crate::shapes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, stream};
use model::Time;
use query::{ServiceNow, TailFilter};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// After which silence a comment says that the stream lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// When a client that lost the stream asks again.
const RETRY: Duration = Duration::from_secs(2);
/// Services in one event; more of them make several.
const SERVICES_MAX: usize = 1000;

/// Services as they are now; those that are not in it are as they were.
#[derive(Serialize)]
struct Services<'a> {
    at: Time,
    /// The start of the minute that is going on.
    minute: Option<Time>,
    /// Whether the realtime views had reached the journals' ends.
    complete: bool,
    /// Whether this is the first event of its stream or goes on from it: with those that follow at once, all services.
    snapshot: bool,
    services: BTreeMap<&'a str, &'a ServiceNow>,
}

/// What is latest
///
/// Server-sent events: first all services, in one or more events `services`, then those that change, and with each update
/// one event `status`. However much arrives, there are no more updates than asked for; who reads slowly gets the newest
/// state, not the ones between. What is latest goes by receipt, and imports do not count; means, peaks and counts of the
/// minute that is going on and of the one before are those of `series`. After a restart of the server the last message of
/// a service may be unknown until it is heard again.
#[utoipa::path(
    get,
    path = "/live",
    tag = "answers",
    params(Watch),
    responses((
        status = 200,
        description = "Events without end; `data` of `services` and `status` as in the schemas `LiveServices` and \
                       `LiveStatus`.",
        body = shapes::LiveEvents,
        content_type = "text/event-stream"
    ))
)]
pub(crate) async fn live(
    State(front): State<Arc<Front>>,
    headers: HeaderMap,
    Parameters(watch): Parameters<Watch>,
) -> Result<Response, Problem> {
    let filter = TailFilter::new(&watch.service)?;
    let every = watch.every(EVERY_MIN, EVERY_MAX)?;
    let watcher = Live::watch(&front, every)
        .ok_or_else(|| Problem::new(Code::Busy, "so many watch already that there is no place for one more"))?;
    let events = Sse::new(events(watcher, filter));
    let response = events.keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    Ok(if takes(&headers, "gzip") { packed(response) } else { response })
}

struct Told {
    watcher: Watcher,
    filter: TailFilter,
    /// Of the picture that has been told.
    number: u64,
    left: Option<Left>,
    /// Whether the first state of the stream is still to be told.
    snapshot: bool,
}

/// What is still to be told of a picture: these services, then how the process stands.
struct Left {
    picture: Arc<Picture>,
    names: VecDeque<Arc<str>>,
    /// Whether there is an event of services to come, if only to say that there are none.
    services: bool,
}

fn events(watcher: Watcher, filter: TailFilter) -> impl Stream<Item = Result<Event, Infallible>> {
    let told = Told { watcher, filter, number: 0, left: None, snapshot: true };
    stream::unfold(told, |mut told| async move { told.next().await.map(|event| (Ok(event), told)) })
}

impl Told {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(Left { picture, names, services }) = self.left.as_mut().filter(|left| left.services) {
                let told: Vec<Arc<str>> = names.drain(..names.len().min(SERVICES_MAX)).collect();
                *services = !names.is_empty();
                return Some(services_event(picture, &told, self.snapshot));
            }
            if let Some(Left { picture, .. }) = self.left.take() {
                self.snapshot &= picture.minute.is_none();
                return Some(event("status", picture.number, &picture.pulse));
            }
            let picture = self.watcher.next(self.number).await?;
            let is_told = |changed: u64| changed <= self.number && !self.snapshot;
            let wanted = picture.services.iter().filter(|(_, shown)| !is_told(shown.changed));
            let wanted = wanted.filter(|(name, _)| self.filter.is_match(name));
            let names: VecDeque<Arc<str>> = wanted.map(|(name, _)| name.clone()).collect();
            self.number = picture.number;
            self.left = Some(Left { services: self.snapshot || !names.is_empty(), names, picture });
        }
    }
}

fn services_event(picture: &Picture, names: &[Arc<str>], snapshot: bool) -> Event {
    let services = names.iter().filter_map(|name| Some((&**name, &picture.services.get(name)?.now)));
    let Picture { at, minute, complete, .. } = *picture;
    let data = Services { at, minute, complete, snapshot, services: services.collect() };
    let event = event("services", picture.number, &data);
    if snapshot { event.retry(RETRY) } else { event }
}

fn event(name: &str, number: u64, data: &impl Serialize) -> Event {
    let data = serde_json::to_string(data).expect("texts, numbers and times have a JSON form");
    Event::default().event(name).id(number.to_string()).data(data)
}
