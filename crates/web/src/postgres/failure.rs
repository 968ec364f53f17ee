//! Errors as clients of PostgreSQL know them: an SQLSTATE that programs branch on and a message that says what to do.

use crate::error::{Code, Problem};
use datafusion::arrow::error::ArrowError;
use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError};
use query::sql::error::schema_words;

/// The codes this front uses, by the names of PostgreSQL's appendix A.
pub(super) mod state {
    pub(in crate::postgres) const PROTOCOL_VIOLATION: &str = "08P01";
    pub(in crate::postgres) const FEATURE_NOT_SUPPORTED: &str = "0A000";
    pub(in crate::postgres) const NUMERIC_VALUE_OUT_OF_RANGE: &str = "22003";
    pub(in crate::postgres) const DIVISION_BY_ZERO: &str = "22012";
    pub(in crate::postgres) const CHARACTER_NOT_IN_REPERTOIRE: &str = "22021";
    pub(in crate::postgres) const INVALID_PARAMETER_VALUE: &str = "22023";
    pub(in crate::postgres) const INVALID_TEXT_REPRESENTATION: &str = "22P02";
    pub(in crate::postgres) const READ_ONLY_SQL_TRANSACTION: &str = "25006";
    pub(in crate::postgres) const NO_ACTIVE_SQL_TRANSACTION: &str = "25P01";
    pub(in crate::postgres) const IN_FAILED_SQL_TRANSACTION: &str = "25P02";
    pub(in crate::postgres) const IDLE_IN_TRANSACTION_TIMEOUT: &str = "25P03";
    pub(in crate::postgres) const INVALID_SQL_STATEMENT_NAME: &str = "26000";
    pub(in crate::postgres) const INVALID_AUTHORIZATION: &str = "28000";
    pub(in crate::postgres) const INVALID_PASSWORD: &str = "28P01";
    pub(in crate::postgres) const INVALID_CURSOR_NAME: &str = "34000";
    pub(in crate::postgres) const SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION: &str = "42000";
    pub(in crate::postgres) const SYNTAX_ERROR: &str = "42601";
    pub(in crate::postgres) const DUPLICATE_COLUMN: &str = "42701";
    pub(in crate::postgres) const AMBIGUOUS_COLUMN: &str = "42702";
    pub(in crate::postgres) const UNDEFINED_COLUMN: &str = "42703";
    pub(in crate::postgres) const UNDEFINED_OBJECT: &str = "42704";
    pub(in crate::postgres) const DATATYPE_MISMATCH: &str = "42804";
    pub(in crate::postgres) const UNDEFINED_FUNCTION: &str = "42883";
    pub(in crate::postgres) const UNDEFINED_TABLE: &str = "42P01";
    pub(in crate::postgres) const DUPLICATE_CURSOR: &str = "42P03";
    pub(in crate::postgres) const DUPLICATE_PREPARED_STATEMENT: &str = "42P05";
    pub(in crate::postgres) const OUT_OF_MEMORY: &str = "53200";
    pub(in crate::postgres) const TOO_MANY_CONNECTIONS: &str = "53300";
    pub(in crate::postgres) const CONFIGURATION_LIMIT_EXCEEDED: &str = "53400";
    pub(in crate::postgres) const PROGRAM_LIMIT_EXCEEDED: &str = "54000";
    pub(in crate::postgres) const STATEMENT_TOO_COMPLEX: &str = "54001";
    pub(in crate::postgres) const OBJECT_NOT_IN_PREREQUISITE_STATE: &str = "55000";
    pub(in crate::postgres) const QUERY_CANCELED: &str = "57014";
    pub(in crate::postgres) const ADMIN_SHUTDOWN: &str = "57P01";
    pub(in crate::postgres) const CANNOT_CONNECT_NOW: &str = "57P03";
    pub(in crate::postgres) const IDLE_SESSION_TIMEOUT: &str = "57P05";
    pub(in crate::postgres) const INTERNAL_ERROR: &str = "XX000";
}

/// An error of one statement.
pub(super) fn error(code: &str, message: impl Into<String>) -> PgWireError {
    told("ERROR", code, message.into())
}

/// An error that ends the connection.
pub(super) fn fatal(code: &str, message: impl Into<String>) -> PgWireError {
    told("FATAL", code, message.into())
}

/// Whether a statement has been ended, and not failed.
pub(super) fn is_cancelled(error: &PgWireError) -> bool {
    matches!(error, PgWireError::UserError(told) if told.code == state::QUERY_CANCELED)
}

fn told(severity: &str, code: &str, message: String) -> PgWireError {
    let mut told = ErrorInfo::new(severity.to_owned(), code.to_owned(), message);
    told.severity_nonlocalized = Some(severity.to_owned());
    PgWireError::UserError(Box::new(told))
}

/// Why a statement got no turn.
pub(super) fn of_turn(problem: Problem) -> PgWireError {
    let code = if problem.code == Code::Busy { state::CONFIGURATION_LIMIT_EXCEEDED } else { state::INTERNAL_ERROR };
    error(code, problem.message)
}

/// What went wrong while a statement was planned or run.
pub(super) fn of_statement(failed: DataFusionError) -> PgWireError {
    let root = failed.find_root();
    let (code, message) = match root {
        DataFusionError::SQL(problem, _) => (state::SYNTAX_ERROR, problem.to_string()),
        DataFusionError::SchemaError(problem, _) => (of_schema(problem), schema_words(problem)),
        DataFusionError::ArrowError(problem, _) => (of_values(problem), problem.to_string()),
        DataFusionError::Plan(message) => (of_plan(message), message.clone()),
        DataFusionError::NotImplemented(message) => (state::FEATURE_NOT_SUPPORTED, message.clone()),
        DataFusionError::ResourcesExhausted(message) => (state::OUT_OF_MEMORY, message.clone()),
        DataFusionError::Execution(message) => (of_words(message), message.clone()),
        other => (state::INTERNAL_ERROR, other.strip_backtrace()),
    };
    if code == state::INTERNAL_ERROR {
        tracing::warn!(reason = message, "a statement failed");
    }
    error(code, message)
}

fn of_schema(problem: &SchemaError) -> &'static str {
    match problem {
        SchemaError::FieldNotFound { .. } => state::UNDEFINED_COLUMN,
        SchemaError::AmbiguousReference { .. } => state::AMBIGUOUS_COLUMN,
        SchemaError::DuplicateQualifiedField { .. } | SchemaError::DuplicateUnqualifiedField { .. } => {
            state::DUPLICATE_COLUMN
        }
    }
}

fn of_values(problem: &ArrowError) -> &'static str {
    match problem {
        ArrowError::DivideByZero => state::DIVISION_BY_ZERO,
        ArrowError::ArithmeticOverflow(_) => state::NUMERIC_VALUE_OUT_OF_RANGE,
        ArrowError::CastError(message) if is_out_of_range(message) => state::NUMERIC_VALUE_OUT_OF_RANGE,
        ArrowError::CastError(_) | ArrowError::ParseError(_) => state::INVALID_TEXT_REPRESENTATION,
        _ => state::INTERNAL_ERROR,
    }
}

/// The engine has one kind of error for whatever a plan cannot be made of; only its words tell them apart.
fn of_plan(message: &str) -> &'static str {
    let says = |words: &str| message.contains(words);
    if says("not found") && (says("table '") || says("table function '")) {
        state::UNDEFINED_TABLE
    } else if says("Invalid function") || says("No function matches") {
        state::UNDEFINED_FUNCTION
    } else if says("DDL not supported") || says("DML not supported") || says("Statement not supported") {
        state::READ_ONLY_SQL_TRANSACTION
    } else if says("coercion") || says("Cannot infer common argument type") || says("Cannot coerce") {
        state::DATATYPE_MISMATCH
    } else if says("No field named") {
        state::UNDEFINED_COLUMN
    } else {
        state::SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION
    }
}

/// Of a number that has no place in another type, not of a text that is none.
fn is_out_of_range(message: &str) -> bool {
    message.contains("an't cast value") && message.contains("to type")
}

/// What ended a statement under way.
pub(super) fn of_running(failed: query::sql::Error) -> PgWireError {
    use query::sql::Error;
    let code = match &failed {
        failed if failed.is_not_ready() => state::CANNOT_CONNECT_NOW,
        Error::ReadOnly(_) => state::READ_ONLY_SQL_TRANSACTION,
        Error::Resources(_) => state::OUT_OF_MEMORY,
        Error::Timeout { .. } => state::QUERY_CANCELED,
        Error::Statement(message) => of_words(message),
        Error::Question(_) | Error::Failed(_) => {
            tracing::warn!(reason = %failed, "a statement failed");
            state::INTERNAL_ERROR
        }
    };
    error(code, failed.to_string())
}

/// A statement that fails in the middle says why in words alone; where they are none of those that are known, an argument of
/// a function was wrong.
fn of_words(message: &str) -> &'static str {
    let says = |words: &str| message.to_lowercase().contains(words);
    if says("nests more than") || says("a plan of more than") || says("the statement has") {
        state::STATEMENT_TOO_COMPLEX
    } else if says("it may have") || says("take too long") || says("mib of") || says("kib of") {
        state::PROGRAM_LIMIT_EXCEEDED
    } else if says("not known here") || says("alone here") {
        state::FEATURE_NOT_SUPPORTED
    } else if says("divide by zero") {
        state::DIVISION_BY_ZERO
    } else if says("overflow") || is_out_of_range(message) {
        state::NUMERIC_VALUE_OUT_OF_RANGE
    } else if says("cast") || says("parsing") || says("parser error") {
        state::INVALID_TEXT_REPRESENTATION
    } else if says("configuration parameter") {
        state::UNDEFINED_OBJECT
    } else {
        match of_plan(message) {
            state::SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION => state::INVALID_PARAMETER_VALUE,
            code => code,
        }
    }
}
