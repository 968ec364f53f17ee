//! Times are microseconds, as in PostgreSQL and in all tables: in the engine's nanoseconds there is nothing before 1677 or
//! after 2262. And a time may be written without its seconds, as everywhere else here.

use super::{Place, rewrite};
use arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion::common::Result;
use datafusion::common::ScalarValue;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::expr::{Cast, InList, TryCast};
use datafusion::logical_expr::{Between, BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, cast};
use datafusion::optimizer::analyzer::AnalyzerRule;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Instants;

impl AnalyzerRule for Instants {
    fn name(&self) -> &str {
        "instants"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        rewrite(plan, &|expression, place| Ok(in_microseconds(expression, place)))
    }
}

fn in_microseconds(expression: Expr, place: &Place) -> Transformed<Expr> {
    match expression {
        Expr::Cast(Cast { expr, field }) if is_time(field.data_type()) => {
            let field = Arc::new(Field::new(field.name(), coarser(field.data_type()), field.is_nullable()));
            Transformed::yes(Expr::Cast(Cast { expr: Box::new(whole(*expr)), field }))
        }
        Expr::TryCast(TryCast { expr, field }) if is_time(field.data_type()) => {
            let field = Arc::new(Field::new(field.name(), coarser(field.data_type()), field.is_nullable()));
            Transformed::yes(Expr::TryCast(TryCast { expr: Box::new(whole(*expr)), field }))
        }
        Expr::ScalarFunction(function) if function.name() == "now" => {
            let now = Expr::ScalarFunction(function);
            let kind = now.get_type(&place.schema).map(|kind| coarser(&kind));
            kind.map_or_else(|_| Transformed::no(now.clone()), |kind| Transformed::yes(cast(now.clone(), kind)))
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(op) => {
            let kind = time_of([&*left, &*right], place);
            let between = is_between_times(&left, place) || is_between_times(&right, place);
            let side = |side: Expr| if between { as_duration(side) } else { compared(side, kind.as_ref()) };
            let [left, right] = [*left, *right].map(side);
            let compared = BinaryExpr { left: Box::new(left), op, right: Box::new(right) };
            Transformed::yes(Expr::BinaryExpr(compared))
        }
        Expr::Between(Between { expr, negated, low, high }) => {
            let kind = time_of([&*expr], place);
            let [low, high] = [*low, *high].map(|side| Box::new(compared(side, kind.as_ref())));
            Transformed::yes(Expr::Between(Between { expr, negated, low, high }))
        }
        Expr::InList(InList { expr, list, negated }) => {
            let kind = time_of([&*expr], place);
            let list = list.into_iter().map(|side| compared(side, kind.as_ref())).collect();
            Transformed::yes(Expr::InList(InList { expr, list, negated }))
        }
        other => Transformed::no(other),
    }
}

fn compares(operator: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(operator, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

fn is_time(kind: &DataType) -> bool {
    matches!(kind, DataType::Timestamp(..))
}

fn coarser(kind: &DataType) -> DataType {
    match kind {
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        other => other.clone(),
    }
}

/// The kind of time that one of what is compared is.
fn time_of<const N: usize>(sides: [&Expr; N], place: &Place) -> Option<DataType> {
    let mut kinds = sides.iter().filter_map(|side| side.get_type(&place.schema).ok());
    kinds.find(is_time).map(|kind| coarser(&kind))
}

/// A text that is compared with a time is one.
fn compared(side: Expr, kind: Option<&DataType>) -> Expr {
    match (kind, text(&side)) {
        (Some(kind), Some(_)) => cast(whole(side), kind.clone()),
        _ => side,
    }
}

/// What lies between two times is counted in microseconds, and no interval in nanoseconds is as long as the longest.
fn is_between_times(side: &Expr, place: &Place) -> bool {
    matches!(side.get_type(&place.schema), Ok(DataType::Duration(TimeUnit::Microsecond)))
}

/// An interval as long as PostgreSQL takes it for when it compares: days have 24 hours, months 30 days.
fn as_duration(side: Expr) -> Expr {
    match &side {
        Expr::Literal(ScalarValue::IntervalMonthDayNano(Some(span)), _) => {
            let days = i64::from(span.months) * 30 + i64::from(span.days);
            let micros = days.saturating_mul(86_400_000_000).saturating_add(span.nanoseconds / 1000);
            Expr::Literal(ScalarValue::DurationMicrosecond(Some(micros)), None)
        }
        _ => side,
    }
}

fn text(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Literal(value, _) => value.try_as_str().flatten(),
        _ => None,
    }
}

/// A text with minutes and no seconds, with them.
fn whole(expression: Expr) -> Expr {
    match text(&expression).and_then(with_seconds) {
        Some(text) => Expr::Literal(ScalarValue::Utf8(Some(text)), None),
        None => expression,
    }
}

/// `2026-11-21 05:00+01` as `2026-11-21 05:00:00+01`.
pub fn with_seconds(text: &str) -> Option<String> {
    const MINUTES: &str = "dddd-dd-ddsdd:dd";
    let (minutes, zone) = text.trim().split_at_checked(MINUTES.len())?;
    let fits = minutes.bytes().zip(MINUTES.bytes()).all(|(letter, form)| match form {
        b'd' => letter.is_ascii_digit(),
        b's' => matches!(letter, b' ' | b'T' | b't'),
        form => letter == form,
    });
    (fits && !zone.starts_with(':')).then(|| format!("{minutes}:00{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_minutes_get_seconds() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(with_seconds(text).as_deref(), expect, "{text}");
        check("2026-11-21 05:00", Some("2026-11-21 05:00:00"));
        check("2026-11-21T05:00Z", Some("2026-11-21T05:00:00Z"));
        check("2026-11-21 23:30+00", Some("2026-11-21 23:30:00+00"));
        check("2026-11-21 05:00:00", None);
        check("2026-11-21", None);
        check("cart", None);
    }
}
