//! A range as the coarsest buckets that fit, none coarser than the answer's own; wider than asked where only coarser ones
//! are kept.

use crate::answer::{Piece, Span};
use crate::question::{Layer, Question};
use model::{Floors, Granularity, Left, Split, Time, TimeRange};

/// How a question is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// As asked, or wider; empty where nothing of it is left.
    pub answered: Span,
    /// What coverage is told of: the same, or as asked where nothing is left.
    pub covered: TimeRange,
    /// The width of the rows: as asked, or the finest that is left at the range's begin.
    pub every: Option<Granularity>,
    pub split: Split,
    /// What is told where retention made the answer another than the asked one.
    pub warnings: Vec<String>,
}

impl Plan {
    pub(crate) fn of(question: &Question, floors: &Floors) -> Plan {
        let range = match question.layer {
            Layer::Merged => question.range,
            // raw messages are of both layers, so one layer alone is answered in whole minutes
            Layer::Batch | Layer::Realtime => TimeRange {
                from: Granularity::Minute.floor(question.range.from),
                to: Granularity::Minute.ceil(question.range.to),
            },
        };
        let Some(answered) = floors.widened(&range) else {
            let answered = Span { from: floors.year, to: floors.year };
            let warnings = vec![nothing_before(floors)];
            return Plan { answered, covered: range, every: question.every, split: Split::default(), warnings };
        };
        let every = question.every.map(|every| match floors.left_at(answered.from) {
            Left::Buckets(left) => every.max(left),
            Left::Raw | Left::Nothing => every,
        });
        let mut warnings = Vec::new();
        if answered != range {
            warnings.push(widened(&range, &answered, floors));
        }
        if let Some((asked, every)) = question.every.zip(every).filter(|(asked, every)| every > asked) {
            let floor = floors.of(asked);
            warnings.push(format!("{asked}s before {floor} are no longer kept: rows are per {every}"));
        }
        let split = answered.split(every.unwrap_or(Granularity::Year));
        Plan { answered: answered.into(), covered: answered, every, split, warnings }
    }

    pub(crate) fn pieces(&self) -> Vec<Piece> {
        let spans = self.split.spans.iter().map(|span| (span.granularity.name(), span.range));
        let edges = self.split.edges.iter().map(|edge| ("raw", *edge));
        let mut pieces: Vec<Piece> = spans
            .chain(edges)
            .map(|(name, range)| Piece { granularity: name.to_owned(), span: range.into() })
            .collect();
        pieces.sort_by_key(|piece| piece.span.from);
        pieces
    }
}

fn nothing_before(floors: &Floors) -> String {
    format!("nothing is kept of what was before {}", floors.year)
}

fn widened(asked: &TimeRange, answered: &TimeRange, floors: &Floors) -> String {
    let changed = if answered.from == asked.from { Time::from_micros(asked.to.as_micros() - 1) } else { asked.from };
    let reason = match floors.left_at(changed) {
        Left::Nothing => nothing_before(floors),
        Left::Buckets(Granularity::Minute) | Left::Raw => {
            format!("raw messages before {} are no longer kept", floors.raw)
        }
        Left::Buckets(left) => {
            let gone = left.finer().unwrap_or(left);
            format!("{gone}s before {} are no longer kept", floors.of(gone))
        }
    };
    format!("{reason}: answered from {} to {}", answered.from, answered.to)
}
