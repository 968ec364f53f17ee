//! What CSV and Arrow cannot carry of an answer, as headers: dictionaries and texts of one line of ASCII.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use query::Answer;
use std::collections::BTreeMap;
use std::fmt::Display;

const RANGE: HeaderName = HeaderName::from_static("vitals-range");
const WATERMARK: HeaderName = HeaderName::from_static("vitals-watermark");
const COVERAGE: HeaderName = HeaderName::from_static("vitals-coverage");
const WARNING: HeaderName = HeaderName::from_static("vitals-warning");

/// Journals and warnings that are told; clients bound the size of a head, and JSON has them all.
pub(crate) const TOLD_MAX: usize = 32;

pub(crate) fn tell(answer: &Answer, headers: &mut HeaderMap) {
    headers.insert(RANGE, value(&format!("{}/{}", answer.answered.from, answer.answered.to)));
    tell_watermark(answer.watermark.as_ref(), headers);
    let coverage = &answer.coverage;
    let counts = [
        ("received", Some(coverage.received)),
        ("accepted", Some(coverage.accepted)),
        ("duplicate", Some(coverage.duplicate)),
        ("rejected", Some(coverage.rejected)),
        ("shed", Some(coverage.shed)),
        // left out where it is not known
        ("kernel_dropped", coverage.kernel_dropped),
        ("unknown_minutes", Some(coverage.unknown_minutes)),
        ("damaged", Some(coverage.damaged.len() as u64)),
    ];
    headers.insert(COVERAGE, value(&dictionary(counts.into_iter().filter_map(|(name, count)| Some((name, count?))))));
    for warning in answer.warnings.iter().take(TOLD_MAX) {
        headers.append(WARNING, value(warning));
    }
}

pub(crate) fn tell_watermark(watermark: Option<&BTreeMap<String, u64>>, headers: &mut HeaderMap) {
    if let Some(watermark) = watermark {
        headers.insert(WATERMARK, value(&dictionary(watermark.iter().take(TOLD_MAX))));
    }
}

/// `name=1, other=2`, as RFC 8941 has it.
fn dictionary(entries: impl Iterator<Item = (impl Display, impl Display)>) -> String {
    entries.map(|(name, number)| format!("{name}={number}")).collect::<Vec<_>>().join(", ")
}

/// Letters that no header takes are escaped as in a string of Rust or JSON.
fn value(text: &str) -> HeaderValue {
    let escaped: String = text.chars().flat_map(char::escape_default).collect();
    let escaped = escaped.replace("\\\"", "\"").replace("\\'", "'");
    HeaderValue::try_from(escaped).expect("what is printable ASCII is a header's value")
}
