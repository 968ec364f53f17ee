//! `vitals jobs`: the list, a run, the history.

use crate::arguments::{Format, Jobs, JobsAction};
use crate::client::Client;
use crate::config::Config;
use crate::exit::{Ending, Exit};
use crate::holder::{self, Taken};
use crate::render::{self, Align};
use crate::tuning::{self, RETENTION};
use crate::work::{Place, Workshop, block_on, jobs_at_rest};
use handover::Retention;
use handover::retain::Below;
use model::Time;
use scheduler::{History, JobStatus, LastRun, PastRun, Run, past_runs};

pub(super) fn run(arguments: &Jobs, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    block_on(async {
        match &arguments.action {
            None => list(&statuses(server, config).await?, arguments.format),
            Some(JobsAction::History { name, limit }) => {
                past(&history(server, config, name.as_deref(), *limit).await?, arguments.format)
            }
            Some(JobsAction::Run { name, dry_run: true }) => rehearse(name, server, config).await,
            Some(JobsAction::Run { name, dry_run: false }) => run_now(name, server, config).await,
        }
    })
}

/// The daemon to ask, or `None` where nobody serves the folder.
async fn daemon(server: Option<String>, config: &Config) -> anyhow::Result<Option<Client>> {
    match server {
        Some(server) => Client::named(&server, config).map(Some),
        None => match holder::take(&tuning::folder(config), false).await? {
            Taken::Served(holder) => Client::of(&holder, config).map(Some),
            Taken::Lock(_) => Ok(None),
        },
    }
}

async fn statuses(server: Option<String>, config: &Config) -> anyhow::Result<Vec<JobStatus>> {
    match daemon(server, config).await? {
        Some(client) => client.get("jobs", &Vec::new()).await,
        None => jobs_at_rest(config),
    }
}

async fn history(
    server: Option<String>,
    config: &Config,
    name: Option<&str>,
    limit: usize,
) -> anyhow::Result<Vec<PastRun>> {
    let names: Vec<String> = tuning::schedules(config)?.into_iter().map(|(name, _)| name).collect();
    if let Some(name) = name.filter(|name| !names.iter().any(|known| known == name)) {
        let known = names.join(", ");
        return Err(Ending::usage(format!("no job is called {name:?}; choose one of: {known}")).into());
    }
    match daemon(server, config).await? {
        Some(client) => {
            let name = name.map(|name| ("name", name.to_owned()));
            client.get("jobs/history", &name.into_iter().chain([("limit", limit.to_string())]).collect()).await
        }
        None => {
            let runs = History::read(&tuning::folder(config).job_history())?;
            Ok(past_runs(&jobs_at_rest(config)?, &runs, name, limit))
        }
    }
}

async fn run_now(name: &str, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    let served = |client: Client| async move { client.post::<Run>(&format!("jobs/{name}/run"), &Vec::new()).await };
    let run = match server {
        Some(server) => served(Client::named(&server, config)?).await?,
        None => match Workshop::open(config, tuning::folder(config)).await? {
            Place::Served(holder) => served(Client::of(&holder, config)?).await?,
            Place::Here(workshop) => workshop.run(name).await?,
        },
    };
    if !run.is_ok() {
        anyhow::bail!("job {name} {}; vitals jobs history shows earlier runs", run.outcome);
    }
    let Run { took_ms, rows, segments, expired, .. } = run;
    let what = match name {
        RETENTION => format!("{rows} messages dropped, whose rollups stay, {expired} files and rows of views removed"),
        _ => format!("{rows} rows, {segments} segments, {expired} expired"),
    };
    render::print(&format!("{name}: {what}, in {took_ms} ms\n"))?;
    Ok(Exit::Fine)
}

/// Says what retention would drop.
async fn rehearse(name: &str, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    if name != RETENTION {
        return Err(Ending::usage(format!("job {name} has no dry run; only {RETENTION} drops anything")).into());
    }
    let served = |client: Client| async move { client.get::<Retention>("retention", &Vec::new()).await };
    let would = match server {
        Some(server) => served(Client::named(&server, config)?).await?,
        None => match Workshop::open(config, tuning::folder(config)).await? {
            Place::Served(holder) => served(Client::of(&holder, config)?).await?,
            Place::Here(workshop) => workshop.handover.would_drop().await?,
        },
    };
    render::print(&rehearsed(&would))?;
    Ok(Exit::Fine)
}

fn rehearsed(would: &Retention) -> String {
    let Some(before) = would.raw_before else {
        return "everything is kept forever; set retention.raw and what follows it\n".to_owned();
    };
    let (messages, files) = (render::count(would.messages), render::count(would.files));
    let mut text =
        format!("would drop {messages} raw messages in {files} files, of days before {before}; their rollups stay\n");
    for (granularity, Below { before, rows }) in &would.views {
        text.push_str(&format!("would drop {} rows of {granularity}s before {before}\n", render::count(*rows)));
    }
    text
}

const COLUMNS: [(&str, Align); 9] = [
    ("name", Align::Left),
    ("schedule", Align::Left),
    ("next", Align::Left),
    ("last_started", Align::Left),
    ("last_took_ms", Align::Right),
    ("last_outcome", Align::Left),
    ("last_rows", Align::Right),
    ("last_segments", Align::Right),
    ("last_expired", Align::Right),
];

fn list(jobs: &[JobStatus], format: Format) -> anyhow::Result<Exit> {
    if format == Format::Csv {
        render::print(&render::tabular(&web::tables::jobs(jobs)?)?)?;
        return Ok(Exit::Fine);
    }
    let cells = jobs.iter().map(|job| cells(&job.name, Some(&job.schedule), job.next, job.last.as_ref()));
    print(jobs, cells, format)
}

fn past(runs: &[PastRun], format: Format) -> anyhow::Result<Exit> {
    let cells = runs.iter().map(|run| cells(&run.name, run.schedule.as_ref(), run.next, Some(&run.last)));
    print(runs, cells, format)
}

fn print<T: serde::Serialize>(
    rows: &[T],
    cells: impl Iterator<Item = Vec<String>>,
    format: Format,
) -> anyhow::Result<Exit> {
    render::print(&match format {
        Format::Json => render::json(&rows)?,
        Format::Ndjson => render::ndjson(rows)?,
        Format::Csv => render::csv(&COLUMNS.map(|(name, _)| name), cells),
        Format::Table => render::table(&COLUMNS, cells),
    })?;
    Ok(Exit::Fine)
}

fn cells(name: &str, schedule: Option<&String>, next: Option<Time>, last: Option<&LastRun>) -> Vec<String> {
    let text = |value: Option<String>| value.unwrap_or_default();
    vec![
        name.to_owned(),
        text(schedule.cloned()),
        text(next.map(|time| time.to_string())),
        text(last.map(|last| last.started.to_string())),
        text(last.map(|last| last.took_ms.to_string())),
        text(last.map(|last| last.outcome.clone())),
        text(last.map(|last| last.rows.to_string())),
        text(last.map(|last| last.segments.to_string())),
        text(last.map(|last| last.expired.to_string())),
    ]
}
