//! `vitals rejects export`: what was refused, byte for byte, and how much of it is not there any more.

use crate::arguments::RangeArguments;
use crate::config::Config;
use crate::exit::{Ending, Exit};
use crate::render;
use crate::source::Source;
use crate::work::block_on;
use collector::rejects::Rejected;
use model::{Clock, Granularity, Reason, SystemClock, Time, TimeRange};
use query::LedgerLine;
use std::io::{self, BufWriter, Write};

/// As large as a daemon takes a limit to be, and far above what is ever kept.
const ALL: usize = u32::MAX as usize;

pub(super) fn run(
    reason: Option<Reason>,
    range: &RangeArguments,
    server: Option<String>,
    config: &Config,
) -> anyhow::Result<Exit> {
    let now = SystemClock.now();
    let range = match range.resolve(now).map_err(Ending::usage)? {
        Some(range) => range,
        None => TimeRange::new(Time::MIN, Granularity::Minute.next(Granularity::Minute.floor(now)))?,
    };
    let (kept, counted) = block_on(async {
        let source = Source::open(server, config).await?;
        // first what is counted: a message that comes in between is then kept and not counted, which takes none away
        let counted = source.ledger(whole_minutes(&range), config).await;
        Ok((source.rejects(reason, ALL).await?, counted))
    })?;
    let (again, kept): (Vec<Rejected>, Vec<Rejected>) =
        kept.into_iter().partition(|rejected| rejected.may_have_come_again());
    let wanted: Vec<&Rejected> =
        kept.iter().filter(|rejected| range.from <= rejected.received_at && rejected.received_at < range.to).collect();
    write(&wanted)?;
    let in_minutes = |rejected: &&Rejected| {
        let minutes = whole_minutes(&range);
        minutes.from <= rejected.received_at && rejected.received_at < minutes.to
    };
    let known = [&kept, &again].into_iter().flatten().filter(in_minutes).count() as u64;
    let lines = counted.map(|lines| lines.iter().map(|line| refused(line, reason)).sum::<u64>());
    tell(&wanted, again.iter().filter(in_minutes).count() as u64, lines.map(|counted| counted.saturating_sub(known)));
    Ok(Exit::Fine)
}

/// The ledger counts by minutes.
fn whole_minutes(range: &TimeRange) -> TimeRange {
    let minute = Granularity::Minute;
    let to = minute.floor(range.to);
    TimeRange { from: minute.floor(range.from), to: if to < range.to { minute.next(to) } else { to } }
}

fn refused(line: &LedgerLine, reason: Option<Reason>) -> u64 {
    let LedgerLine::Minute { rejected, .. } = line else { return 0 };
    match reason {
        Some(reason) => rejected.get(&reason).copied().unwrap_or(0),
        None => rejected.values().sum(),
    }
}

/// A reader that has seen enough, such as `head`, is no error.
fn write(rejected: &[&Rejected]) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written =
        rejected.iter().try_for_each(|rejected| writeln!(out, "{}", rejected.line())).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn tell(exported: &[&Rejected], again: u64, missing: anyhow::Result<u64>) {
    let count = |number: usize| render::count(number as u64);
    eprintln!("vitals: exported {} refused messages", count(exported.len()));
    match missing {
        Ok(0) => {}
        Ok(missing) => eprintln!(
            "vitals: {} more were counted and are not kept: beyond rejects.per_reason_minute, gone with an old file, or refused once more by an import of this export",
            render::count(missing)
        ),
        Err(error) => eprintln!("vitals: how many more were counted and are not kept cannot be told: {error:#}"),
    }
    let cut = exported.iter().filter(|rejected| rejected.is_cut()).count();
    if cut > 0 {
        eprintln!("vitals: {} are cut at 64 KiB; they are too large to be accepted in any case", count(cut));
    }
    if again > 0 {
        eprintln!(
            "vitals: {} are left out: their senders got no answer and sent them again, so they may be in already",
            render::count(again)
        );
    }
}
