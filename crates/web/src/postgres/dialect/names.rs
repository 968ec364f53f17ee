//! What PostgreSQL calls the columns of a select list, where the engine would name them after the whole expression; and
//! the parameters of a statement.

use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{Expr, Query, SelectItem, SetExpr, Statement, Value, Visit, Visitor};
use query::sql::without_mark;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A name for each column, `None` where the engine's is right; nothing where the list holds `*`.
pub(super) fn of(statement: &Statement) -> Vec<Option<String>> {
    match statement {
        Statement::Query(query) => of_query(query),
        _ => Vec::new(),
    }
}

fn of_query(query: &Query) -> Vec<Option<String>> {
    let mut body = &*query.body;
    let select = loop {
        match body {
            SetExpr::Select(select) => break select,
            SetExpr::Query(query) => body = &query.body,
            SetExpr::SetOperation { left, .. } => body = left,
            _ => return Vec::new(),
        }
    };
    let names = select.projection.iter().map(|item| match item {
        SelectItem::UnnamedExpr(Expr::Identifier(_) | Expr::CompoundIdentifier(_)) => Some(None),
        SelectItem::UnnamedExpr(expression) => Some(Some(named(expression).unwrap_or_else(|| "?column?".to_owned()))),
        SelectItem::ExprWithAlias { .. } => Some(None),
        _ => None,
    });
    names.collect::<Option<_>>().unwrap_or_default()
}

fn named(expression: &Expr) -> Option<String> {
    let name = match expression {
        Expr::Identifier(name) => return Some(name.value.clone()),
        Expr::CompoundIdentifier(parts) => return parts.last().map(|name| name.value.clone()),
        Expr::Function(function) => {
            return function.name.0.last().map(|name| name.to_string().trim_matches('"').to_lowercase());
        }
        Expr::Cast { expr, data_type, .. } => return named(expr).or_else(|| Some(type_name(&data_type.to_string()))),
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => return named(inner),
        Expr::Subquery(query) => return of_query(query).pop().flatten(),
        Expr::Case { else_result, .. } => {
            return else_result.as_deref().and_then(named).or_else(|| Some("case".to_owned()));
        }
        Expr::Value(value) if matches!(value.value, Value::Boolean(_)) => "bool",
        Expr::TypedString(text) => return Some(type_name(&text.data_type.to_string())),
        Expr::Extract { .. } => "extract",
        Expr::Exists { .. } => "exists",
        Expr::Array(_) => "array",
        Expr::Interval(_) => "interval",
        Expr::AtTimeZone { .. } => "timezone",
        Expr::Substring { .. } => "substring",
        Expr::Trim { .. } => "btrim",
        Expr::Ceil { .. } => "ceil",
        Expr::Floor { .. } => "floor",
        Expr::Position { .. } => "position",
        Expr::Overlay { .. } => "overlay",
        _ => return None,
    };
    Some(name.to_owned())
}

fn type_name(written: &str) -> String {
    let written = written.to_lowercase();
    let name = match written.split('(').next().unwrap_or_default().trim() {
        "smallint" => "int2",
        "int" | "integer" => "int4",
        "bigint" => "int8",
        "real" => "float4",
        "double precision" => "float8",
        "boolean" => "bool",
        "timestamp with time zone" => "timestamptz",
        "character varying" => "varchar",
        other => other,
    };
    name.to_owned()
}

/// The schema with these names, as far as there is one for each column, and without marks.
pub(in crate::postgres) fn renamed(schema: &Schema, names: &[Option<String>]) -> SchemaRef {
    let given = |index: usize| names.get(index).filter(|_| names.len() == schema.fields().len()).cloned().flatten();
    let fields = schema.fields().iter().enumerate().map(|(index, field)| {
        match given(index).or_else(|| without_mark(field.name()).map(str::to_owned)) {
            Some(name) => Arc::new(field.as_ref().clone().with_name(name)),
            None => field.clone(),
        }
    });
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
}

/// The highest number of a parameter.
pub(super) fn parameters(statement: &Statement) -> usize {
    struct Highest(usize);
    impl Visitor for Highest {
        type Break = ();

        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            self.0 = self.0.max(parameter(expression).unwrap_or(0));
            ControlFlow::Continue(())
        }
    }
    let mut highest = Highest(0);
    let _: ControlFlow<()> = statement.visit(&mut highest);
    highest.0
}

/// `$1` is 1.
pub(super) fn parameter(expression: &Expr) -> Option<usize> {
    let Expr::Value(value) = expression else { return None };
    let Value::Placeholder(name) = &value.value else { return None };
    name.trim_start_matches('$').parse::<u16>().ok().map(usize::from)
}
