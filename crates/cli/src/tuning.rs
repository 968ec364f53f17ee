//! The configuration as each room wants it.

use crate::arguments::ImportFormat;
use crate::config::{Config, Durability};
use collector::import;
use journal::Durability as Sync;
use model::{DataFolder, Kept, Rules};
use scheduler::Schedule;
use std::path::PathBuf;

/// The job that drops what is no longer kept.
pub(crate) const RETENTION: &str = "retention";

pub(crate) fn folder(config: &Config) -> DataFolder {
    DataFolder::new(&config.data)
}

pub(crate) fn rules(config: &Config) -> Rules {
    let (past, ahead) = (config.collector.past.get(), config.collector.ahead.get());
    Rules { cpu_unit: config.cpu_unit, past: Some(past), ahead: Some(ahead) }
}

fn durability(config: &Config) -> Sync {
    match config.journal.durability {
        Durability::Always => Sync::Always,
        Durability::Interval => Sync::Interval(config.journal.sync_interval.get()),
        Durability::Never => Sync::Never,
    }
}

fn reject_limits(config: &Config) -> collector::RejectLimits {
    let rejects = &config.rejects;
    collector::RejectLimits {
        per_reason_minute: rejects.per_reason_minute,
        file_bytes: rejects.file_bytes.get(),
        files: rejects.files,
    }
}

pub(crate) fn collector(config: &Config) -> anyhow::Result<collector::Settings> {
    let folder = folder(config);
    let intake = &config.collector;
    Ok(collector::Settings {
        udp: config.udp,
        receivers: intake.receivers,
        receive_buffer_bytes: usize::try_from(intake.receive_buffer.get())?,
        rules: rules(config),
        frame_messages: intake.frame_messages,
        frame_age: intake.frame_age.get(),
        durability: durability(config),
        segment_bytes: config.journal.segment_bytes.get(),
        segment_age: config.journal.segment_age.get(),
        services_max: config.limits.services,
        new_names_per_source_hour: Some(config.limits.new_names_per_source_hour).filter(|names| *names > 0),
        allow: intake.allow.clone(),
        rate_limit: (intake.rate_limit > 0).then_some(intake.rate_limit),
        rejects: reject_limits(config),
        journal: folder.journal("collector"),
        quarantine: folder.quarantine("collector"),
        rejects_dir: folder.rejects(),
    })
}

pub(crate) fn import(config: &Config, again: bool, format: Option<ImportFormat>) -> import::Options {
    let folder = folder(config);
    import::Options {
        rejects: reject_limits(config),
        rules: rules(config),
        allow: config.collector.allow.clone(),
        services_max: config.limits.services,
        frame_messages: config.collector.frame_messages,
        segment_bytes: config.journal.segment_bytes.get(),
        segment_age: config.journal.segment_age.get(),
        again,
        format: format.map(|format| match format {
            ImportFormat::Csv => import::Format::Csv,
            ImportFormat::Json => import::Format::Json,
            ImportFormat::Rejects => import::Format::Rejects,
            ImportFormat::Parquet => import::Format::Parquet,
        }),
        ..import::Options::of(folder.path())
    }
}

pub(crate) fn handover(config: &Config) -> anyhow::Result<handover::Options> {
    Ok(handover::Options {
        batch: batch::Limits {
            memory_bytes: usize::try_from(config.batch.memory.get())?,
            partitions: config.batch.threads,
        },
        seal_bytes: config.batch.seal_bytes.get(),
        keep: config.journal.keep.get(),
        roll_wait: std::time::Duration::from_secs(15),
        kept: kept(config),
    })
}

fn kept(config: &Config) -> Kept {
    let kept = &config.retention;
    Kept {
        raw: kept.raw.get(),
        minute: kept.minute.get(),
        hour: kept.hour.get(),
        day: kept.day.get(),
        month: kept.month.get(),
        year: kept.year.get(),
    }
}

/// `spill` is where statements put what does not fit into memory.
pub(crate) fn sql(config: &Config, spill: PathBuf) -> anyhow::Result<query::sql::Options> {
    let asked = &config.query;
    Ok(query::sql::Options {
        memory_bytes: usize::try_from(asked.memory.get())?,
        spill_bytes: asked.spill.get(),
        spill,
        threads: asked.threads,
        timeout: asked.timeout.get(),
        wait: asked.wait.get(),
    })
}

pub(crate) fn views(config: &Config) -> serving::Limits {
    serving::Limits { memory_mb: config.views.memory.get() >> 20, threads: config.views.threads }
}

/// Names and schedules of all jobs.
pub(crate) fn schedules(config: &Config) -> anyhow::Result<Vec<(String, Schedule)>> {
    let jobs = &config.jobs;
    let schedule = |name: &str, expression: &str| Ok((name.to_owned(), Schedule::parse(expression, &jobs.zone)?));
    let all = [("batch", &jobs.batch), ("compact", &jobs.compact), (RETENTION, &jobs.retention)];
    all.into_iter().map(|(name, text)| schedule(name, text)).collect()
}
