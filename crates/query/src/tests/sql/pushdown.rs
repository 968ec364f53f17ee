//! Conditions on service and time reach the views, the realtime minutes, and the files of messages.

use super::*;

/// A house with sealed messages of 40 days and two services, and unsealed ones of the last day.
async fn house() -> House {
    let mut house = House::new().await;
    let day = 86_400;
    let points = |service| (0..40).map(move |step| (service, time(step * day).as_micros(), 5));
    house.append(&points("cart").chain(points("search")).collect::<Vec<Point>>(), Vec::new());
    house.writer.roll(time(0)).expect("rolls");
    house.handover.batch().await.expect("a batch");
    let last: Vec<Point> = (1..4).map(|minute| ("cart", time(39 * day + minute * 60).as_micros(), 6)).collect();
    house.append(&last, Vec::new());
    house
}

/// The number behind a name in the text of a plan.
fn number(plan: &str, name: &str) -> Option<u64> {
    let (_, behind) = plan.split_once(&format!("{name}="))?;
    behind.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

#[test]
fn conditions_reach_what_is_read() {
    run(async {
        let house = house().await;
        let sql = house.sql();
        let check = async |condition: &str, asked: &str, cells: (u64, u64)| {
            let text = format!("SELECT * FROM minute WHERE {condition}");
            let plan = shown(&sql, &format!("EXPLAIN {text}")).await;
            assert!(plan.contains(&format!("table=minute, {asked}, reads=")), "{condition}: {plan}");
            assert!(!plan.contains("FilterExec"), "{condition}: {plan}");
            let plan = shown(&sql, &format!("EXPLAIN ANALYZE {text}")).await;
            let read = (number(&plan, "view_cells"), number(&plan, "realtime_cells"));
            assert_eq!(read, (Some(cells.0), Some(cells.1)), "{condition}: {plan}");
        };
        check("service = 'cart'", r#"services=["cart"], time=all"#, (40, 3)).await;
        check("'search' = service", r#"services=["search"], time=all"#, (40, 0)).await;
        check("service IN ('cart', 'search', 'x', 'y')", r#"services=["cart", "search", "x", "y"], time=all"#, (80, 3))
            .await;
        check("service = 'cart' OR service = 'x'", r#"services=["cart", "x"], time=all"#, (40, 3)).await;
        check("service LIKE 'se%'", "services=se*, time=all", (40, 0)).await;
        check("time >= '2026-12-30'", "services=all, time=from 2026-12-30T00:00:00Z", (2, 3)).await;
        check("time < '2026-11-23'", "services=all, time=to 2026-11-23T00:00:00Z", (4, 0)).await;
        let day = "services=all, time=from 2026-12-01T00:00:00Z to 2026-12-02T00:00:00Z";
        check("time::date = '2026-12-01'", day, (2, 0)).await;
        check("time >= '2026-12-01' AND time < timestamp '2026-12-01' + interval '1 day'", day, (2, 0)).await;
        let between = r#"services=["cart"], time=from 2026-12-01T00:00:00Z to 2026-12-03T00:00:00.000001Z"#;
        check("time BETWEEN '2026-12-01T00:00:00Z' AND '2026-12-03' AND service = 'cart'", between, (3, 0)).await;
    });
}

#[test]
fn now_is_a_bound_too() {
    run(async {
        let sql = house().await;
        let sql = sql.sql();
        let plan = shown(&sql, "EXPLAIN SELECT * FROM minute WHERE time > now() - interval '6 hours'").await;
        assert!(plan.contains("services=all, time=from 20") && !plan.contains("FilterExec"), "{plan}");
    });
}

#[test]
fn what_is_not_understood_is_checked_row_by_row() {
    run(async {
        let house = house().await;
        let sql = house.sql();
        let check = async |condition: &str, rows: usize| {
            let text = format!("SELECT service FROM minute WHERE {condition}");
            let plan = shown(&sql, &format!("EXPLAIN {text}")).await;
            assert!(plan.contains("FilterExec"), "{condition}: {plan}");
            assert_eq!(cells(&sql, &text).await.len(), rows, "{condition}");
        };
        check("service <> 'cart'", 40).await;
        check("service LIKE '%t'", 43).await;
        check("service LIKE 'c_r%'", 43).await;
        check("service NOT IN ('cart')", 40).await;
        check("time < '2026-11-22' OR service = 'cart'", 44).await;
        check("date_trunc('day', time) = '2026-12-01'", 2).await;
        check("extract(hour from time) = 0 AND count = 1", 83).await;
    });
}

#[test]
fn messages_are_pruned_by_day_and_by_statistics() {
    run(async {
        let house = house().await;
        let sql = house.sql();
        let text =
            "SELECT count(*) FROM messages WHERE service = 'cart' AND time >= '2026-12-29' AND time < '2026-12-31'";
        let plan = shown(&sql, &format!("EXPLAIN {text}")).await;
        assert_eq!(plan.matches(".parquet").count(), 2, "{plan}");
        assert!(plan.contains("day=2026-12-29") && plan.contains("day=2026-12-30"), "{plan}");
        assert!(plan.contains("pruning_predicate=") && plan.contains("service_min@"), "{plan}");
        assert!(plan.contains(r#"JournalScan: table=messages, services=["cart"]"#), "{plan}");
        assert_eq!(cells(&sql, text).await, [["5"]]);
        let nobody = "SELECT count(*) FROM messages WHERE service = 'nobody'";
        let plan = shown(&sql, &format!("EXPLAIN ANALYZE {nobody}")).await;
        assert!(plan.contains("row_groups_pruned_statistics=40 total"), "{plan}");
        assert_eq!(cells(&sql, nobody).await, [["0"]]);
        assert_eq!(cells(&sql, "SELECT count(*) FROM messages").await, [["83"]]);
        assert_eq!(cells(&sql, "SELECT cpu, ram, disk, ram_free FROM messages LIMIT 1").await.len(), 1);
    });
}

#[test]
fn a_limit_ends_the_reading() {
    run(async {
        let house = house().await;
        let sql = house.sql();
        let plan = shown(&sql, "EXPLAIN SELECT * FROM minute WHERE service = 'cart' LIMIT 3").await;
        assert!(plan.contains("limit=3"), "{plan}");
        assert_eq!(cells(&sql, "SELECT * FROM minute LIMIT 3").await.len(), 3);
    });
}

#[test]
fn the_ledger_is_read_by_time() {
    run(async {
        let mut house = House::new().await;
        let counts = |accepted| Counts { accepted, ..Counts::default() };
        let minute = |at| Granularity::Minute.floor(time(at));
        let ledger = (0..10).map(|step| LedgerRow::counts("http", minute(step * 60), counts(step as u64))).collect();
        let kind = LedgerRowKind::Gap { clean: false };
        let gap = LedgerRow { source: "http".to_owned(), from: time(90), to: time(400), kind };
        house.append(&[], ledger);
        house.append(&[], vec![gap]);
        let sql = house.sql();
        let (from, to) = (time(120), time(240));
        let asked =
            format!("SELECT kind, accepted, time FROM ledger WHERE time >= '{from}' AND time < '{to}' ORDER BY time");
        let expect = [["counts", "2", "2026-11-21T00:02:00Z"], ["counts", "3", "2026-11-21T00:03:00Z"]];
        assert_eq!(cells(&sql, &asked).await, expect);
        // the two minutes, and the span that reaches into them
        let plan = shown(&sql, &format!("EXPLAIN ANALYZE {asked}")).await;
        assert!(plan.contains("FilterExec") && plan.contains("partition_sizes=[1]"), "{plan}");
        assert_eq!(cells(&sql, "SELECT sum(accepted), count(*) FROM ledger WHERE until > now()").await.len(), 1);
        assert_eq!(
            cells(&sql, "SELECT sum(accepted), count(*) FROM ledger WHERE source = 'http'").await,
            [["45", "11"]]
        );
    });
}

#[test]
fn what_is_understood_lets_the_same_rows_through_as_a_filter() {
    run(async {
        let mut house = House::new().await;
        let (minute, day) = (60, 86_400);
        // around midnight, around 1970, and far from both
        let around = |at: i64| [-day, -minute, -1, 0, 1, minute, day].map(|off| (at + off) * 1_000_000);
        let times = [around(time(0).as_micros() / 1_000_000), around(0), around(-62_000_000_000)].concat();
        let named = |name: &'static str| times.iter().map(move |at| (name, *at, 1));
        house.append(&named("cart").chain(named("checkout")).chain(named("c%t")).collect::<Vec<_>>(), Vec::new());
        house.writer.roll(time(0)).expect("rolls");
        house.handover.batch().await.expect("a batch");
        house.append(&named("search").collect::<Vec<_>>(), Vec::new());
        let sql = house.sql();
        let mut conditions: Vec<String> = Vec::new();
        for operator in ["<", "<=", "=", ">=", ">"] {
            for (column, literal) in [
                ("time", "'2026-11-21T00:00:00Z'"),
                ("time", "'1969-12-31T23:59:00Z'"),
                ("time", "timestamp '2026-11-21 00:00:00.000000001'"),
                ("time::date", "'2026-11-20'"),
                ("time::date", "'1969-12-31'"),
                ("time::timestamp", "timestamp '2026-11-20 23:59:00'"),
            ] {
                conditions.push(format!("{column} {operator} {literal}"));
            }
            conditions.push(format!("'2026-11-20T23:59:00Z' {operator} time"));
        }
        conditions.extend(
            [
                "service = 'cart' AND service = 'checkout'",
                "service IN ('cart', 'search') AND service LIKE 'c%'",
                "service LIKE 'c%' AND service LIKE 'ch%'",
                r"service LIKE 'c\%%'",
                "service LIKE 'c%t'",
                "service LIKE '%'",
                "service ILIKE 'C%'",
                "service = 'cart' OR (service = 'search' AND time > '2026-11-21')",
                "NOT (service = 'cart')",
                "time BETWEEN '1969-12-31T23:59:00Z' AND '1970-01-01T00:01:00Z'",
                "time NOT BETWEEN '1969-12-31T23:59:00Z' AND '1970-01-01T00:01:00Z'",
                "time BETWEEN '2026-01-01' AND '2025-01-01'",
                "time > '2026-11-21' AND time < '2026-11-20'",
                "time = NULL",
            ]
            .map(str::to_owned),
        );
        // conditions are not moved below a limit
        let (all, select) = ("(SELECT * FROM minute LIMIT 1000000) AS all_of_it", "SELECT service, time FROM");
        for condition in &conditions {
            let pushed = cells(&sql, &format!("{select} minute WHERE {condition} ORDER BY 1, 2")).await;
            assert_eq!(
                pushed,
                cells(&sql, &format!("{select} {all} WHERE {condition} ORDER BY 1, 2")).await,
                "{condition}"
            );
        }
    });
}
