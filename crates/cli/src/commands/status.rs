//! `vitals status`: only of a running process; looks and creates nothing.

use crate::arguments::{ReportFormat, Status};
use crate::client::Client;
use crate::commands::recovery;
use crate::config::Config;
use crate::exit::{Ending, Exit};
use crate::render;
use crate::work::block_on;
use web::TaskStatus;

pub(super) fn run(arguments: &Status, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    if arguments.recovery {
        return recovery::run(arguments.format, server, config);
    }
    let client = match server {
        Some(server) => Client::named(&server, config)?,
        None => Client::serving(config)?,
    };
    let status: web::Status = block_on(client.status())?;
    if !status.ready {
        return Err(Ending::not_ready("the process is recovering or rebuilding its views; ask again later").into());
    }
    match arguments.format {
        _ if arguments.check => return healthy(status.dead_task()),
        ReportFormat::Json => render::print(&render::json(&status)?)?,
        ReportFormat::Table => render::print(&report(&status))?,
    }
    Ok(Exit::Fine)
}

fn healthy(dead: Option<&TaskStatus>) -> anyhow::Result<Exit> {
    let Some(TaskStatus { name, last_error, .. }) = dead else { return Ok(Exit::Fine) };
    let why = last_error.as_deref().unwrap_or("for an unknown reason");
    Err(Ending::not_ready(format!("{name} has died ({why}) and is about to be started again; see vitals status"))
        .into())
}

fn shedding(status: &web::Status) -> String {
    let now = |shedding: &collector::Shedding| format!(", now, since {}: {}", shedding.since, shedding.reason);
    status.shedding.as_ref().map(now).unwrap_or_default()
}

fn report(status: &web::Status) -> String {
    let known = |count: Option<u64>| count.map_or("unknown".to_owned(), render::count);
    let reasons: Vec<String> = status.rejected.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    let rejected = render::count(status.rejected.values().sum());
    let watermark = status.watermark.iter().flatten().map(|(journal, segment)| format!("{journal} {segment}"));
    let mut lines = vec![
        ("version", format!("{}, up {} s", status.version, status.uptime_s)),
        ("received", render::count(status.received)),
        ("accepted", render::count(status.accepted)),
        ("duplicate", render::count(status.duplicate)),
        ("rejected", if reasons.is_empty() { rejected } else { format!("{rejected} ({})", reasons.join(", ")) }),
        ("shed", render::count(status.shed) + &shedding(status)),
        ("kernel dropped", known(status.kernel_dropped)),
        ("in flight", render::count(status.in_flight)),
        (
            "watermark",
            Some(watermark.collect::<Vec<_>>().join(", "))
                .filter(|text| !text.is_empty())
                .unwrap_or("nothing published".to_owned()),
        ),
        ("segments", format!("{} on disk, {} above the watermark", status.segments, status.generations)),
        (
            "realtime",
            format!("{} of {} cells", render::count(status.cells as u64), render::count(status.cells_max as u64)),
        ),
        ("receive buffer", format!("{} bytes per socket", render::count(status.receive_buffer_bytes as u64))),
        ("durability", status.durability.clone()),
    ];
    for job in &status.jobs {
        let last = job.last.as_ref().map_or("never run".to_owned(), |last| {
            format!("{} at {} in {} ms", last.outcome, render::short_time(last.started), last.took_ms)
        });
        let next = job.next.map_or(String::new(), |next| format!("; next {}", render::short_time(next)));
        lines.push(("job", format!("{} {}: {last}{next}", job.name, job.schedule)));
    }
    for task in &status.tasks {
        lines.push(("task", line(task)));
    }
    lines.iter().map(|(name, value)| format!("{name:<15} {value}\n")).collect()
}

fn line(task: &TaskStatus) -> String {
    let state = if task.running { "running" } else { "dead, about to be started again" };
    let error = task.last_error.as_deref().unwrap_or_default();
    let death =
        task.last_death.map_or(String::new(), |at| format!(", died last at {}: {error}", render::short_time(at)));
    let restarts = if task.restarts > 0 { format!(", started again {} times", task.restarts) } else { String::new() };
    format!("{}: {state}{restarts}{death}", task.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Time;
    use web::TaskBoard;

    #[test]
    fn a_dead_task_is_no_health_until_it_runs_again() {
        let board = TaskBoard::default();
        let check = |expect: Option<&str>| {
            let tasks = board.statuses();
            let found = healthy(tasks.iter().find(|task| !task.running)).err().map(|error| error.to_string());
            assert_eq!(found.as_deref(), expect);
            line(&tasks[0])
        };
        board.started("answering");
        assert_eq!(check(None), "answering: running");
        board.died("answering", "too many open files", Time::from_micros(0));
        let told =
            check(Some("answering has died (too many open files) and is about to be started again; see vitals status"));
        assert_eq!(
            told,
            "answering: dead, about to be started again, died last at 1970-01-01 00:00:00: too many open files"
        );
        board.started("answering");
        let told = check(None);
        assert_eq!(
            told,
            "answering: running, started again 1 times, died last at 1970-01-01 00:00:00: too many open files"
        );
    }
}
