//! The part of an HTTP request behind the question mark: a question with a range that has a length, or a complaint.

#![no_main]
#![allow(dead_code, unreachable_pub, unused_imports, reason = "the rooms' own files, of which this target uses a part")]

// the files below name these rooms, which come with DuckDB and DataFusion; the names they use are here
extern crate self as query;

#[path = "../../crates/query/src/question.rs"]
mod question;
#[path = "../../crates/web/src"]
mod web {
    pub(crate) mod request;
}

mod error {
    pub type Result<T, E = Error> = std::result::Result<T, E>;

    #[derive(Debug)]
    pub enum Error {
        Layer(String),
    }

    impl std::fmt::Display for Error {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            let Error::Layer(name) = self;
            f.write_str(name)
        }
    }

    #[derive(Debug)]
    pub(crate) struct Problem(pub String);

    impl Problem {
        pub(crate) fn bad_request(message: impl ToString) -> Problem {
            Problem(message.to_string())
        }

        pub(crate) fn unprocessable(message: impl ToString) -> Problem {
            Problem(message.to_string())
        }
    }

    impl axum::response::IntoResponse for Problem {
        fn into_response(self) -> axum::response::Response {
            self.0.into_response()
        }
    }
}

/// What the document says of values; only names of parameters count here.
mod shapes {
    pub(crate) type AskedTime = String;
    pub(crate) type Granularity = String;
    pub(crate) type Layer = String;
    pub(crate) type Reason = String;
}

pub(crate) use question::{Layer, Question};

use axum::extract::FromRequestParts;
use error::Problem;
use libfuzzer_sys::fuzz_target;
use model::{Granularity, TimeRange};
use std::time::Duration;
use web::request::parameters::Part;
use web::request::{BackupTo, Every, Follow, Nothing, Parameters, Past, Range, Refused, Selection, Watch};

const LEAST: Duration = Duration::from_millis(250);
const MOST: Duration = Duration::from_secs(60);

fuzz_target!(|text: &str| {
    if let Some((range, selection)) = read::<(Range, Selection)>(text) {
        asked(range.resolve_or_usual(), None, selection);
    }
    if let Some((range, every, selection)) = read::<(Range, Every, Selection)>(text)
        && let Ok(every) = every.granularity()
    {
        asked(range.resolve_or_usual(), Some(every), selection);
    }
    if let Some(range) = read::<Range>(text).and_then(|range| range.resolve().ok().flatten()) {
        assert!(range.from < range.to);
    }
    if let Some(every) = read::<Watch>(text).and_then(|watch| watch.every(LEAST, MOST).ok()) {
        assert!((LEAST..=MOST).contains(&every));
    }
    if let Some(folder) = read::<BackupTo>(text).and_then(|backup| backup.folder().ok()) {
        assert!(folder.is_absolute());
    }
    let _ = read::<Refused>(text).map(|refused| (refused.reason(), refused.limit()));
    let _ = read::<Past>(text).map(|past| past.limit());
    let _ = read::<Follow>(text);
    assert!(read::<Nothing>(text).is_none() || !text.contains('='));
});

fn asked(range: Result<TimeRange, Problem>, every: Option<Granularity>, selection: Selection) {
    if let Ok(range) = range
        && let Ok(question) = selection.question(range, every, Duration::ZERO)
    {
        assert!(question.range.from < question.range.to);
    }
}

fn read<T: Part>(text: &str) -> Option<T> {
    // what is no address never reaches a route
    let request = axum::http::Request::builder().uri(format!("/?{text}")).body(()).ok()?;
    let (mut parts, ()) = request.into_parts();
    let reading = Parameters::<T>::from_request_parts(&mut parts, &());
    match poll(reading) {
        Ok(Parameters(value)) => Some(value),
        Err(Problem(message)) => {
            assert!(!message.is_empty());
            None
        }
    }
}

/// Reading parameters never waits.
fn poll<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(done) => done,
        std::task::Poll::Pending => panic!("it waits"),
    }
}
