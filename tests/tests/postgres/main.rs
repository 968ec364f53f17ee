//! The PostgreSQL port as its clients see it: real psql, psycopg, SQLAlchemy, pandas, and the statements that Grafana
//! sends, each against a real daemon.

mod bounds;
mod doors;
mod drivers;
mod psql;

use std::fs;

use system_tests::{BY_HAND, Daemon, Site};

/// An hour of two services, in views, and the first minute of a third, in the realtime views. Everything of the hour is
/// known: `alpha` has a CPU of 0 at 12:00, 0.01 at 12:01 and so on, `beta` 0.2 more, RAM is used to three quarters.
pub(crate) fn seeded() -> (Site, Daemon) {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let file = site.path("hour.csv");
    let lines = (0..60).flat_map(|minute| {
        [("alpha", minute), ("beta", minute + 20)].map(|(service, percent)| {
            format!("{service},2026-11-21T12:{minute:02}:30Z,{},16,4,512,256\n", f64::from(percent) / 100.0)
        })
    });
    fs::write(&file, lines.collect::<String>()).expect("the test's folder can be written");
    site.run(&["import", &file.display().to_string()]).ok();
    site.batch();
    let now = "{\"serviceName\": \"gamma\", \"Timestamp\": \"2026-11-21T13:00:30Z\", \"CPU\": 0.5, \"RAM\": {\"Total\": 16, \
               \"Free\": 8}, \"Disk\": {\"Total\": 512, \"Free\": 256}}";
    let late = site.path("late.ndjson");
    fs::write(&late, now).expect("the test's folder can be written");
    site.run(&["import", &late.display().to_string()]).ok();
    (site, daemon)
}
