//! The commands that print a list: services, ledger, rejects.

use crate::arguments::{Format, Ledger, Rejects, Services};
use crate::config::Config;
use crate::exit::{Ending, Exit};
use crate::render::{self, Align};
use crate::source::Source;
use crate::work::block_on;
use collector::rejects::Rejected;
use model::{Clock, LedgerRowKind, SystemClock};
use query::{LedgerLine, ServiceLine, columns};
use serde::Serialize;
use web::tables;

/// How many refused messages are listed unless somebody asks for more.
const REJECTS: usize = 100;

/// A column of the table for people: its name and the side on which it stands.
type Column = (&'static str, Align);

/// How one kind of row is shown.
struct List<T> {
    columns: &'static [Column],
    /// CSV with the columns that HTTP and SQL have too.
    csv: fn(&[T]) -> anyhow::Result<String>,
    /// For people.
    cells: fn(&T) -> Vec<String>,
    nothing: &'static str,
}

fn rendered<T: Serialize>(rows: &[T], format: Format, list: &List<T>) -> anyhow::Result<String> {
    Ok(match format {
        Format::Json => render::json(&rows)?,
        Format::Ndjson => render::ndjson(rows)?,
        Format::Csv => (list.csv)(rows)?,
        Format::Table if rows.is_empty() => format!("{}\n", list.nothing),
        Format::Table => render::table(list.columns, rows.iter().map(list.cells)),
    })
}

pub(super) fn services(arguments: &Services, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    let rows = block_on(async { Source::open(server, config).await?.services(config).await })?;
    let list = List::<ServiceLine> {
        columns: &[
            ("service", Align::Left),
            ("first_seen", Align::Left),
            ("last_seen", Align::Left),
            ("last_received", Align::Left),
            ("count", Align::Right),
        ],
        csv: |rows| render::tabular(&columns::services(rows)?),
        cells: |row| {
            let times = [row.seen.first_seen, row.seen.last_seen, row.seen.last_received].map(render::short_time);
            [row.service.clone()].into_iter().chain(times).chain([render::count(row.seen.count)]).collect()
        },
        nothing: "no service has been seen; send a first message: vitals send --service hello --cpu 0.4",
    };
    render::print(&rendered(&rows, arguments.format, &list)?)?;
    Ok(Exit::Fine)
}

pub(super) fn ledger(arguments: &Ledger, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    let range = arguments.range.resolve_or_usual(SystemClock.now()).map_err(Ending::usage)?;
    let rows = block_on(async { Source::open(server, config).await?.ledger(range, config).await })?;
    let list = List::<LedgerLine> {
        columns: &[
            ("minute", Align::Left),
            ("source", Align::Left),
            ("received", Align::Right),
            ("accepted", Align::Right),
            ("duplicate", Align::Right),
            ("rejected", Align::Right),
            ("shed", Align::Right),
            ("kernel_dropped", Align::Right),
            ("note", Align::Left),
        ],
        csv: |rows| render::tabular(&columns::ledger(rows)?),
        cells: ledger_cells,
        nothing: "nothing was received in this range, and nobody was listening",
    };
    render::print(&rendered(&rows, arguments.format, &list)?)?;
    Ok(Exit::Fine)
}

fn ledger_cells(line: &LedgerLine) -> Vec<String> {
    match line {
        LedgerLine::Minute { minute, source, received, accepted, duplicate, rejected, shed, kernel_dropped } => {
            let reasons: Vec<String> = rejected.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
            let numbers =
                [*received, *accepted, *duplicate, rejected.values().sum(), *shed].map(|count| count.to_string());
            let dropped = kernel_dropped.map_or("unknown".to_owned(), |count| count.to_string());
            let words = [minute.to_string(), source.clone()];
            words.into_iter().chain(numbers).chain([dropped, reasons.join(", ")]).collect()
        }
        LedgerLine::Span(row) => {
            let note = match &row.kind {
                LedgerRowKind::Gap { clean: true } => format!("stopped until {}", row.to),
                LedgerRowKind::Gap { clean: false } => format!("ended uncleanly; not known until {}", row.to),
                LedgerRowKind::Damage { segment, .. } => format!("segment {segment} is damaged, until {}", row.to),
                LedgerRowKind::Counts(_) => String::new(),
            };
            let nothing = std::iter::repeat_n(String::new(), 6);
            [row.from.to_string(), row.source.clone()].into_iter().chain(nothing).chain([note]).collect()
        }
    }
}

pub(super) fn rejects(arguments: &Rejects, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    let (reason, limit) = (arguments.reason, arguments.limit.unwrap_or(REJECTS));
    let rows = block_on(async { Source::open(server, config).await?.rejects(reason, limit).await })?;
    let list = List::<Rejected> {
        columns: &[
            ("reason", Align::Left),
            ("received_at", Align::Left),
            ("source", Align::Left),
            ("detail", Align::Left),
            ("bytes", Align::Left),
        ],
        csv: |rows| render::tabular(&tables::rejects(rows)?),
        cells: |row| {
            let bytes = row.escaped();
            let shown = if bytes.len() > 80 { format!("{}…", &bytes[..79]) } else { bytes };
            let at = render::short_time(row.received_at);
            vec![row.reason.to_string(), at, row.source.clone(), row.detail.clone(), shown]
        },
        nothing: "nothing was refused",
    };
    render::print(&rendered(&rows, arguments.format.unwrap_or_default(), &list)?)?;
    Ok(Exit::Fine)
}
