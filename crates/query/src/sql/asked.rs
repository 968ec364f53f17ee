//! Conditions on service and time in the form that the layers below understand: names and a span. What is not understood
//! is left to DataFusion, which checks it row by row.

use crate::error::Result;
use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::expr::{Cast, InList, TryCast};
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Like, Operator, TableProviderFilterPushDown};
use handover::Cut;
use model::{Time, TimeRange};
use std::collections::BTreeSet;
use std::fmt;

const DAY: i128 = 86_400_000_000;

/// Which services and which span of time a scan is asked for: all conditions that were understood, together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// `None`: all services.
    names: Option<BTreeSet<String>>,
    /// What names begin with.
    prefixes: Vec<String>,
    /// From, and up to but not including, in microseconds.
    from: i128,
    to: i128,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    Names(BTreeSet<String>),
    Prefix(String),
    /// From, and up to but not including, in microseconds.
    Between(i128, i128),
}

const FIRST: i128 = Time::MIN.as_micros() as i128;
const END: i128 = Time::MAX.as_micros() as i128 + 1;

impl Asked {
    /// Of everything in `conditions` that is understood.
    pub(crate) fn of(conditions: &[Expr]) -> Asked {
        let mut asked = Asked { names: None, prefixes: Vec::new(), from: FIRST, to: END };
        conditions.iter().filter_map(condition).for_each(|condition| asked.narrow(condition));
        asked
    }

    /// Whether the condition is wholly understood, so that nobody has to check it again.
    fn understands(expression: &Expr) -> bool {
        condition(expression).is_some()
    }

    /// How each condition is served: as `understood` where it is, else not at all.
    pub(crate) fn served(
        conditions: &[&Expr],
        understood: TableProviderFilterPushDown,
    ) -> Vec<TableProviderFilterPushDown> {
        let served = |condition: &&Expr| match Asked::understands(condition) {
            true => understood.clone(),
            false => TableProviderFilterPushDown::Unsupported,
        };
        conditions.iter().map(served).collect()
    }

    fn narrow(&mut self, condition: Condition) {
        match condition {
            Condition::Names(names) => {
                self.names = Some(match self.names.take() {
                    Some(known) => known.intersection(&names).cloned().collect(),
                    None => names,
                });
            }
            Condition::Prefix(prefix) => self.prefixes.push(prefix),
            Condition::Between(from, to) => (self.from, self.to) = (self.from.max(from), self.to.min(to)),
        }
    }

    /// The span, none of it before `floor`; `None` of no instant.
    pub(crate) fn range(&self, floor: Time) -> Option<TimeRange> {
        let from = i64::try_from(self.from.min(END)).ok().map(Time::from_micros)?;
        let to = i64::try_from(self.to.max(FIRST)).ok().map(Time::from_micros)?;
        TimeRange::new(from.max(floor), to).ok()
    }

    pub(crate) fn is_wanted(&self, service: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.contains(service))
            && self.prefixes.iter().all(|prefix| service.starts_with(prefix.as_str()))
    }

    /// The names that are asked for, as far as anything is known of them; `None`: all.
    pub(crate) fn names(&self, cut: &Cut) -> Result<Option<Vec<String>>> {
        let wanted = |name: &String| self.is_wanted(name);
        Ok(match &self.names {
            Some(names) => Some(names.iter().filter(|name| wanted(name)).cloned().collect()),
            None if self.prefixes.is_empty() => None,
            None => Some(cut.services()?.into_keys().filter(wanted).collect()),
        })
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("services=")?;
        match &self.names {
            Some(names) => f.debug_list().entries(names).finish()?,
            None if self.prefixes.is_empty() => f.write_str("all")?,
            None => {}
        }
        self.prefixes.iter().try_for_each(|prefix| write!(f, "{prefix}*"))?;
        match self.range(Time::MIN) {
            None => f.write_str(", time=none"),
            Some(_) if (self.from, self.to) == (FIRST, END) => f.write_str(", time=all"),
            Some(TimeRange { from, to }) if self.to == END => write!(f, ", time=from {from}{}", until(to, false)),
            Some(TimeRange { from: _, to }) if self.from == FIRST => {
                write!(f, ", time={}", until(to, true).trim_start())
            }
            Some(TimeRange { from, to }) => write!(f, ", time=from {from}{}", until(to, true)),
        }
    }
}

fn until(to: Time, bounded: bool) -> String {
    if bounded { format!(" to {to}") } else { String::new() }
}

fn condition(expression: &Expr) -> Option<Condition> {
    if let Some(names) = names(expression) {
        return Some(Condition::Names(names));
    }
    match expression {
        Expr::Like(like) => prefix(like).map(Condition::Prefix),
        Expr::BinaryExpr(binary) => {
            let (from, to) = comparison(binary)?;
            Some(Condition::Between(from, to))
        }
        Expr::Between(Between { expr, negated: false, low, high }) => {
            let (from, _) = compared(expr, Operator::GtEq, low)?;
            let (_, to) = compared(expr, Operator::LtEq, high)?;
            Some(Condition::Between(from, to))
        }
        _ => None,
    }
}

/// The names of `service = 'a'`, `service IN ('a', 'b')` and an OR of such.
fn names(expression: &Expr) -> Option<BTreeSet<String>> {
    match expression {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            Some(names(left)?.into_iter().chain(names(right)?).collect())
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            let name = match (is_column(left, "service"), is_column(right, "service")) {
                (true, false) => text(right),
                (false, true) => text(left),
                _ => None,
            };
            Some(BTreeSet::from([name?]))
        }
        Expr::InList(InList { expr, list, negated: false }) if is_column(expr, "service") => {
            list.iter().map(text).collect()
        }
        _ => None,
    }
}

/// The prefix of `service LIKE 'prefix%'`, where nothing else in the pattern is special.
fn prefix(like: &Like) -> Option<String> {
    let plain = !like.negated && !like.case_insensitive && like.escape_char.is_none();
    let pattern = text(&like.pattern).filter(|_| plain && is_column(&like.expr, "service"))?;
    let prefix = pattern.strip_suffix('%')?;
    (!prefix.contains(['%', '_', '\\'])).then(|| prefix.to_owned())
}

fn is_column(expression: &Expr, named: &str) -> bool {
    matches!(expression, Expr::Column(Column { name, .. }) if name == named)
}

fn text(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Literal(value, _) => value.try_as_str().flatten().map(str::to_owned),
        _ => None,
    }
}

fn comparison(BinaryExpr { left, op, right }: &BinaryExpr) -> Option<(i128, i128)> {
    compared(left, *op, right).or_else(|| compared(right, op.swap()?, left))
}

/// The instants of which `time`, or a cast of it that loses nothing but the time of day, compares so with the literal.
fn compared(column: &Expr, operator: Operator, literal: &Expr) -> Option<(i128, i128)> {
    let Expr::Literal(literal, _) = literal else { return None };
    let cast_to = match column {
        column if is_column(column, "time") => None,
        Expr::Cast(Cast { expr, field }) | Expr::TryCast(TryCast { expr, field }) if is_column(expr, "time") => {
            Some(field.data_type())
        }
        _ => return None,
    };
    let (nanos, width) = match (cast_to, literal) {
        (
            None | Some(DataType::Timestamp(TimeUnit::Microsecond, _)),
            ScalarValue::TimestampMicrosecond(Some(at), _),
        ) => (i128::from(*at) * 1000, 1),
        (Some(DataType::Timestamp(TimeUnit::Nanosecond, _)), ScalarValue::TimestampNanosecond(Some(at), _)) => {
            (i128::from(*at), 1)
        }
        (Some(DataType::Date32), ScalarValue::Date32(Some(day))) => (i128::from(*day) * DAY * 1000, DAY),
        _ => return None,
    };
    // the first microsecond at or after the literal, and the first one behind all that equals it
    let at = -(-nanos).div_euclid(1000);
    let after = nanos.div_euclid(1000) + width;
    match operator {
        Operator::Gt => Some((after, END)),
        Operator::GtEq => Some((at, END)),
        Operator::Lt => Some((FIRST, at)),
        Operator::LtEq => Some((FIRST, after)),
        Operator::Eq => Some((at, after)),
        _ => None,
    }
}
