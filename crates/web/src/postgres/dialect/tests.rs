//! What is rewritten of a statement, and that no question about data is.

use super::*;

fn read(text: &str) -> Vec<Spoken> {
    Dialect::new().read(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn check(text: &str, expect: &str) {
    let found: Vec<String> = read(text).iter().map(|spoken| spoken.statement.to_string()).collect();
    assert_eq!(found.join("; "), expect, "{text}");
}

#[test]
fn questions_about_data_keep_what_they_mean() {
    let correlated =
        "SELECT s.service, (SELECT max(m.cpu_max) FROM minute AS m WHERE m.service = s.service) FROM services AS s";
    check(correlated, correlated);
    check("SELECT (SELECT cpu_max FROM minute) AS one", "SELECT (SELECT cpu_max FROM minute) AS one");
    check(
        "SELECT ARRAY(SELECT service FROM services)",
        "SELECT (SELECT array_agg(value) FROM (SELECT service FROM services) AS gathered (value))",
    );
    check("SELECT pg_catalog.version()", "SELECT version()");
    // neither does a name that only looks like the catalog's make them others, nor the catalog beside a table
    let named = "WITH pg_mine AS (SELECT service FROM services) SELECT (SELECT m.cpu_max FROM minute AS m WHERE \
                 m.service = p.service LIMIT 1) FROM pg_mine AS p";
    check(named, named);
    let own = "WITH pg_class AS (SELECT 1 AS oid) SELECT oid FROM pg_class";
    check(own, own);
    check(
        "SELECT s.service, (SELECT m.cpu_max FROM minute m WHERE m.service = s.service) FROM services s, pg_class c",
        "SELECT s.service, (SELECT m.cpu_max FROM minute m WHERE m.service = s.service) FROM services s, pg_catalog.pg_class c",
    );
}

#[test]
fn arrays_may_be_written_as_texts() {
    check(
        "SELECT 1 WHERE service = ANY('{plain,\"a b  c\",NULL}')",
        "SELECT 1 WHERE array_contains(ARRAY['plain', 'a b  c', NULL], service)",
    );
    check("SELECT 1 WHERE service <> ALL(('{}'))", "SELECT 1 WHERE NOT array_contains(ARRAY[], service)");
    check("SELECT CAST('{\"a, b\",c}' AS TEXT[])", "SELECT CAST(ARRAY['a, b', 'c'] AS TEXT[])");
    check("SELECT '{1,2}'::int[]", "SELECT ARRAY['1', '2']::INT[]");
    // what is no array stays the text that it is
    check("SELECT '{a,b}', service = '{a}'", "SELECT '{a,b}', service = '{a}'");
    let error = Dialect::new().read("SELECT 1 WHERE service = ANY('{a')").expect_err("it has no end");
    assert!(error.to_string().contains("malformed array literal"), "{error}");
}

#[test]
fn what_is_counted_has_a_type_with_a_sign() {
    check(
        "SELECT row_number() OVER (ORDER BY 1), cardinality(ARRAY[1])",
        "SELECT CAST(row_number() OVER (ORDER BY 1) AS BIGINT), CAST(cardinality(ARRAY[1]) AS INTEGER)",
    );
}

#[test]
fn questions_about_the_catalog_are_made_to_run() {
    check(
        "SELECT pg_catalog.array_to_string(n.nspacl, ',') FROM pg_catalog.pg_namespace n; SELECT (SELECT a FROM b)",
        "SELECT NULL::TEXT FROM pg_catalog.pg_namespace n; SELECT (SELECT a FROM b)",
    );
    check(
        "SELECT c.reloptions, CASE WHEN true THEN (SELECT d.adbin FROM pg_attrdef d WHERE d.adrelid = c.oid) END AS x FROM pg_class c",
        "SELECT NULL::TEXT AS reloptions, CASE WHEN true THEN NULL END AS x FROM pg_catalog.pg_class c",
    );
    check(
        "SELECT unnest(i.indkey) AS n FROM pg_catalog.pg_index AS i",
        "SELECT NULL::INTEGER AS n FROM pg_catalog.pg_index AS i",
    );
    check(
        "SELECT (information_schema._pg_expandarray(i.indkey)).n AS n FROM pg_catalog.pg_index AS i",
        "SELECT NULL::INTEGER AS n FROM pg_catalog.pg_index AS i",
    );
    check(
        "SELECT (current_schemas(true))[1] AS a, con.conkey[2] AS b FROM pg_catalog.pg_constraint AS con",
        "SELECT (current_schemas(true))[1] AS a, NULL::INTEGER AS b FROM pg_catalog.pg_constraint AS con",
    );
    check(
        "SELECT typinput = 'pg_catalog.array_in'::regproc AS a FROM pg_type WHERE typreceive != 0 AND oid != 0",
        "SELECT typinput = 'array_in' AS a FROM pg_catalog.pg_type WHERE typreceive <> '-' AND oid <> 0",
    );
    check(
        "SELECT setting FROM pg_settings WHERE name = 'max_index_keys'",
        "SELECT setting FROM postgres_settings() AS pg_settings WHERE name = 'max_index_keys'",
    );
}

#[test]
fn columns_are_called_as_postgresql_calls_them() {
    let check = |text: &str, expect: &[Option<&str>]| {
        let names: Vec<Option<String>> = read(text).remove(0).names;
        assert_eq!(names.iter().map(Option::as_deref).collect::<Vec<_>>(), expect, "{text}");
    };
    check("SELECT count(*), max(cpu_max), service FROM minute", &[Some("count"), Some("max"), None]);
    check(
        "SELECT 1, 1 + 1, 'a', true, '1'::int",
        &[Some("?column?"), Some("?column?"), Some("?column?"), Some("bool"), Some("int4")],
    );
    check(
        "SELECT time::date, (cpu_avg), extract(epoch from time) AS t FROM minute",
        &[Some("time"), Some("cpu_avg"), None],
    );
    check("SELECT count(*) FROM minute UNION ALL SELECT 1", &[Some("count")]);
    check("SELECT (SELECT max(time) FROM minute)", &[Some("max")]);
    check("SELECT *, 1 FROM minute", &[]);
}

#[test]
fn parameters_are_counted_wherever_they_stand() {
    let check = |text: &str, expect: usize| assert_eq!(read(text)[0].parameters, expect, "{text}");
    check("SELECT 1", 0);
    check("SELECT $2 WHERE $1 > '$7'", 2);
    // one that is gone from what is run still counts
    check("SELECT pg_catalog.array_to_string(n.nspacl, $1) FROM pg_catalog.pg_namespace n", 1);
}
