//! Probes: no token, no details.

use super::*;
use model::Time;

impl Served {
    async fn probe(&self, path: &str) -> (u16, Value) {
        let url = format!("{}/{path}", self.base.trim_end_matches("/api/v1"));
        let response = reqwest::get(url).await.expect("answers");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_need_no_token_and_tell_the_reason_alone() {
    let served = served_to(false, Access::new(Some("the-reader"), Some("the-operator"))).await;
    let ok = serde_json::json!({"status": "ok"});
    assert_eq!(served.probe("healthz").await, (200, ok.clone()));
    let (status, body) = served.probe("readyz").await;
    assert_eq!((status, body["error"]["code"].as_str()), (503, Some("not_ready")));
    served.front.ready.store(true, Ordering::Release);
    assert_eq!(served.probe("readyz").await, (200, ok.clone()));

    served.front.tasks.started("running jobs");
    served.front.tasks.died("running jobs", "/data/secret is full", Time::MIN);
    let (status, body) = served.probe("readyz").await;
    let message = body["error"]["message"].as_str().expect("a reason");
    assert!(status == 503 && message.contains("running jobs") && !message.contains("secret"), "{body}");
    assert_eq!(served.probe("healthz").await, (200, ok.clone()));
    served.front.tasks.started("running jobs");
    assert_eq!(served.probe("readyz").await, (200, ok));
}
