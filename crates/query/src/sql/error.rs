//! Why a statement has no rows: whose fault it was, in words that say what to do.

use datafusion::common::{DataFusionError, SchemaError};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The statement cannot be answered as it is.
    #[error("{0}")]
    Statement(String),
    /// The statement would do more than read.
    #[error("{0}; SQL only reads here: use SELECT, EXPLAIN, SHOW TABLES or DESCRIBE")]
    ReadOnly(String),
    /// The layers below have no answer.
    #[error(transparent)]
    Question(crate::Error),
    /// A bound of memory or disk.
    #[error("the statement needs more than SQL may use: {0}; ask for less, or raise query.memory")]
    Resources(String),
    #[error("the statement took longer than {seconds} s; ask for less, or raise query.timeout")]
    Timeout { seconds: u64 },
    #[error("{0}")]
    Failed(String),
}

impl Error {
    /// Whether the same statement may be answered a little later without anybody doing anything.
    pub fn is_not_ready(&self) -> bool {
        matches!(self, Error::Question(error) if error.is_not_ready())
    }

    /// Whether another statement would be answered.
    pub fn is_of_statement(&self) -> bool {
        matches!(self, Error::Statement(_) | Error::ReadOnly(_) | Error::Resources(_) | Error::Timeout { .. })
    }
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Error {
        let text = words(&error);
        match error {
            DataFusionError::External(inner) => match inner.downcast::<crate::Error>() {
                Ok(inner) => Error::Question(*inner),
                Err(_) => Error::Failed(text),
            },
            DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => Error::from(*inner),
            DataFusionError::Collection(mut all) if !all.is_empty() => Error::from(all.swap_remove(0)),
            // held by several readers, so the inner error cannot be moved out
            DataFusionError::Shared(inner) => match std::sync::Arc::try_unwrap(inner) {
                Ok(inner) => Error::from(inner),
                Err(inner) => of_root(inner.find_root(), text),
            },
            other => of_root(&other, text),
        }
    }
}

fn of_root(root: &DataFusionError, text: String) -> Error {
    match root {
        DataFusionError::ResourcesExhausted(_) => Error::Resources(text),
        DataFusionError::Plan(plan) | DataFusionError::NotImplemented(plan) if is_refused(plan) => {
            Error::ReadOnly(text)
        }
        DataFusionError::SQL(..)
        | DataFusionError::Plan(_)
        | DataFusionError::SchemaError(..)
        | DataFusionError::NotImplemented(_)
        | DataFusionError::Execution(_)
        | DataFusionError::Configuration(_)
        | DataFusionError::ArrowError(..) => Error::Statement(text),
        _ => Error::Failed(text),
    }
}

/// What planner and check say of a statement that is more than reading.
fn is_refused(plan: &str) -> bool {
    REFUSALS.iter().any(|start| plan.starts_with(start))
}

const REFUSALS: [&str; 4] =
    ["DDL not supported", "DML not supported", "Statement not supported", "Unsupported SQL statement"];

/// The innermost error on one line, without the names of error types in front.
fn words(error: &DataFusionError) -> String {
    let root = error.find_root();
    let text = match root {
        DataFusionError::SchemaError(inner, _) => schema_words(inner),
        root => root.strip_backtrace(),
    };
    let text = text.trim();
    let prefixes = [
        "SQL error: ",
        "Error during planning: ",
        "Schema error: ",
        "This feature is not implemented: ",
        "Execution error: ",
        "Internal error: ",
        "Arrow error: ",
        "Resources exhausted: ",
        "External error: ",
        "Invalid or Unsupported Configuration: ",
    ];
    let mut text = prefixes.iter().fold(text, |text, prefix| text.strip_prefix(prefix).unwrap_or(text)).to_owned();
    if let Some(inner) = text.strip_prefix("ParserError(\"").and_then(|text| text.strip_suffix("\")")) {
        text = inner.replace("\\\"", "\"");
    }
    let text = text.strip_prefix("Parser error: ").unwrap_or(&text);
    let text = ADVICE.iter().fold(text, |text, advice| text.split(advice).next().unwrap_or(text));
    let text = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    rephrased(&text).unwrap_or_else(|| in_our_style(&text))
}

/// What follows is for people who make the engine.
const ADVICE: [&str; 3] = [
    "This issue was likely caused by a bug in DataFusion",
    "This was likely caused by a bug in DataFusion",
    "Please help us to resolve this",
];

/// Begins small, unless with a name in capitals, and has no stop.
fn in_our_style(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

/// What DataFusion says of cases that people meet often, in words that say what to do.
fn rephrased(text: &str) -> Option<String> {
    if let Some(name) = text.strip_prefix("table '").and_then(|text| text.strip_suffix("' not found")) {
        let name = name.strip_prefix("vitals.public.").unwrap_or(name);
        return Some(format!("no table is named {name:?}; there are {TABLES}"));
    }
    if let Some((_, refused)) = REFUSALS.iter().find_map(|refusal| text.split_once(refusal)) {
        return Some(format!("{} is refused", refused.trim_start_matches([':', ' '])));
    }
    if VALUES_ONLY.iter().any(|kind| text.contains(&format!("logical expression {kind}"))) {
        let told =
            "IN, ANY and ALL over a query stand in WHERE alone here; as a value write (SELECT count(*) > 0 FROM …)";
        return Some(told.to_owned());
    }
    match text {
        "The context currently only supports a single SQL statement" => {
            Some("only one statement can be run at a time; send each by itself".to_owned())
        }
        "No SQL statements were provided in the query string" => {
            Some("there is no statement; try SELECT * FROM services".to_owned())
        }
        _ => None,
    }
}

/// What a query can be compared with where it chooses rows, and nowhere else.
const VALUES_ONLY: [&str; 3] = ["Exists", "InSubquery", "SetComparison"];

const TABLES: &str = "minute, hour, day, month, year, messages, services, ledger, rejects and jobs";

/// A column that is not there: the nearest name, and all of them.
pub fn schema_words(error: &SchemaError) -> String {
    let text = error.to_string();
    let SchemaError::FieldNotFound { field, valid_fields } = error else { return text };
    let nearest = text.split_once("Did you mean '").and_then(|(_, rest)| rest.split_once('\''));
    let nearest = nearest.map(|(name, _)| format!("did you mean {name}? ")).unwrap_or_default();
    if valid_fields.is_empty() {
        return format!("no column is named {}; the statement reads no table here", field.flat_name());
    }
    let names: Vec<&str> = valid_fields.iter().map(|column| column.name.as_str()).collect();
    format!("no column is named {}; {nearest}there are {}", field.flat_name(), names.join(", "))
}
