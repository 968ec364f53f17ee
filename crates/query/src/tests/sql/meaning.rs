//! What statements mean: as in PostgreSQL, where the engine by itself would do something else without a word.

use super::*;

async fn check(sql: &Sql, select: &str, expect: &str) {
    assert_eq!(cells(sql, &format!("SELECT {select}")).await, [[expect]], "{select}");
}

#[test]
fn numbers_are_rounded_when_they_become_whole() {
    run(async {
        let sql = House::new().await.sql();
        for (number, expect) in [
            ("1.5::int", "2"),
            ("(0.57 * 100)::int", "57"),
            ("cast(0.29 * 100 AS bigint)", "29"),
            // written numbers and decimals away from zero, floating point to even
            ("2.5::int", "3"),
            ("(-2.5)::int", "-3"),
            ("2.5::numeric(5, 1)::int", "3"),
            ("2.5::float8::int", "2"),
            ("2.5::real::int", "2"),
            ("try_cast(1.7::float8 AS int)", "2"),
            ("(x * 100)::int FROM (VALUES (0.57)) AS t(x)", "57"),
            ("sum(x::int) FROM (VALUES (0.7), (0.8)) AS t(x) GROUP BY x::int", "2"),
        ] {
            check(&sql, number, expect).await;
        }
    });
}

#[test]
fn whole_numbers_do_not_wrap() {
    run(async {
        let sql = House::new().await.sql();
        for text in [
            "SELECT 9223372036854775807 + 1",
            "SELECT -9223372036854775807 - 2",
            "SELECT x * 4 FROM (VALUES (4611686018427387904)) AS t(x)",
            "SELECT 2147483647::int + 1::int",
            "SELECT -x FROM (VALUES (-9223372036854775807 - 1)) AS t(x)",
            "SELECT sum(x) FROM (VALUES (9223372036854775807), (1)) AS t(x)",
            "SELECT sum(DISTINCT x) FROM (VALUES (9223372036854775807), (1)) AS t(x)",
            "SELECT y, sum(x) FROM (VALUES (9223372036854775807, 1), (1, 1)) AS t(x, y) GROUP BY y",
            "SELECT sum(x) OVER (ORDER BY x) FROM (VALUES (9223372036854775807), (1)) AS t(x)",
            "SELECT sum(x) OVER (ORDER BY x ROWS 1 PRECEDING) FROM (VALUES (9223372036854775807), (1)) AS t(x)",
            "SELECT sum(x) FROM (SELECT 9e37::numeric(38, 0) AS x FROM generate_series(1, 2))",
        ] {
            let error = refusal(&sql, text).await;
            assert!(
                error.to_string().to_lowercase().contains("overflow") && error.is_of_statement(),
                "{text}: {error:?}"
            );
        }
        check(&sql, "2 * 3 + 4 - 5", "5").await;
        for (value, expect) in [
            // on its way a sum may be larger than what it comes to
            ("sum(x) FROM (VALUES (9223372036854775807), (1), (-2)) AS t(x)", "9223372036854775806"),
            ("sum(x) FILTER (WHERE x < 3) FROM (VALUES (9223372036854775807), (1), (2), (NULL)) AS t(x)", "3"),
            ("sum(DISTINCT x) FROM (VALUES (2), (2), (5)) AS t(x)", "7"),
            ("sum(x) FROM generate_series(1, 100000) AS t(x) GROUP BY x % 1", "5000050000"),
            (
                "max(s) FROM (SELECT sum(x) OVER (ORDER BY x ROWS 1 PRECEDING) AS s FROM generate_series(1, 9) t(x))",
                "17",
            ),
            ("sum(x) IS NULL FROM (VALUES (1)) AS t(x) WHERE x > 1", "true"),
            ("sum(x) FROM (VALUES (0.25::numeric(5, 2)), (1)) AS t(x)", "1.25"),
            ("sum(x) FROM (VALUES (0.5), (1)) AS t(x)", "1.5"),
            ("-x FROM (VALUES (7)) AS t(x)", "-7"),
        ] {
            check(&sql, value, expect).await;
        }
        check(&sql, "value FROM generate_series(1, 10) LIMIT 1 + 0 OFFSET 2 * 2", "5").await;
    });
}

#[test]
fn parts_of_a_difference_are_those_of_an_interval() {
    run(async {
        let sql = House::new().await.sql();
        let of =
            |part: &str, later: &str| format!("extract({part} FROM timestamptz '{later}' - timestamptz '2026-01-01')");
        for (part, later, expect) in [
            ("epoch", "2026-01-01 00:00:02.2", "2.2"),
            ("epoch", "2026-02-09 23:28:14.5", "3454094.5"),
            ("epoch", "2025-12-31 23:59:57.5", "-2.5"),
            ("day", "2026-02-09 23:28:14", "39"),
            ("hour", "2026-02-09 23:28:14", "23"),
            ("minute", "2026-02-09 23:28:14", "28"),
            ("milliseconds", "2026-02-01 00:00:03.75", "3750.0"),
            ("microseconds", "2026-01-01 01:00:03.75", "3750000.0"),
        ] {
            check(&sql, &of(part, later), expect).await;
        }
    });
}

#[test]
fn a_query_without_a_row_is_null() {
    run(async {
        let mut house = House::new().await;
        house.append(&[("cart", time(0).as_micros(), 1), ("cart", time(300).as_micros(), 2)], Vec::new());
        let sql = house.sql();
        let none = "(SELECT count FROM services WHERE service = 'nobody')";
        for (value, expect) in [
            (format!("{none} IS NULL"), "true"),
            (format!("CASE WHEN {none} IS NULL THEN 0 ELSE 1 END"), "0"),
            (format!("coalesce({none}, 0) AS n"), "0"),
            (format!("count(*) FROM services WHERE {none} IS NULL"), "1"),
            (format!("count(*) FROM services WHERE coalesce({none}, 0) = 0"), "1"),
            ("(SELECT count FROM services WHERE service = 'cart') IS NULL".to_owned(), "false"),
            ("(SELECT count FROM services WHERE service = 'cart')".to_owned(), "2"),
            ("(SELECT count(*) FROM services WHERE service = 'nobody') IS NULL".to_owned(), "false"),
            ("(SELECT count(*) FROM minute m WHERE m.service = s.service) FROM services s".to_owned(), "2"),
            ("(SELECT max(count) FROM minute m WHERE m.service = s.service) FROM services s".to_owned(), "1"),
        ] {
            check(&sql, &value, expect).await;
        }
    });
}

#[test]
fn what_would_mean_something_else_is_refused() {
    run(async {
        let sql = House::new().await.sql();
        for join in ["RIGHT JOIN services s USING (service)", "NATURAL FULL JOIN services s"] {
            let error = refusal(&sql, &format!("SELECT service FROM services r {join}")).await;
            assert!(error.to_string().contains("write ON a.x = b.x"), "{join}: {error}");
        }
        let error = refusal(&sql, "SELECT service FROM minute EXCEPT ALL SELECT service FROM services").await;
        assert!(error.to_string().contains("EXCEPT ALL is not known here"), "{error}");
        check(&sql, "false IS NOT DISTINCT FROM true OR true", "true").await;
        check(&sql, "count(*) FROM (VALUES (true, false), (false, true), (true, true)) AS t(x, y) WHERE x IS DISTINCT FROM false OR y", "3").await;
    });
}

#[test]
fn a_date_and_hours_are_a_time() {
    run(async {
        let mut house = House::new().await;
        house.append(&[("cart", time(-1800).as_micros(), 1), ("cart", time(0).as_micros(), 2)], Vec::new());
        let sql = house.sql();
        check(&sql, "date '2026-11-21' - interval '1 hour'", "2026-11-20T23:00:00").await;
        check(&sql, "interval '90 minutes' + date '2026-11-21'", "2026-11-21T01:30:00").await;
        check(&sql, "count(*) FROM minute WHERE time >= date '2026-11-21' - interval '10 minutes'", "1").await;
        check(&sql, "count(*) FROM minute WHERE time >= date '2026-11-21' - interval '1 hour'", "2").await;
        check(&sql, "count(*) FROM minute WHERE time::date = date '2026-11-21'", "1").await;
        check(&sql, "count(*) FROM minute WHERE time::date = date '2026-11-21' - interval '1 day'", "1").await;
        check(&sql, "current_date - interval '1 hour' < current_date", "true").await;
    });
}

#[test]
fn times_of_all_centuries_are_compared() {
    run(async {
        let mut house = House::new().await;
        house.append(&[("cart", time(0).as_micros(), 1), ("cart", time(300).as_micros(), 2)], Vec::new());
        let sql = house.sql();
        for (condition, expect) in [
            ("time >= '0001-01-01'", "2"),
            ("time < '2500-01-01'", "2"),
            ("time BETWEEN '0001-01-01' AND '9999-06-01T00:00:00Z'", "2"),
            ("time > timestamp '9999-06-01'", "0"),
            ("time > '0001-01-01'::timestamptz", "2"),
            ("time = '2026-11-21 00:05'", "1"),
            ("time IN ('2026-11-21 00:05', '2026-11-21T00:00Z')", "2"),
            ("time = '2026-11-21 01:05+01'::timestamptz", "1"),
            ("time < timestamp '2026-11-21 00:05'", "1"),
        ] {
            check(&sql, &format!("count(*) FROM minute WHERE {condition}"), expect).await;
        }
        check(&sql, "'2026-11-21 05:00'", "2026-11-21 05:00").await;
        let plan =
            shown(&sql, "EXPLAIN SELECT * FROM minute WHERE time >= '2026-11-21 00:05' AND time < '2500-01-01'").await;
        assert!(plan.contains("time=from 2026-11-21T00:05:00Z to 2500-01-01"), "{plan}");
    });
}

#[test]
fn functions_of_time_know_all_centuries() {
    run(async {
        let sql = House::new().await.sql();
        for (function, expect) in [
            ("date_trunc('day', t)", ["0001-01-03T00:00:00Z", "2026-11-21T00:00:00Z", "9999-06-05T00:00:00Z"]),
            ("date_trunc('week', t)", ["0001-01-01T00:00:00Z", "2026-11-16T00:00:00Z", "9999-05-31T00:00:00Z"]),
            ("date_trunc('month', t)", ["0001-01-01T00:00:00Z", "2026-11-01T00:00:00Z", "9999-06-01T00:00:00Z"]),
            ("date_trunc('year', t)", ["0001-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "9999-01-01T00:00:00Z"]),
            (
                "date_bin(interval '15 minutes', t)",
                ["0001-01-03T05:00:00Z", "2026-11-21T05:00:00Z", "9999-06-05T05:00:00Z"],
            ),
            (
                "date_bin(interval '1 month', t)",
                ["0001-01-01T00:00:00Z", "2026-11-01T00:00:00Z", "9999-06-01T00:00:00Z"],
            ),
            ("to_char(t, '%Y-%m-%d %H')", ["0001-01-03 05", "2026-11-21 05", "9999-06-05 05"]),
            ("extract(year FROM t)", ["1", "2026", "9999"]),
            ("now() - t > interval '1 hour'", ["true", "true", "false"]),
            (
                "date_trunc('day', t AT TIME ZONE 'UTC')",
                ["0001-01-03T00:00:00Z", "2026-11-21T00:00:00Z", "9999-06-05T00:00:00Z"],
            ),
        ] {
            let times = ["0001-01-03", "2026-11-21", "9999-06-05"].map(|day| format!("('{day} 05:06'::timestamptz)"));
            let times = times.join(", ");
            let found = cells(&sql, &format!("SELECT {function} FROM (VALUES {times}) AS v(t) ORDER BY t")).await;
            assert_eq!(found.concat(), expect, "{function}");
        }
        check(&sql, "date_trunc('month', '2500-01-05'::timestamptz)", "2500-01-01T00:00:00Z").await;
    });
}

#[test]
fn columns_may_have_one_name() {
    run(async {
        let mut house = House::new().await;
        house.append(&[("cart", time(0).as_micros(), 1)], Vec::new());
        let sql = house.sql();
        let check = async |text: &str, names: &[&str], values: &[&str]| {
            let batch = rows(&sql, text).await;
            let found: Vec<String> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
            assert_eq!(
                (found, cells(&sql, text).await),
                (
                    names.iter().map(ToString::to_string).collect(),
                    vec![values.iter().map(ToString::to_string).collect()]
                ),
                "{text}"
            );
        };
        check("SELECT 1, 1", &["1", "1"], &["1", "1"]).await;
        check("SELECT 1 AS a, 2 AS a", &["a", "a"], &["1", "2"]).await;
        check("SELECT count(*), count(*) FROM minute", &["count(*)", "count(*)"], &["1", "1"]).await;
        check("SELECT time::date, time FROM minute", &["time", "time"], &["2026-11-21", "2026-11-21T00:00:00Z"]).await;
        check("SELECT service, * FROM (SELECT service FROM minute)", &["service", "service"], &["cart", "cart"]).await;
        check("SELECT 1, 1 UNION SELECT 1, 1", &["1", "1"], &["1", "1"]).await;
        assert!(shown(&sql, "EXPLAIN SELECT 1, 1").await.contains("Projection"));
        assert_eq!(cells(&sql, "SELECT time::date FROM minute ORDER BY time LIMIT 1").await, [["2026-11-21"]]);
    });
}

#[test]
fn existence_is_a_value() {
    run(async {
        let mut house = House::new().await;
        house.append(&[("cart", time(0).as_micros(), 1)], Vec::new());
        let sql = house.sql();
        check(&sql, "EXISTS(SELECT 1 FROM minute)", "true").await;
        check(&sql, "NOT EXISTS(SELECT 1 FROM minute WHERE service = 'nope')", "true").await;
        check(&sql, "EXISTS(SELECT 1 FROM services s WHERE s.service = m.service) FROM minute m", "true").await;
        check(&sql, "count(*) FROM minute m WHERE EXISTS(SELECT 1 FROM services s WHERE s.service = m.service)", "1")
            .await;
    });
}
