//! What a statement asks this connection to do. Only questions reach the engine; what drivers send around them is
//! answered here, and whatever would change data is refused before anything is planned.

use super::copy::CopyFormat;
use super::dialect::{Dialect, Spoken, with_types};
use super::failure::{self, state};
use datafusion::sql::sqlparser::ast::{
    CloseCursor, ContextModifier, CopySource, CopyTarget, DataType, Declare, DeclareType, Expr, FetchDirection, Query,
    Reset, Set, Statement, Value, ValueWithSpan,
};
use datafusion_postgres::pgwire::error::PgWireResult;
use query::sql::bounds;

#[derive(Clone, Debug)]
pub(super) enum Command {
    /// Planned and run by the engine.
    Ask(Box<Spoken>),
    Begin,
    Commit,
    Rollback,
    /// Back to a savepoint: a transaction that has failed goes on.
    RollbackTo,
    /// Names and values; `None` is the default.
    Set {
        settings: Vec<(String, Option<String>)>,
        transaction_only: bool,
    },
    /// `None` is every setting.
    Show(Option<String>),
    /// `None` resets all.
    Reset(Option<String>),
    /// Forgets everything of this connection but who it is.
    DiscardAll,
    Declare {
        cursor: String,
        query: Box<Spoken>,
        binary: bool,
    },
    /// `None` is all the rows there are left. A move counts them and shows none.
    Fetch {
        cursor: String,
        rows: Option<usize>,
        shown: bool,
    },
    /// `None` closes all.
    Close(Option<String>),
    CopyOut {
        query: Box<Spoken>,
        format: CopyFormat,
    },
    /// Forgets a prepared statement, or all.
    Deallocate(Option<String>),
    /// Done by doing nothing; the word says what is done.
    Nothing(&'static str),
}

/// The statements of a text, in order.
pub(super) fn read(dialect: &Dialect, text: &str) -> PgWireResult<Vec<Command>> {
    bounds::check_text(text).map_err(failure::of_running)?;
    // the parser knows neither MOVE, which is FETCH without the rows, nor ABORT
    let (word, rest) = first_word(text);
    let moved = word.eq_ignore_ascii_case("move");
    let statements = match word.to_lowercase().as_str() {
        "move" => dialect.read(&format!("FETCH{rest}")),
        "abort" => dialect.read(&format!("ROLLBACK{rest}")),
        _ => dialect.read(text),
    };
    statements?.into_iter().map(|spoken| Ok(Command::of(spoken)?.moving(moved))).collect()
}

fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_at(text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len()))
}

impl Command {
    fn of(spoken: Spoken) -> PgWireResult<Command> {
        let Spoken { statement, names, parameters, about_catalog } = spoken;
        let query = |query: Box<Query>| {
            let statement = Statement::Query(query);
            Box::new(Spoken { statement, names: Vec::new(), parameters, about_catalog })
        };
        Ok(match statement {
            Statement::Query(_)
            | Statement::Explain { .. }
            | Statement::ExplainTable { .. }
            | Statement::ShowTables { .. }
            | Statement::ShowColumns { .. }
            | Statement::ShowFunctions { .. } => {
                Command::Ask(Box::new(Spoken { statement, names, parameters, about_catalog }))
            }
            Statement::StartTransaction { .. } => Command::Begin,
            Statement::Commit { .. } => Command::Commit,
            Statement::Rollback { savepoint: None, .. } => Command::Rollback,
            Statement::Rollback { savepoint: Some(_), .. } => Command::RollbackTo,
            Statement::Savepoint { .. } => Command::Nothing("SAVEPOINT"),
            Statement::ReleaseSavepoint { .. } => Command::Nothing("RELEASE"),
            Statement::Set(set) => settings(set)?,
            Statement::ShowVariable { variable } => {
                shown(&variable.iter().map(|part| &*part.value).collect::<Vec<_>>())
            }
            Statement::Reset(reset) => match reset.reset {
                Reset::ALL => Command::Reset(None),
                Reset::ConfigurationParameter(name) => Command::Reset(Some(name.to_string())),
            },
            Statement::Discard { object_type } => match object_type.to_string().as_str() {
                "ALL" => Command::DiscardAll,
                "PLANS" => Command::Nothing("DISCARD PLANS"),
                "SEQUENCES" => Command::Nothing("DISCARD SEQUENCES"),
                _ => Command::Nothing("DISCARD TEMP"),
            },
            Statement::Declare { stmts } => declared(stmts, query)?,
            Statement::Fetch { name, direction, into: None, .. } => {
                Command::Fetch { cursor: name.value, rows: forward(&direction)?, shown: true }
            }
            Statement::Close { cursor: CloseCursor::All } => Command::Close(None),
            Statement::Close { cursor: CloseCursor::Specific { name } } => Command::Close(Some(name.value)),
            Statement::Copy { source, to: true, target: CopyTarget::Stdout, options, legacy_options, .. } => {
                Command::CopyOut { query: copied(source, query)?, format: CopyFormat::of(&options, &legacy_options)? }
            }
            Statement::Deallocate { name, .. } => {
                let all = name.quote_style.is_none() && name.value.eq_ignore_ascii_case("all");
                Command::Deallocate((!all).then_some(name.value))
            }
            Statement::UNLISTEN { .. } => Command::Nothing("UNLISTEN"),
            other => return Err(refused(&other)),
        })
    }

    fn moving(self, moving: bool) -> Command {
        match self {
            Command::Fetch { cursor, rows, .. } => Command::Fetch { cursor, rows, shown: !moving },
            other => other,
        }
    }

    /// What is to be asked of the engine, if anything.
    pub(super) fn asked(&self) -> Option<&Spoken> {
        match self {
            Command::Ask(query) | Command::Declare { query, .. } | Command::CopyOut { query, .. } => Some(query),
            _ => None,
        }
    }

    /// Says what type the client sends parameters as.
    pub(super) fn say_types(&mut self, types: &[(usize, DataType)]) {
        if let Command::Ask(query) | Command::Declare { query, .. } | Command::CopyOut { query, .. } = self {
            with_types(&mut query.statement, types);
        }
    }

    /// Whether it can be answered while the transaction waits to be rolled back.
    pub(super) fn ends_failure(&self) -> bool {
        matches!(self, Command::Commit | Command::Rollback | Command::RollbackTo)
    }
}

fn refused(statement: &Statement) -> datafusion_postgres::pgwire::error::PgWireError {
    let text = statement.to_string();
    let what: Vec<&str> = text.split_whitespace().take(if text.starts_with("CREATE") { 2 } else { 1 }).collect();
    let what = what.join(" ").to_uppercase();
    let unknown = ["LISTEN", "NOTIFY", "PREPARE", "EXECUTE", "LOCK", "CALL", "USE", "FETCH", "CASE", "IF", "WHILE"];
    if unknown.contains(&what.as_str()) {
        return failure::error(state::FEATURE_NOT_SUPPORTED, format!("{what} is not supported here"));
    }
    let problem = format!(
        "cannot execute {what}: this is a read-only view of what was collected; messages come in over UDP, HTTP and \
         vitals import"
    );
    failure::error(state::READ_ONLY_SQL_TRANSACTION, problem)
}

fn settings(set: Set) -> PgWireResult<Command> {
    let transaction = |scope: &Option<ContextModifier>| matches!(scope, Some(ContextModifier::Local));
    Ok(match set {
        Set::SingleAssignment { scope, variable, values, .. } => {
            let values: Vec<String> = values.iter().map(word).collect();
            let value = Some(values.join(", ")).filter(|value| !value.eq_ignore_ascii_case("default"));
            let settings = vec![(variable.to_string().replace('"', ""), value)];
            Command::Set { settings, transaction_only: transaction(&scope) }
        }
        Set::SetTimeZone { local, value } => {
            let value = Some(word(&value)).filter(|value| !["default", "local"].contains(&&*value.to_lowercase()));
            Command::Set { settings: vec![("TimeZone".to_owned(), value)], transaction_only: local }
        }
        Set::SetNames { charset_name, .. } => Command::Set {
            settings: vec![("client_encoding".to_owned(), Some(charset_name.value))],
            transaction_only: false,
        },
        Set::SetNamesDefault {} => Command::Set { settings: Vec::new(), transaction_only: false },
        // each statement has a cut of its own, whatever the level; nobody can become somebody else
        Set::SetTransaction { .. } | Set::SetSessionAuthorization(_) | Set::SetRole { .. } => Command::Nothing("SET"),
        other => {
            let problem = format!("{other} is not supported here; write SET name = value");
            return Err(failure::error(state::FEATURE_NOT_SUPPORTED, problem));
        }
    })
}

/// A value as the setting takes it: without the quotes of a text or a name.
fn word(value: &Expr) -> String {
    match value {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => text.clone(),
        Expr::Identifier(name) => name.value.clone(),
        other => other.to_string(),
    }
}

fn shown(words: &[&str]) -> Command {
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    match lower.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["all"] => Command::Show(None),
        ["time", "zone"] => Command::Show(Some("TimeZone".to_owned())),
        ["transaction", "isolation", "level"] => Command::Show(Some("transaction_isolation".to_owned())),
        ["session", "authorization"] => Command::Show(Some("session_authorization".to_owned())),
        _ => Command::Show(Some(words.join("."))),
    }
}

fn declared(mut declarations: Vec<Declare>, asked: impl FnOnce(Box<Query>) -> Box<Spoken>) -> PgWireResult<Command> {
    let unsupported = |problem: &str| Err(failure::error(state::FEATURE_NOT_SUPPORTED, problem));
    match (declarations.pop(), declarations.is_empty()) {
        (Some(Declare { hold: Some(true), .. }), _) => unsupported(
            "a cursor WITH HOLD is not supported: it would keep its cut for ever; fetch inside a transaction",
        ),
        (Some(Declare { scroll: Some(true), .. }), _) => unsupported("cursors only go forward: leave SCROLL out"),
        (
            Some(Declare { names, declare_type: Some(DeclareType::Cursor), for_query: Some(query), binary, .. }),
            true,
        ) if names.len() == 1 => {
            Ok(Command::Declare { cursor: names[0].value.clone(), query: asked(query), binary: binary == Some(true) })
        }
        _ => unsupported("of DECLARE only DECLARE name CURSOR FOR query is supported"),
    }
}

fn forward(direction: &FetchDirection) -> PgWireResult<Option<usize>> {
    let count = |limit: &ValueWithSpan| match &limit.value {
        Value::Number(digits, _) => digits.parse::<usize>().ok(),
        _ => None,
    };
    match direction {
        FetchDirection::Next | FetchDirection::Forward { limit: None } => Ok(Some(1)),
        FetchDirection::All | FetchDirection::ForwardAll => Ok(None),
        FetchDirection::Count { limit }
        | FetchDirection::Forward { limit: Some(limit) }
        | FetchDirection::Relative { limit } => match count(limit) {
            Some(rows) => Ok(Some(rows)),
            None => backwards(),
        },
        _ => backwards(),
    }
}

fn backwards<T>() -> PgWireResult<T> {
    Err(failure::error(state::OBJECT_NOT_IN_PREREQUISITE_STATE, "cursor can only scan forward"))
}

/// `COPY table TO` is the query of all its columns, or of those that are named.
fn copied(source: CopySource, asked: impl FnOnce(Box<Query>) -> Box<Spoken>) -> PgWireResult<Box<Spoken>> {
    let (table, columns) = match source {
        CopySource::Query(query) => return Ok(asked(query)),
        CopySource::Table { table_name, columns } => (table_name, columns),
    };
    let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
    let columns = if columns.is_empty() { "*".to_owned() } else { columns.join(", ") };
    let text = format!("SELECT {columns} FROM {table}");
    let statements = Dialect::new().read(&text);
    let spoken = statements.ok().and_then(|mut statements| statements.pop());
    spoken.map(Box::new).ok_or_else(|| failure::error(state::SYNTAX_ERROR, format!("no table {table} can be copied")))
}

#[cfg(test)]
mod tests;
