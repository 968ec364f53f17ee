//! What reads as parameters, and that no text behind the question mark is worse than refused.

use super::parameters::{Part, check_names};
use super::*;
use model::Time;
use proptest::prelude::*;

type Asked = (Range, Every, Selection);

fn read<T: Part>(text: &str) -> Result<T, Problem> {
    check_names(text, &T::known())?;
    T::read(text)
}

fn range(text: &str) -> Result<TimeRange, Problem> {
    read::<Range>(text)?.resolve_or_usual()
}

#[test]
fn times_in_every_form() {
    let check = |from: &str, expect: &str| {
        let range = range(&format!("from={from}&to=2027-01-01")).expect(from);
        assert_eq!(range.from.to_string(), expect, "{from}");
    };
    check("2026-11-21", "2026-11-21T00:00:00Z");
    check("2026-11-21T12:56", "2026-11-21T12:56:00Z");
    check("2026-11-21T12:56:07.5%2B01:00", "2026-11-21T11:56:07.500Z");
    check("1795219200", "2026-11-21T00:00:00Z");
    check("1795219200000", "2026-11-21T00:00:00Z");
}

#[test]
fn ranges_are_what_the_command_line_makes_of_them() {
    let hour = range("last=1h").expect("an hour");
    assert_eq!(hour.to.since(hour.from), Duration::from_secs(3660), "whole minutes, the current one included");
    let usual = range("").expect("the last hour");
    assert_eq!(usual.to.since(usual.from), Duration::from_secs(3660));
    assert_eq!(range("to=2026-11-21").expect("an open beginning").from, Time::MIN);
    assert_eq!(read::<Range>("").expect("nothing").resolve(), Ok(None));
}

#[test]
fn what_is_refused_is_told_why() {
    let check = |text: &str, code: crate::error::Code, words: &str| {
        let asked = read::<Asked>(text).and_then(|(range, every, selection)| {
            selection.question(range.resolve_or_usual()?, Some(every.granularity()?), Duration::ZERO)
        });
        let problem = asked.expect_err(text);
        assert!(problem.code == code && problem.message.contains(words), "{text}: {problem:?}");
    };
    use crate::error::Code::{BadRequest, Unprocessable};
    check("form=2026-11-20", BadRequest, "no parameter \"form\"; did you mean from?");
    check("from=2026-02-30", BadRequest, "from: \"2026-02-30\" is not a time");
    check("from=9223372036854775808", BadRequest, "is not a time");
    check("from=1795219200.5", BadRequest, "is not a time");
    check("from=2026", BadRequest, "from: \"2026\" is not a time");
    check("from=2026-11-21T00:00:00+01:00&every=day", BadRequest, "%2B");
    check("from=2026-11-21&to=2026-11-20", Unprocessable, "from must be before to");
    check("last=1h&to=2026-11-20", Unprocessable, "last stands alone");
    check("last=hour", BadRequest, "last: \"hour\" is not a duration");
    check("last=0s", BadRequest, "longer than 0s");
    check("from=2026-11-20&from=2026-11-21&every=day", BadRequest, "from is given more than once");
    check("last=1h", BadRequest, "every is missing; use one of minute, hour, day, month, year");
    check("last=1h&every=week", BadRequest, "every: \"week\" is no granularity");
    check("last=1h&every=day&layer=all", BadRequest, "layer: \"all\" is no layer");
    check("last=1h&every=day&explain=yes", BadRequest, "explain is \"yes\"; use true or false");
}

#[test]
fn numbers_are_told_as_they_were_written() {
    let check = |problem: Problem, told: &str| assert_eq!(problem.message, told);
    let limit = |text: &str| read::<Refused>(text).and_then(|refused| refused.limit());
    check(limit("limit=-1").expect_err("negative"), "limit is \"-1\"; use a whole number up to 4294967295");
    assert_eq!((limit("limit=7").ok(), limit("").ok()), (Some(7), Some(100)));
    let every = |text: &str| {
        read::<Watch>(text).and_then(|watch| watch.every(Duration::from_millis(250), Duration::from_secs(60)))
    };
    check(
        every("every=10ms").expect_err("too often"),
        "every is 10ms; use a time from 250ms to 1m, such as 500ms, 2s or 1m",
    );
    assert_eq!(every("").ok(), Some(Duration::from_secs(1)));
}

proptest! {
    #[test]
    fn any_text_behind_the_question_mark_is_a_question_or_refused(
        text in "(from|to|last|service|every|layer|limit|%[0-9a-g]{2}|[=&+:TZ-]|20[0-9]{2}-[01][0-9]-[0-3][0-9]|\\PC){0,12}",
    ) {
        if let Ok((range, every, selection)) = read::<Asked>(&text)
            && let Ok(range) = range.resolve_or_usual()
            && let Ok(question) = selection.question(range, every.granularity().ok(), Duration::ZERO)
        {
            prop_assert!(question.range.from < question.range.to);
        }
        let _ = read::<Refused>(&text).map(|refused| (refused.reason(), refused.limit()));
    }
}
