//! The one shape of an error: a code that programs branch on and a message that says what to do.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// What the body of every response with an error holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    pub error: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub code: Code,
    pub message: String,
}

/// The kinds of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The request cannot be answered as it is.
    BadRequest,
    /// No token was shown, or one that nobody has.
    Unauthorized,
    /// Not with this token, or not from there.
    Forbidden,
    NotFound,
    /// 408: the body took too long to arrive.
    RequestTimeout,
    /// 413
    TooLarge,
    /// 422: none of the messages was taken; each has its reason.
    Rejected,
    /// 429: the source sends more than `collector.rate_limit`; `Retry-After` says when to come again.
    RateLimited,
    /// 503: too many requests wait already; `Retry-After` says when to come again.
    Busy,
    /// The same request may be answered later.
    NotReady,
    Internal,
}

impl Problem {
    /// Any but [`Problem::internal`], which is also logged.
    pub(crate) fn new(code: Code, message: impl ToString) -> Problem {
        Problem { code, message: message.to_string() }
    }

    pub(crate) fn bad_request(message: impl ToString) -> Problem {
        Problem { code: Code::BadRequest, message: message.to_string() }
    }

    pub(crate) fn unauthorized(message: impl ToString) -> Problem {
        Problem { code: Code::Unauthorized, message: message.to_string() }
    }

    pub(crate) fn forbidden(message: impl ToString) -> Problem {
        Problem { code: Code::Forbidden, message: message.to_string() }
    }

    pub(crate) fn not_found(message: impl ToString) -> Problem {
        Problem { code: Code::NotFound, message: message.to_string() }
    }

    pub(crate) fn not_ready(message: impl ToString) -> Problem {
        Problem { code: Code::NotReady, message: message.to_string() }
    }

    pub(crate) fn internal(message: impl ToString) -> Problem {
        let message = message.to_string();
        tracing::warn!(reason = message, "a request failed");
        Problem { code: Code::Internal, message }
    }
}

impl From<query::Error> for Problem {
    fn from(error: query::Error) -> Problem {
        match &error {
            query::Error::Range(_) | query::Error::Pattern(_) | query::Error::Layer(_) => Problem::bad_request(error),
            _ if error.is_not_ready() => Problem::not_ready(error),
            query::Error::Store(_) | query::Error::Journal(_) => Problem::internal(error),
        }
    }
}

impl From<handover::Error> for Problem {
    fn from(error: handover::Error) -> Problem {
        match error {
            error if error.is_not_ready() => Problem::not_ready(error),
            error if error.is_usage() => Problem::bad_request(error),
            error => Problem::internal(error),
        }
    }
}

impl From<tokio::task::JoinError> for Problem {
    fn from(error: tokio::task::JoinError) -> Problem {
        Problem::internal(error)
    }
}

impl Code {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Code::BadRequest => StatusCode::BAD_REQUEST,
            Code::Unauthorized => StatusCode::UNAUTHORIZED,
            Code::Forbidden => StatusCode::FORBIDDEN,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::Rejected => StatusCode::UNPROCESSABLE_ENTITY,
            Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Code::Busy | Code::NotReady => StatusCode::SERVICE_UNAVAILABLE,
            Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let mut response = (status, Json(ErrorBody { error: self })).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
