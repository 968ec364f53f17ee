//! Columns of procedures: names as texts in this catalog, numbers of rows in PostgreSQL's. What they are compared with is
//! made the name that is meant.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Query, Value};

/// Columns of `pg_type`.
const PROCEDURES: [&str; 7] = ["typinput", "typoutput", "typreceive", "typsend", "typmodin", "typmodout", "typanalyze"];

/// `typinput = 'array_in'::regproc`, of which the library has made a lookup of the number, and `typreceive != 0`.
pub(super) fn compare_names(expression: &mut Expr) {
    let Expr::BinaryOp { left, op: BinaryOperator::Eq | BinaryOperator::NotEq, right } = expression else { return };
    let other = match (is_procedure(left), is_procedure(right)) {
        (true, false) => right,
        (false, true) => left,
        _ => return,
    };
    if let Some(name) = meant(other) {
        **other = Expr::Value(Value::SingleQuotedString(name).with_empty_span());
    }
}

fn is_procedure(expression: &Expr) -> bool {
    let name = match expression {
        Expr::Identifier(name) => name,
        Expr::CompoundIdentifier(parts) => match parts.last() {
            Some(name) => name,
            None => return false,
        },
        _ => return false,
    };
    PROCEDURES.contains(&name.value.to_lowercase().as_str())
}

fn meant(other: &Expr) -> Option<String> {
    match other {
        Expr::Nested(inner) => meant(inner),
        Expr::Subquery(query) => looked_up(query),
        Expr::Value(value) => match &value.value {
            // no procedure
            Value::Number(number, _) if number == "0" => Some("-".to_owned()),
            _ => None,
        },
        _ => None,
    }
}

/// The name in `SELECT oid FROM pg_catalog.pg_proc WHERE proname = 'name'`.
fn looked_up(query: &Query) -> Option<String> {
    let select = query.body.as_select()?;
    let from = select.from.first()?.relation.to_string();
    let Expr::BinaryOp { right, .. } = select.selection.as_ref().filter(|_| from.ends_with("pg_proc"))? else {
        return None;
    };
    let Expr::Value(value) = &**right else { return None };
    let name = value.value.clone().into_string()?;
    Some(name.strip_prefix("pg_catalog.").unwrap_or(&name).to_owned())
}
