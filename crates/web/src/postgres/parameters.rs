//! The parameters of a prepared statement: what types they have, and what a client has bound to them.

mod said;
mod sent;

use super::failure::{self, state};
use bytes::Bytes;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use datafusion::sql::sqlparser::ast;
use datafusion_postgres::arrow_pg::datatypes::df::deserialize_parameters_with_server_types;
use datafusion_postgres::arrow_pg::datatypes::into_pg_type;
use datafusion_postgres::pgwire::api::Type;
use datafusion_postgres::pgwire::api::portal::Portal;
use datafusion_postgres::pgwire::api::stmt::StoredStatement;
use datafusion_postgres::pgwire::error::PgWireResult;
use datafusion_postgres::pgwire::messages::extendedquery::Bind;
use std::collections::BTreeMap;
use std::sync::Arc;

/// In the order of their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters {
    /// What the plan needs them to be, where it tells.
    needed: Vec<Option<DataType>>,
    /// What the client has said that it sends.
    said: Vec<Option<Type>>,
    /// Those that are made something of where they stand: `$1::bigint`.
    made: Vec<usize>,
}

impl Parameters {
    pub(super) fn of(plan: Option<&LogicalPlan>, said: &[Option<Type>], count: usize) -> PgWireResult<Parameters> {
        let Some(plan) = plan else { return Ok(Parameters::default()) };
        let mut types: BTreeMap<usize, Option<DataType>> = BTreeMap::new();
        for (name, needed) in plan.get_parameter_types().map_err(failure::of_statement)? {
            types.insert(number(&name)?, needed);
        }
        let mut made = Vec::new();
        for (name, told) in hints(plan)? {
            let index = number(&name)?;
            made.push(index);
            let needed = types.entry(index).or_default();
            *needed = needed.take().or(Some(told));
        }
        let count = types.keys().next_back().map_or(0, |last| last + 1).max(said.len()).max(count);
        let needed = (0..count).map(|index| types.remove(&index).flatten()).collect();
        let said = said.iter().map(|said| said.clone().filter(|said| *said != Type::UNKNOWN)).collect();
        Ok(Parameters { needed, said, made })
    }

    /// Those of which the client says what they are, where the plan does not know it or has it from what stands around
    /// them.
    pub(super) fn open(&self) -> Vec<(usize, ast::DataType)> {
        let open = self.needed.iter().enumerate().filter_map(|(index, needed)| {
            let said = self.said(index)?;
            let named = if said == Type::NUMERIC && self.made.contains(&index) {
                said::numeric_made(needed.as_ref())
            } else {
                said::tells(&said, needed.as_ref()).then(|| said::sql_type(&said)).flatten()
            };
            named.map(|named| (index, named))
        });
        open.collect()
    }

    /// All that clients can say, for a statement that means nothing without it: `sum($1)`.
    pub(super) fn all(said: &[Option<Type>]) -> Vec<(usize, ast::DataType)> {
        let named = |(index, said): (usize, &Option<Type>)| Some((index, said::sql_type(said.as_ref()?)?));
        said.iter().enumerate().filter_map(named).collect()
    }

    /// The plan that was made when these had been told, as it is run.
    pub(super) fn told(&self, plan: LogicalPlan, open: &[(usize, ast::DataType)]) -> PgWireResult<LogicalPlan> {
        let open = open.iter().map(|(index, _)| *index);
        let numerics: Vec<usize> = open.filter(|index| self.said(*index) == Some(Type::NUMERIC)).collect();
        said::as_written(plan, &numerics).map_err(failure::of_statement)
    }

    fn said(&self, index: usize) -> Option<Type> {
        self.said.get(index).cloned().flatten()
    }

    fn count(&self) -> usize {
        self.needed.len()
    }

    /// As the client is to send them.
    pub(super) fn types(&self) -> PgWireResult<Vec<Type>> {
        let wanted = |index: usize| match (self.said(index), &self.needed[index]) {
            (Some(said), _) => Ok(said),
            (None, Some(needed)) => into_pg_type(needed),
            (None, None) => Ok(Type::TEXT),
        };
        (0..self.count()).map(wanted).collect()
    }

    /// The values that a client binds, taken out of its message.
    pub(super) fn values(&self, bind: &mut Bind) -> PgWireResult<ParamValues> {
        let (given, formats) = (bind.parameters.len(), bind.parameter_format_codes.len());
        if given != self.count() {
            let problem = format!("bind message supplies {given} parameters, but the statement wants {}", self.count());
            return Err(failure::error(state::PROTOCOL_VIOLATION, problem));
        }
        if formats > 1 && formats != given {
            let problem = format!("bind message has {formats} parameter formats but {given} parameters");
            return Err(failure::error(state::PROTOCOL_VIOLATION, problem));
        }
        let (mut read, mut own) = (Vec::new(), Vec::new());
        for (index, sent) in self.types()?.iter().enumerate() {
            let format = if formats > 1 { index } else { 0 };
            let is_text = bind.parameter_format_codes.get(format).is_none_or(|code| *code == 0);
            let value = &mut bind.parameters[index];
            if let Some(known) = self.read(index, sent, value.as_deref(), is_text)? {
                own.push((index, known));
                *value = None;
                read.push(Some(Type::TEXT));
                continue;
            }
            let other = match value.as_deref() {
                Some(bytes) if is_text && *sent == Type::TIMESTAMPTZ => sent::begin_of_day(sent::text(bytes)?),
                Some(bytes) if !is_text => sent::spelt(sent, bytes),
                _ => None,
            };
            // a text is the same in both formats
            read.push(Some(sent::read_as(sent, is_text || other.is_some() || value.is_none())?));
            *value = other.map(Bytes::from).or(value.take());
        }
        let portal = Portal::try_new(bind, Arc::new(StoredStatement::new(String::new(), (), read)))?;
        let needed: Vec<Option<&DataType>> = self.needed.iter().map(Option::as_ref).collect();
        let mut values = match deserialize_parameters_with_server_types(&portal, &needed, &[])? {
            ParamValues::List(values) if values.len() == given => values,
            _ => return Err(failure::error(state::INTERNAL_ERROR, "a parameter was not read")),
        };
        for (index, known) in own {
            values[index] = known.into();
        }
        Ok(ParamValues::List(values))
    }

    /// A value that is not left to the library.
    fn read(
        &self,
        index: usize,
        sent: &Type,
        value: Option<&[u8]>,
        is_text: bool,
    ) -> PgWireResult<Option<ScalarValue>> {
        let needed = self.needed[index].as_ref();
        if *sent == Type::NUMERIC {
            let spelt = value.filter(|_| !is_text).map(sent::numeric_spelt).transpose()?;
            let text = value.filter(|_| is_text).map(sent::text).transpose()?;
            return sent::numeric(spelt.as_deref().or(text), needed).map(Some);
        }
        let element = sent::element(sent, needed).filter(|_| is_text || value.is_none());
        if let Some(element) = element {
            return sent::list(value.map(sent::text).transpose()?, &element).map(Some);
        }
        Ok(match (needed, value) {
            (Some(kind @ DataType::Timestamp(..)), Some(bytes)) if is_text && self.said(index).is_none() => {
                sent::instant(sent::text(bytes)?, kind)
            }
            _ => None,
        })
    }
}

/// `$1` is the first.
fn number(name: &str) -> PgWireResult<usize> {
    let number = name.trim_start_matches('$').parse::<u16>().ok().and_then(|number| number.checked_sub(1));
    number.map(usize::from).ok_or_else(|| {
        failure::error(state::SYNTAX_ERROR, format!("there is no parameter {name}; they are $1, $2 and so on"))
    })
}

/// What says what a parameter is where the engine does not: `$1::timestamptz`, and the other side of `= ANY($1)`.
fn hints(plan: &LogicalPlan) -> PgWireResult<Vec<(String, DataType)>> {
    let mut hints = Vec::new();
    let looked = plan.apply_with_subqueries(|node| {
        let schema = merge_schema(&node.inputs());
        for expression in node.expressions() {
            expression.apply(|part| {
                match part {
                    Expr::Cast(cast) => {
                        let named = placeholder(&cast.expr);
                        hints.extend(named.map(|name| (name, cast.field.data_type().clone())));
                    }
                    Expr::ScalarFunction(function) if function.name() == "array_has" => {
                        if let [array, value] = &function.args[..]
                            && let Some(name) = placeholder(array)
                        {
                            let element = value.get_type(&schema).unwrap_or(DataType::Utf8);
                            hints.push((name, DataType::new_list(element, true)));
                        }
                    }
                    _ => {}
                }
                Ok(TreeNodeRecursion::Continue)
            })?;
        }
        Ok(TreeNodeRecursion::Continue)
    });
    looked.map_err(failure::of_statement)?;
    Ok(hints)
}

fn placeholder(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Placeholder(placeholder) => Some(placeholder.id.clone()),
        _ => None,
    }
}
