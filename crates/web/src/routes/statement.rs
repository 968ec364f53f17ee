//! SQL: one statement that reads, from one cut.

use crate::body::Whole;
use crate::error::{Code, Problem};
use crate::formats::Format;
use crate::front::Front;
use crate::request::{Nothing, Parameters};
use crate::shapes;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Run one SQL statement
///
/// Tables: `minute`, `hour`, `day`, `month`, `year`, `messages`, `services`, `ledger`, `rejects`, `jobs`. The statement
/// reads one moment of all of them and can change nothing. Rows are sent as they are computed; an answer that fails
/// behind its first rows is cut off.
#[utoipa::path(
    post,
    path = "/sql",
    tag = "answers",
    request_body(
        description = "The statement, as text or in a JSON object.",
        content((Statement = "application/json"), (shapes::StatementText = "application/sql"), (shapes::StatementText = "text/plain"))
    ),
    responses((
        status = 200,
        description = "The rows. CSV and Arrow hold the rows alone.",
        headers(("vitals-watermark" = String, description = "Per journal the last segment that the views hold.")),
        content((shapes::Rows = "application/json"), (String = "text/csv"), (shapes::ArrowStream = "application/vnd.apache.arrow.stream"))
    ))
)]
pub(crate) async fn sql(
    State(front): State<Arc<Front>>,
    format: Format,
    Parameters(Nothing {}): Parameters<Nothing>,
    body: Whole,
) -> Result<Response, Problem> {
    let statement = statement(&body)?;
    drop(body);
    front.check_ready()?;
    let until = front.questions.deadline();
    let turn = front.questions.in_time(front.questions.turn()).await?;
    let rows = front.sql.run_until(&statement, until).await?;
    format.rows(rows, turn, until).await
}

/// One statement that reads.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Statement {
    #[schema(example = "SELECT service, max(cpu_max) FROM minute GROUP BY service")]
    sql: String,
}

fn statement(body: &Whole) -> Result<String, Problem> {
    match body.media_type.as_str() {
        "application/json" => {
            let statement: Statement = serde_json::from_slice(&body.bytes)
                .map_err(|error| Problem::bad_request(format!(r#"the body is not {{"sql": "SELECT …"}}: {error}"#)))?;
            Ok(statement.sql)
        }
        "" | "application/sql" | "text/plain" => {
            let text = std::str::from_utf8(&body.bytes);
            Ok(text.map_err(|error| Problem::bad_request(format!("the statement is not UTF-8: {error}")))?.to_owned())
        }
        other => Err(Problem::new(
            Code::UnsupportedMediaType,
            format!("a statement is not sent as {other}; use Content-Type: application/sql, or application/json"),
        )),
    }
}
