//! One cut per statement.

use super::*;

#[test]
fn one_statement_sees_one_cut_while_messages_arrive() {
    run(async {
        let mut house = House::new().await;
        let sql = house.sql();
        let text = "SELECT (SELECT count(*) FROM messages), (SELECT sum(count) FROM minute), sum(count),
                    (SELECT count(*) FROM messages AS one JOIN services AS of ON one.service = of.service) AS joined
                    FROM services";
        house.append(&[("cart", time(0).as_micros(), 1)], Vec::new());
        let mut grown = 0;
        let House { writer, handover, .. } = &mut house;
        let appending = async {
            for round in 0..30 {
                append(
                    writer,
                    &[("cart", time(round).as_micros(), 1), ("search", time(-round).as_micros(), 2)],
                    Vec::new(),
                );
                if round % 10 == 9 {
                    writer.roll(time(0)).expect("rolls");
                    handover.batch().await.expect("a batch");
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let asking = async {
            let mut last = 0;
            while last < 61 {
                let row = cells(&sql, text).await.remove(0);
                let count: u64 = row[0].parse().expect("a number");
                assert!(row.iter().all(|cell| *cell == row[0]), "{row:?}");
                assert!(count >= last, "{count} after {last}");
                grown += u32::from(count > last);
                last = count;
            }
        };
        tokio::join!(appending, asking);
        assert!(grown > 3, "the statements ran beside the appends, {grown}");
    });
}

#[test]
fn only_tables_that_need_one_take_a_cut() {
    run(async {
        let mut house = House::new().await;
        let sql = house.sql();
        house.append(&[("cart", time(0).as_micros(), 1)], Vec::new());
        house.writer.roll(time(0)).expect("rolls");
        house.handover.batch().await.expect("a batch");
        let watermark = async |text| sql.run(text).await.expect(text).watermark.clone();
        assert_eq!(watermark("SELECT 1").await, None);
        assert_eq!(watermark("SELECT * FROM information_schema.tables").await, None);
        let taken = Some(BTreeMap::from([("collector".to_owned(), 1)]));
        assert_eq!(watermark("SELECT * FROM minute").await, taken);
        assert_eq!(watermark("SELECT * FROM jobs, (SELECT count(*) FROM messages)").await, taken);
    });
}

#[test]
fn raw_messages_are_pinned_while_they_are_read_and_no_longer() {
    run(async {
        let mut house = House::new().await;
        let sql = house.sql();
        house.append(&[("cart", time(0).as_micros(), 1)], Vec::new());
        house.writer.roll(time(0)).expect("rolls");
        let is_free = |house: &House| house.store.pins.when_free(|| ()).is_some();
        let read = sql.run("SELECT * FROM messages, generate_series(1, 100000)").await.expect("rows");
        assert!(!is_free(&house));
        drop(read);
        let merged = sql.run("SELECT * FROM minute, generate_series(1, 100000)").await.expect("rows");
        // what was dropped ends on other threads
        while !is_free(&house) {
            tokio::task::yield_now().await;
        }
        assert!(is_free(&house));
        drop(merged);
    });
}

#[test]
fn realtime_views_that_are_behind_are_no_shorter_answer() {
    run(async {
        let mut house = House::new().await;
        // each try reads a frame on
        (0..50).for_each(|second| house.append(&[("cart", time(second).as_micros(), 1)], Vec::new()));
        let sql = house.sql_within(|options| options.wait = Duration::ZERO);
        // one that reads none of it is answered all the same
        assert_eq!(cells(&sql, "SELECT 1").await, [["1"]]);
        for text in ["SELECT * FROM minute", "SELECT count(*) FROM messages", "SELECT * FROM services"] {
            let error = refusal(&sql, text).await;
            assert!(error.is_not_ready(), "{text}: {error:?}");
        }
    });
}
