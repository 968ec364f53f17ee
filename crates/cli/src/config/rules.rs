//! What a value of the right type must hold besides: bounds without which a part of Vitals could not work.

use super::Config;
use scheduler::Schedule;
use std::time::Duration;

/// A key, what must hold, and how an error says it.
pub(super) struct Rule {
    pub(super) key: &'static str,
    pub(super) expected: &'static str,
    pub(super) holds: fn(&Config) -> bool,
}

const fn rule(key: &'static str, expected: &'static str, holds: fn(&Config) -> bool) -> Rule {
    Rule { key, expected, holds }
}

pub(super) const RULES: &[Rule] = &[
    rule("http", BEYOND, |config| {
        let guarded = config.tokens.read_file.is_some() && config.tokens.operate_file.is_some();
        guarded || config.http.ip().to_canonical().is_loopback()
    }),
    rule("postgres", BEYOND_POSTGRES, |config| {
        let guarded = config.tokens.read_file.is_some();
        guarded || config.postgres.get().is_none_or(|address| address.ip().to_canonical().is_loopback())
    }),
    rule("postgres_tls.certificate", "set where postgres_tls.key is", |config| {
        config.postgres_tls.certificate.is_some() || config.postgres_tls.key.is_none()
    }),
    rule("postgres_tls.key", "set where postgres_tls.certificate is", |config| {
        config.postgres_tls.key.is_some() || config.postgres_tls.certificate.is_none()
    }),
    rule("collector.receivers", "from 1 to 64", |config| (1..=64).contains(&config.collector.receivers)),
    rule("collector.frame_messages", "from 1 to 65536", |config| {
        (1..=65_536).contains(&config.collector.frame_messages)
    }),
    rule("collector.frame_age", "from 1ms to 1s", |config| {
        (1..=1_000).contains(&config.collector.frame_age.get().as_millis())
    }),
    rule("journal.sync_interval", "from 1ms to 1m", |config| {
        (1..=60_000).contains(&config.journal.sync_interval.get().as_millis())
    }),
    rule("journal.segment_bytes", "from 1MiB to 1GiB", |config| {
        ((1 << 20)..=(1 << 30)).contains(&config.journal.segment_bytes.get())
    }),
    rule("journal.segment_age", "from 100ms to 10m", |config| {
        (100..=600_000).contains(&config.journal.segment_age.get().as_millis())
    }),
    rule("rejects.file_bytes", "at least 64KiB", |config| config.rejects.file_bytes.get() >= 64 << 10),
    rule("rejects.files", "at least 2", |config| config.rejects.files >= 2),
    rule("limits.services", "from 1 to 1000000", |config| (1..=1_000_000).contains(&config.limits.services)),
    rule("limits.unpublished_segments", "at least 1", |config| config.limits.unpublished_segments >= 1),
    rule("limits.ingest_body", "from 64KiB to 32MiB", |config| {
        ((64 << 10)..=(32 << 20)).contains(&config.limits.ingest_body.get())
    }),
    rule("query.timeout", "longer than query.wait", |config| config.query.timeout > config.query.wait),
    rule("batch.memory", "at least 64MiB", |config| config.batch.memory.get() >= 64 << 20),
    rule("batch.threads", "from 1 to 256", |config| (1..=256).contains(&config.batch.threads)),
    rule("batch.seal_bytes", "at least 1MiB", |config| config.batch.seal_bytes.get() >= 1 << 20),
    rule("query.memory", "at least 16MiB", |config| config.query.memory.get() >= 16 << 20),
    rule("query.threads", "from 1 to 256", |config| (1..=256).contains(&config.query.threads)),
    rule("views.memory", "at least 64MiB", |config| config.views.memory.get() >= 64 << 20),
    rule("views.threads", "from 1 to 256", |config| (1..=256).contains(&config.views.threads)),
    rule("retention.raw", "forever, or at least 1d", |config| {
        config.retention.raw.get().is_none_or(|kept| kept >= Duration::from_secs(86_400))
    }),
    rule("retention.minute", "at least as long as retention.raw, which is forever unless set", |config| {
        config.retention.minute.covers(config.retention.raw)
    }),
    rule("retention.hour", "at least as long as retention.minute, which is forever unless set", |config| {
        config.retention.hour.covers(config.retention.minute)
    }),
    rule("retention.day", "at least as long as retention.hour, which is forever unless set", |config| {
        config.retention.day.covers(config.retention.hour)
    }),
    rule("retention.month", "at least as long as retention.day, which is forever unless set", |config| {
        config.retention.month.covers(config.retention.day)
    }),
    rule("retention.year", "at least as long as retention.month, which is forever unless set", |config| {
        config.retention.year.covers(config.retention.month)
    }),
    rule("jobs.zone", "a time zone such as UTC or Europe/Berlin", |config| is_schedule("* * * * *", config)),
    rule("jobs.batch", CRON, |config| is_schedule(&config.jobs.batch, config)),
    rule("jobs.compact", CRON, |config| is_schedule(&config.jobs.compact, config)),
    rule("jobs.retention", CRON, |config| is_schedule(&config.jobs.retention, config)),
];

const BEYOND: &str = "an address of this machine alone such as 127.0.0.1:3501; to be reached from elsewhere set \
                      tokens.read_file and tokens.operate_file, see docs/security.md";

const BEYOND_POSTGRES: &str = "off, or an address of this machine alone such as 127.0.0.1:5433; to be reached from \
                               elsewhere set tokens.read_file, see docs/security.md";

const CRON: &str = "a cron expression such as \"*/5 * * * *\"";

fn is_schedule(expression: &str, config: &Config) -> bool {
    Schedule::parse(expression, &config.jobs.zone).is_ok()
}
