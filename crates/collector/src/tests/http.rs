//! Requests as a way in, up to the journal's files.

use super::*;
use crate::http::{Answer, Form, Handle, REQUESTS_MAX, Requests, Untaken};
use crate::rejects;
use model::Reason;
use std::collections::BTreeMap;
use tokio::task::JoinSet;

const BODY_BYTES: usize = 1 << 20;

struct Serving {
    handle: Handle,
    stop: oneshot::Sender<()>,
    running: tokio::task::JoinHandle<Result<()>>,
}

fn requests(settings: &Settings) -> Requests {
    Requests::open(settings.clone(), BODY_BYTES, Arc::new(SystemClock), |_| 0).expect("opens")
}

fn serve(requests: Requests) -> Serving {
    let (stop, stopped) = oneshot::channel();
    let handle = requests.handle();
    let running = tokio::spawn(requests.run(async { stopped.await.expect("the test says when") }));
    Serving { handle, stop, running }
}

impl Serving {
    async fn post(&self, body: &str) -> Result<Answer, Untaken> {
        post(&self.handle, body).await
    }

    async fn stop(self) {
        self.stop.send(()).expect("it runs");
        self.running.await.expect("no panic").expect("stops in order");
    }
}

async fn post(handle: &Handle, text: &str) -> Result<Answer, Untaken> {
    let mut body = handle.body();
    // as a client whose packets end anywhere
    text.as_bytes().chunks(1000).try_for_each(|chunk| body.push(chunk))?;
    handle.take(body, Form::Any, "192.0.2.7:4000".parse().expect("an address")).await
}

fn counts(answer: &Answer) -> [u64; 4] {
    [answer.received, answer.accepted, answer.duplicate, answer.reasons.values().sum()]
}

fn asking(sequence: u64) -> String {
    message("a", sequence).replacen('{', r#"{"ack":true,"sender":"s","#, 1)
}

#[tokio::test]
async fn what_a_request_is_told_is_in_the_journal() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(temp.path()).for_requests();
    let serving = serve(requests(&settings));
    assert_eq!(serving.handle.status(), Default::default());
    assert_eq!(serving.post("no json").await, Err(Untaken::NotJson("no json".to_owned())));
    assert!(!settings.journal.exists(), "nothing came, so there is no journal");

    let percent = message("a", 2).replace("0.5", "37.2");
    let array = format!("[{},{percent},{}, 7]", message("a", 1), message("b", 3));
    let answer = serving.post(&array).await.expect("taken");
    assert_eq!(counts(&answer), [4, 2, 0, 2]);
    assert_eq!(answer.reasons, BTreeMap::from([(Reason::WrongType, 1), (Reason::CpuAboveOne, 1)]));
    let told = &answer.rejected[0];
    assert_eq!((told.index, told.reason), (1, Reason::CpuAboveOne));
    assert!(told.message.contains("CPU 37.2 is above 1; if this fleet"), "{told:?}");
    assert_eq!(written(&settings.journal), [("a".to_owned(), 1), ("b".to_owned(), 3)], "before the stop");
    let refused = rejects::read(&settings.rejects_dir, Some(Reason::CpuAboveOne), 9).expect("reads");
    assert_eq!((refused[0].source.as_str(), refused[0].bytes.as_slice()), ("192.0.2.7:4000", percent.as_bytes()));

    let lines = format!("{}\n{}\nnonsense\n", message("a", 4), message("c", 5));
    assert_eq!(counts(&serving.post(&lines).await.expect("taken")), [3, 2, 0, 1]);
    assert_eq!(counts(&serving.post("[]").await.expect("taken")), [0; 4]);
    let found = ledger(&settings.journal);
    assert_eq!((found.received(), found.accepted, found.rejected_total()), (7, 4, 3));
    assert!(rows(&settings.journal).iter().all(|row| row.source == "http"));
    assert_eq!(serving.handle.status().counts, found);
    serving.handle.roll().expect("rolls");
    let segments = JournalFolder::new(settings.journal.clone()).segments().expect("lists");
    assert_eq!(segments.len(), 2);
    serving.stop().await;
    assert_eq!(kinds(&settings.journal), [Kind::Start, Kind::Batch, Kind::Batch, Kind::Stop]);
}

#[tokio::test]
async fn whoever_asks_is_counted_once_across_a_restart() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(temp.path()).for_requests();
    let body = |sequences: std::ops::Range<u64>| sequences.map(asking).collect::<Vec<_>>().join("\n");
    let first = serve(requests(&settings));
    assert_eq!(counts(&first.post(&body(0..3)).await.expect("taken")), [3, 3, 0, 0]);
    assert_eq!(counts(&first.post(&body(1..5)).await.expect("taken")), [4, 2, 2, 0]);
    let twice = format!("{0}\n{0}", asking(9));
    assert_eq!(counts(&first.post(&twice).await.expect("taken")), [2, 1, 1, 0]);
    first.stop().await;

    let second = requests(&settings);
    let journal = second.handle().status().journal.expect("it is opened at the start");
    assert!(journal.recovery.clean && journal.recovery.gap.is_none() && journal.first == 2, "{journal:?}");
    let second = serve(second);
    assert_eq!(counts(&second.post(&body(0..6)).await.expect("taken")), [6, 1, 5, 0]);
    // without a wish for an answer nothing is recognised, over HTTP as over UDP
    for _ in 0..2 {
        assert_eq!(counts(&second.post(&message("a", 1)).await.expect("taken")), [1, 1, 0, 0]);
    }
    second.stop().await;
    assert_eq!(written(&settings.journal).len(), 9);
    assert_eq!(ledger(&settings.journal).duplicate, 8);
}

#[tokio::test]
async fn requests_that_wait_share_a_frame_and_too_many_are_turned_away() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(temp.path()).for_requests();
    let requests = requests(&settings);
    let handle = requests.handle();
    let mut waiting = JoinSet::new();
    for sequence in 0..REQUESTS_MAX as u64 {
        let handle = handle.clone();
        waiting.spawn(async move { post(&handle, &message("a", sequence)).await });
    }
    // each is put into the queue when it is polled first, and nobody writes yet
    for _ in 0..REQUESTS_MAX {
        tokio::task::yield_now().await;
    }
    assert_eq!(post(&handle, &message("a", 1)).await, Err(Untaken::Busy));
    let serving = serve(requests);
    while let Some(answer) = waiting.join_next().await {
        assert_eq!(counts(&answer.expect("no panic").expect("taken")), [1, 1, 0, 0]);
    }
    assert_eq!(kinds(&settings.journal), [Kind::Start, Kind::Batch], "one frame for all");
    assert_eq!(written(&settings.journal).len(), REQUESTS_MAX);
    let handle = serving.handle.clone();
    serving.stop().await;
    assert_eq!(post(&handle, &message("a", 1)).await, Err(Untaken::Ending));
}

#[tokio::test]
async fn the_limits_on_sources_hold_for_requests() {
    let check = async |change: &dyn Fn(Settings) -> Settings, reason: Reason, refused: u64| {
        let temp = tempfile::tempdir().expect("a temporary folder");
        let serving = serve(requests(&change(settings(temp.path()).for_requests())));
        let body: Vec<String> = (0..20).map(|at| message(&format!("service-{at}"), at)).collect();
        let answer = serving.post(&format!("[{}]", body.join(","))).await.expect("taken");
        assert_eq!(answer.reasons, BTreeMap::from([(reason, refused)]));
        assert_eq!((answer.is_all_refused(), answer.accepted), (refused == 20, 20 - refused));
        serving.stop().await;
    };
    let elsewhere = vec!["10.0.0.0/8".parse().expect("a network")];
    check(&|settings| Settings { allow: elsewhere.clone(), ..settings }, Reason::SourceNotAllowed, 20).await;
    check(&|settings| Settings { rate_limit: Some(5), ..settings }, Reason::RateLimit, 15).await;
    let names = |settings| Settings { new_names_per_source_hour: Some(3), ..settings };
    check(&names, Reason::TooManyNewNames, 17).await;
    check(&|settings| Settings { services_max: 6, ..settings }, Reason::TooManyServices, 14).await;
}

#[tokio::test]
async fn an_ended_journal_is_followed_by_the_next() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(temp.path()).for_requests();
    let first = serve(requests(&settings));
    first.post(&asking(1)).await.expect("taken");
    first.stop().await;
    std::fs::write(JournalFolder::new(settings.journal.clone()).end_mark(), "").expect("writes");
    let second = serve(requests(&settings));
    assert_eq!(counts(&second.post(&asking(1)).await.expect("taken")), [1, 0, 1, 0], "known from before the move");
    assert_eq!(counts(&second.post(&asking(2)).await.expect("taken")), [1, 1, 0, 0]);
    second.stop().await;
    assert_eq!(written(&settings.journal.with_file_name("http.2")).len(), 1);
}
