//! Programs that speak the protocol through a driver: each script of `tests/python` asserts what it sees, and ends with
//! what it has seen.

use system_tests::Output;
use system_tests::inputs::python;

use crate::seeded;

#[test]
fn drivers_and_dashboards_find_a_postgresql() {
    let (_site, daemon) = seeded();
    let port = daemon.postgres().port().to_string();
    for script in ["postgres_psycopg.py", "postgres_parameters.py", "postgres_sqlalchemy.py", "postgres_grafana.py"] {
        let output = Output::of(python(script).arg(&port)).ok();
        assert_eq!(output.stdout.trim_end().lines().last(), Some("all as expected"), "{script}: {output:?}");
    }
}
