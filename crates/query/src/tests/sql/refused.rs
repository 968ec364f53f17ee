//! What SQL refuses, and what its errors say.

use super::*;

async fn check(sql: &Sql, text: &str, words: &[&str]) {
    let error = refusal(sql, text).await;
    let said = error.to_string();
    assert!(words.iter().all(|word| said.contains(word)), "{text}: {said}");
    assert!(error.is_of_statement(), "{text}: {error:?}");
}

#[test]
fn nothing_can_be_changed() {
    run(async {
        let house = House::new().await;
        let (sql, path) = (house.sql(), house.store.folder.path().join("out.csv"));
        for text in [
            "INSERT INTO minute SELECT * FROM minute",
            "UPDATE minute SET count = 0",
            "DELETE FROM minute",
            "CREATE TABLE mine AS SELECT 1",
            "CREATE VIEW mine AS SELECT 1",
            "CREATE SCHEMA mine",
            "DROP TABLE minute",
            "EXPLAIN ANALYZE INSERT INTO minute SELECT * FROM minute",
            "SET datafusion.execution.batch_size = 1",
            "RESET datafusion.execution.batch_size",
            "BEGIN",
            "PREPARE mine AS SELECT 1",
            &format!("COPY (SELECT 1) TO '{}'", path.display()),
            "CREATE EXTERNAL TABLE mine STORED AS CSV LOCATION '/etc/passwd'",
        ] {
            check(&sql, text, &["is refused; SQL only reads here"]).await;
        }
        assert!(!path.exists());
        assert_eq!(cells(&sql, "SELECT count(*) FROM minute").await, [["0"]]);
    });
}

#[test]
fn no_file_can_be_read() {
    run(async {
        let house = House::new().await;
        let sql = house.sql();
        let file = house.store.folder.path().join("file.csv");
        std::fs::write(&file, "a\n1\n").expect("writes");
        let file = file.display();
        check(&sql, &format!("SELECT * FROM '{file}'"), &["no table"]).await;
        check(&sql, &format!("SELECT * FROM \"{file}\""), &["no table", "minute"]).await;
        check(&sql, &format!("SELECT * FROM read_csv('{file}')"), &["read_csv"]).await;
        check(&sql, &format!("SELECT * FROM read_parquet('{file}')"), &["read_parquet"]).await;
        check(&sql, "SELECT pg_read_file('/etc/passwd')", &["pg_read_file"]).await;
        let state = sql.statement().state();
        let mut functions: Vec<&String> = state.table_functions().keys().collect();
        functions.sort();
        assert_eq!(functions, ["generate_series", "range"], "no function of a table reads a file");
    });
}

#[test]
fn errors_say_what_to_do() {
    run(async {
        let house = House::new().await;
        let sql = house.sql();
        check(
            &sql,
            "SELECT cpu_agv FROM minute",
            &["cpu_agv", "no column is named cpu_agv; did you mean minute.cpu_avg? there are service, time"],
        )
        .await;
        check(&sql, "SELECT * FROM minutes", &["minutes", "minute", "hour", "messages"]).await;
        check(&sql, "SELEC 1", &["SELEC", "expected", "Line: 1, Column: 1"]).await;
        check(&sql, "SELECT * FROM minute WHERE", &["expected: an expression", "EOF"]).await;
        check(&sql, "SELECT 1; SELECT 2", &["one statement"]).await;
        check(&sql, "", &["no statement"]).await;
        check(&sql, "SELECT nonsense(1)", &["nonsense"]).await;
        check(&sql, "SELECT 1/0", &["zero"]).await;
        check(&sql, "SELECT nope", &["no column is named nope; the statement reads no table"]).await;
        check(&sql, "INSERT INTO minute VALUES (1)", &["INSERT is refused; SQL only reads here"]).await;
        check(&sql, "SELECT service IN (SELECT service FROM services) FROM minute", &["count(*) > 0"]).await;
        check(&sql, "SELECT 1 FROM minute GROUP BY CUBE(a, b, c, d, e, f, g, h, i, j, k)", &["1024 sets"]).await;
        check(&sql, "SELECT * FROM minute WHERE time > 'yesterday'", &["yesterday"]).await;
    });
}

#[test]
fn a_file_of_messages_that_was_changed_is_no_answer() {
    run(async {
        let mut house = House::new().await;
        house.append(&[("cart", time(0).as_micros(), 1)], Vec::new());
        house.writer.roll(time(0)).expect("rolls");
        house.handover.batch().await.expect("a batch");
        let sql = house.sql();
        let plan = shown(&sql, "EXPLAIN SELECT * FROM messages").await;
        let name = plan.split(['[', ',', ']']).find(|part| part.ends_with(".parquet")).expect("a file");
        let path = std::path::Path::new("/").join(name);
        let mut bytes = std::fs::read(&path).expect("reads");
        bytes[40] ^= 1;
        std::fs::write(&path, bytes).expect("writes");
        let error = refusal(&sql, "SELECT count(cpu) FROM messages").await;
        assert!(
            matches!(error, sql::Error::Failed(_)) && error.to_string().contains("fails its checksum"),
            "{error:?}"
        );
    });
}

#[test]
fn memory_is_bounded() {
    run(async {
        let house = House::new().await;
        let little = house.sql_within(|options| (options.memory_bytes, options.spill_bytes) = (1 << 20, 1 << 20));
        let text = "SELECT array_agg(value) FROM generate_series(1, 10000000)";
        let error = refusal(&little, text).await;
        assert!(matches!(error, sql::Error::Resources(_)) && error.to_string().contains("query.memory"), "{error}");
        assert_eq!(cells(&little, "SELECT 1").await, [["1"]]);
    });
}

#[test]
fn time_is_bounded() {
    run(async {
        let house = House::new().await;
        let short = house.sql_within(|options| options.timeout = Duration::from_secs(1));
        let endless = "SELECT sum(a.value * b.value) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b";
        let error = refusal(&short, endless).await;
        assert!(matches!(error, sql::Error::Timeout { seconds: 1 }), "{error}");
        // and it computes no further
        while short.handle().metrics().num_alive_tasks() > 0 {
            tokio::task::yield_now().await;
        }
    });
}

/// Both threads of SQL compute for long without a pause: neither looks at a clock.
#[test]
fn time_is_bounded_where_nothing_pauses() {
    run(async {
        let house = House::new().await;
        let sql = house.sql();
        let begun = Arc::new(std::sync::Barrier::new(3));
        for _ in 0..2 {
            let begun = begun.clone();
            sql.handle().spawn(async move {
                begun.wait();
                std::thread::sleep(Duration::from_secs(2));
            });
        }
        begun.wait();
        let begun = std::time::Instant::now();
        let until = tokio::time::Instant::now() + Duration::from_millis(300);
        let error = sql.run_until("SELECT 1", until).await.expect_err("late");
        assert!(matches!(error, sql::Error::Timeout { .. }), "{error}");
        assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
    });
}

#[test]
fn who_goes_away_ends_the_statement() {
    run(async {
        let house = House::new().await;
        let sql = house.sql();
        let rows = sql.run("SELECT * FROM generate_series(1, 1000000000000)").await.expect("rows");
        let busy = || sql.handle().metrics().num_alive_tasks();
        assert!(busy() > 0);
        drop(rows);
        while busy() > 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn functions_that_people_expect_are_there() {
    run(async {
        let mut house = House::new().await;
        let points: Vec<Point> =
            (0..100).map(|step| ("cart", time(step * 36).as_micros(), step as u32 * 10_000_000)).collect();
        house.append(&points, Vec::new());
        let sql = house.sql();
        let check = async |select: &str, expect: &str| {
            assert_eq!(cells(&sql, &format!("SELECT {select}")).await, [[expect]], "{select}");
        };
        check("count(*) FROM minute WHERE date_bin(interval '15 minutes', time) = '2026-11-21T00:15:00Z'", "15").await;
        check("arrow_typeof(sum(count)) FROM minute", "Int64").await;
        check("round(approx_percentile_cont(cpu, 0.5) * 100) FROM messages", "49.0").await;
        check("median(cpu) FROM messages", "0.495").await;
        check("extract(minute from max(time)) FROM minute", "59").await;
        check("to_char(min(time), '%Y-%m-%d') FROM minute", "2026-11-21").await;
        check("now() > timestamp '2000-01-01'", "true").await;
    });
}
