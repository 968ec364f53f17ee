//! From the text of a statement to its plan.

use crate::sql::bounds;
use crate::sql::error::Error;
use crate::sql::syntax;
use datafusion::common::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{ExplainStatement, Statement};
use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, Select, SelectItem, SetExpr, Statement as Sql};
use std::collections::HashSet;

/// Behind it in the name of a column stands what makes that name the only one of its kind. The engine wants that of names,
/// and SQL does not: whoever reads rows sees what is before it.
const MARK: char = '\u{1}';

/// One statement that reads, as a plan.
pub(crate) async fn plan(state: &SessionState, text: &str) -> Result<LogicalPlan, Error> {
    bounds::check_text(text)?;
    let statement = state.sql_to_statement(text, &state.config().options().sql_parser.dialect)?;
    check_reads(&statement)?;
    let plan = plan_statement(state, statement).await?;
    bounds::check_plan(&plan)?;
    Ok(plan)
}

/// The plan of a statement that was read already, also where its columns share names. Those of the plan may have a mark
/// then, which the rows have not: see [`as_written`](super::as_written).
pub async fn plan_statement(state: &SessionState, mut statement: Statement) -> Result<LogicalPlan, DataFusionError> {
    syntax::mend(&mut statement)?;
    match state.statement_to_plan(statement.clone()).await {
        Err(error) if is_of_names(&error) && tell_apart(&mut statement) => state.statement_to_plan(statement).await,
        planned => planned,
    }
}

/// A column's name as it was written, where it has a mark.
pub fn without_mark(name: &str) -> Option<&str> {
    name.split_once(MARK).map(|(name, _)| name)
}

/// Refuses what changes anything before more is said of it.
fn check_reads(statement: &Statement) -> Result<(), Error> {
    match statement {
        Statement::Explain(ExplainStatement { statement, .. }) => check_reads(statement),
        Statement::Statement(statement) => match &**statement {
            Sql::Insert(_) | Sql::Update(_) | Sql::Delete(_) | Sql::Merge(_) | Sql::Truncate(_) => {
                let text = statement.to_string();
                let verb = text.split_whitespace().next().unwrap_or_default().to_uppercase();
                Err(Error::ReadOnly(format!("{verb} is refused")))
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Whether two columns would have one name.
fn is_of_names(error: &DataFusionError) -> bool {
    let text = error.to_string();
    text.contains("unique expression names") || text.contains("duplicate") || text.contains("Ambiguous")
}

/// Gives the columns of the answer names of their own; false where there is nothing to give.
fn tell_apart(statement: &mut Statement) -> bool {
    match statement {
        Statement::Explain(ExplainStatement { statement, .. }) => tell_apart(statement),
        Statement::Statement(statement) => match &mut **statement {
            Sql::Query(query) => in_query(query),
            _ => false,
        },
        _ => false,
    }
}

fn in_query(query: &mut Query) -> bool {
    in_body(&mut query.body)
}

fn in_body(body: &mut SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => in_select(select),
        SetExpr::Query(query) => in_query(query),
        SetExpr::SetOperation { left, right, .. } => in_body(left) | in_body(right),
        _ => false,
    }
}

fn in_select(select: &mut Select) -> bool {
    let has_all = select
        .projection
        .iter()
        .any(|item| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)));
    let (mut seen, mut changed) = (HashSet::new(), false);
    for (index, item) in select.projection.iter_mut().enumerate() {
        let (expression, name, may_stay) = match item {
            SelectItem::UnnamedExpr(expression) => (&*expression, named(expression), is_column(expression) && !has_all),
            SelectItem::ExprWithAlias { expr, alias } => (&*expr, alias.value.clone(), true),
            _ => continue,
        };
        if !(seen.insert(name.to_lowercase()) && may_stay) {
            let alias = Ident::with_quote('"', format!("{name}{MARK}{index}"));
            *item = SelectItem::ExprWithAlias { expr: expression.clone(), alias };
            changed = true;
        }
    }
    changed
}

fn is_column(expression: &Expr) -> bool {
    matches!(expression, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
}

/// What a column without a name is called: as what it is cast from, else as it was written.
fn named(expression: &Expr) -> String {
    match expression {
        Expr::Identifier(name) => name.value.clone(),
        Expr::CompoundIdentifier(parts) => parts.last().map(|name| name.value.clone()).unwrap_or_default(),
        Expr::Cast { expr, .. } | Expr::Nested(expr) => named(expr),
        other => other.to_string(),
    }
}
