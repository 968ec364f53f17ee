//! What the files of the page are sent with, and what is sent where it was left out.

use super::*;
use crate::tests::served;
use axum::body::to_bytes;
use axum::http::HeaderValue;

static FILE: File =
    File { path: "/assets/a.js", tag: "\"1\"", plain: b"plain", brotli: Some(b"brotli"), gzip: Some(b"gzip") };

async fn check(headers: &[(HeaderName, &'static str)], status: u16, encoding: Option<&str>, body: &str) {
    let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
    let response = send(&FILE, &headers, "no-cache");
    assert_eq!(response.status().as_u16(), status);
    let found = response.headers().get(CONTENT_ENCODING).map(|value| value.to_str().expect("text").to_owned());
    assert_eq!(found.as_deref(), encoding, "{headers:?}");
    let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    assert_eq!(bytes, body.as_bytes(), "{headers:?}");
}

#[tokio::test]
async fn a_client_gets_the_smallest_form_that_it_reads() {
    check(&[], 200, None, "plain").await;
    check(&[(ACCEPT_ENCODING, "gzip, deflate, br, zstd")], 200, Some("br"), "brotli").await;
    check(&[(ACCEPT_ENCODING, "gzip")], 200, Some("gzip"), "gzip").await;
    check(&[(ACCEPT_ENCODING, "br;q=0, gzip;q=0.5")], 200, Some("gzip"), "gzip").await;
    check(&[(ACCEPT_ENCODING, "br; q=0.0, brotli")], 200, None, "plain").await;
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    check(&[(IF_NONE_MATCH, "\"0\", W/\"1\"")], 304, None, "").await;
    check(&[(IF_NONE_MATCH, "\"0\"")], 200, None, "plain").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_has_an_address_and_a_policy() {
    // no data is in them, so they come before there is any
    let served = served(false).await;
    for view in VIEWS {
        let response = reqwest::get(served.url(view)).await.expect("answers");
        assert_eq!(response.status(), 200, "{view}");
        assert_eq!(response.headers()["content-security-policy"], POLICY);
        assert_eq!(response.headers()["cache-control"], "no-cache");
        let text = response.text().await.expect("text");
        let expected = if FILES.is_empty() { "cargo xtask build" } else { "type=\"module\"" };
        assert!(text.contains(expected), "{text}");
    }
    let response = reqwest::Client::new().post(served.url("/")).send().await.expect("answers");
    assert_eq!(
        (response.status().as_u16(), &response.headers()["allow"]),
        (405, &HeaderValue::from_static("GET,HEAD"))
    );
}

#[test]
fn nothing_runs_or_styles_that_is_no_file_of_the_page() {
    assert!(!POLICY.contains("unsafe"), "{POLICY}");
    assert!(POLICY.starts_with("default-src 'none'"), "{POLICY}");
}
