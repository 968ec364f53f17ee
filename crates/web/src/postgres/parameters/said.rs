//! The types that clients name: in PostgreSQL a parameter is of the type that its client says, whatever stands around it.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::logical_expr::expr::{Cast, Placeholder};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::sql::sqlparser::ast;
use datafusion_postgres::pgwire::api::Type;

/// Whether the plan is to be told: where the type needed is none of its own, or would change what is sent.
pub(super) fn tells(said: &Type, needed: Option<&DataType>) -> bool {
    let Some(needed) = needed else { return true };
    match *said {
        // the engine thinks that what is subtracted from a time is a time
        Type::INTERVAL => !matches!(needed, DataType::Interval(_) | DataType::Duration(_)),
        Type::INT2 | Type::INT4 | Type::INT8 | Type::FLOAT4 | Type::FLOAT8 | Type::NUMERIC => {
            (needed.is_numeric() || needed.is_string() || needed.is_null()) && !holds(needed, said)
        }
        _ => false,
    }
}

/// As what a `numeric` is told of which something is made: as one that holds all whole numbers there are, if one of them;
/// as nothing where it can be read as what is made of it.
pub(super) fn numeric_made(needed: Option<&DataType>) -> Option<ast::DataType> {
    let needed = needed.filter(|needed| !needed.is_decimal() && !needed.is_string())?;
    if needed.is_integer() {
        return Some(ast::DataType::Numeric(ast::ExactNumberInfo::PrecisionAndScale(38, 18)));
    }
    tells(&Type::NUMERIC, Some(needed)).then(|| sql_type(&Type::NUMERIC)).flatten()
}

/// Whether a number can be read as the type without a change.
fn holds(needed: &DataType, said: &Type) -> bool {
    use DataType::{Float32, Float64, Int16, Int32, Int64};
    match *said {
        Type::INT2 => matches!(needed, Int16 | Int32 | Int64 | Float32 | Float64),
        Type::INT4 => matches!(needed, Int32 | Int64 | Float64),
        Type::INT8 => matches!(needed, Int64 | Float64),
        Type::FLOAT4 => matches!(needed, Float32 | Float64),
        _ => matches!(needed, Float64),
    }
}

/// Numbers, times, bytes and arrays have a type of their own; whatever else a client names is a text until something is
/// made of it. A `numeric` is what a number with a point is everywhere here.
pub(super) fn sql_type(said: &Type) -> Option<ast::DataType> {
    Some(match *said {
        Type::BOOL => ast::DataType::Boolean,
        Type::INT2 => ast::DataType::SmallInt(None),
        Type::INT4 => ast::DataType::Integer(None),
        Type::INT8 => ast::DataType::BigInt(None),
        Type::FLOAT4 => ast::DataType::Real,
        Type::FLOAT8 | Type::NUMERIC => ast::DataType::DoublePrecision,
        Type::DATE => ast::DataType::Date,
        Type::TIME => ast::DataType::Time(None, ast::TimezoneInfo::None),
        Type::TIMESTAMP => ast::DataType::Timestamp(Some(6), ast::TimezoneInfo::None),
        Type::TIMESTAMPTZ => ast::DataType::Timestamp(Some(6), ast::TimezoneInfo::WithTimeZone),
        Type::INTERVAL => ast::DataType::Interval { fields: None, precision: None },
        Type::BYTEA => ast::DataType::Bytea,
        Type::BOOL_ARRAY => array_of(&Type::BOOL)?,
        Type::INT2_ARRAY => array_of(&Type::INT2)?,
        Type::INT4_ARRAY => array_of(&Type::INT4)?,
        Type::INT8_ARRAY => array_of(&Type::INT8)?,
        Type::FLOAT4_ARRAY => array_of(&Type::FLOAT4)?,
        Type::FLOAT8_ARRAY | Type::NUMERIC_ARRAY => array_of(&Type::FLOAT8)?,
        _ => return None,
    })
}

fn array_of(element: &Type) -> Option<ast::DataType> {
    let element = Box::new(sql_type(element)?);
    Some(ast::DataType::Array(ast::ArrayElemTypeDef::SquareBracket(element, None)))
}

/// The plan in which these parameters are numbers as if they had been written there: those are exact to PostgreSQL as a
/// `numeric` is, and `2.5` becomes 3 where it is made whole, which the `double precision` that they were told to be
/// would not.
pub(super) fn as_written(plan: LogicalPlan, parameters: &[usize]) -> Result<LogicalPlan> {
    let names: Vec<String> = parameters.iter().map(|index| format!("${}", index + 1)).collect();
    let rewritten = plan.transform_up_with_subqueries(|plan| {
        let preserver = NamePreserver::new(&plan);
        plan.map_expressions(|expression| {
            let name = preserver.save(&expression);
            let rewritten = expression.transform_up(|part| Ok(written(part, &names)))?;
            Ok(rewritten.update_data(|expression| name.restore(expression)))
        })
    });
    rewritten.data()
}

fn written(expression: Expr, names: &[String]) -> Transformed<Expr> {
    match expression {
        Expr::Cast(Cast { expr, field }) => match *expr {
            Expr::Placeholder(parameter) if parameter.field.is_none() && names.contains(&parameter.id) => {
                Transformed::yes(Expr::Placeholder(Placeholder::new_with_field(parameter.id, Some(field))))
            }
            other => Transformed::no(Expr::Cast(Cast { expr: Box::new(other), field })),
        },
        other => Transformed::no(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_of_the_type_its_client_says() {
        let check = |said: Type, needed: DataType, expect: bool| {
            assert_eq!(tells(&said, Some(&needed)), expect, "{said} where {needed} is needed");
        };
        for said in [Type::FLOAT4, Type::FLOAT8, Type::NUMERIC] {
            for needed in [DataType::Int16, DataType::Int64, DataType::Decimal128(10, 2), DataType::Utf8] {
                check(said.clone(), needed, true);
            }
            check(said, DataType::Float64, false);
        }
        check(Type::FLOAT8, DataType::Float32, true);
        check(Type::INT2, DataType::Int64, false);
        check(Type::INT8, DataType::Int32, true);
        check(Type::INT8, DataType::Float64, false);
        check(Type::INT4, DataType::Decimal128(10, 2), true);
        // what is no number goes on as it did
        check(Type::TEXT, DataType::Int64, false);
        check(Type::TIMESTAMPTZ, DataType::Date32, false);
        check(Type::INTERVAL, DataType::Date32, true);
        assert!(tells(&Type::NUMERIC, None));
    }
}
