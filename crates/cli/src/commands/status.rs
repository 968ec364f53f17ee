//! `vitals status`: only of a running process; looks and creates nothing.

use crate::arguments::{ReportFormat, Status};
use crate::client::Client;
use crate::commands::recovery;
use crate::config::Config;
use crate::exit::{Ending, Exit};
use crate::render;
use crate::work::block_on;
use web::TaskStatus;
use web::status::Unwell;

pub(super) fn run(arguments: &Status, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    if arguments.recovery {
        return recovery::run(arguments.format, server, config);
    }
    let client = match server {
        Some(server) => Client::named(&server, config)?,
        None => Client::serving(config)?,
    };
    let status: web::Status = block_on(client.status())?;
    match status.check() {
        Err(unwell) if arguments.check || unwell == Unwell::NotReady => return Err(Ending::not_ready(unwell).into()),
        _ if arguments.check => return Ok(Exit::Fine),
        _ => {}
    }
    match arguments.format {
        ReportFormat::Json => render::print(&render::json(&status)?)?,
        ReportFormat::Table => render::print(&report(&status))?,
    }
    Ok(Exit::Fine)
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
        ("postgres", status.postgres.map_or("off".to_owned(), |address| address.to_string())),
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
    fn a_task_says_when_it_died_last() {
        let board = TaskBoard::default();
        let check = |expect: &str| assert_eq!(line(&board.statuses()[0]), expect);
        board.started("answering");
        check("answering: running");
        board.died("answering", "too many open files", Time::from_micros(0));
        let died = "died last at 1970-01-01 00:00:00: too many open files";
        check(&format!("answering: dead, about to be started again, {died}"));
        board.started("answering");
        check(&format!("answering: running, started again 1 times, {died}"));
    }
}
