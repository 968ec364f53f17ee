//! The ledger as counters: what became of everything that arrived.

use super::families::{Families, Sample, alone, sample};
use crate::front::Front;
use handover::JournalStanding;
use model::{Counts, Reason};
use std::collections::BTreeMap;

/// All imports count as this source: each has a journal of its own, and their number is unbounded.
pub(super) const IMPORT: &str = "import";

/// A journal's name as a label.
pub(super) fn source(journal: &str) -> &str {
    if journal.starts_with("import-") { IMPORT } else { journal }
}

/// What is counted of one source.
#[derive(Debug, Default)]
struct Source {
    counts: Counts,
    unknown_spans: u64,
    damaged: u64,
}

pub(super) fn families(families: &mut Families, front: &Front, journals: &[JournalStanding]) {
    let own = front.collector.as_ref().map(collector::Handle::status);
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();
    for journal in journals {
        let known = sources.entry(source(&journal.name).to_owned()).or_default();
        known.counts.merge(&journal.counted.counts);
        known.unknown_spans += journal.counted.unknown_spans;
        known.damaged += journal.counted.damaged;
    }
    if let Some(status) = &own {
        // the collector itself knows more than its journal yet, above all while that takes no writes
        sources.entry(status.source.clone()).or_default().counts = counts(status);
    }
    ledger(families, &sources);
    drops(families, &sources);
    let Some(status) = own else { return };
    let labels = [("source", status.source.as_str())];
    families.gauge(
        "vitals_messages_in_flight",
        "Messages taken from the socket that are neither accepted nor refused yet.",
        [sample(&labels, status.in_flight as f64)],
    );
    families.gauge(
        "vitals_shedding",
        "Whether the journal takes no writes, so that messages are lost and counted.",
        [sample(&labels, f64::from(status.shedding.is_some()))],
    );
    families.gauge(
        "vitals_receive_buffer_bytes",
        "What the kernel holds for each receiver's socket.",
        alone(status.receive_buffer_bytes as f64),
    );
    let queued = front.collector.as_ref().and_then(collector::Handle::queued_bytes);
    families.gauge(
        "vitals_receive_queue_bytes",
        "What waits in the sockets' buffers, of all receivers; absent where the kernel does not tell.",
        queued.map(|bytes| (Vec::new(), bytes as f64)),
    );
}

fn counts(status: &collector::Status) -> Counts {
    Counts {
        accepted: status.accepted,
        duplicate: status.duplicate,
        shed: status.shed,
        rejected: status.rejected.clone(),
        kernel_dropped: status.kernel_dropped,
    }
}

fn ledger(families: &mut Families, sources: &BTreeMap<String, Source>) {
    let each = |count: fn(&Source) -> u64| -> Vec<Sample> {
        sources.iter().map(|(name, source)| sample(&[("source", name)], count(source) as f64)).collect()
    };
    families.counter(
        "vitals_messages_received_total",
        "Messages that reached the source: accepted, duplicate, rejected and shed.",
        each(|source| source.counts.received()),
    );
    families.counter(
        "vitals_messages_accepted_total",
        "Messages written to the journal, and so in every later answer.",
        each(|source| source.counts.accepted),
    );
    families.counter(
        "vitals_messages_duplicate_total",
        "Messages that were accepted before, sent again by senders that ask for an answer.",
        each(|source| source.counts.duplicate),
    );
    let reasons = sources.iter().flat_map(|(name, source)| {
        Reason::ALL.iter().map(move |reason| {
            let count = source.counts.rejected.get(reason).copied().unwrap_or(0);
            sample(&[("source", name), ("reason", reason.name())], count as f64)
        })
    });
    families.counter("vitals_messages_rejected_total", "Messages refused, by reason; see vitals rejects.", reasons);
    families.counter(
        "vitals_messages_shed_total",
        "Sound messages lost because the journal took no writes.",
        each(|source| source.counts.shed),
    );
    families.counter(
        "vitals_ledger_unknown_spans_total",
        "Spans of which it is not known what arrived: an unclean end, or a process that stood still.",
        each(|source| source.unknown_spans),
    );
    families.counter(
        "vitals_ledger_damage_total",
        "Damaged pieces of journals that were met, and put on record.",
        each(|source| source.damaged),
    );
}

/// Never a false 0: while the number is unknown there is none.
fn drops(families: &mut Families, sources: &BTreeMap<String, Source>) {
    let each = |name: &str, value: f64| sample(&[("source", name)], value);
    let known = sources.iter().filter_map(|(name, source)| Some((name, source.counts.kernel_dropped?)));
    families.counter(
        "vitals_kernel_dropped_total",
        "Datagrams the kernel dropped before the collector could read them; absent while that is unknown.",
        known.map(|(name, dropped)| each(name, dropped as f64)),
    );
    families.gauge(
        "vitals_kernel_dropped_known",
        "Whether the number of datagrams dropped by the kernel is known.",
        sources.iter().map(|(name, source)| each(name, f64::from(source.counts.kernel_dropped.is_some()))),
    );
}
