//! The part of an HTTP request behind the question mark: a question with a range that has a length, or a complaint.

#![no_main]
#![allow(dead_code, unreachable_pub, reason = "the rooms' own files, of which this target uses a part")]

// the files below name these rooms, which come with DuckDB and DataFusion; the names they use are here
extern crate self as query;

#[path = "../../crates/query/src/question.rs"]
mod question;
#[path = "../../crates/web/src/request.rs"]
mod request;

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
    }

    impl axum::response::IntoResponse for Problem {
        fn into_response(self) -> axum::response::Response {
            self.0.into_response()
        }
    }
}

pub(crate) use question::{Layer, Question};

use axum::extract::FromRequestParts;
use error::Problem;
use libfuzzer_sys::fuzz_target;
use request::{Ask, Between, Follow, MaybeBetween, Parameters, Past, Refused};
use serde::de::DeserializeOwned;
use std::time::Duration;

fuzz_target!(|text: &str| {
    if let Some(question) = read::<Ask>(text).and_then(|ask| ask.question(Duration::ZERO).ok()) {
        assert!(question.range.from < question.range.to);
    }
    if let Some(range) = read::<Between>(text).and_then(|between| between.range().ok()) {
        assert!(range.from < range.to);
    }
    let _ = read::<MaybeBetween>(text).map(|between| between.range());
    let _ = read::<Refused>(text).map(|refused| refused.reason());
    let _ = read::<Past>(text);
    let _ = read::<Follow>(text);
});

fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
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
