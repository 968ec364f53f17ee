//! What the parser reads otherwise than PostgreSQL does, set right before a plan is made of it; and what plans would answer
//! otherwise, refused.

use datafusion::common::{DataFusionError, not_impl_err};
use datafusion::sql::parser::{ExplainStatement, Statement};
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Query, SetExpr, SetOperator, SetQuantifier, UnaryOperator, Visit, Visitor,
    visit_expressions_mut,
};
use std::mem;
use std::ops::ControlFlow;

/// Sets right how operators bind.
///
/// # Errors
/// Where there is no plan that means the same.
pub(super) fn mend(statement: &mut Statement) -> Result<(), DataFusionError> {
    match statement {
        Statement::Explain(ExplainStatement { statement, .. }) => mend(statement),
        Statement::Statement(statement) => {
            let _ = visit_expressions_mut(&mut **statement, |expression| {
                bind(expression);
                ControlFlow::<()>::Continue(())
            });
            match statement.visit(&mut Sets) {
                ControlFlow::Break(operator) => not_impl_err!(
                    "{operator} ALL is not known here; write {operator}, which counts a row once, or count with GROUP BY"
                ),
                ControlFlow::Continue(()) => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// `IS DISTINCT FROM` takes in what stands behind it with AND and OR, though it binds tighter than those. It gives that
/// back to what is around it, which may bind tighter as well: those are visited later, as they hold this one.
fn bind(expression: &mut Expr) {
    let inner = match expression {
        Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right) => right,
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => expr,
        Expr::BinaryOp { op: BinaryOperator::And, right, .. } if is(right, &BinaryOperator::Or) => right,
        _ => return,
    };
    let Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, .. } = &mut **inner else { return };
    // a: (b OR c) with a around b, and then OR around both
    let first = mem::replace(&mut **left, nothing());
    let mut outer = mem::replace(&mut **inner, first);
    bind(expression);
    if let Expr::BinaryOp { left, .. } = &mut outer {
        **left = mem::replace(expression, nothing());
    }
    *expression = outer;
    if let Expr::BinaryOp { op: BinaryOperator::And, .. } = expression {
        bind(expression);
    }
}

fn is(expression: &Expr, operator: &BinaryOperator) -> bool {
    matches!(expression, Expr::BinaryOp { op, .. } if op == operator)
}

fn nothing() -> Expr {
    Expr::value(datafusion::sql::sqlparser::ast::Value::Null)
}

/// Ends with the first operator between queries that the engine would take for one without ALL.
struct Sets;

impl Visitor for Sets {
    type Break = SetOperator;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<SetOperator> {
        uncounted(&query.body).map_or(ControlFlow::Continue(()), ControlFlow::Break)
    }
}

fn uncounted(body: &SetExpr) -> Option<SetOperator> {
    let SetExpr::SetOperation { op, set_quantifier, left, right } = body else { return None };
    let counts = *set_quantifier == SetQuantifier::All && *op != SetOperator::Union;
    if counts { Some(*op) } else { uncounted(left).or_else(|| uncounted(right)) }
}

#[cfg(test)]
mod tests {
    use super::{Statement, mend};
    use datafusion::sql::parser::DFParser;

    fn read(text: &str) -> Statement {
        DFParser::parse_sql(text).expect(text).pop_front().expect("a statement")
    }

    #[test]
    fn is_distinct_from_binds_as_in_postgresql() {
        for (text, expect) in [
            ("a IS DISTINCT FROM b OR c", "(a IS DISTINCT FROM b) OR c"),
            ("a IS NOT DISTINCT FROM b AND c OR d", "((a IS NOT DISTINCT FROM b) AND c) OR d"),
            ("x AND a IS DISTINCT FROM b OR c", "(x AND (a IS DISTINCT FROM b)) OR c"),
            ("x AND a IS DISTINCT FROM b AND c OR d AND e", "(x AND ((a IS DISTINCT FROM b) AND c)) OR (d AND e)"),
            ("x OR a IS DISTINCT FROM b AND c", "x OR ((a IS DISTINCT FROM b) AND c)"),
            ("NOT a IS DISTINCT FROM b AND c", "(NOT (a IS DISTINCT FROM b)) AND c"),
            (
                "a IS DISTINCT FROM b OR c IS DISTINCT FROM d AND e",
                "(a IS DISTINCT FROM b) OR ((c IS DISTINCT FROM d) AND e)",
            ),
            ("a IS DISTINCT FROM b + 1 AND c", "(a IS DISTINCT FROM b + 1) AND c"),
            ("a IS DISTINCT FROM (b OR c)", "a IS DISTINCT FROM (b OR c)"),
            ("NOT (a AND b) AND (c OR d)", "(NOT (a AND b)) AND (c OR d)"),
            ("a AND b OR c AND NOT d OR e", "((a AND b) OR (c AND (NOT d))) OR e"),
        ] {
            let mut mended = read(&format!("SELECT {text}"));
            mend(&mut mended).expect(text);
            assert_eq!(grouped(&mended), grouped(&read(&format!("SELECT {expect}"))), "{text}");
        }
    }

    /// The tree without the parentheses that were written.
    fn grouped(statement: &Statement) -> String {
        let text = format!("{statement:?}");
        let (_, tree) = text.split_once("projection: ").expect("a select");
        let (tree, _) = tree.split_once("], exclude").expect("its end");
        unnested(tree)
    }

    /// `Nested(x)` as `x`, and positions in the text left away.
    fn unnested(tree: &str) -> String {
        let mut left = String::new();
        let mut open = Vec::new();
        let mut rest = tree;
        while let Some(letter) = rest.chars().next() {
            if let Some(behind) = rest.strip_prefix("Nested(") {
                open.push(true);
                rest = behind;
                continue;
            }
            match letter {
                '(' => open.push(false),
                ')' if open.pop() == Some(true) => {
                    rest = &rest[1..];
                    continue;
                }
                _ => {}
            }
            left.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
        let spans = left.split("span: Span(").map(|piece| match piece.split_once("))") {
            Some((_, behind)) if piece.starts_with("Location") => behind,
            _ => piece,
        });
        spans.collect()
    }

    #[test]
    fn rows_that_are_counted_are_refused() {
        for text in ["SELECT 1 EXCEPT ALL SELECT 1", "SELECT (SELECT 1 UNION SELECT 2 INTERSECT ALL SELECT 1)"] {
            assert!(mend(&mut read(text)).expect_err(text).to_string().contains("ALL is not known here"), "{text}");
        }
        mend(&mut read("SELECT 1 UNION ALL SELECT 1 EXCEPT SELECT 2")).expect("what the engine knows");
    }
}
