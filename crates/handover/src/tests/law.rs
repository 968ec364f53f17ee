//! The law: for any messages in any order, however late, and any cut, with a stop between any two steps of the
//! hand-over, views ⊕ generations equal one pass over the raw messages, bit for bit.

use super::*;
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
        2 => Just(Event::Crash),
        1 => Just(Event::Move),
    ];
    prop::collection::vec(event, 4..24)
}

const JOURNALS: [&str; 3] = ["collector", "http", "import-1"];

async fn happen(mut house: House, writers: &mut [Option<Writer>; 3], event: Event, sent: &mut Vec<Point>) -> House {
    let handover = &house.handover;
    match event {
        Event::Append(journal, points) => {
            let writer = writers[journal].get_or_insert_with(|| house.writer(JOURNALS[journal]));
            writer.append(&frame(&points)).expect("appends");
            sent.extend(points);
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
            let mut sent = Vec::new();
            for event in events {
                house = happen(house, &mut writers, event, &mut sent).await;
                for granularity in Granularity::ALL {
                    prop_assert_eq!(house.merged(granularity), one_pass(&sent, granularity), "{}", granularity);
                }
            }
            let proof = house.verify();
            prop_assert_eq!((proof.messages, proof.different), (sent.len() as u64, 0), "{:?}", proof.differences);
            Ok(())
        })?;
    }
}
