//! The page at `/`: files that were taken into the program when it was built (`build.rs`), and where there are none, a
//! text that says how to get them. They hold no data, so no token is needed; what they ask afterwards goes through the
//! doors of the API.

use axum::Router;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

struct File {
    path: &'static str,
    /// As `ETag` has it, quoted.
    tag: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Addresses of views; which one is shown is decided in the browser.
const VIEWS: [&str; 5] = ["/", "/service", "/compare", "/pipeline", "/query"];
const INDEX: &str = "/index.html";

/// Nothing but the page's own files and requests to its own origin: names of services and texts of errors come from
/// outside, and must never become more than text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const LEFT_OUT: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>Vitals</title>
<h1>Vitals runs, without its page</h1>
<p>This program was built without npm, which makes the page. To get it, install npm and run
<code>cargo xtask build --release</code> in a checkout; the program is then in the folder that the command names.</p>
<p>Everything else works: <code>vitals query --last 1h</code>, <code>vitals top</code>, and the
<a href=\"/api/v1/openapi.json\">HTTP API</a>.</p>
</html>
";

pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let views = VIEWS.into_iter().fold(Router::new(), |router, view| router.route(view, get(view_of_the_page)));
    // named after what is in them
    FILES.iter().filter(|file| file.path != INDEX).fold(views, |router, file| {
        router.route(
            file.path,
            get(move |headers: HeaderMap| async move { send(file, &headers, "public, max-age=31536000, immutable") }),
        )
    })
}

async fn view_of_the_page(_: Uri, headers: HeaderMap) -> Response {
    match FILES.iter().find(|file| file.path == INDEX) {
        // its name stays when its content changes
        Some(index) => send(index, &headers, "no-cache"),
        None => (common("text/html; charset=utf-8", "no-cache"), LEFT_OUT).into_response(),
    }
}

fn common(media_type: &'static str, cache: &'static str) -> [(HeaderName, &'static str); 5] {
    [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, cache),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ]
}

fn send(file: &'static File, headers: &HeaderMap, cache: &'static str) -> Response {
    let told = (common(media_type(file.path), cache), [(ETAG, file.tag), (VARY, "accept-encoding")]);
    if is_known(headers, file.tag) {
        return (StatusCode::NOT_MODIFIED, told).into_response();
    }
    let forms = [("br", file.brotli), ("gzip", file.gzip)];
    match forms.into_iter().find_map(|(name, bytes)| Some((name, bytes.filter(|_| takes(headers, name))?))) {
        Some((name, bytes)) => (told, [(CONTENT_ENCODING, name)], bytes).into_response(),
        None => (told, file.plain).into_response(),
    }
}

fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let given = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    given
        .flat_map(|list| list.split(','))
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == tag || one == "*")
}

/// Whether the client reads a compression; `q=0` means that it does not.
pub(crate) fn takes(headers: &HeaderMap, name: &str) -> bool {
    let given = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|list| list.split(',')).any(|one| {
        let (encoding, quality) = one.split_once(';').unwrap_or((one, ""));
        let refused = quality.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse::<f32>() == Ok(0.0));
        encoding.trim().eq_ignore_ascii_case(name) && !refused
    })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests;
