//! What became of what arrived, beside an answer and line by line.

use super::Time;
use std::collections::BTreeMap;
use utoipa::openapi::schema::{OneOfBuilder, Schema};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// What became of everything that arrived in those minutes of wall time.
#[derive(Debug, ToSchema)]
pub(crate) struct Coverage {
    /// The clock these minutes are of; rows go by the messages' own time.
    #[schema(example = "received")]
    clock: String,
    received: u64,
    accepted: u64,
    duplicate: u64,
    rejected: u64,
    shed: u64,
    /// Null where any minute is unknown.
    #[schema(required = true)]
    kernel_dropped: Option<u64>,
    /// Minutes of an unclean end, whose counts are not known.
    unknown_minutes: u64,
    damaged: Vec<Damaged>,
}

/// Messages received in this span were lost to damage on disk.
#[derive(Debug, ToSchema)]
pub(crate) struct Damaged {
    journal: String,
    segment: u64,
    from: Time,
    to: Time,
}

/// The counts of a minute and source, or a span in which the source did not listen or something was lost.
#[derive(Debug)]
pub(crate) struct LedgerLine;

impl PartialSchema for LedgerLine {
    fn schema() -> RefOr<Schema> {
        let kinds = [LedgerMinute::name(), LedgerGap::name(), LedgerDamage::name()];
        kinds.into_iter().fold(OneOfBuilder::new(), |any, name| any.item(Ref::from_schema_name(name))).into()
    }
}

impl ToSchema for LedgerLine {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        fn add<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            schemas.push((T::name().into_owned(), T::schema()));
            T::schemas(schemas);
        }
        add::<LedgerMinute>(schemas);
        add::<LedgerGap>(schemas);
        add::<LedgerDamage>(schemas);
    }
}

/// `received = accepted + duplicate + rejected + shed`.
#[derive(Debug, ToSchema)]
pub(crate) struct LedgerMinute {
    minute: Time,
    /// The journal that took the messages in.
    source: String,
    received: u64,
    accepted: u64,
    duplicate: u64,
    /// By reason.
    rejected: BTreeMap<String, u64>,
    shed: u64,
    /// Null where it is not known.
    #[schema(required = true)]
    kernel_dropped: Option<u64>,
}

/// The source was not listening; after an unclean end the counts of its last minutes are not known.
#[derive(Debug, ToSchema)]
pub(crate) struct LedgerGap {
    #[schema(pattern = "^gap$")]
    kind: String,
    source: String,
    from: Time,
    to: Time,
    clean: bool,
}

/// Messages received in this span were in frames that cannot be read.
#[derive(Debug, ToSchema)]
pub(crate) struct LedgerDamage {
    #[schema(pattern = "^damage$")]
    kind: String,
    source: String,
    from: Time,
    to: Time,
    journal: String,
    segment: u64,
}
