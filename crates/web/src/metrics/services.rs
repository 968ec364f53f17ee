//! `/metrics/services`: every service as it stands, all of one cut.
//!
//! A service has up to 13 series, and there are no more services than `limits.services` and those known from before. The
//! minute is the last one that was over; mean, peak and count are those of `vitals query --every minute`, bit for bit, and
//! change when messages of that minute come late. A service without a message in it has none of the three.

use super::families::{Families, Sample, alone, sample};
use super::jobs::seconds;
use model::Seen;
use query::{Fleet, LastMessage, Minute, Series, ServiceNow};

/// What is watched of a service: its name in metrics and in words, and where it is found.
struct Watched {
    name: &'static str,
    words: &'static str,
    last: fn(&LastMessage) -> f64,
    minute: fn(&Minute) -> Series,
}

const WATCHED: [Watched; 3] = [
    Watched { name: "cpu", words: "CPU utilization", last: |last| last.cpu, minute: |minute| minute.cpu },
    Watched { name: "ram", words: "RAM utilization", last: |last| last.ram, minute: |minute| minute.ram },
    Watched { name: "disk", words: "Disk utilization", last: |last| last.disk, minute: |minute| minute.disk },
];

pub(super) fn families(fleet: &Fleet) -> Families {
    let mut families = Families::default();
    families.gauge(
        "vitals_service_minute_start_timestamp_seconds",
        "When the minute began that the minute's means, peaks and counts are of.",
        alone(seconds(fleet.previous)),
    );
    for Watched { name, words, last, minute: series } in WATCHED {
        families.gauge(
            &format!("vitals_service_{name}_ratio"),
            &format!("{words}, 0 to 1, of the message that was received last."),
            each(fleet, |_, now| now.last.as_ref().map(last)),
        );
        let minute =
            |value: fn(Series) -> f64| each(fleet, |_, now| now.previous.as_ref().map(|minute| value(series(minute))));
        families.gauge(
            &format!("vitals_service_{name}_minute_avg_ratio"),
            &format!("{words}, 0 to 1: the mean of the last whole minute's messages."),
            minute(|series| series.avg),
        );
        families.gauge(
            &format!("vitals_service_{name}_minute_max_ratio"),
            &format!("{words}, 0 to 1: the peak of the last whole minute's messages."),
            minute(|series| series.max),
        );
    }
    families.gauge(
        "vitals_service_minute_messages",
        "Messages in the last whole minute, by their own time.",
        each(fleet, |_, now| now.previous.map(|minute| minute.count as f64)),
    );
    families.counter(
        "vitals_service_messages_total",
        "Messages ever accepted; it goes on over restarts.",
        each(fleet, |seen, _| Some(seen.count as f64)),
    );
    families.gauge(
        "vitals_service_last_seen_timestamp_seconds",
        "The latest time that a message of the service carries.",
        each(fleet, |seen, _| Some(seconds(seen.last_seen))),
    );
    families.gauge(
        "vitals_service_last_received_timestamp_seconds",
        "When a message of the service was received last.",
        each(fleet, |seen, _| Some(seconds(seen.last_received))),
    );
    families
}

fn each(fleet: &Fleet, value: impl Fn(&Seen, &ServiceNow) -> Option<f64>) -> Vec<Sample> {
    let services = fleet.services.iter();
    services.filter_map(|(service, (seen, now))| Some(sample(&[("service", service)], value(seen, now)?))).collect()
}
