//! The one shape of an error: a code that programs branch on and a message that says what to do.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the body of every response with an error holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Error)]
pub struct ErrorBody {
    pub error: Problem,
}

/// What went wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    pub code: Code,
    #[schema(example = "the range from 2026-11-21T00:00:00Z to 2026-11-20T00:00:00Z is empty; from must be before to")]
    pub message: String,
}

/// The kinds of errors; each has one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// 400: a part of the request is not of the form that it must have.
    BadRequest,
    /// 401: no token was shown, or one that nobody has.
    Unauthorized,
    /// 403: not with this token, or not from there.
    Forbidden,
    /// 404
    NotFound,
    /// 405: `Allow` lists what is allowed.
    MethodNotAllowed,
    /// 406: there is no answer in any of the formats of `Accept`.
    NotAcceptable,
    /// 408: the body took too long to arrive.
    RequestTimeout,
    /// 413
    TooLarge,
    /// 415: the body is of a type that is not read here.
    UnsupportedMediaType,
    /// 422: each part is in order, but they make no sense together.
    Unprocessable,
    /// 422: none of the messages was taken; each has its reason.
    Rejected,
    /// 429: the source sends more than `collector.rate_limit`; `Retry-After` says when to come again.
    RateLimited,
    /// 503: too many questions wait already; `Retry-After` says when to come again.
    Busy,
    /// 503: the question took longer than `query.timeout`.
    Timeout,
    /// 503: the same request may be answered later.
    NotReady,
    /// 500
    Internal,
}

impl Code {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Code::BadRequest => StatusCode::BAD_REQUEST,
            Code::Unauthorized => StatusCode::UNAUTHORIZED,
            Code::Forbidden => StatusCode::FORBIDDEN,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Code::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Code::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::Unprocessable | Code::Rejected => StatusCode::UNPROCESSABLE_ENTITY,
            Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Code::Busy | Code::Timeout | Code::NotReady => StatusCode::SERVICE_UNAVAILABLE,
            Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Whether the same request may be answered later, without anybody mending it.
    pub fn is_passing(self) -> bool {
        matches!(self, Code::Busy | Code::Timeout | Code::NotReady)
    }
}

impl Problem {
    /// Any but [`Problem::internal`], which is also logged.
    pub(crate) fn new(code: Code, message: impl ToString) -> Problem {
        Problem { code, message: message.to_string() }
    }

    pub(crate) fn bad_request(message: impl ToString) -> Problem {
        Problem::new(Code::BadRequest, message)
    }

    pub(crate) fn unprocessable(message: impl ToString) -> Problem {
        Problem::new(Code::Unprocessable, message)
    }

    pub(crate) fn unauthorized(message: impl ToString) -> Problem {
        Problem::new(Code::Unauthorized, message)
    }

    pub(crate) fn forbidden(message: impl ToString) -> Problem {
        Problem::new(Code::Forbidden, message)
    }

    pub(crate) fn not_found(message: impl ToString) -> Problem {
        Problem::new(Code::NotFound, message)
    }

    pub(crate) fn not_ready(message: impl ToString) -> Problem {
        Problem::new(Code::NotReady, message)
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
            query::Error::Layer(_) => Problem::bad_request(error),
            query::Error::Range(_) | query::Error::Pattern(_) => Problem::unprocessable(error),
            query::Error::GivenUp => Problem::new(Code::Timeout, error),
            _ if error.is_not_ready() => Problem::not_ready(error),
            query::Error::Store(_) | query::Error::Journal(_) => Problem::internal(error),
        }
    }
}

impl From<query::sql::Error> for Problem {
    fn from(error: query::sql::Error) -> Problem {
        use query::sql::Error;
        match error {
            Error::Question(error) => error.into(),
            Error::Statement(_) | Error::ReadOnly(_) | Error::Resources(_) => Problem::unprocessable(error),
            Error::Timeout { .. } => Problem::new(Code::Timeout, error),
            Error::Failed(_) => Problem::internal(error),
        }
    }
}

impl From<handover::Error> for Problem {
    fn from(error: handover::Error) -> Problem {
        match error {
            error if error.is_not_ready() => Problem::not_ready(error),
            error if error.is_usage() => Problem::unprocessable(error),
            error => Problem::internal(error),
        }
    }
}

impl From<tokio::task::JoinError> for Problem {
    fn from(error: tokio::task::JoinError) -> Problem {
        Problem::internal(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let code = self.code;
        let mut response = (code.status(), Json(ErrorBody { error: self })).into_response();
        let (name, value) = match code {
            Code::Unauthorized => (header::WWW_AUTHENTICATE, "Bearer"),
            Code::Busy => (header::RETRY_AFTER, "1"),
            _ => return response,
        };
        response.headers_mut().insert(name, HeaderValue::from_static(value));
        response
    }
}
