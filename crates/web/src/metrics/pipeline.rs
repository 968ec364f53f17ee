//! How far the layers have come: journals, realtime views, batch views, master dataset.

use super::collected::source;
use super::families::{Families, Sample, alone, sample};
use crate::front::Front;
use handover::JournalStanding;
use model::{Clock, SystemClock, Time};
use std::collections::BTreeMap;

/// The journals of one source: one, but for imports.
#[derive(Debug, Default)]
struct Journals {
    /// Of the journal that was written last, where there are several.
    watermark: u64,
    unpublished: u64,
    oldest_unpublished: Option<Time>,
    segments: u64,
    segment_bytes: u64,
}

pub(super) fn families(families: &mut Families, front: &Front, journals: &[JournalStanding]) {
    journals_families(families, &by_source(journals));
    realtime(families, front);
    views(families, front);
}

fn by_source(journals: &[JournalStanding]) -> BTreeMap<&str, Journals> {
    let mut sources: BTreeMap<&str, Journals> = BTreeMap::new();
    for journal in journals {
        let sum = sources.entry(source(&journal.name)).or_default();
        sum.watermark = sum.watermark.max(journal.watermark);
        sum.unpublished += journal.unpublished;
        sum.oldest_unpublished = match (sum.oldest_unpublished, journal.oldest_unpublished) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        sum.segments += journal.segments;
        sum.segment_bytes += journal.segment_bytes;
    }
    sources
}

fn journals_families(families: &mut Families, sources: &BTreeMap<&str, Journals>) {
    let now = SystemClock.now();
    let each = |value: &dyn Fn(&Journals) -> f64| -> Vec<Sample> {
        sources.iter().map(|(name, journals)| sample(&[("source", name)], value(journals))).collect()
    };
    families.gauge("vitals_journal_segments", "Segment files on disk.", each(&|journals| journals.segments as f64));
    families.gauge(
        "vitals_journal_bytes",
        "Bytes of the segment files on disk.",
        each(&|journals| journals.segment_bytes as f64),
    );
    families.gauge(
        "vitals_journal_watermark_segment",
        "The last segment that the views hold; 0 before the first batch.",
        each(&|journals| journals.watermark as f64),
    );
    families.gauge(
        "vitals_journal_watermark_lag_segments",
        "Segments that the views do not hold yet, each a generation of the realtime views.",
        each(&|journals| journals.unpublished as f64),
    );
    families.gauge(
        "vitals_journal_watermark_lag_seconds",
        "How long ago the oldest message was received that the views do not hold yet; 0 when they hold all.",
        each(&|journals| journals.oldest_unpublished.map_or(0.0, |oldest| now.since(oldest).as_secs_f64())),
    );
}

fn realtime(families: &mut Families, front: &Front) {
    let speed = &front.store.speed;
    families.gauge(
        "vitals_realtime_lag_seconds",
        "How far the realtime views may be behind the journals: what was appended before that has been read.",
        alone(speed.lag().as_secs_f64()),
    );
    families.gauge("vitals_realtime_cells", "Cells of the realtime views in memory.", alone(speed.cells() as f64));
    families.gauge(
        "vitals_realtime_cells_limit",
        "So many cells, and the journals are read no further until a batch is published.",
        alone(speed.cells_max() as f64),
    );
}

fn views(families: &mut Families, front: &Front) {
    let views = &front.store.views;
    let progress = views.progress();
    families.gauge(
        "vitals_views_rebuilding",
        "Whether there are no views that can answer, so that questions wait for a rebuild.",
        alone(f64::from(progress.is_some())),
    );
    let share = progress.filter(|progress| progress.total > 0);
    families.gauge(
        "vitals_views_rebuild_progress_ratio",
        "How much of the master dataset the rebuild has folded; absent when none goes on.",
        share.map(|progress| (Vec::new(), progress.done as f64 / progress.total as f64)),
    );
    let number = views.number().ok().flatten();
    families.gauge(
        "vitals_views_number",
        "The number of the views that answer; each rebuild raises it.",
        number.map(|number| (Vec::new(), number as f64)),
    );
}

/// False where the master dataset cannot be read.
pub(super) fn master(families: &mut Families, front: &Front) -> bool {
    let Ok((files, bytes)) = front.store.master_files() else { return false };
    families.gauge("vitals_master_files", "Data files of the master dataset's messages.", alone(files as f64));
    families.gauge("vitals_master_bytes", "Bytes of the master dataset's messages.", alone(bytes as f64));
    true
}
