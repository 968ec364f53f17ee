//! Questions answered from a store. They read files and may wait: call them on a thread that may block, inside a tokio
//! runtime.

use crate::answer::{Answer, Explain, LedgerLine, Row, ServiceLine};
use crate::coverage;
use crate::error::{Error, Result};
use crate::fold::{Fold, Wanted};
use crate::given_up::GivenUp;
use crate::plan::Plan;
use crate::question::Question;
use handover::{Cut, CutOptions, Store};
use model::{Floors, TimeRange};
use std::time::Duration;

/// The health of services over a range, from one cut.
pub fn answer(store: &Store, question: &Question) -> Result<Answer> {
    answer_unless(store, question, &GivenUp::default())
}

/// The same, given up between two pieces of the range when nobody waits for it any more.
pub fn answer_unless(store: &Store, question: &Question, given_up: &GivenUp) -> Result<Answer> {
    once_more(|| try_answer(store, question, given_up))
}

/// Views that failed under a question, as they do when a batch meets a full disk, are opened again for the next one.
pub(crate) fn once_more<T>(ask: impl Fn() -> Result<T>) -> Result<T> {
    match ask() {
        Err(Error::Store(error)) if error.is_lost() => ask(),
        answered => answered,
    }
}

fn try_answer(store: &Store, question: &Question, given_up: &GivenUp) -> Result<Answer> {
    given_up.check()?;
    // what is kept is known with the cut; without any floor a plan needs at least what it needs with them
    let raw = !Plan::of(question, &Floors::default()).split.edges.is_empty();
    let cut = store.cut(&CutOptions { wait: question.wait, allow_behind: question.allow_behind, raw })?;
    let plan = Plan::of(question, &cut.floors()?);
    let wanted = Wanted::of(question, &cut)?;
    let fold = Fold::new(&cut, &wanted, plan.every).unless(given_up);
    let (cells, read) = fold.run(&plan.split, question.layer)?;
    let read = Explain { plan: plan.pieces(), ..read };
    let ledger = coverage::rows(store, &cut, &plan.covered)?;
    let (coverage, mut warnings) = coverage::sum(&ledger, &plan.covered);
    warnings.splice(0..0, plan.warnings);
    if !cut.complete {
        warnings
            .push("the realtime views had not reached the journals' ends; the newest messages are missing".to_owned());
    }
    warnings.extend(wanted.unmatched.iter().map(|pattern| format!("no service was ever seen that matches {pattern}")));
    let bucket = |bucket| plan.every.map(|_| bucket);
    let rows = cells.iter().flat_map(|(service, buckets)| {
        buckets.iter().map(move |(at, rollup)| Row::new(service.clone(), bucket(*at), rollup))
    });
    Ok(Answer {
        asked: question.range.into(),
        answered: plan.answered,
        every: plan.every.filter(|every| question.every.is_some_and(|asked| asked < *every)),
        watermark: cut.named_watermark(),
        coverage,
        warnings,
        rows: rows.collect(),
        explain: question.explain.then_some(read),
    })
}

/// Every service that was ever seen, by name.
pub fn services(store: &Store, wait: Duration) -> Result<Vec<ServiceLine>> {
    let services = once_more(|| Ok(cut(store, wait)?.services()?))?.into_iter();
    Ok(services.map(|(service, seen)| ServiceLine { service, seen }).collect())
}

/// What became of everything that arrived, per minute and source.
pub fn ledger(store: &Store, range: &TimeRange, wait: Duration) -> Result<Vec<LedgerLine>> {
    let rows = once_more(|| coverage::rows(store, &cut(store, wait)?, range))?;
    Ok(rows.into_iter().map(LedgerLine::from).collect())
}

pub(crate) fn cut(store: &Store, wait: Duration) -> Result<Cut> {
    Ok(store.cut(&CutOptions { wait, allow_behind: false, raw: false })?)
}
