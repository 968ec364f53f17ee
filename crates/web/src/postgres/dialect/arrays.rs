//! Texts that stand for arrays, as arrays: the engine would take each for one value.

use crate::postgres::array;
use datafusion::sql::sqlparser::ast::{Array, DataType, Expr, Value, ValueWithSpan, VisitMut, VisitorMut};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use std::ops::ControlFlow;

/// `x = ANY('{a,b}')` and `'{a,b}'::text[]`.
pub(super) fn spread_out(node: &mut impl VisitMut) -> PgWireResult<()> {
    match VisitMut::visit(node, &mut Texts) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Texts;

impl VisitorMut for Texts {
    type Break = PgWireError;

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<PgWireError> {
        let meant = match expression {
            Expr::AnyOp { right: array, .. } | Expr::AllOp { right: array, .. } => array,
            Expr::Cast { expr: array, data_type: DataType::Array(_), .. } => array,
            _ => return ControlFlow::Continue(()),
        };
        let Some(text) = text(meant) else { return ControlFlow::Continue(()) };
        match array::elements(text) {
            Ok(elements) => **meant = of(elements),
            Err(error) => return ControlFlow::Break(error),
        }
        ControlFlow::Continue(())
    }
}

fn text(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Nested(inner) => text(inner),
        Expr::Value(ValueWithSpan {
            value: Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text),
            ..
        }) => Some(text),
        _ => None,
    }
}

fn of(elements: Vec<Option<String>>) -> Expr {
    let value = |element: Option<String>| element.map_or(Value::Null, Value::SingleQuotedString);
    let elem = elements.into_iter().map(|element| Expr::Value(value(element).with_empty_span())).collect();
    Expr::Array(Array { elem, named: true })
}
