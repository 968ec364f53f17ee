//! A range as the coarsest buckets that fit, none coarser than the answer's own.

use crate::answer::Piece;
use crate::question::{Layer, Question};
use model::{Granularity, Split, TimeRange};

/// How a question is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// As asked, or wider.
    pub answered: TimeRange,
    pub split: Split,
}

impl Plan {
    pub(crate) fn of(question: &Question) -> Plan {
        let answered = match question.layer {
            Layer::Merged => question.range,
            // raw messages are of both layers, so one layer alone is answered in whole minutes
            Layer::Batch | Layer::Realtime => TimeRange {
                from: Granularity::Minute.floor(question.range.from),
                to: Granularity::Minute.ceil(question.range.to),
            },
        };
        Plan { answered, split: answered.split(question.every.unwrap_or(Granularity::Year)) }
    }

    /// The whole minutes of the range, which is what realtime cells are asked for.
    pub(crate) fn minutes(&self) -> Option<TimeRange> {
        let spans = &self.split.spans;
        Some(TimeRange { from: spans.first()?.range.from, to: spans.last()?.range.to })
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
