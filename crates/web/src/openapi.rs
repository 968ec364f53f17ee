//! The OpenAPI document: what no handler says for itself. Everything else is declared with the handlers.

use crate::access::{Access, Right};
use crate::error::{Code, ErrorBody};
use crate::front;
use std::sync::{Arc, LazyLock};
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Content, Info, OpenApi, OpenApiBuilder, Ref, RefOr, Response, Tag};
use utoipa::{PartialSchema, ToSchema};

/// The document as every daemon answers it.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let (_, mut document) = front::routes(&Arc::new(Access::default())).split_for_parts();
        each_operation(&mut document, fail);
        document.to_json().expect("the document is made of texts and numbers")
    });
    &TEXT
}

/// Title, tags, security schemes and the error; the routes come on top.
pub(crate) fn head() -> OpenApi {
    let mut info = Info::new("Vitals", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Health of services, exact and with how complete it is. Times are RFC 3339 in UTC, shares run from 0 to 1. \
         Without tokens a server answers only its own machine, and no security scheme applies."
            .to_owned(),
    );
    let token = |description: &str| {
        let mut http = Http::new(HttpAuthScheme::Bearer);
        http.description = Some(description.to_owned());
        SecurityScheme::Http(http)
    };
    let mut components = Components::new();
    components.add_security_scheme(READ, token("The token of tokens.read_file: asking."));
    components.add_security_scheme(OPERATE, token("The token of tokens.operate_file: everything."));
    let mut schemas = vec![(ErrorBody::name().into_owned(), ErrorBody::schema())];
    ErrorBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    let tags = TAGS.map(|(name, about)| {
        let mut tag = Tag::new(name);
        tag.description = Some(about.to_owned());
        tag
    });
    OpenApiBuilder::new().info(info).components(Some(components)).tags(Some(tags)).build()
}

const TAGS: [(&str, &str); 7] = [
    ("answers", "The health of services over a range of time."),
    ("lists", "What was seen, received and refused."),
    ("jobs", "What runs by the clock."),
    ("process", "The running process."),
    ("upkeep", "What computes for long or changes what is on disk."),
    ("metrics", "What Prometheus scrapes."),
    ("health", "For probes; no token is needed."),
];
const READ: &str = "read";
const OPERATE: &str = "operate";

/// Says which token opens the door of these routes, and what who has none is told.
pub(crate) fn behind(document: &mut OpenApi, right: Right) {
    let schemes: &[&str] = match right {
        Right::Read => &[READ, OPERATE],
        Right::Operate => &[OPERATE],
    };
    each_operation(document, |_, operation| {
        let requirement = |scheme: &&str| SecurityRequirement::new(*scheme, [] as [&str; 0]);
        operation.security = Some(schemes.iter().map(requirement).collect());
        for code in [Code::Unauthorized, Code::Forbidden] {
            add(operation, code);
        }
    });
}

/// The errors that a request can meet, by what it has that can be wrong.
fn fail(_: &str, operation: &mut Operation) {
    let answer = operation.responses.responses.get("200").and_then(here);
    let formats = answer.map_or(0, |answer| answer.content.len());
    let parameters = operation.parameters.iter().flatten().filter_map(here);
    let in_path = parameters.clone().any(|of| of.parameter_in == ParameterIn::Path);
    let mut codes = vec![Code::BadRequest, Code::Internal, Code::NotReady];
    codes.extend(in_path.then_some(Code::NotFound));
    codes.extend((parameters.count() > 0).then_some(Code::Unprocessable));
    codes.extend((formats > 1).then_some(Code::NotAcceptable));
    if operation.request_body.is_some() {
        codes.extend([Code::RequestTimeout, Code::TooLarge, Code::UnsupportedMediaType, Code::Unprocessable]);
    }
    for code in codes {
        add(operation, code);
    }
}

/// Adds the response with this error, unless the handler declares one of its status.
fn add(operation: &mut Operation, code: Code) {
    let status = code.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let mut response = Response::new(reason);
    let body = Content::new(Some(Ref::from_schema_name(ErrorBody::name())));
    response.content.insert("application/json".to_owned(), body.into());
    operation.responses.responses.entry(status.as_str().to_owned()).or_insert(response.into());
}

/// What is declared in its place, as all is that the handlers declare.
fn here<T>(declared: &RefOr<T>) -> Option<&T> {
    match declared {
        RefOr::T(declared) => Some(declared),
        RefOr::Ref(_) => None,
    }
}

fn each_operation(document: &mut OpenApi, mut visit: impl FnMut(&str, &mut Operation)) {
    for (path, item) in &mut document.paths.paths {
        let PathItem { get, post, put, delete, patch, .. } = item;
        for operation in [get, post, put, delete, patch].into_iter().flatten() {
            visit(path, operation);
        }
    }
}

#[cfg(test)]
mod tests;
