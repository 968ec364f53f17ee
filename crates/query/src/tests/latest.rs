//! What is latest: the same numbers as a question gives, on both sides of a batch.

use super::*;
use crate::fleet::fleet;
use crate::latest::{Latest, latest};
use model::Seen;

impl House {
    fn latest(&self, now: Time) -> Latest {
        tokio::task::block_in_place(|| latest(&self.store, now, Duration::from_secs(60))).expect("an answer")
    }

    /// That both minutes of each service are what a question for them is answered.
    fn agrees(&self, now: Time, when: &str) -> Latest {
        let found = self.latest(now);
        assert!(found.complete && found.minute == Granularity::Minute.floor(now), "{when}");
        let from = Granularity::Minute.floor(Time::from_micros(found.minute.as_micros() - 1));
        let mut asked = question(from, Granularity::Minute.next(found.minute));
        asked.every = Some(Granularity::Minute);
        let minutes = found.services.iter().flat_map(|(service, now)| {
            let minutes = [now.previous, now.minute].into_iter().flatten();
            minutes.map(move |found| (service.clone(), Some(found.time), found.count, found.cpu, found.ram, found.disk))
        });
        let rows = self.ask(asked).rows.into_iter();
        let rows = rows.map(|row| (row.service, row.bucket, row.count, row.cpu, row.ram, row.disk));
        assert_eq!(minutes.collect::<Vec<_>>(), rows.collect::<Vec<_>>(), "{when}");
        found
    }
}

fn cpu(latest: &Latest, service: &str) -> Option<f64> {
    latest.services.get(service)?.last.map(|last| last.cpu)
}

#[test]
fn the_latest_is_known_before_and_after_a_batch() {
    run(async {
        let mut house = House::new().await;
        let (second, now) = (|at: i64| time(at).as_micros(), time(130));
        house.append(&[("checkout", second(61), 1), ("checkout", second(119), 700_000_000)], vec![]);
        house.append(&[("checkout", second(90), 5), ("cart", second(59), 8), ("search", second(180), 9)], vec![]);
        let found = house.agrees(now, "all in generations");
        assert_eq!(cpu(&found, "checkout"), Some(0.7), "received at once, so by its own time");
        assert_eq!((found.services["cart"].previous, found.services["cart"].minute), (None, None), "too long ago");
        assert_eq!(cpu(&found, "search"), Some(9e-9), "ahead of the clock");

        house.writer.roll(now).expect("rolls");
        house.handover.batch().await.expect("a batch");
        assert_eq!(house.agrees(now, "all in the views"), found);

        house.append(&[("checkout", second(125), 3), ("cart", second(62), 4)], vec![]);
        let found = house.agrees(now, "on both sides");
        let checkout = found.services["checkout"];
        assert_eq!(
            (checkout.previous.map(|found| found.count), checkout.minute.map(|found| found.count)),
            (Some(3), Some(1))
        );
        assert_eq!(cpu(&house.agrees(time(3_600), "much later"), "checkout"), Some(3e-9));

        let fleet =
            tokio::task::block_in_place(|| fleet(&house.store, now, Duration::from_secs(60))).expect("an answer");
        assert_eq!(fleet.previous, time(60));
        let minutes = fleet.services.iter().map(|(service, (_, now))| (service.clone(), *now));
        assert_eq!(minutes.collect::<BTreeMap<_, _>>(), house.latest(now).services, "of the same minutes");
        let seen = Seen { first_seen: time(61), last_seen: time(125), last_received: time(0), count: 4 };
        assert_eq!(fleet.services["checkout"].0, seen, "in views and generations");
    });
}
