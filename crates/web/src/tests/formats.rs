//! The same list as JSON, CSV and Arrow, compressed for who asks for it, and never kept by a cache.

use super::*;
use arrow::ipc::reader::StreamReader;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap};

const DAY: &str = "from=2026-11-20&to=2026-11-21";

impl Served {
    async fn with(&self, path: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap, Vec<u8>) {
        let request = reqwest::Client::new().get(format!("{}/{path}", self.base));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let response = request.send().await.expect("answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        (status, headers, response.bytes().await.expect("a whole body").to_vec())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_in_the_format_that_is_accepted() {
    let served = served(true).await;
    let heads = [
        (format!("summary?{DAY}"), "service,count,cpu_avg,cpu_min,"),
        (format!("series?{DAY}&every=day"), "service,time,count,cpu_avg,"),
        ("services".to_owned(), "service,first_seen,last_seen,last_received,count\n"),
        (format!("ledger?{DAY}"), "time,until,source,kind,received,"),
        ("rejects".to_owned(), "received,source,reason,detail,bytes,text\n"),
        ("jobs".to_owned(), "name,schedule,running,next_run,failures,last_started,"),
    ];
    for (path, head) in heads {
        let of = |headers: &HeaderMap| headers["content-type"].to_str().expect("text").to_owned();
        let (status, headers, json) = served.with(&path, &[]).await;
        assert_eq!((status, of(&headers).as_str()), (200, "application/json"), "{path}");
        assert_eq!(headers["cache-control"], "no-store");
        assert!(serde_json::from_slice::<Value>(&json).is_ok(), "{path}");
        let (status, headers, csv) = served.with(&path, &[(ACCEPT.as_str(), "text/csv;q=0.9, text/html")]).await;
        assert_eq!((status, of(&headers).as_str()), (200, "text/csv; charset=utf-8; header=present"), "{path}");
        let csv = String::from_utf8(csv).expect("text");
        assert!(csv.starts_with(head), "{path}: {csv}");
        let accept = "application/vnd.apache.arrow.stream";
        let (status, headers, arrow) = served.with(&path, &[(ACCEPT.as_str(), accept)]).await;
        assert_eq!((status, of(&headers).as_str()), (200, accept), "{path}");
        let reader = StreamReader::try_new(&*arrow, None).expect("a stream");
        let names: Vec<_> = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(names.join(","), csv.lines().next().expect("a header"), "{path}: the same columns");
        let (status, _, body) = served.with(&path, &[(ACCEPT.as_str(), "image/png")]).await;
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!((status, body["error"]["code"].as_str()), (406, Some("not_acceptable")), "{path}");
        assert!(body["error"]["message"].as_str().is_some_and(|text| text.contains("text/csv")), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_table_cannot_hold_stands_in_the_headers() {
    let served = served(true).await;
    let csv = (ACCEPT.as_str(), "text/csv");
    let (_, headers, _) = served.with(&format!("summary?{DAY}&service=%C3%A9t%C3%A9&service=b"), &[csv]).await;
    let all = |name| headers.get_all(name).iter().map(|value| value.to_str().expect("ASCII")).collect::<Vec<_>>();
    assert_eq!(all("vitals-range"), ["2026-11-20T00:00:00Z/2026-11-21T00:00:00Z"]);
    let never = "no service was ever seen that matches";
    assert_eq!(all("vitals-warning"), [format!("{never} \\u{{e9}}t\\u{{e9}}"), format!("{never} b")]);
    assert_eq!(all("vitals-watermark"), [""; 0], "nothing is published");
    let coverage =
        "received=0, accepted=0, duplicate=0, rejected=0, shed=0, kernel_dropped=0, unknown_minutes=0, damaged=0";
    assert_eq!(all("vitals-coverage"), [coverage]);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_compressed_for_who_asks() {
    let served = served(true).await;
    for (accept, encoding) in [("gzip", Some("gzip")), ("zstd;q=1, gzip;q=0.5", Some("zstd")), ("br", None)] {
        let (status, headers, body) = served.with("openapi.json", &[(ACCEPT_ENCODING.as_str(), accept)]).await;
        assert_eq!(status, 200);
        assert_eq!(headers.get("content-encoding").map(|value| value.to_str().expect("text")), encoding, "{accept}");
        let plain = crate::openapi::text().len();
        assert!(
            if encoding.is_some() { body.len() < plain / 3 } else { body.len() == plain },
            "{accept}: {}",
            body.len()
        );
    }
    // what compresses asks once more behind the end of rows that come in pieces
    let rows = reqwest::Client::new().post(format!("{}/sql", served.base)).header(ACCEPT_ENCODING, "gzip");
    let rows = rows.body("SELECT value FROM generate_series(1, 100)").send().await.expect("answers");
    assert_eq!(rows.headers()["content-encoding"], "gzip");
    rows.bytes().await.expect("a whole body");
    let tail = reqwest::Client::new().get(format!("{}/tail", served.base)).header(ACCEPT_ENCODING, "gzip");
    assert!(
        tail.send().await.expect("answers").headers().get("content-encoding").is_none(),
        "a stream is not held back"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_has_no_body() {
    let served = served(true).await;
    for path in ["services", "status", "openapi.json", "tail"] {
        let response = reqwest::Client::new().head(format!("{}/{path}", served.base)).send().await.expect("answers");
        assert_eq!(response.status().as_u16(), 200, "{path}");
        assert_eq!(response.bytes().await.expect("a body").len(), 0, "{path}");
    }
}
