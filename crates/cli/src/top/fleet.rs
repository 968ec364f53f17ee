//! The screen of all services: a line per service, in an order, perhaps only some of them.

use crate::chart::Measure;
use model::{Granularity, Seen, Time};
use query::{Row, ServiceLine};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Received within this time, a service is up; after it, late.
pub(crate) const UP: Duration = Duration::from_secs(60);
/// After this time it is silent.
pub(crate) const LATE: Duration = Duration::from_secs(5 * 60);
/// After this time nobody expects it back, and it stands at the end.
pub(crate) const SILENT: Duration = Duration::from_secs(7 * 24 * 3600);
/// Minutes of the small pictures.
pub(crate) const HOUR: usize = 60;
/// Services whose last hour is asked for at once: a request's head has its bounds.
const IN_VIEW_MAX: usize = 100;

/// How a service stands, by the time since a message of it was received; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    Silent,
    Late,
    Up,
    Gone,
}

impl Standing {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Standing::Silent => "silent",
            Standing::Late => "late",
            Standing::Up => "up",
            Standing::Gone => "gone",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) seen: Seen,
    /// The newest minute with messages, of the current and the one before.
    pub(crate) minute: Option<Row>,
    /// Messages of the last whole minute.
    pub(crate) per_minute: u64,
}

impl Line {
    pub(crate) fn standing(&self, now: Time) -> Standing {
        let since = now.since(self.seen.last_received);
        match since {
            _ if since < UP => Standing::Up,
            _ if since < LATE => Standing::Late,
            _ if since < SILENT => Standing::Silent,
            _ => Standing::Gone,
        }
    }

    fn peak(&self, measure: Measure) -> f64 {
        self.minute.as_ref().map_or(-1.0, |row| measure.of(row).max)
    }

    fn load(&self) -> f64 {
        Measure::ALL.into_iter().map(|measure| self.peak(measure)).fold(-1.0, f64::max)
    }
}

/// By what the lines are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// Silent and late services, then those with the highest peak.
    #[default]
    Worst,
    Name,
    Cpu,
    Ram,
    Disk,
    Messages,
    Seen,
}

impl Order {
    pub(crate) const ALL: [Order; 7] =
        [Order::Worst, Order::Name, Order::Cpu, Order::Ram, Order::Disk, Order::Messages, Order::Seen];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Order::Worst => "worst first",
            Order::Name => "service",
            Order::Cpu => "CPU peak",
            Order::Ram => "RAM peak",
            Order::Disk => "disk peak",
            Order::Messages => "messages per minute",
            Order::Seen => "longest not seen",
        }
    }

    /// The series that the small pictures show.
    pub(crate) const fn measure(self) -> Measure {
        match self {
            Order::Ram => Measure::Ram,
            Order::Disk => Measure::Disk,
            _ => Measure::Cpu,
        }
    }

    fn compare(self, one: &Line, other: &Line, now: Time) -> Ordering {
        let falling = |value: fn(&Line, Measure) -> f64, measure| value(other, measure).total_cmp(&value(one, measure));
        match self {
            Order::Worst => {
                one.standing(now).cmp(&other.standing(now)).then_with(|| other.load().total_cmp(&one.load()))
            }
            Order::Name => Ordering::Equal,
            Order::Cpu | Order::Ram | Order::Disk => falling(Line::peak, self.measure()),
            Order::Messages => other.per_minute.cmp(&one.per_minute),
            Order::Seen => one.seen.last_received.cmp(&other.seen.last_received),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Fleet {
    /// By name.
    lines: Vec<Line>,
    /// Which of them are shown, in their order.
    shown: Vec<usize>,
    /// Minutes of the last hour, by service.
    hours: BTreeMap<String, Vec<Row>>,
    pub(crate) order: Order,
    pub(crate) reversed: bool,
    pub(crate) filter: String,
    /// They stand above all others.
    pub(crate) tagged: BTreeSet<String>,
    /// Whether the cursor stays with its service when lines move.
    pub(crate) follow: bool,
    under_cursor: Option<String>,
    /// The line of `shown` that the cursor is on, and the first in view.
    pub(crate) cursor: usize,
    pub(crate) first: usize,
}

impl Fleet {
    /// `minutes` are of the minute of `at` and the one before.
    pub(crate) fn take(&mut self, services: Vec<ServiceLine>, minutes: &[Row], hour: &[Row], at: Time) {
        let last = Granularity::Minute.floor(at).saturating_sub(Duration::from_secs(60));
        let mut newest: BTreeMap<&str, (&Row, u64)> = BTreeMap::new();
        for row in minutes {
            let known = newest.entry(&row.service).or_insert((row, 0));
            known.0 = row;
            known.1 += if row.bucket == Some(last) { row.count } else { 0 };
        }
        let line = |ServiceLine { service: name, seen }: ServiceLine| {
            let found = newest.get(name.as_str());
            let (minute, per_minute) = (found.map(|(row, _)| (*row).clone()), found.map_or(0, |(_, count)| *count));
            Line { name, seen, minute, per_minute }
        };
        self.lines = services.into_iter().map(line).collect();
        self.shown.clear();
        if !hour.is_empty() {
            self.hours.clear();
        }
        for row in hour {
            self.hours.entry(row.service.clone()).or_default().push(row.clone());
        }
    }

    /// Chooses and orders the lines, and keeps the cursor in view; to be called after every change.
    pub(crate) fn arrange(&mut self, now: Time, rows: usize) {
        let filter = self.filter.to_lowercase();
        let mut shown: Vec<usize> = (0..self.lines.len()).collect();
        shown.retain(|index| self.lines[*index].name.to_lowercase().contains(&filter));
        shown.sort_by(|one, other| {
            let (one, other) = (&self.lines[*one], &self.lines[*other]);
            let below = |line: &Line| !self.tagged.contains(&line.name);
            let ordered = self.order.compare(one, other, now).then_with(|| one.name.cmp(&other.name));
            let ordered = if self.reversed { ordered.reverse() } else { ordered };
            below(one).cmp(&below(other)).then(ordered)
        });
        self.shown = shown;
        if let Some(name) = self.under_cursor.clone().filter(|_| self.follow) {
            self.select(&name);
        }
        self.scroll(rows);
    }

    fn scroll(&mut self, rows: usize) {
        self.cursor = self.cursor.min(self.shown.len().saturating_sub(1));
        let lowest = (self.cursor + 1).saturating_sub(rows);
        let highest = self.cursor.min(self.shown.len().saturating_sub(rows));
        self.first = self.first.clamp(lowest, highest.max(lowest));
        self.under_cursor = self.selected().map(|line| line.name.clone());
    }

    pub(crate) fn shown(&self) -> impl ExactSizeIterator<Item = &Line> {
        self.shown.iter().map(|index| &self.lines[*index])
    }

    pub(crate) fn all(&self) -> &[Line] {
        &self.lines
    }

    pub(crate) fn selected(&self) -> Option<&Line> {
        self.shown.get(self.cursor).and_then(|index| self.lines.get(*index))
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }

    /// Puts the cursor on a service, if it is shown.
    pub(crate) fn select(&mut self, name: &str) {
        let place = self.shown().position(|line| line.name == name);
        self.cursor = place.unwrap_or(self.cursor);
    }

    /// The line `steps` below the cursor, or above it.
    pub(crate) fn step(&mut self, steps: isize, rows: usize) {
        self.cursor = self.cursor.saturating_add_signed(steps);
        self.scroll(rows);
    }

    /// The next line whose name holds the text, from `skip` lines behind the cursor on and around the end.
    pub(crate) fn search(&mut self, text: &str, skip: usize, rows: usize) -> bool {
        let (count, text) = (self.shown.len(), text.to_lowercase());
        let places = (skip..count + skip).map(|step| (self.cursor + step) % count.max(1));
        let found = places.into_iter().find(|place| self.lines[self.shown[*place]].name.to_lowercase().contains(&text));
        if let Some(place) = found {
            self.cursor = place;
            self.scroll(rows);
        }
        found.is_some()
    }

    pub(crate) fn tag(&mut self) {
        let Some(name) = self.selected().map(|line| line.name.clone()) else { return };
        if !self.tagged.remove(&name) {
            self.tagged.insert(name);
        }
    }

    pub(crate) fn in_view(&self, rows: usize) -> Vec<String> {
        let names = self.shown().skip(self.first).take(rows.min(IN_VIEW_MAX)).map(|line| line.name.clone());
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names
    }

    /// The last hour of a service, minute by minute; `None` where nothing was sent or is known.
    pub(crate) fn hour(&self, name: &str, now: Time) -> Vec<Option<&Row>> {
        let newest = Granularity::Minute.floor(now);
        let mut minutes = vec![None; HOUR];
        for row in self.hours.get(name).into_iter().flatten() {
            let ago = row.bucket.map_or(u64::MAX, |bucket| newest.since(bucket).as_secs() / 60);
            if let Some(place) = usize::try_from(ago).ok().and_then(|ago| (HOUR - 1).checked_sub(ago)) {
                minutes[place] = Some(row);
            }
        }
        minutes
    }
}
