//! How parameters are read out of a request: one that the document does not name is refused, so that a misspelt one is not
//! an answer to another question.

use crate::error::Problem;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::{RefOr, Schema};

/// The parameters behind the question mark; those that the document does not name are refused.
pub(crate) struct Parameters<T>(pub(crate) T);

/// Parameters that can be read, alone or several kinds of them together.
pub(crate) trait Part: Sized {
    fn known() -> Vec<Known>;
    fn read(text: &str) -> Result<Self, Problem>;
}

/// What the document says of a parameter.
pub(crate) struct Known {
    name: String,
    /// Whether it may come several times.
    many: bool,
}

impl From<Parameter> for Known {
    fn from(parameter: Parameter) -> Known {
        let many = matches!(parameter.schema, Some(RefOr::T(Schema::Array(_))));
        Known { name: parameter.name, many }
    }
}

/// Parameters whose names are in the document.
pub(crate) trait Documented: DeserializeOwned + IntoParams {}

impl<T: Documented> Part for T {
    fn known() -> Vec<Known> {
        T::into_params(|| None).into_iter().map(Known::from).collect()
    }

    fn read(text: &str) -> Result<T, Problem> {
        serde_html_form::from_str(text).map_err(Problem::bad_request)
    }
}

impl<A: Part, B: Part> Part for (A, B) {
    fn known() -> Vec<Known> {
        A::known().into_iter().chain(B::known()).collect()
    }

    fn read(text: &str) -> Result<(A, B), Problem> {
        Ok((A::read(text)?, B::read(text)?))
    }
}

impl<A: Part, B: Part, C: Part> Part for (A, B, C) {
    fn known() -> Vec<Known> {
        <(A, B)>::known().into_iter().chain(C::known()).collect()
    }

    fn read(text: &str) -> Result<(A, B, C), Problem> {
        Ok((A::read(text)?, B::read(text)?, C::read(text)?))
    }
}

impl<T: Part, S: Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Parameters<T>, Problem> {
        let text = parts.uri.query().unwrap_or_default();
        check_names(text, &T::known())?;
        T::read(text).map(Parameters)
    }
}

pub(super) fn check_names(text: &str, known: &[Known]) -> Result<(), Problem> {
    let given: Vec<(String, String)> = serde_html_form::from_str(text).map_err(Problem::bad_request)?;
    for (at, (name, _)) in given.iter().enumerate() {
        let Some(of) = known.iter().find(|known| known.name == *name) else { return Err(unknown(name, known)) };
        if !of.many && given[..at].iter().any(|(before, _)| before == name) {
            return Err(Problem::bad_request(format!("{name} is given more than once")));
        }
    }
    Ok(())
}

fn unknown(name: &str, known: &[Known]) -> Problem {
    let likeness = |known: &&Known| strsim::normalized_damerau_levenshtein(name, &known.name);
    let nearest = known.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    let names = known.iter().map(|known| known.name.as_str()).collect::<Vec<_>>().join(", ");
    Problem::bad_request(match nearest {
        None => format!("there is no parameter {name:?}; this route takes none"),
        Some(nearest) => {
            format!("there is no parameter {name:?}; did you mean {}? this route takes {names}", nearest.name)
        }
    })
}

/// The part of a path that names something.
pub(crate) struct Named(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Named, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(name)| Named(name)).map_err(Problem::bad_request)
    }
}
