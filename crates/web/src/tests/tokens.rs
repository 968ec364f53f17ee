//! What a request without the right token is told, and that no route has been forgotten.

use super::*;
use reqwest::{Method, RequestBuilder};

const READING: [&str; 15] = [
    "summary?from=2026-11-20&to=2026-11-21",
    "series?from=2026-11-20&to=2026-11-21&every=day",
    // from below /api/v1
    "../../metrics",
    "../../metrics/services",
    "services",
    "ledger?from=2026-11-20&to=2026-11-21",
    "status",
    "starts",
    "rejects",
    "tail",
    "live",
    "retention",
    "jobs",
    "jobs/history",
    "openapi.json",
];
/// Asked with a body, which is empty here.
const ASKING: [&str; 1] = ["sql"];
const OPERATING: [&str; 4] = ["verify", "rebuild", "jobs/count/run", BACKUP];
/// Into a folder that is never there.
const BACKUP: &str = "backup?dir=/proc/vitals";

async fn served_with_tokens() -> Served {
    served_to(true, Access::new(Some("the-reader"), Some("the-operator"))).await
}

impl Served {
    fn request(&self, method: Method, path: &str, token: Option<&str>) -> RequestBuilder {
        let request = reqwest::Client::new().request(method, format!("{}/{path}", self.base));
        token.iter().fold(request, |request, token| request.bearer_auth(token))
    }

    async fn check(&self, method: Method, path: &str, token: Option<&str>, expect: u16) {
        let response = self.request(method.clone(), path, token).send().await.expect("answers");
        let status = response.status().as_u16();
        assert_eq!(status, expect, "{method} {path} with {token:?}");
        let asks = response.headers().get("www-authenticate").map(|value| value.to_str().expect("text").to_owned());
        assert_eq!(asks.as_deref(), (status == 401).then_some("Bearer"), "{path}");
        if status >= 400 {
            let body: Value = response.json().await.expect("JSON");
            let code = [(422, "unprocessable"), (401, "unauthorized"), (403, "forbidden"), (500, "internal")];
            let (_, code) = code.into_iter().find(|(known, _)| *known == status).expect("a known status");
            assert_eq!(body["error"]["code"], code, "{path}: {body}");
            assert!(!body.to_string().contains("the-"), "an error shows no token: {body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_has_its_door() {
    let served = served_with_tokens().await;
    for path in READING {
        served.check(Method::GET, path, None, 401).await;
        served.check(Method::GET, path, Some("a guess"), 401).await;
        served.check(Method::GET, path, Some("the-reader"), 200).await;
        served.check(Method::GET, path, Some("the-operator"), 200).await;
    }
    for path in ASKING {
        served.check(Method::POST, path, None, 401).await;
        served.check(Method::POST, path, Some("a guess"), 401).await;
        served.check(Method::POST, path, Some("the-reader"), 422).await;
        served.check(Method::POST, path, Some("the-operator"), 422).await;
    }
    for path in OPERATING {
        served.check(Method::POST, path, None, 401).await;
        served.check(Method::POST, path, Some("a guess"), 401).await;
        served.check(Method::POST, path, Some("the-reader"), 403).await;
        // the door is open, and the folder is none
        let expect = if path == BACKUP { 500 } else { 200 };
        served.check(Method::POST, path, Some("the-operator"), expect).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_send_messages() {
    let access = || Access::new(Some("the-reader"), Some("the-operator")).taking_messages(Some("the-sender"));
    let served = served_to(true, access()).await;
    let check = async |path: &str, token: Option<&str>, expect: u16| {
        let method = if path == "status" { Method::GET } else { Method::POST };
        let response = served.request(method, path, token).body("[]").send().await.expect("answers");
        assert_eq!(response.status().as_u16(), expect, "{path} with {token:?}");
    };
    for (token, expect) in [(None, 401), (Some("a guess"), 401), (Some("the-reader"), 403)] {
        check("ingest", token, expect).await;
    }
    check("ingest", Some("the-sender"), 200).await;
    check("ingest", Some("the-operator"), 200).await;
    check("status", Some("the-sender"), 403).await;
    check("jobs/count/run", Some("the-sender"), 403).await;
    // a token for senders alone leaves the other routes as they are on this machine
    let served = served_to(true, Access::default().taking_messages(Some("the-sender"))).await;
    assert_eq!(served.get("status").await.0, 200);
    assert_eq!(served.post("ingest").await.0, 401);
    // without any, a page of elsewhere cannot post either
    let served = super::served(true).await;
    let page = served.request(Method::POST, "ingest", None).header("origin", "http://evil.example").body("[]");
    assert_eq!(page.send().await.expect("answers").status().as_u16(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_elsewhere_cannot_operate_a_front_without_tokens() {
    let served = served(true).await;
    let with = |path, name, value: &str| served.request(Method::POST, path, None).header(name, value);
    for path in OPERATING {
        for (name, value) in
            [("host", "rebound.example"), ("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")]
        {
            let response = with(path, name, value).send().await.expect("answers");
            assert_eq!(response.status().as_u16(), 403, "{path} with {name}: {value}");
        }
        served.check(Method::POST, path, None, if path == BACKUP { 500 } else { 200 }).await;
    }
    assert_eq!(served.get("jobs/history").await.1.as_array().map(Vec::len), Some(1), "one run, by the last request");
}
