//! What functions may make: one statement cannot take the memory or the time of the process that collects.

use super::*;
use futures::StreamExt;

async fn refused(sql: &Sql, text: &str, words: &str) {
    let begun = std::time::Instant::now();
    let error = refusal(sql, text).await;
    assert!(error.to_string().contains(words) && error.is_of_statement(), "{text}: {error:?}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{text}: {:?}", begun.elapsed());
}

#[test]
fn values_are_bounded() {
    run(async {
        let sql = House::new().await.sql();
        for text in [
            "length(repeat('x', 1900000000))",
            "repeat('x', 9223372036854775807)",
            "lpad('é', 2147483647, 'é')",
            "rpad('é', 2147483647)",
            "array_repeat(1, 300000000)",
            "array_resize(ARRAY[1], 300000000)",
            "range(0, 500000000)",
            "generate_series(0, 500000000)",
            "generate_series(timestamp '2020-01-01', timestamp '2026-01-01', interval '1 second')",
            "replace(repeat('a', 100000), 'a', repeat('b', 100000))",
            "regexp_replace(repeat('a', 100000), 'a', repeat('b', 100000), 'g')",
            "array_to_string(range(0, 100000), repeat('b', 100000))",
            "concat(repeat('a', 600000), repeat('a', 600000))",
            "repeat('a', 600000) || repeat('a', 600000)",
            "ARRAY[repeat('a', 600000), repeat('a', 600000)]",
            "to_char(now(), repeat('%c', 500000))",
        ] {
            refused(&sql, &format!("SELECT {text}"), "it may have 1 MiB").await;
        }
        refused(&sql, "SELECT levenshtein(repeat('a', 1000000), repeat('b', 1000000))", "take too long").await;
        let many: Vec<String> =
            (0..20).map(|number| format!("repeat('x', {}) AS c{number}", 1_000_000 + number)).collect();
        refused(&sql, &format!("SELECT {}", many.join(", ")), "16 MiB of constants").await;
    });
}

#[test]
fn batches_are_bounded() {
    run(async {
        let sql = House::new().await.sql();
        let of = |value: &str, rows: u32| format!("SELECT sum(length({value})) FROM generate_series(1, {rows})");
        refused(&sql, &of("repeat('x', (1000000 + value)::int)", 10_000), "64 MiB of").await;
        let expensive = "SELECT sum(levenshtein(repeat('a', (4000 + value * 0)::int), repeat('b', 4000))) \
                         FROM generate_series(1, 8192)";
        refused(&sql, expensive, "take too long").await;
        // many functions have to share
        let column = |number| format!("repeat('x', {number} + 100000 + value::int) AS c{number}");
        let columns: Vec<String> = (0..400).map(column).collect();
        refused(&sql, &format!("SELECT {} FROM generate_series(1, 60)", columns.join(", ")), "655 KiB of").await;
        // 1 MB of each row, and never of many rows at once
        assert_eq!(cells(&sql, &of("repeat('x', 1000000) || value", 30)).await, [["30000051"]]);
        let wide = "SELECT count(*) FROM (SELECT repeat('x', 1000000) AS wide, value FROM generate_series(1, 20000)) \
                    WHERE wide || value <> ''";
        refused(&sql, wide, "64 MiB of").await;
        let rows = sql.run("SELECT repeat('x', 1000000) FROM generate_series(1, 100)").await.expect("rows");
        let batches: Vec<RecordBatch> = rows.take(2).try_collect().await.expect("batches");
        assert!(batches.iter().all(|batch| batch.num_rows() <= 67), "{}", batches[0].num_rows());
    });
}

#[test]
fn what_is_gathered_is_bounded() {
    run(async {
        let sql = House::new().await.sql();
        let large = "SELECT length(string_agg(repeat('x', 1000), '')) FROM generate_series(1, 4000)";
        refused(&sql, large, "it may have 1 MiB").await;
        refused(&sql, "SELECT array_agg(value) FROM generate_series(1, 200000)", "it may have 1 MiB").await;
        refused(&sql, "SELECT array_agg(value) OVER () FROM generate_series(1, 10)", "not known here with OVER").await;
        let joined = "SELECT g.text FROM (SELECT string_agg(repeat('x', 1000), '') AS text FROM generate_series(1, 900)) g \
                      CROSS JOIN generate_series(1, 100)";
        let batches: Vec<RecordBatch> = sql.run(joined).await.expect("rows").take(2).try_collect().await.expect("rows");
        assert!(batches.iter().all(|batch| batch.num_rows() <= 64), "{}", batches[0].num_rows());
        let text = "SELECT value % 2 AS odd, array_agg(value ORDER BY value) AS all, count(*) FROM generate_series(1, 4) \
                    GROUP BY 1 ORDER BY 1";
        assert_eq!(cells(&sql, text).await, [["0", "[2, 4]", "2"], ["1", "[1, 3]", "2"]]);
        let sets =
            "SELECT value % 2 AS odd, count(*) FROM generate_series(1, 4) GROUP BY CUBE(value % 2 + 0 * 2, value % 2)";
        assert_eq!(cells(&sql, sets).await.len(), 7);
    });
}

#[test]
fn what_a_window_holds_is_bounded() {
    run(async {
        let sql = House::new().await.sql_within(|options| options.memory_bytes = 48 << 20);
        refused(&sql, "SELECT sum(value) OVER () FROM generate_series(1, 10000000)", "raise query.memory").await;
        refused(&sql, "SELECT max(repeat('x', 100000)) OVER () FROM generate_series(1, 10)", "1024 bytes").await;
        let long = "SELECT max(text) OVER () FROM (SELECT repeat('x', (value % 2 * 100000)::int) AS text \
                    FROM generate_series(1, 1000))";
        refused(&sql, long, "query.memory").await;
        let text =
            "SELECT sum(value) OVER (), row_number() OVER (ORDER BY value) FROM generate_series(1, 2) ORDER BY 2";
        assert_eq!(cells(&sql, text).await, [["3", "1"], ["3", "2"]]);
        let text = "SELECT sum(value) OVER (PARTITION BY value % 2) FROM generate_series(1, 4) ORDER BY value";
        assert_eq!(cells(&sql, text).await.concat(), ["4", "6", "4", "6"]);
    });
}

#[test]
fn functions_are_what_they_were() {
    run(async {
        let sql = House::new().await.sql();
        let check = async |select: &str, expect: &str| {
            assert_eq!(cells(&sql, &format!("SELECT {select}")).await, [[expect]], "{select}");
        };
        check("length(repeat('x', 1000000))", "1000000").await;
        check(
            "cardinality(generate_series(timestamp '2025-01-01', timestamp '2025-01-08', interval '1 minute'))",
            "10081",
        )
        .await;
        check("levenshtein('cart', 'card')", "1").await;
        check("'a' || NULL", "").await;
        check("concat('a', NULL, 'b')", "ab").await;
        check("lpad('a', 3, 'b') || rpad('a', 3, 'b')", "bbaabb").await;
        check("array_to_string(ARRAY['a', 'b'] || ARRAY['c'], ',')", "a,b,c").await;
        check("regexp_replace('cart', 'c(.)', '\\1\\1')", "aart").await;
        check(
            "string_agg(value || repeat('x', value::int), ',' ORDER BY value) FROM generate_series(1, 3)",
            "1x,2xx,3xxx",
        )
        .await;
    });
}
