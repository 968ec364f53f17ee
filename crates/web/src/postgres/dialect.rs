//! PostgreSQL's dialect as the engine understands it.
//!
//! The rules of datafusion-pg-catalog make what tools ask of the catalog run at any price: one replaces correlated
//! subqueries of a select list by nulls, another takes the first row of many. That is no loss for psql's `\d`, and a
//! wrong answer for everybody else, so those rules see statements about the catalog alone.

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, Expr, Function, FunctionArguments, ObjectName, Query, SelectItem, Statement, Value, Visit,
    VisitMut, Visitor, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion_postgres::datafusion_pg_catalog::sql::PostgresCompatibilityParser;
use datafusion_postgres::datafusion_pg_catalog::sql::rules::{
    AliasDuplicatedProjectionRewrite, CurrentUserVariableToSessionUserFunctionCall, FixArrayLiteral,
    FixVersionColumnName, ResolveUnqualifiedIdentifier, RewriteArrayAnyAllOperation, SqlStatementRewriteRule,
    StripCallableQualifier, StripCollate,
};
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

pub(super) struct Dialect {
    catalog: PostgresCompatibilityParser,
    /// Those rules that keep what a statement means.
    faithful: Vec<Arc<dyn SqlStatementRewriteRule>>,
}

impl fmt::Debug for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialect")
    }
}

impl Dialect {
    pub(super) fn new() -> Dialect {
        let faithful: Vec<Arc<dyn SqlStatementRewriteRule>> = vec![
            Arc::new(AliasDuplicatedProjectionRewrite),
            Arc::new(ResolveUnqualifiedIdentifier),
            Arc::new(RewriteArrayAnyAllOperation),
            Arc::new(FixArrayLiteral),
            Arc::new(StripCallableQualifier),
            Arc::new(CurrentUserVariableToSessionUserFunctionCall),
            Arc::new(StripCollate),
            Arc::new(FixVersionColumnName),
        ];
        Dialect { catalog: PostgresCompatibilityParser::new(), faithful }
    }

    /// The statements of a text.
    pub(super) fn read(&self, text: &str) -> Result<Vec<Statement>, ParserError> {
        let statements = Parser::parse_sql(&PostgreSqlDialect {}, text)?;
        if !statements.iter().any(is_of_catalog) {
            return Ok(statements.into_iter().map(|statement| self.faithful(statement)).collect());
        }
        // whole texts of known tools are recognised before they are parsed
        let lenient = self.catalog.parse(text)?;
        if lenient.len() != statements.len() {
            return Ok(lenient.into_iter().map(without_arrays).collect());
        }
        let chosen = statements.into_iter().zip(lenient).map(|(statement, lenient)| match is_of_catalog(&statement) {
            true => without_arrays(lenient),
            false => self.faithful(statement),
        });
        Ok(chosen.collect())
    }

    fn faithful(&self, statement: Statement) -> Statement {
        let mut statement = self.faithful.iter().fold(statement, |statement, rule| rule.rewrite(statement));
        let _: ControlFlow<()> = VisitMut::visit(&mut statement, &mut Arrays);
        statement
    }
}

/// Whether a statement reads `pg_catalog` or `information_schema`.
fn is_of_catalog(statement: &Statement) -> bool {
    struct Look;
    impl Visitor for Look {
        type Break = ();

        fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
            let name = relation.to_string().to_lowercase().replace('"', "");
            let catalog = ["pg_", "information_schema."].iter().any(|start| name.starts_with(start));
            if catalog { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    statement.visit(&mut Look).is_break()
}

/// `ARRAY(SELECT …)`, which the engine has not, as the array of what the query gives.
struct Arrays;

impl VisitorMut for Arrays {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if let Some(query) = array_of(expression)
            && let Some(gathered) = gathered(query)
        {
            *expression = gathered;
        }
        ControlFlow::Continue(())
    }
}

fn array_of(expression: &Expr) -> Option<&Query> {
    match expression {
        Expr::Function(Function { name, args: FunctionArguments::Subquery(query), .. })
            if name.to_string().eq_ignore_ascii_case("array") =>
        {
            Some(query)
        }
        _ => None,
    }
}

fn gathered(query: &Query) -> Option<Expr> {
    let text = format!("SELECT (SELECT array_agg(value) FROM ({query}) AS gathered(value))");
    let Statement::Query(query) = Parser::parse_sql(&PostgreSqlDialect {}, &text).ok()?.pop()? else { return None };
    match query.body.as_select()?.projection.first()? {
        SelectItem::UnnamedExpr(expression) => Some(expression.clone()),
        _ => None,
    }
}

/// Lists of rights, options and members are empty here, and the catalog has not all of their columns.
fn without_arrays(mut statement: Statement) -> Statement {
    struct Nothing;
    impl VisitorMut for Nothing {
        type Break = ();

        fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
            if array_of(expression).is_some() || is_list_as_text(expression) {
                *expression = null_text();
            }
            ControlFlow::Continue(())
        }
    }
    let _: ControlFlow<()> = VisitMut::visit(&mut statement, &mut Nothing);
    statement
}

fn is_list_as_text(expression: &Expr) -> bool {
    let Expr::Function(function) = expression else { return false };
    let arguments = function.args.to_string().to_lowercase();
    let names = ["acl", "reloptions", "attoptions", "setconfig", "array(", "rolname"];
    function.name.to_string().to_lowercase().ends_with("array_to_string")
        && names.iter().any(|name| arguments.contains(name))
}

fn null_text() -> Expr {
    Expr::Cast {
        kind: CastKind::DoubleColon,
        expr: Box::new(Expr::Value(Value::Null.with_empty_span())),
        data_type: DataType::Text,
        array: false,
        format: None,
    }
}

/// Says of parameters what type the client sends them as, where nothing else in the statement does.
pub(super) fn with_types(mut statement: Statement, types: &[(usize, DataType)]) -> Statement {
    struct Types<'a>(&'a [(usize, DataType)]);
    impl VisitorMut for Types<'_> {
        type Break = ();

        fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
            let Expr::Value(value) = &*expression else { return ControlFlow::Continue(()) };
            let Value::Placeholder(name) = &value.value else { return ControlFlow::Continue(()) };
            let number = name.trim_start_matches('$').parse::<usize>().ok();
            let Some((_, data_type)) = self.0.iter().find(|(index, _)| number == Some(index + 1)) else {
                return ControlFlow::Continue(());
            };
            *expression = Expr::Cast {
                kind: CastKind::Cast,
                expr: Box::new(expression.clone()),
                data_type: data_type.clone(),
                array: false,
                format: None,
            };
            ControlFlow::Continue(())
        }
    }
    let _: ControlFlow<()> = VisitMut::visit(&mut statement, &mut Types(types));
    statement
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let statements = Dialect::new().read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let found: Vec<String> = statements.iter().map(ToString::to_string).collect();
        assert_eq!(found.join("; "), expect, "{text}");
    }

    #[test]
    fn questions_about_data_keep_what_they_mean() {
        let correlated =
            "SELECT s.service, (SELECT max(m.cpu_max) FROM minute AS m WHERE m.service = s.service) FROM services AS s";
        check(correlated, correlated);
        check("SELECT (SELECT cpu_max FROM minute) AS one", "SELECT (SELECT cpu_max FROM minute) AS one");
        check(
            "SELECT ARRAY(SELECT service FROM services)",
            "SELECT (SELECT array_agg(value) FROM (SELECT service FROM services) AS gathered (value))",
        );
        check("SELECT pg_catalog.version()", "SELECT version() AS version");
    }

    #[test]
    fn questions_about_the_catalog_are_made_to_run() {
        check(
            "SELECT pg_catalog.array_to_string(n.nspacl, ',') FROM pg_catalog.pg_namespace n; SELECT (SELECT a FROM b)",
            "SELECT NULL::TEXT FROM pg_catalog.pg_namespace AS n; SELECT (SELECT a FROM b)",
        );
    }
}
