//! What tools ask of `pg_catalog` and the engine cannot answer, made to run. Everything here replaces something by a
//! null that is empty in this catalog anyway: rights, options, indexes, constraints, comments, defaults.

mod procedures;

use super::{Equivalents, array_of, cast};
use datafusion::sql::sqlparser::ast::{
    AccessExpr, CastKind, DataType, Expr, Ident, ObjectName, Query, Select, SelectItem, SetExpr, Statement,
    TableFactor, Value, Visit, VisitMut, Visitor, VisitorMut,
};
use std::collections::HashSet;
use std::ops::ControlFlow;

/// Columns that PostgreSQL has and this catalog has not.
const MISSING: [&str; 5] = ["reloptions", "relacl", "colliculocale", "tableoid", "attoptions"];
/// Arrays of numbers that are texts in this catalog.
const NUMBERS: [&str; 7] = ["indkey", "indclass", "indoption", "indcollation", "conkey", "confkey", "conpfeqop"];
/// Lists that are written as one text.
const LISTS: [&str; 7] = ["acl", "reloptions", "attoptions", "setconfig", "array(", "rolname", "evttags"];
/// A subquery of these has one row, so the engine can answer it.
const AGGREGATES: [&str; 6] = ["count", "max", "min", "sum", "string_agg", "array_agg"];

/// What a statement reads.
#[derive(Default)]
pub(super) struct Sources {
    /// Names that it gives queries of its own.
    given: HashSet<String>,
    tables: HashSet<String>,
    functions: HashSet<String>,
}

impl Sources {
    pub(super) fn of(statement: &Statement) -> Sources {
        let mut sources = Sources::default();
        let _: ControlFlow<()> = statement.visit(&mut sources);
        sources
    }

    /// Whether it gives a query a name that may be one of the catalog.
    pub(super) fn hide_catalog(&self) -> bool {
        self.given.iter().any(|name| is_catalog(name))
    }

    /// Whether `pg_catalog` or `information_schema` are read, and no table beside.
    pub(super) fn are_catalog(&self) -> bool {
        let mut tables = self.tables.iter().filter(|name| !self.given.contains(*name));
        let is_read = self.tables.iter().any(|name| is_catalog(name));
        is_read && !self.hide_catalog() && tables.all(|name| is_catalog(name) || self.functions.contains(name))
    }
}

impl Visitor for Sources {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        self.given.extend(tables.map(|table| table.alias.name.value.to_lowercase()));
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        self.tables.insert(plain(relation));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, args: Some(_), .. } = table {
            self.functions.insert(plain(name));
        }
        ControlFlow::Continue(())
    }
}

fn plain(name: &ObjectName) -> String {
    name.to_string().to_lowercase().replace('"', "")
}

fn is_catalog(name: &str) -> bool {
    ["pg_", "information_schema."].iter().any(|start| name.starts_with(start))
}

pub(super) fn made_to_run(mut statement: Statement) -> Statement {
    let _: ControlFlow<()> = VisitMut::visit(&mut statement, &mut Nulls);
    let _: ControlFlow<()> = VisitMut::visit(&mut statement, &mut Equivalents);
    statement
}

struct Nulls;

impl VisitorMut for Nulls {
    type Break = ();

    /// A column keeps its name when its value goes.
    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) = item
                && let Some(alias) = missing(parts)
            {
                *item = SelectItem::ExprWithAlias { expr: null(DataType::Text), alias };
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        procedures::compare_names(expression);
        let replaced = match &*expression {
            Expr::CompoundFieldAccess { root, access_chain } if is_of_keys(root, access_chain) => {
                Some(null(DataType::Integer(None)))
            }
            Expr::CompoundIdentifier(parts) => missing(parts).map(|_| null(DataType::Text)),
            Expr::Subquery(query) if !has_one_row(query) && is_correlated(query) => {
                Some(Expr::Value(Value::Null.with_empty_span()))
            }
            Expr::Function(function) => {
                let name = function.name.to_string().to_lowercase();
                let arguments = function.args.to_string().to_lowercase();
                let of = |names: &[&str]| names.iter().any(|name| arguments.contains(name));
                let is_list = name.ends_with("array_to_string") && of(&LISTS);
                if array_of(expression).is_some() || is_list || name.ends_with("_pg_expandarray") {
                    Some(null(DataType::Text))
                } else if ["unnest", "generate_subscripts"].contains(&name.as_str()) && of(&NUMBERS) {
                    Some(null(DataType::Integer(None)))
                } else {
                    None
                }
            }
            // the library gives up on finding the search path, and leaves nothing in its place
            Expr::InList { expr, list, negated: false } if is_empty_text(list) && names_schema(expr) => {
                let path = vec![Expr::Value(Value::SingleQuotedString("public".to_owned()).with_empty_span())];
                Some(Expr::InList { expr: expr.clone(), list: path, negated: false })
            }
            _ => None,
        };
        if let Some(replaced) = replaced {
            *expression = replaced;
        }
        ControlFlow::Continue(())
    }
}

/// `(keys).n`, a part of a value that has several, and `conkey[1]`.
fn is_of_keys(root: &Expr, parts: &[AccessExpr]) -> bool {
    let is_part = matches!((root, parts), (Expr::Nested(_), [AccessExpr::Dot(_)]));
    let has_numbers = |text: String| NUMBERS.iter().any(|name| text.to_lowercase().contains(name));
    is_part || has_numbers(root.to_string()) || parts.iter().any(|part| has_numbers(part.to_string()))
}

fn null(data_type: DataType) -> Expr {
    cast(CastKind::DoubleColon, Expr::Value(Value::Null.with_empty_span()), data_type)
}

fn missing(parts: &[Ident]) -> Option<Ident> {
    parts.last().filter(|part| MISSING.contains(&part.value.to_lowercase().as_str())).cloned()
}

fn is_empty_text(list: &[Expr]) -> bool {
    matches!(list, [Expr::Value(value)] if value.value == Value::SingleQuotedString(String::new()))
}

fn names_schema(expression: &Expr) -> bool {
    expression.to_string().to_lowercase().contains("table_schema")
}

fn has_one_row(query: &Query) -> bool {
    let SetExpr::Select(select) = &*query.body else { return false };
    let [SelectItem::UnnamedExpr(item) | SelectItem::ExprWithAlias { expr: item, .. }] = &select.projection[..] else {
        return false;
    };
    matches!(item, Expr::Function(function) if AGGREGATES.contains(&function.name.to_string().to_lowercase().as_str()))
}

/// Whether a query names columns of tables that are not its own.
fn is_correlated(query: &Query) -> bool {
    #[derive(Default)]
    struct Look {
        own: HashSet<String>,
        named: HashSet<String>,
    }
    impl Visitor for Look {
        type Break = ();

        fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<()> {
            if let TableFactor::Table { name, alias, .. } = table {
                let last = name.0.last().map(ToString::to_string).unwrap_or_default();
                self.own.extend(match alias {
                    Some(alias) => vec![alias.name.to_string()],
                    None => vec![name.to_string(), last],
                });
            }
            ControlFlow::Continue(())
        }

        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            if let Expr::CompoundIdentifier(parts) = expression {
                let table: Vec<String> = parts[..parts.len() - 1].iter().map(ToString::to_string).collect();
                self.named.insert(table.join("."));
            }
            ControlFlow::Continue(())
        }
    }
    let mut look = Look::default();
    let _: ControlFlow<()> = query.visit(&mut look);
    !look.named.is_subset(&look.own)
}
