//! Answers over what retention left: exact over the range they say, and as wide as they must be.

use super::*;
use model::{Floors, Kept};

const DAY: i64 = 86_400;

fn days(count: u64) -> Option<Duration> {
    Some(Duration::from_secs(count * 86_400))
}

/// Floors as of the 23rd: raw from the 22nd, minutes from the 20th, hours from the 10th, days from October on, months
/// from 2026 and years from 2025.
fn kept() -> Kept {
    Kept { raw: days(1), minute: days(3), hour: days(13), day: days(30), month: days(300), year: days(500) }
}

fn floors() -> Floors {
    kept().floors(time(2 * DAY))
}

fn house(points: &[Point]) -> impl Future<Output = House> {
    let points = points.to_vec();
    async move {
        let mut house = House::keeping(kept(), time(2 * DAY)).await;
        for half in points.chunks(points.len().div_ceil(2).max(1)) {
            house.append(half, Vec::new());
            house.writer.roll(time(0)).expect("rolls");
            house.handover.batch().await.expect("a batch");
            house.handover.retain().await.expect("retains");
        }
        // so that there is something below every floor, and the floors are raised
        house.append(&[("floor", time(-900 * DAY).as_micros(), 1)], Vec::new());
        house.writer.roll(time(0)).expect("rolls");
        house.handover.batch().await.expect("a batch");
        house.handover.retain().await.expect("retains");
        house
    }
}

fn points() -> impl Strategy<Value = Vec<Point>> {
    let second = 1_000_000i64;
    let day = DAY * second;
    let spread = prop_oneof![0..180 * second, -4 * day..2 * day, -20 * day..0, -800 * day..0];
    let at = spread.prop_map(|offset| time(0).as_micros() + offset);
    prop::collection::vec((prop::sample::select(SERVICES.to_vec()), at, 0u32..6), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, max_shrink_iters: 60, ..ProptestConfig::default() })]
    #[test]
    fn answers_equal_brute_force_over_what_they_say(points in points(), late in points(), picks in prop::collection::vec(any::<(u16, u16, u8)>(), 16)) {
        run(async {
            let mut house = house(&points).await;
            // some are not published, some are late for what was dropped
            house.append(&late, Vec::new());
            let sent = [points, late].concat();
            let edge = |pick: u16| {
                let near = sent[usize::from(pick) % sent.len()].1;
                Time::from_micros(match pick % 4 {
                    0 => near,
                    1 => near + 1,
                    2 => Granularity::Hour.floor(Time::from_micros(near)).as_micros(),
                    _ => Granularity::Day.next(Granularity::Day.floor(Time::from_micros(near))).as_micros(),
                })
            };
            for (a, b, kind) in picks {
                let (from, to) = (edge(a).min(edge(b)), edge(a).max(edge(b)));
                if from == to {
                    continue;
                }
                let every = Granularity::ALL.get(usize::from(kind) % 7).copied();
                let service = Some(SERVICES[usize::from(kind) % 3]);
                let services = vec![SERVICES[usize::from(kind) % 3].to_owned()];
                let answer = house.ask(Question { every, services, ..question(from, to) });
                let asked = TimeRange { from, to };
                match floors().widened(&asked) {
                    None => assert!(answer.rows.is_empty() && answer.answered.from == answer.answered.to),
                    Some(range) => {
                        assert_eq!(answer.answered, range.into());
                        check(&answer, &brute_force(&sent, &range, answer.every.or(every), service));
                    }
                }
                let as_asked = answer.answered == answer.asked && answer.every.is_none();
                let told = answer.warnings.iter().any(|warning| warning.contains("kept"));
                assert_eq!(told, !as_asked, "{:?}", answer.warnings);
            }
        });
    }
}

#[test]
fn what_is_gone_is_told() {
    run(async {
        let at = time(-DAY).as_micros();
        let house = house(&[("cart", at, 1), ("cart", time(DAY).as_micros(), 1)]).await;
        let check = |from: &str, to: &str, every: Option<Granularity>, expect: (&str, &str), told: &[&str]| {
            let (from, to) = (from.parse().expect(from), to.parse().expect(to));
            let answer = house.ask(Question { every, services: vec!["cart".to_owned()], ..question(from, to) });
            assert_eq!(answer.asked, TimeRange { from, to }.into());
            assert_eq!([answer.answered.from, answer.answered.to].map(|at| at.to_string()), [expect.0, expect.1]);
            assert_eq!(answer.warnings, told);
            answer
        };
        let second = check(
            "2026-11-20T00:00:00Z",
            "2026-11-20T00:00:01Z",
            None,
            ("2026-11-20T00:00:00Z", "2026-11-20T00:01:00Z"),
            &["raw messages before 2026-11-22T00:00:00Z are no longer kept: answered from 2026-11-20T00:00:00Z to \
               2026-11-20T00:01:00Z"],
        );
        assert_eq!(second.rows[0].count, 1);
        let days = check(
            "2026-11-09",
            "2026-11-22",
            Some(Granularity::Minute),
            ("2026-11-09T00:00:00Z", "2026-11-22T00:00:00Z"),
            &["minutes before 2026-11-20T00:00:00Z are no longer kept: rows are per day"],
        );
        assert_eq!((days.every, days.rows[0].bucket), (Some(Granularity::Day), Some(time(-DAY))));
        check(
            "2026-11-09T12:00:00Z",
            "2026-11-22T00:00:00.5Z",
            None,
            ("2026-11-09T00:00:00Z", "2026-11-22T00:00:00.500Z"),
            &["hours before 2026-11-10T00:00:00Z are no longer kept: answered from 2026-11-09T00:00:00Z to \
               2026-11-22T00:00:00.500Z"],
        );
        let gone = "nothing is kept of what was before 2025-01-01T00:00:00Z";
        let begin = "2025-01-01T00:00:00Z";
        let whole = format!("{gone}: answered from {begin} to 2026-01-01T00:00:00Z");
        check("2020-01-01", "2025-06-01", None, (begin, "2026-01-01T00:00:00Z"), &[&whole]);
        assert!(check("2020-01-01", "2024-06-01", None, (begin, begin), &[gone]).rows.is_empty());
    });
}
