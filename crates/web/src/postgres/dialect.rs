//! PostgreSQL's dialect as the engine understands it.
//!
//! The rules of datafusion-pg-catalog make what tools ask of the catalog run at any price: one replaces correlated
//! subqueries of a select list by nulls, another takes the first row of many. That is no loss for psql's `\d`, and a
//! wrong answer for everybody else, so those rules see statements about the catalog alone.

mod arrays;
mod catalog;
mod names;

use super::failure::{self, state};
use super::information;
use super::settings::view;
use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, Expr, Function, FunctionArguments, Ident, LimitClause, ObjectName, Query, SelectItem,
    Statement, TableAlias, TableFactor, TableFunctionArgs, Value, ValueWithSpan, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion_postgres::datafusion_pg_catalog::sql::PostgresCompatibilityParser;
use datafusion_postgres::datafusion_pg_catalog::sql::rules::{
    AliasDuplicatedProjectionRewrite, CurrentUserVariableToSessionUserFunctionCall, PrependUnqualifiedPgTableName,
    ResolveUnqualifiedIdentifier, RewriteArrayAnyAllOperation, SqlStatementRewriteRule, StripCallableQualifier,
    StripCollate,
};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use catalog::Sources;
pub(super) use names::renamed;

/// One statement, and what of it the engine does not know.
#[derive(Clone, Debug)]
pub(super) struct Spoken {
    pub(super) statement: Statement,
    /// What PostgreSQL calls its columns; `None` where the engine does so too.
    pub(super) names: Vec<Option<String>>,
    /// The highest number of a parameter.
    pub(super) parameters: usize,
    /// Whether it asks the catalog and nothing else.
    pub(super) about_catalog: bool,
}

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
            Arc::new(StripCallableQualifier),
            Arc::new(CurrentUserVariableToSessionUserFunctionCall),
            Arc::new(StripCollate),
        ];
        Dialect { catalog: PostgresCompatibilityParser::new(), faithful }
    }

    /// The statements of a text.
    pub(super) fn read(&self, text: &str) -> PgWireResult<Vec<Spoken>> {
        let statements = parse(text).map_err(unreadable)?;
        // whole texts of known tools are recognised before they are parsed
        let about_catalog = statements.iter().any(|statement| Sources::of(statement).are_catalog());
        let lenient = if about_catalog { self.catalog.parse(text).map_err(unreadable)? } else { Vec::new() };
        let mut lenient = lenient.into_iter();
        let spoken = statements.into_iter().map(|statement| {
            let (names, parameters) = (names::of(&statement), names::parameters(&statement));
            let sources = Sources::of(&statement);
            let about_catalog = sources.are_catalog();
            let statement = match lenient.next() {
                Some(lenient) if about_catalog => catalog::made_to_run(lenient),
                _ => self.faithful(statement, &sources)?,
            };
            Ok(Spoken { statement, names, parameters, about_catalog })
        });
        spoken.collect()
    }

    fn faithful(&self, mut statement: Statement, sources: &Sources) -> PgWireResult<Statement> {
        arrays::spread_out(&mut statement)?;
        if !sources.hide_catalog() {
            statement = PrependUnqualifiedPgTableName.rewrite(statement);
        }
        statement = self.faithful.iter().fold(statement, |statement, rule| rule.rewrite(statement));
        let _: ControlFlow<()> = VisitMut::visit(&mut statement, &mut Equivalents);
        Ok(statement)
    }
}

fn parse(text: &str) -> Result<Vec<Statement>, ParserError> {
    Parser::parse_sql(&PostgreSqlDialect {}, text)
}

fn unreadable(error: ParserError) -> PgWireError {
    failure::error(state::SYNTAX_ERROR, error.to_string().trim_start_matches("sql parser error: "))
}

/// What the engine has not, in words that it has.
struct Equivalents;

impl VisitorMut for Equivalents {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        let other = match expression {
            Expr::Like { pattern, escape_char, .. } | Expr::ILike { pattern, escape_char, .. } => {
                unescape(pattern, escape_char);
                None
            }
            _ => array_of(expression).and_then(gathered),
        };
        if let Some(other) = other {
            *expression = other;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if let Some(data_type) = counted(expression) {
            *expression = cast(CastKind::Cast, expression.clone(), data_type);
        }
        ControlFlow::Continue(())
    }

    /// Views that the library fills with something else.
    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<()> {
        let TableFactor::Table { name, alias, args, .. } = table else { return ControlFlow::Continue(()) };
        let (function, view) = match name.to_string().to_lowercase().as_str() {
            "information_schema.columns" => (information::FUNCTION, "columns"),
            "pg_catalog.pg_settings" => (view::FUNCTION, "pg_settings"),
            _ => return ControlFlow::Continue(()),
        };
        *name = ObjectName::from(vec![Ident::new(function)]);
        *args = Some(TableFunctionArgs { args: Vec::new(), settings: None });
        let named = TableAlias { explicit: true, name: Ident::new(view), columns: Vec::new(), at: None };
        alias.get_or_insert(named);
        ControlFlow::Continue(())
    }
}

/// The type that PostgreSQL counts in, where the engine's has no sign: drivers know that as a decimal number.
fn counted(expression: &Expr) -> Option<DataType> {
    let Expr::Function(function) = expression else { return None };
    match function.name.to_string().to_lowercase().as_str() {
        "row_number" | "rank" | "dense_rank" => Some(DataType::BigInt(None)),
        "ntile" | "array_length" | "array_ndims" | "array_position" | "cardinality" => Some(DataType::Integer(None)),
        _ => None,
    }
}

/// The engine's patterns escape with a backslash alone: so the pattern is rewritten when it is known.
fn unescape(pattern: &mut Box<Expr>, escape: &mut Option<ValueWithSpan>) {
    let Some(ValueWithSpan { value: Value::SingleQuotedString(character), .. }) = escape else { return };
    if character != "\\" && character.chars().count() == 1 {
        let quoted = character.replace('\'', "''");
        // an escaped escape stands for itself; a control character holds its place meanwhile
        let text = format!(
            "SELECT replace(replace(replace(replace({pattern}, '\\', '\\\\'), '{quoted}{quoted}', chr(1)), '{quoted}', '\\'), \
             chr(1), '{quoted}')"
        );
        if let Some(rewritten) = expression(&text) {
            (**pattern, *escape) = (rewritten, None);
        }
    }
}

/// `ARRAY(SELECT …)`, as the array of what the query gives.
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
    expression(&format!("SELECT (SELECT array_agg(value) FROM ({query}) AS gathered(value))"))
}

/// The one expression of a select list.
fn expression(text: &str) -> Option<Expr> {
    let Statement::Query(query) = parse(text).ok()?.pop()? else { return None };
    match query.body.as_select()?.projection.first()? {
        SelectItem::UnnamedExpr(expression) => Some(expression.clone()),
        _ => None,
    }
}

fn cast(kind: CastKind, expression: Expr, data_type: DataType) -> Expr {
    Expr::Cast { kind, expr: Box::new(expression), data_type, array: false, format: None }
}

/// Says of parameters what type the client sends them as, where nothing else in the statement does.
pub(super) fn with_types(statement: &mut Statement, types: &[(usize, DataType)]) {
    struct Types<'a>(&'a [(usize, DataType)]);
    impl VisitorMut for Types<'_> {
        type Break = ();

        fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
            if let Some(number) = names::parameter(expression)
                && let Some((_, data_type)) = self.0.iter().find(|(index, _)| number == index + 1)
            {
                *expression = cast(CastKind::Cast, expression.clone(), data_type.clone());
            }
            ControlFlow::Continue(())
        }

        /// How many rows there may be is a whole number, whatever number is sent.
        fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
            if let Some(LimitClause::LimitOffset { limit, offset, .. }) = &mut query.limit_clause {
                let counts = limit.iter_mut().chain(offset.iter_mut().map(|offset| &mut offset.value));
                for count in counts.filter(|count| matches!(count, Expr::Cast { .. })) {
                    *count = cast(CastKind::Cast, count.clone(), DataType::BigInt(None));
                }
            }
            ControlFlow::Continue(())
        }
    }
    let _: ControlFlow<()> = VisitMut::visit(statement, &mut Types(types));
}

#[cfg(test)]
mod tests;
