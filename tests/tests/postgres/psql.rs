//! What an analyst types into psql.

use std::process::Command;

use system_tests::Output;
use system_tests::postgres::{asked, psql, refused};

use crate::seeded;

const HOUR: &str = "time BETWEEN '2026-11-21T12:00:00Z' AND '2026-11-21T12:59:59Z'";

#[test]
fn an_analyst_looks_around_and_asks() {
    let (site, daemon) = seeded();
    let to = daemon.postgres();

    // questions: over both layers, exact, with the names that PostgreSQL gives
    let asks = |text: &str, expect: &str| assert_eq!(asked(to, text), expect, "{text}");
    asks(
        "SELECT service, count(*), sum(count), max(cpu_max) FROM minute GROUP BY 1 ORDER BY 1",
        "alpha|60|60|0.59\nbeta|60|60|0.79\ngamma|1|1|0.5",
    );
    asks(
        &format!("SELECT avg(ram_avg), max(cpu_max_at) FROM hour WHERE service = 'beta' AND {HOUR}"),
        "0.75|2026-11-21 12:59:30.000000+00",
    );
    asks("SELECT count(*) FROM messages WHERE service = 'alpha' AND cpu > 0.5", "9");
    asks(
        "SELECT date_trunc('hour', time), count(*) FROM minute GROUP BY 1 ORDER BY 1",
        "2026-11-21 12:00:00.000000+00|120\n2026-11-21 13:00:00.000000+00|1",
    );
    asks(
        "SELECT s.service, (SELECT max(m.cpu_max) FROM minute m WHERE m.service = s.service) FROM services s ORDER BY 1",
        "alpha|0.59\nbeta|0.79\ngamma|0.5",
    );
    asks("SELECT array(SELECT service FROM services ORDER BY 1)", "{alpha,beta,gamma}");
    asks("SELECT service FROM services WHERE service LIKE '/%' ESCAPE '/' OR service = ANY('{beta}')", "beta");
    asks(
        r#"SELECT service FROM services WHERE service = ANY('{"beta",x,"a, b"}') OR service = ANY('{"alpha"}'::text[]) ORDER BY 1"#,
        "alpha\nbeta",
    );
    asks(r#"SELECT '{"a b",NULL,"NULL"}'::text[], '{1,2}'::int[], '{a,b}'"#, r#"{"a b",NULL,"NULL"}|{1,2}|{a,b}"#);
    asks(
        "SELECT timestamptz '2026-11-21T12:00:00Z' AT TIME ZONE 'Asia/Kolkata', 'inf'::float8",
        "2026-11-21 12:00:00.000000+00|Infinity",
    );
    asks(
        "WITH pg_mine AS (SELECT service FROM services) SELECT service, (SELECT max(m.cpu_max) FROM minute m WHERE \
         m.service = p.service) FROM pg_mine p WHERE service = 'beta'",
        "beta|0.79",
    );
    asks("SELECT count(*) FROM pg_class c, services s WHERE c.relname = 'minute'", "3");
    asks("SELECT pg_size_pretty(sum(count)) FROM minute", "121 bytes");
    let verified = site.query(&["--service", "beta"]);
    assert_eq!(verified.total(), 60, "the command line sees the same");
    let titles = Output::of(psql(to).args(["-c", "SELECT count(*), max(cpu_max), 1 + 1 FROM minute"])).ok().stdout;
    let titles: Vec<&str> = titles.lines().next().unwrap_or_default().split('|').map(str::trim).collect();
    assert_eq!(titles, ["count", "max", "?column?"]);
    let both = Output::of(psql(to).args(["-At", "-c", "SELECT 1; SELECT count(*) FROM minute"])).ok().stdout;
    assert_eq!(both, "1\n121\n");
    let upright = Output::of(psql(to).args(["-x", "-c", "SELECT service, count FROM services LIMIT 1"])).ok().stdout;
    assert!(upright.contains("[ RECORD 1 ]") && upright.contains("service | alpha"), "{upright}");

    // what backslash commands ask of the catalog
    let looks = |command: &str, words: &[&str]| {
        let seen = Output::of(psql(to).args(["-c", command])).ok();
        assert!(!seen.stderr.contains("ERROR"), "{command}: {seen:?}");
        for word in words {
            assert!(seen.stdout.contains(word), "{command} does not show {word:?}: {}", seen.stdout);
        }
    };
    looks("\\dt", &["public | minute", "| table |", "messages", "services"]);
    looks("\\d", &["public | hour"]);
    looks("\\d+", &["public | ledger"]);
    looks("\\d minute", &["Table \"public.minute\"", "cpu_max     | double precision", "timestamp with time zone"]);
    looks("\\d+ minute", &["service     | text"]);
    looks("\\l", &["vitals"]);
    looks("\\dn", &["public"]);
    looks("\\du", &["vitals"]);
    looks("\\dL", &["plpgsql"]);
    looks("\\dconfig max_*", &["max_index_keys"]);
    asks(
        "SELECT typinput = 'pg_catalog.array_in'::regproc, typreceive != 0 FROM pg_type WHERE typname = '_int4'",
        "t|t",
    );
    asks("SELECT setting FROM pg_settings WHERE name = 'application_name'", "psql");
    for command in ["\\df", "\\dT", "\\dv", "\\di", "\\dx", "\\dp", "\\db", "\\dn+", "\\l+", "\\dt+", "\\conninfo"] {
        looks(command, &[]);
    }

    // files
    let copied = |text: &str| Output::of(psql(to).args(["-c", text])).ok().stdout;
    let csv = "\\copy (SELECT service, count, null AS nothing FROM services ORDER BY 1) TO STDOUT (FORMAT csv, HEADER)";
    assert_eq!(copied(csv), "service,count,nothing\nalpha,60,\nbeta,60,\ngamma,1,\n");
    assert_eq!(copied("COPY (SELECT service, null FROM services ORDER BY 1 LIMIT 1) TO STDOUT"), "alpha\t\\N\n");
    assert_eq!(copied("\\copy services (service, count) TO STDOUT csv").lines().count(), 3);

    // what goes wrong
    let fails = |text: &str, state: &str, words: &str| {
        let (found, message) = refused(to, text);
        assert!(found == state && message.contains(words), "{text}: {found} {message}");
    };
    fails("SELEC 1", "42601", "SELEC");
    fails("SELECT * FROM nowhere", "42P01", "nowhere");
    fails("SELECT nothing FROM minute", "42703", "nothing");
    fails("SELECT nothing(1)", "42883", "nothing");
    fails("INSERT INTO minute VALUES (1)", "25006", "read-only");
    fails("SELECT * INTO copy FROM minute", "25006", "");
    fails("COPY minute FROM STDIN", "25006", "read-only");
    fails("COPY minute TO '/tmp/minute'", "25006", "read-only");
    fails("SELECT 1 / (count - count) FROM minute", "22012", "");
    fails("SELECT service::int FROM minute", "22P02", "");
    fails("SELECT 10000000000::int", "22003", "10000000000");
    fails("SELECT sum(x) FROM (VALUES (9223372036854775807), (1)) AS t(x)", "22003", "bigint");
    fails("SELECT date_trunc('nonsense', now())", "22023", "nonsense");
    fails("SELECT repeat('x', 2000000)", "54000", "1 MiB");
    fails("SET wrok_mem = 1", "42704", "wrok_mem");
    fails("SET timezone = 'Europe/Berlin'", "22023", "UTC");
    fails("SET timezone = 'UTC+2'", "22023", "UTC");
    fails("SELECT json_build_object('a', 1)", "42883", "json_build_object");
    fails("SELECT 1 FROM services WHERE service = ANY('{a')", "22P02", "malformed array literal");
    fails("SELECT '{{a}}'::text[]", "0A000", "arrays");
    fails("FETCH 1 FROM c", "34000", "c");
    fails("DECLARE c CURSOR FOR SELECT 1", "25P01", "transaction");
    // the first statement of a text is answered, the second is not, and the connection goes on
    let half = Output::of(psql(to).args(["-At", "-c", "SELECT 7; SELECT nothing"]));
    assert_eq!((half.code, half.stdout.as_str()), (Some(1), "7\n"), "{half:?}");
}

#[test]
fn psql_is_there() {
    // else nothing above would say why it fails
    let version = Command::new("psql").arg("--version").output();
    assert!(version.is_ok_and(|found| found.status.success()), "no psql: install Debian's postgresql-client");
}
