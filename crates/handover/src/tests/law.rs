//! The law: for any messages in any order, however late, and any cut, with a stop between any two steps of the
//! hand-over, views ⊕ generations equal one pass over the raw messages, bit for bit.

use super::retain::{STOPS, Stop, check, check_raw};
use super::*;
use model::Kept;
use proptest::prelude::*;

/// What may happen to a house, in any order.
#[derive(Clone, Debug)]
enum Event {
    Append(usize, Vec<Point>),
    Roll(usize),
    /// The writer dies; the batch closes its journal, and another writer comes later.
    Kill(usize),
    Seal,
    Publish,
    Expire,
    Reclaim,
    Batch,
    Compact,
    Rebuild,
    /// Retention with these ages in days, of raw messages first; it comes as far as this step.
    Retain(Vec<u64>, Stop),
    /// Every process dies.
    Crash,
    /// A backup is made and restored elsewhere, and everybody moves there.
    Move,
}

fn points() -> impl Strategy<Value = Vec<Point>> {
    // few services, few values and few minutes, so that ties and shared cells are common; some messages years late
    let late = prop_oneof![8 => -120i64..120, 1 => Just(-40_000_000i64), 1 => -90_000_000i64..-89_999_000];
    prop::collection::vec((0u8..3, late, 0u8..=10), 1..12)
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => (0usize..3, points()).prop_map(|(journal, points)| Event::Append(journal, points)),
        4 => (0usize..3).prop_map(Event::Roll),
        1 => (0usize..3).prop_map(Event::Kill),
        2 => Just(Event::Seal),
        2 => Just(Event::Publish),
        1 => Just(Event::Expire),
        1 => Just(Event::Reclaim),
        2 => Just(Event::Batch),
        1 => Just(Event::Compact),
        1 => Just(Event::Rebuild),
        2 => (ages(), 0..STOPS.len()).prop_map(|(ages, stop)| Event::Retain(ages, STOPS[stop])),
        2 => Just(Event::Crash),
        1 => Just(Event::Move),
    ];
    prop::collection::vec(event, 4..24)
}

/// None finer is kept longer than a coarser one; the greatest stands for ever.
fn ages() -> impl Strategy<Value = Vec<u64>> {
    let age = prop::sample::select(vec![1, 3, 30, 470, 700, FOR_EVER, FOR_EVER]);
    prop::collection::vec(age, 6).prop_map(|mut ages| {
        ages.sort_unstable();
        ages
    })
}

const FOR_EVER: u64 = u64::MAX;

fn kept(ages: &[u64]) -> Kept {
    let kept = |index: usize| {
        let age: u64 = ages[index];
        (age != FOR_EVER).then(|| Duration::from_secs(age * 86_400))
    };
    Kept { raw: kept(0), minute: kept(1), hour: kept(2), day: kept(3), month: kept(4), year: kept(5) }
}

const JOURNALS: [&str; 3] = ["collector", "http", "import-1"];

/// The messages that were ever sent, and how many of them retention dropped.
#[derive(Default)]
struct Record {
    sent: Vec<Point>,
    dropped: u64,
}

async fn happen(mut house: House, writers: &mut [Option<Writer>; 3], event: Event, record: &mut Record) -> House {
    let handover = &house.handover;
    match event {
        Event::Append(journal, points) => {
            let writer = writers[journal].get_or_insert_with(|| house.writer(JOURNALS[journal]));
            writer.append(&frame(&points)).expect("appends");
            record.sent.extend(points);
        }
        Event::Roll(journal) => {
            if let Some(writer) = &mut writers[journal] {
                writer.roll(at(0)).expect("rolls");
            }
        }
        Event::Kill(journal) => writers[journal] = None,
        Event::Seal => {
            handover.seal(&mut handover.lock().await.expect("opens")).await.expect("seals");
        }
        Event::Publish => {
            let views = house.store.views.views().expect("views");
            handover.publish(&handover.lock().await.expect("opens"), &views).await.expect("publishes");
        }
        Event::Expire => {
            let views = house.store.views.views().expect("views");
            house.store.speed.expire(&views.state().expect("reads").watermark);
        }
        Event::Reclaim => {
            let views = house.store.views.views().expect("views");
            handover.reclaim(&views.state().expect("reads").watermark).expect("reclaims");
        }
        Event::Batch => drop(handover.batch().await.expect("a batch")),
        Event::Compact => drop(handover.compact().await.expect("compacts")),
        Event::Rebuild => drop(handover.rebuild().await.expect("rebuilds")),
        Event::Retain(ages, stop) => {
            if stop != Stop::Done {
                *writers = [None, None, None];
            }
            let (retained, rows) = super::retain::retain(house, &kept(&ages).floors(at(3 * 86_400)), stop).await;
            (house, record.dropped) = (retained, record.dropped + rows);
        }
        Event::Crash => {
            *writers = [None, None, None];
            house = house.crash().await;
        }
        Event::Move => {
            writers.iter_mut().flatten().for_each(|writer| writer.roll(at(0)).expect("rolls"));
            *writers = [None, None, None];
            house = house.moved().await;
        }
    }
    house
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn merged_is_one_pass_over_raw(events in events()) {
        run(async {
            let mut house = House::new().await;
            let mut writers = [None, None, None];
            let mut record = Record::default();
            for event in events {
                let when = format!("after {event:?}");
                house = happen(house, &mut writers, event, &mut record).await;
                check(&house, &record.sent, &when);
            }
            check_raw(&house, &record.sent, record.dropped);
        });
    }
}
