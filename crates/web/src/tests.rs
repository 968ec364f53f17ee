//! Requests over a real socket: what is answered, and what a bad request is told.

mod formats;
mod health;
mod limits;
mod statement;
mod tokens;

use crate::{Access, Bodies, Front, Questions, Server, Tails, TaskBoard, tables};
use collector::http::Requests;
use handover::starts::Process;
use handover::{Handover, Options, Start, Starts, Store};
use model::{Clock, DataFolder, SystemClock};
use query::sql::{self, Sql};
use scheduler::{History, Job, Outcome, Schedule, Scheduler};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(crate) struct Served {
    _temporary: tempfile::TempDir,
    pub(crate) front: Arc<Front>,
    base: String,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

pub(crate) async fn served(ready: bool) -> Served {
    served_to(ready, Access::default()).await
}

async fn served_to(ready: bool, access: Access) -> Served {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = DataFolder::new(temporary.path());
    let store = Store::open(folder.clone(), serving::Limits { memory_mb: 256, threads: 1 }, handover::Access::Write);
    let store = store.expect("opens");
    let options = Options {
        batch: batch::Limits { memory_bytes: 64 << 20, partitions: 1 },
        seal_bytes: 1 << 20,
        keep: Duration::ZERO,
        roll_wait: Duration::from_secs(1),
        kept: model::Kept::default(),
    };
    let handover = Arc::new(Handover::new(store.clone(), options, Arc::new(SystemClock)).expect("starts"));
    handover.prepare().await.expect("prepares");
    let schedule = Schedule::parse("0 0 1 1 *", "UTC").expect("a schedule");
    let work = || async { Ok::<_, String>(Outcome { rows: 7, ..Outcome::default() }) };
    let history = History::open(&folder.job_history()).expect("opens");
    let jobs = vec![Job::new("count", schedule, work)];
    let scheduler = Scheduler::new(jobs, history, Arc::new(SystemClock)).expect("one job");
    let settings = collector::Settings::of(temporary.path()).for_requests();
    let requests = Requests::open(settings, 1 << 20, Arc::new(SystemClock), |_| 0).expect("opens");
    let front = Arc::new(Front {
        sql: sql(&store, &scheduler),
        postgres: None,
        store,
        handover,
        scheduler,
        collector: None,
        requests: requests.handle(),
        own: Vec::new(),
        wait: Duration::from_secs(5),
        udp: None,
        durability: "interval".to_owned(),
        version: "0",
        access: Arc::new(access),
        live: Arc::default(),
        tails: Tails::default(),
        starts: Arc::new(Starts::begin(&folder, Start::new(Process::Serve, "0", SystemClock.now()))),
        tasks: Arc::new(TaskBoard::default()),
        started: Instant::now(),
        ready: AtomicBool::new(ready),
        questions: Questions::new(Duration::from_secs(60)),
        bodies: Bodies::default(),
        measures: Arc::default(),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let base = format!("http://{}/api/v1", listener.local_addr().expect("bound"));
    let (server, stop) = (Server::new(front.clone(), listener), CancellationToken::new());
    let stopping = stop.clone();
    tokio::spawn(requests.run(stop.clone().cancelled_owned()));
    let serving = tokio::spawn(async move { server.run(stopping).await });
    Served { _temporary: temporary, front, base, stop, serving }
}

fn sql(store: &Arc<Store>, scheduler: &Scheduler) -> Arc<Sql> {
    let options = sql::Options {
        memory_bytes: 64 << 20,
        spill_bytes: 64 << 20,
        spill: store.folder.path().join("state/tmp"),
        threads: 2,
        timeout: Duration::from_secs(60),
        wait: Duration::from_secs(5),
    };
    let status = scheduler.clone();
    let lists = tables::lists(&store.folder, move || Ok::<_, std::io::Error>(status.status()));
    Sql::new(store.clone(), options, lists).expect("starts")
}

impl Served {
    /// Of a path from the root on.
    pub(crate) fn url(&self, path: &str) -> String {
        self.base.trim_end_matches("/api/v1").to_owned() + path
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let response = reqwest::get(format!("{}/{path}", self.base)).await.expect("answers");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    }

    pub(crate) async fn post(&self, path: &str) -> (u16, Value) {
        let response = reqwest::Client::new().post(format!("{}/{path}", self.base)).send().await.expect("answers");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_told_what_to_do() {
    let served = served(true).await;
    let check = async |path: &str, status: u16, words: &str| {
        let (found, body) = served.get(path).await;
        let message = body["error"]["message"].as_str().unwrap_or_default();
        assert!(found == status && message.contains(words), "{path}: {found} {body}");
    };
    let range = "from=2026-11-20&to=2026-11-21";
    check("summary?from=2026-11-21&to=2026-11-20", 422, "from must be before to").await;
    check("summary?from=2026-02-30&to=2026-11-20", 400, "from: \"2026-02-30\" is not a time").await;
    check(&format!("summary?{range}&every=day"), 400, "no parameter \"every\"").await;
    check(&format!("series?{range}"), 400, "every is missing").await;
    check(&format!("series?{range}&every=week"), 400, "no granularity").await;
    check(&format!("summary?{range}&layer=all"), 400, "no layer").await;
    check(&format!("summary?{range}&service=%5B"), 422, "a pattern is").await;
    check(&format!("summary?{range}&servcie=a"), 400, "did you mean service?").await;
    check("services?limit=1", 400, "takes none").await;
    check("rejects?reason=ugly", 400, "no reason").await;
    check("rejects?limit=-1", 400, "use a whole number").await;
    check("nowhere", 404, "/api/v1/openapi.json").await;
    check("query", 404, "/api/v1/openapi.json").await;
    check("verify", 405, "/api/v1/verify has no GET; use POST").await;
    check("jobs/%FF/run", 405, "use POST").await;
    let inside = format!("backup?dir={}", served.front.store.folder.path().join("x").display());
    for path in ["verify?last=1h&to=2026-11-20", "backup", "backup?dir=elsewhere", &inside] {
        let (status, body) = served.post(path).await;
        assert_eq!((status, body["error"]["code"].as_str()), (422, Some("unprocessable")), "{path}: {body}");
    }
    let (status, body) = served.post("jobs/%FF/run").await;
    assert_eq!((status, body["error"]["code"].as_str()), (400, Some("bad_request")), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_store_has_answers() {
    let served = served(true).await;
    let (status, answer) = served.get("summary?from=2026-11-20&to=2026-11-21&service=a&service=b").await;
    assert_eq!((status, &answer["rows"], &answer["watermark"]), (200, &Value::Array(vec![]), &Value::Null));
    assert_eq!(answer["warnings"].as_array().map(Vec::len), Some(2), "both services were heard: {answer}");
    for path in ["services", "ledger?from=2026-11-20&to=2026-11-21", "rejects"] {
        assert_eq!(served.get(path).await, (200, Value::Array(vec![])), "{path}");
    }
    let (status, proof) = served.post("verify").await;
    assert_eq!((status, proof["different"].as_u64()), (200, Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_not_ready_says_so() {
    let served = served(false).await;
    let (status, body) = served.get("services").await;
    assert_eq!((status, body["error"]["code"].as_str()), (503, Some("not_ready")));
    assert_eq!(served.get("tail").await.1, body, "for those who follow too");
    assert_eq!(served.get("status").await.1["ready"], Value::Bool(false));
    served.front.ready.store(true, Ordering::Release);
    assert_eq!(served.get("services").await.0, 200);
    assert_eq!(served.get("status").await.1["ready"], Value::Bool(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_run_on_request() {
    let served = served(true).await;
    let (status, run) = served.post("jobs/count/run").await;
    assert_eq!((status, run["outcome"].as_str(), run["rows"].as_u64()), (200, Some("ok"), Some(7)));
    assert_eq!(served.get("jobs").await.1[0]["last"]["rows"].as_u64(), Some(7));
    assert_eq!(served.get("jobs/history?name=count&limit=5").await.1.as_array().map(Vec::len), Some(1));
    let (status, body) = served.post("jobs/nothing/run").await;
    assert_eq!(status, 404, "{body}");
}
