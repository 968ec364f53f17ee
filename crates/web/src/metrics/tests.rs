//! What is scraped, and that a scrape is answered in every state of the process.

use crate::tests::{Served, served};
use journal::frames::Kind;
use journal::{Durability, Frame, JournalFolder, Writer, WriterOptions};
use model::{Clock, Counts, Granularity, LedgerRow, Message, Reason, SystemClock, Time};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The samples of a scrape, by name and labels as they are printed.
type Samples = BTreeMap<String, f64>;

impl Served {
    async fn scrape(&self, path: &str) -> Samples {
        let response = reqwest::get(self.url(path)).await.expect("answers");
        let kind = response.headers().get("content-type").map(|value| value.to_str().expect("text").to_owned());
        assert_eq!(
            (response.status().as_u16(), kind.as_deref()),
            (200, Some("text/plain; version=0.0.4; charset=utf-8"))
        );
        let text = response.text().await.expect("text");
        let lines = text.lines().filter(|line| !line.starts_with('#')).map(|line| line.rsplit_once(' ').expect(line));
        lines.map(|(name, value)| (name.to_owned(), value.parse().expect("a number"))).collect()
    }

    fn journal(&self, name: &str) -> Writer {
        let folder = &self.front.store.folder;
        let options = WriterOptions {
            durability: Durability::Never,
            segment_bytes: u64::MAX,
            segment_age: Duration::MAX,
            quarantine: folder.quarantine(name),
        };
        Writer::open(&JournalFolder::new(folder.journal(name)), options, |_| 0, SystemClock.now()).expect("opens").0
    }
}

fn message(service: &str, time: Time, cpu: f64) -> Message<'_> {
    Message {
        service,
        instance: None,
        time,
        received: SystemClock.now(),
        cpu,
        ram_total: 16.0,
        ram_free: 4.0,
        disk_total: 8.0,
        disk_free: 6.0,
        sender: None,
        sequence: None,
        extra: None,
    }
}

fn told(accepted: u64, rejected: u64, kernel_dropped: Option<u64>) -> Frame {
    let counts =
        Counts { accepted, rejected: [(Reason::NotJson, rejected)].into(), kernel_dropped, ..Counts::default() };
    let mut frame = Frame::empty(Kind::Batch, SystemClock.now());
    frame.ledger.push(LedgerRow::counts("elsewhere", Granularity::Minute.floor(SystemClock.now()), counts));
    frame
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_not_ready_is_scraped_all_the_same() {
    let served = served(false).await;
    let own = served.scrape("/metrics").await;
    assert_eq!((own["vitals_ready"], own["vitals_build_info{version=\"0\"}"]), (0.0, 1.0));
    assert_eq!((own["vitals_views_rebuilding"], own["vitals_scrape_success{part=\"journals\"}"]), (0.0, 1.0));
    assert_eq!(reqwest::get(served.url("/metrics/services")).await.expect("answers").status().as_u16(), 503);
    served.front.ready.store(true, Ordering::Release);
    assert_eq!(served.scrape("/metrics").await["vitals_ready"], 1.0);
    let services = served.scrape("/metrics/services").await;
    assert_eq!(services.keys().collect::<Vec<_>>(), ["vitals_service_minute_start_timestamp_seconds"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_cannot_be_read_is_left_out_and_named() {
    let served = served(true).await;
    std::fs::write(served.front.store.folder.journals(), "no folder").expect("written");
    let own = served.scrape("/metrics").await;
    assert_eq!(own["vitals_scrape_success{part=\"journals\"}"], 0.0);
    assert_eq!(own["vitals_scrape_success{part=\"process\"}"], 1.0);
    assert_eq!(own["vitals_job_running{name=\"count\"}"], 0.0, "the rest is there: {own:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_by_route_and_never_by_what_clients_write() {
    let served = served(true).await;
    for path in ["/nowhere", "/elsewhere?token=secret", "/api/v1/services", "/api/v1/services"] {
        reqwest::get(served.url(path)).await.expect("answers");
    }
    assert_eq!(served.post("jobs/count/run").await.0, 200);
    assert_eq!(served.post("jobs/nothing/run").await.0, 404);
    let own = served.scrape("/metrics").await;
    let requests = |route: &str, method: &str, status: u16| {
        let name = format!("vitals_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}");
        own.get(&name).copied()
    };
    assert_eq!(requests("none", "GET", 404), Some(2.0));
    assert_eq!(requests("/api/v1/services", "GET", 200), Some(2.0));
    assert_eq!(requests("/api/v1/jobs/{name}/run", "POST", 200), Some(1.0));
    assert_eq!(requests("/api/v1/jobs/{name}/run", "POST", 404), Some(1.0));
    let buckets = own.iter().filter(|(name, _)| {
        name.starts_with("vitals_http_request_duration_seconds_bucket{method=\"GET\",route=\"none\"")
    });
    assert_eq!(buckets.map(|(_, count)| *count).fold(0.0, f64::max), 2.0);
    assert!(!own.keys().any(|name| name.contains("secret") || name.contains("where")), "{own:?}");
    assert!(own["vitals_connections{protocol=\"http\"}"] >= 1.0, "this one");
    assert_eq!((own["vitals_questions_in_progress"], own["vitals_questions_limit"]), (0.0, 8.0));
    assert_eq!(own["vitals_job_runs_total{name=\"count\",outcome=\"ok\"}"], 1.0);
    assert_eq!(own["vitals_job_run_duration_seconds_count{name=\"count\"}"], 1.0);
    assert_eq!(own["vitals_job_consecutive_failures{name=\"count\"}"], 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_collects_is_counted_from_its_journal() {
    let served = served(true).await;
    let speed = &served.front.store.speed;
    let read = || assert!(speed.advance(Instant::now() + Duration::from_secs(60)).expect("reads"));
    let mut journal = served.journal("elsewhere");
    journal.append(&told(100, 50, Some(9))).expect("appends");
    read();
    speed.count_anew();
    journal.append(&told(3, 2, Some(4))).expect("appends");
    served.journal("import-1").append(&told(7, 0, Some(0))).expect("appends");
    served.journal("import-2").append(&told(5, 0, Some(0))).expect("appends");
    read();
    let own = served.scrape("/metrics").await;
    let of = |name: &str, source: &str| own.get(&format!("vitals_{name}{{source=\"{source}\"}}")).copied();
    assert_eq!(
        of("messages_accepted_total", "elsewhere"),
        Some(3.0),
        "what a former life has read is not counted again"
    );
    assert_eq!(of("messages_received_total", "elsewhere"), Some(5.0));
    assert_eq!(own["vitals_messages_rejected_total{source=\"elsewhere\",reason=\"not_json\"}"], 2.0);
    assert_eq!(own["vitals_messages_rejected_total{source=\"elsewhere\",reason=\"too_old\"}"], 0.0);
    assert_eq!(
        (of("kernel_dropped_total", "elsewhere"), of("kernel_dropped_known", "elsewhere")),
        (Some(4.0), Some(1.0))
    );
    assert_eq!(of("messages_accepted_total", "import"), Some(12.0), "imports are one source, however many");
    assert_eq!(
        (of("journal_segments", "import"), of("journal_watermark_lag_segments", "import")),
        (Some(2.0), Some(2.0))
    );

    journal.append(&told(1, 0, None)).expect("appends");
    read();
    let own = served.scrape("/metrics").await;
    assert_eq!(own.get("vitals_kernel_dropped_total{source=\"elsewhere\"}"), None, "unknown is never a number");
    assert_eq!(own["vitals_kernel_dropped_known{source=\"elsewhere\"}"], 0.0);
    assert!(!own.contains_key("vitals_receive_buffer_bytes"), "nobody listens in this process");
}

#[tokio::test(flavor = "multi_thread")]
async fn services_have_their_last_message_and_their_last_whole_minute() {
    let served = served(true).await;
    let mut journal = served.journal("elsewhere");
    // the minute must not end between the messages and the scrape
    while SystemClock.now().as_micros().rem_euclid(60_000_000) > 55_000_000 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let minute = Granularity::Minute.floor(SystemClock.now());
    let at = |second: u64| minute.saturating_sub(Duration::from_secs(60 - second));
    let mut frame = Frame::empty(Kind::Batch, minute);
    for (second, cpu) in [(0, 0.1), (30, 0.7), (59, 0.1)] {
        frame.messages.push(&message("che\"ck", at(second), cpu));
    }
    frame.messages.push(&message("cart", minute, 0.25));
    journal.append(&frame).expect("appends");
    let found = served.scrape("/metrics/services").await;
    let of = |name: &str, service: &str| found.get(&format!("vitals_service_{name}{{service=\"{service}\"}}")).copied();
    assert_eq!(found["vitals_service_minute_start_timestamp_seconds"], at(0).as_micros() as f64 / 1e6);
    assert_eq!(
        [of("cpu_minute_avg_ratio", "che\\\"ck"), of("cpu_minute_max_ratio", "che\\\"ck")],
        [Some(0.3), Some(0.7)]
    );
    assert_eq!([of("minute_messages", "che\\\"ck"), of("messages_total", "che\\\"ck")], [Some(3.0), Some(3.0)]);
    assert_eq!(
        [of("ram_ratio", "cart"), of("disk_ratio", "cart"), of("cpu_ratio", "cart")],
        [Some(0.75), Some(0.25), Some(0.25)]
    );
    assert_eq!(of("cpu_minute_avg_ratio", "cart"), None, "its only message is of the minute that goes on");
    assert_eq!(of("last_seen_timestamp_seconds", "cart"), Some(minute.as_micros() as f64 / 1e6));
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_and_connections_are_measured() {
    let served = served(true).await;
    let measures = served.front.measures.clone();
    let connection = measures.connection("postgres");
    for outcome in [None, Some("ok"), Some("left")] {
        let mut statement = measures.statement();
        outcome.into_iter().for_each(|outcome| statement.ends(outcome));
    }
    let own = served.scrape("/metrics").await;
    assert_eq!(own["vitals_connections{protocol=\"postgres\"}"], 1.0);
    for outcome in ["ok", "failed", "left"] {
        let count = format!("vitals_sql_statement_duration_seconds_count{{outcome=\"{outcome}\"}}");
        assert_eq!(own[&count], 1.0, "{outcome}: one that tells nothing has failed");
    }
    drop(connection);
    assert_eq!(served.scrape("/metrics").await["vitals_connections{protocol=\"postgres\"}"], 0.0);
}
