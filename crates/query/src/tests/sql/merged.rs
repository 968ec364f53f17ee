//! Merged tables equal answers, and one pass over the raw messages that SQL itself makes.

use super::*;

/// One pass over raw messages, in the columns of a merged table but for the times of peaks.
fn one_pass(granularity: Granularity) -> String {
    format!(
        "SELECT service, date_trunc('{granularity}', time) AS bucket, count(*), min(cpu), max(cpu), min(ram), max(ram),
         min(disk), max(disk) FROM messages GROUP BY 1, 2 ORDER BY 1, 2"
    )
}

fn merged(granularity: Granularity) -> String {
    format!(
        "SELECT service, time, count, cpu_min, cpu_max, ram_min, ram_max, disk_min, disk_max FROM {granularity}
         ORDER BY 1, 2"
    )
}

async fn check(house: &House, sql: &Sql, sent: &[Point], granularities: &[Granularity]) {
    for granularity in granularities.iter().copied() {
        let always = Question { every: Some(granularity), ..question(Time::MIN, Time::MAX) };
        let answered = house.ask(always);
        let whole = rows(sql, &format!("SELECT * FROM {granularity} ORDER BY service, time")).await;
        assert_eq!(whole, columns::rows(&answered.rows, true).expect("columns"), "{granularity}");
        check_cpu(&answered, sent, granularity);
        if matches!(granularity, Granularity::Minute | Granularity::Month) {
            assert_eq!(
                cells(sql, &merged(granularity)).await,
                cells(sql, &one_pass(granularity)).await,
                "{granularity}"
            );
        }
    }
}

fn check_cpu(answered: &Answer, sent: &[Point], every: Granularity) {
    let always = TimeRange { from: Time::MIN, to: Time::MAX };
    super::super::check(answered, &brute_force(sent, &always, Some(every), None));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2, max_shrink_iters: 40, ..ProptestConfig::default() })]
    #[test]
    fn merged_tables_equal_answers_and_raw(rounds in prop::collection::vec(points(), 1..4)) {
        run(async {
            let mut house = House::new().await;
            let (sql, mut sent) = (house.sql(), Vec::new());
            for (round, points) in rounds.iter().enumerate() {
                house.append(points, Vec::new());
                sent.extend(points.iter().copied());
                house.writer.roll(time(0)).expect("rolls");
                if round % 2 == 0 {
                    let (done, ()) = tokio::join!(house.handover.batch(), check(&house, &sql, &sent, &[Granularity::Minute]));
                    done.expect("a batch");
                }
            }
            check(&house, &sql, &sent, &Granularity::ALL).await;
        });
    }
}

#[test]
fn a_table_begins_where_it_is_kept() {
    run(async {
        let day = 86_400;
        let kept =
            Kept { raw: Some(Duration::from_secs(day)), minute: Some(Duration::from_secs(2 * day)), ..Kept::default() };
        let mut house = House::keeping(kept, time(0)).await;
        let points: Vec<Point> = (0..6).map(|back| ("cart", time(-back * day as i64 - 60).as_micros(), 5)).collect();
        house.append(&points, Vec::new());
        house.writer.roll(time(0)).expect("rolls");
        house.handover.batch().await.expect("a batch");
        house.handover.retain().await.expect("retains");
        // late for both floors
        house.append(&[("cart", time(-5 * day as i64).as_micros(), 7)], Vec::new());
        let sql = house.sql();
        let counts =
            "SELECT (SELECT count(*) FROM messages), (SELECT sum(count) FROM minute), (SELECT sum(count) FROM hour)";
        assert_eq!(cells(&sql, counts).await, [["1", "2", "7"]]);
        let plan = shown(&sql, "EXPLAIN SELECT * FROM minute").await;
        assert!(plan.contains("kept from 2026-11-19T00:00:00Z"), "{plan}");
    });
}
