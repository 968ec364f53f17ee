//! What is taken in by requests, and what is latest.

use super::{Reason, Series, Shedding, Time};
use std::collections::BTreeMap;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// One message or an array of them, as docs/senders.md says; keys may be in any case, and there may be more.
#[derive(Debug)]
pub(crate) struct Messages;

impl PartialSchema for Messages {
    fn schema() -> RefOr<Schema> {
        let message = || ObjectBuilder::new().schema_type(Type::Object);
        OneOfBuilder::new().item(message()).item(ArrayBuilder::new().items(message())).into()
    }
}

impl ToSchema for Messages {}

/// What became of the messages of a request, all of it on disk.
#[derive(Debug, ToSchema)]
pub(crate) struct Ingested {
    /// accepted + duplicate + the sum of reasons
    received: u64,
    /// In every answer from now on.
    accepted: u64,
    /// Taken before, by `sender` and `seq` of messages with `"ack": true`.
    duplicate: u64,
    /// The first 100 that were refused.
    rejected: Vec<Refusal>,
    /// How many were refused, by reason.
    reasons: BTreeMap<String, u64>,
}

/// A refused message.
#[derive(Debug, ToSchema)]
pub(crate) struct Refusal {
    /// Which message of the body, from 0.
    index: u64,
    reason: Reason,
    #[schema(example = "CPU 37.2 is above 1; if this fleet sends percent, set cpu_unit = \"percent\"")]
    message: String,
}

/// A request of which every message was refused.
#[derive(Debug, ToSchema)]
pub(crate) struct AllRefused {
    error: crate::error::Problem,
    received: u64,
    accepted: u64,
    duplicate: u64,
    rejected: Vec<Refusal>,
    reasons: BTreeMap<String, u64>,
}

/// Events, of which `data` is JSON.
#[derive(Debug)]
pub(crate) struct LiveEvents;

impl PartialSchema for LiveEvents {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).into()
    }
}

impl ToSchema for LiveEvents {}

/// Services as they are now; those that are not in it are as they were.
#[derive(Debug, ToSchema)]
pub(crate) struct LiveServices {
    at: Time,
    /// The start of the minute that is going on.
    #[schema(required = true)]
    minute: Option<Time>,
    /// Whether the realtime views had reached the journals' ends.
    complete: bool,
    /// Whether it belongs to the first state of the stream, which holds all services.
    snapshot: bool,
    services: BTreeMap<String, LiveService>,
}

/// One service.
#[derive(Debug, ToSchema)]
pub(crate) struct LiveService {
    /// The message that was received last; null until one is heard since the server started.
    #[schema(required = true)]
    last: Option<LastMessage>,
    /// The minute that is going on, by the messages' own time.
    #[schema(required = true)]
    minute: Option<LiveMinute>,
    /// The minute before.
    #[schema(required = true)]
    previous: Option<LiveMinute>,
}

/// A message; shares are 0 to 1.
#[derive(Debug, ToSchema)]
pub(crate) struct LastMessage {
    time: Time,
    received: Time,
    #[schema(minimum = 0, maximum = 1)]
    cpu: f64,
    #[schema(minimum = 0, maximum = 1)]
    ram: f64,
    #[schema(minimum = 0, maximum = 1)]
    disk: f64,
}

/// What the messages of one minute add up to.
#[derive(Debug, ToSchema)]
pub(crate) struct LiveMinute {
    time: Time,
    count: u64,
    cpu: Series,
    ram: Series,
    disk: Series,
}

/// How the process stands; counts are since it started.
#[derive(Debug, ToSchema)]
pub(crate) struct LiveStatus {
    at: Time,
    /// Whether questions are answered.
    ready: bool,
    /// Why the services are not brought up to date, while they are not.
    #[schema(required = true)]
    problem: Option<String>,
    received: u64,
    accepted: u64,
    duplicate: u64,
    rejected: u64,
    shed: u64,
    #[schema(required = true)]
    shedding: Option<Shedding>,
    /// null: not known.
    #[schema(required = true)]
    kernel_dropped: Option<u64>,
    received_per_s: f64,
    accepted_per_s: f64,
    /// The age of the oldest message that is not in the batch views yet, in milliseconds; null where all are.
    #[schema(required = true)]
    lag_ms: Option<u64>,
    segments: u64,
    generations: u64,
    cells: u64,
    cells_max: u64,
    journals: BTreeMap<String, LiveJournal>,
    /// Jobs that run now.
    running: Vec<String>,
}

/// How one journal stands.
#[derive(Debug, ToSchema)]
pub(crate) struct LiveJournal {
    /// The last segment that the views hold; 0: none.
    watermark: u64,
    /// Segments above it.
    unpublished: u64,
    /// Segment files on disk.
    segments: u64,
}
