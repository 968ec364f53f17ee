//! The table against a plain list of what happened, for any order of taking, losing, syncing and waiting.

use super::*;
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
enum Step {
    Take,
    MakeSafe,
    Forget,
    /// Seconds pass.
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<(Step, u8, i64)>> {
    let step = prop_oneof![
        6 => Just(Step::Take),
        3 => Just(Step::MakeSafe),
        1 => Just(Step::Forget),
        1 => (0_u64..400).prop_map(Step::Wait),
    ];
    // sequences that share blocks, and the ends of their range
    let sequence = prop_oneof![0_i64..200, (i64::MAX - 100)..=i64::MAX];
    prop::collection::vec((step, 0_u8..4, sequence), 0..300)
}

/// What happened to a message that was taken: when, and whether it is safe.
type Model = HashMap<(u8, i64), (Instant, bool)>;

proptest! {
    #[test]
    fn within_the_window_every_message_is_known_once(steps in steps()) {
        let mut now = Instant::now();
        let mut table = Duplicates::new(now);
        let mut model = Model::new();
        for (step, sender, sequence) in steps {
            let (key, name) = ((sender, sequence), format!("sender-{sender}"));
            match step {
                Step::Wait(seconds) => now += SECOND * seconds as u32,
                Step::Forget => {
                    table.forget(&name, sequence);
                    model.remove(&key);
                }
                Step::MakeSafe => {
                    table.make_safe(&name, sequence);
                    if let Some((_, safe)) = model.get_mut(&key) {
                        *safe = true;
                    }
                }
                Step::Take => {
                    let within = model.get(&key).filter(|(at, _)| now.duration_since(*at) <= DUPLICATE_WINDOW);
                    match (table.take(&name, sequence, now), within) {
                        (Take::Known(known), Some((_, safe))) => prop_assert_eq!(known == Known::Safe, *safe),
                        (Take::New(kept), None) => {
                            prop_assert_eq!(&*kept, name.as_str());
                            model.insert(key, (now, false));
                        }
                        // its block is kept for the sake of a later neighbour
                        (Take::Known(_), None) => prop_assert!(model.contains_key(&key)),
                        (took, within) => prop_assert!(false, "{:?} although {:?}", took, within),
                    }
                }
            }
            prop_assert_eq!(table.blocks, table.senders.values().map(BTreeMap::len).sum::<usize>());
        }
    }

    #[test]
    fn what_is_over_makes_room(sequences in prop::collection::vec(any::<i64>().prop_map(|any| any & i64::MAX), 1..200)) {
        let now = Instant::now();
        let mut table = Duplicates::new(now);
        sequences.iter().for_each(|sequence| drop(table.take("a", *sequence, now)));
        let later = now + DUPLICATE_WINDOW + 2 * SECOND;
        table.take("b", 0, later);
        prop_assert_eq!((table.senders.len(), table.blocks), (1, 1));
    }
}

#[test]
fn without_room_nothing_is_taken_and_known_ones_stay_known() {
    let now = Instant::now();
    let new = |name: &str| Take::New(name.into());
    let mut table = Duplicates::bounded(now, 2, 3);
    assert_eq!(table.take("a", 0, now), new("a"));
    assert_eq!(table.take("b", 0, now), new("b"));
    assert_eq!(table.take("c", 0, now), Take::Full, "a third sender");
    assert_eq!(table.take("a", 64, now), new("a"));
    assert_eq!(table.take("b", 64, now), Take::Full, "a fourth block");
    assert_eq!(table.take("a", 127, now), new("a"), "its block is there");
    assert_eq!(table.take("a", 0, now), Take::Known(Known::Taken));
    let later = now + DUPLICATE_WINDOW + 2 * SECOND;
    assert_eq!(table.take("c", 0, later), new("c"));
}

#[test]
fn what_a_former_life_took_is_safe_for_the_rest_of_its_window() {
    let now = Instant::now();
    let mut table = Duplicates::new(now);
    table.recall("a", 7, 4 * 60 * SECOND, now);
    assert_eq!(table.take("a", 7, now + 6 * 60 * SECOND), Take::Known(Known::Safe));
    assert_eq!(table.take("a", 7, now + 7 * 60 * SECOND + SECOND), Take::New("a".into()));
}
