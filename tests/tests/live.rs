//! What is latest, watched: however much arrives, a few events a second; all who watch see the same; and the numbers are
//! those of every other answer.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeDelta};
use serde_json::{Map, Value};
use system_tests::http::{Event, Events, get};
use system_tests::{BY_HAND, Site};

/// What a page would show: the state after each event.
#[derive(Clone, Debug, Default)]
struct Page {
    services: Map<String, Value>,
    /// The minute that is going on.
    minute: String,
    status: Value,
    id: u64,
}

impl Page {
    fn take(&mut self, event: &Event) {
        assert!(event.id >= self.id, "{} after {}", event.id, self.id);
        self.id = event.id;
        match event.name.as_str() {
            "status" => self.status = event.data.clone(),
            "services" => {
                self.services.extend(event.data["services"].as_object().unwrap().clone());
                self.minute = event.data["minute"].as_str().unwrap().to_owned();
            }
            other => panic!("an event {other:?}"),
        }
    }

    fn accepted(&self) -> u64 {
        self.status["accepted"].as_u64().unwrap_or(0)
    }
}

/// Watches until so many are accepted, and two updates on: the state after each update by its number, the number of
/// events, and how long that took.
fn watch(http: SocketAddr, path: &str, accepted: u64) -> (BTreeMap<u64, Page>, usize, Duration) {
    let began = Instant::now();
    let mut events = Events::open(http, path);
    let (mut page, mut pages, mut count, mut more) = (Page::default(), BTreeMap::new(), 0, 3);
    while more > 0 {
        let event = events.next().expect("a stream without end");
        page.take(&event);
        count += 1;
        if event.name == "status" {
            pages.insert(page.id, page.clone());
            more -= u64::from(page.accepted() >= accepted);
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{} of {accepted}", page.accepted());
    }
    (pages, count, began.elapsed())
}

/// The minutes of all services as they are shown, and as a question for them is answered.
fn agrees(site: &Site, page: &Page) {
    let mut shown = BTreeMap::new();
    for (service, now) in &page.services {
        for minute in ["minute", "previous"].into_iter().filter_map(|key| now[key].as_object()) {
            let mut row = minute.clone();
            let time = row.remove("time").unwrap().as_str().unwrap().to_owned();
            shown.insert((service.clone(), time), Value::Object(row));
        }
    }
    let answer = site.query(&["--every", "minute"]).document;
    let mut rows = BTreeMap::new();
    for row in answer["rows"].as_array().unwrap() {
        let mut row = row.as_object().unwrap().clone();
        let [service, time] = ["service", "bucket"].map(|key| row.remove(key).unwrap().as_str().unwrap().to_owned());
        rows.insert((service, time), Value::Object(row));
    }
    assert!(!shown.is_empty());
    for (key, row) in &shown {
        assert_eq!(Some(row), rows.get(key), "{key:?}");
    }
    let minute = DateTime::parse_from_rfc3339(&page.minute).unwrap().to_utc();
    let both = [minute, minute - TimeDelta::minutes(1)].map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true));
    for key in rows.keys().filter(|(service, time)| page.services.contains_key(service) && both.contains(time)) {
        assert!(shown.contains_key(key), "{key:?} is not shown at {}", page.minute);
    }
}

#[test]
fn all_who_watch_see_the_same_few_updates() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let http = daemon.http();
    for (path, status) in
        [("every=10ms", 400), ("every=2", 400), ("every=2m", 400), ("colour=red", 400), ("service=%5B", 422)]
    {
        assert_eq!(get(http, &format!("/api/v1/live?{path}"), None).0, status, "{path}");
    }
    let mut first = Events::open(http, "/api/v1/live");
    let [services, status] = [first.next().unwrap(), first.next().unwrap()];
    assert_eq!(
        (services.data["snapshot"].as_bool(), services.data["services"].as_object().map(Map::len)),
        (Some(true), Some(0))
    );
    assert_eq!((status.name.as_str(), status.data["ready"].as_bool()), ("status", Some(true)));

    let total = 30_000;
    let (one, other, fleet) = thread::scope(|scope| {
        let one = scope.spawn(|| watch(http, "/api/v1/live?every=250ms", total));
        let other = scope.spawn(|| watch(http, "/api/v1/live?every=500ms&service=service-*", total));
        let fleet = site.fleet(daemon.udp(), "--services 50 --rate 10000 --count 30000");
        let sent = fleet.finish();
        (one.join().unwrap(), other.join().unwrap(), sent)
    });
    assert_eq!(fleet.count(), total);
    for ((pages, events, took), least) in [(&one, 250), (&other, 500)] {
        // an update is at most two events, the services that changed and the status
        let updates = took.as_millis() / least + 2;
        assert!((*events as u128) <= 2 * updates, "{events} events in {took:?}");
        assert!(pages.len() >= 3, "{} updates in {took:?}", pages.len());
        assert!(pages.values().any(|page| page.status["accepted_per_s"].as_f64().unwrap() > 500.0));
    }
    let both: Vec<u64> = one.0.keys().filter(|id| other.0.contains_key(id)).copied().collect();
    assert!(!both.is_empty(), "they never saw the same picture");
    for id in both {
        let [one, other] = [&one.0[&id], &other.0[&id]];
        // who came later may have missed what was told before
        let same = other.services.iter().filter(|(service, now)| one.services.get(*service) == Some(*now)).count();
        assert_eq!((same, &one.status), (other.services.len(), &other.status), "picture {id}");
    }
    let (_, last) = one.0.last_key_value().unwrap();
    assert_eq!((last.accepted(), last.services.len()), (total, 50));
    assert!(last.services.values().all(|now| now["last"]["cpu"].is_f64()), "{:?}", last.services);
    agrees(&site, last);

    // the views have all of it now, and generations are gone
    site.batch();
    let (pages, _, _) = watch(http, "/api/v1/live?service=service-1&service=service-2*", total);
    let (_, page) = pages.last_key_value().unwrap();
    assert_eq!(page.services.len(), 12, "service-1, service-2 and service-20 to service-29");
    assert!(page.services.iter().all(|(service, now)| last.services[service]["last"] == now["last"]));
    agrees(&site, page);
    assert_eq!(page.status["lag_ms"], Value::Null, "{}", page.status);

    let stopping = Instant::now();
    assert!(daemon.stop().success());
    while first.next().is_some() {}
    assert!(stopping.elapsed() < Duration::from_secs(20), "{:?}", stopping.elapsed());
}
