//! `POST sql`: the ways to send a statement, the formats of its rows, and what a bad one is told.

use super::*;
use arrow::array::RecordBatch;
use arrow::ipc::reader::StreamReader;

impl Served {
    async fn sql(&self, content_type: &str, accept: &str, body: &str) -> (u16, String, Vec<u8>) {
        let request = reqwest::Client::new().post(format!("{}/sql", self.base)).header("accept", accept);
        let request = if content_type.is_empty() { request } else { request.header("content-type", content_type) };
        let response = request.body(body.to_owned()).send().await.expect("answers");
        let (status, of) = (response.status().as_u16(), response.headers()["content-type"].clone());
        (status, of.to_str().expect("text").to_owned(), response.bytes().await.expect("a whole body").to_vec())
    }
}

const TEXT: &str = "SELECT * FROM (VALUES (1, 'a,b', true), (2, NULL, false)) AS t(number, text, flag) ORDER BY 1";

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_in_every_format() {
    let served = served(true).await;
    let json = serde_json::json!({
        "watermark": null,
        "columns": [
            {"name": "number", "type": "bigint"}, {"name": "text", "type": "text"}, {"name": "flag", "type": "boolean"},
        ],
        "rows": [[1, "a,b", true], [2, null, false]],
    });
    let quoted = serde_json::json!({ "sql": TEXT }).to_string();
    for (content_type, body) in
        [("", TEXT), ("application/sql", TEXT), ("text/plain; charset=utf-8", TEXT), ("application/json", &quoted)]
    {
        let (status, of, body) = served.sql(content_type, "*/*", body).await;
        let found: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!((status, of.as_str(), &found), (200, "application/json", &json), "{content_type}");
    }
    let (_, of, body) = served.sql("application/sql", "text/csv", TEXT).await;
    assert!(of.starts_with("text/csv"), "{of}");
    assert_eq!(String::from_utf8(body).expect("text"), "number,text,flag\n1,\"a,b\",true\n2,,false\n");
    let (_, _, body) = served.sql("application/sql", "application/vnd.apache.arrow.stream", TEXT).await;
    let batches = StreamReader::try_new(body.as_slice(), None).expect("a stream").collect::<Result<Vec<_>, _>>();
    assert_eq!(batches.expect("batches").iter().map(RecordBatch::num_rows).sum::<usize>(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_without_rows_are_whole_documents() {
    let served = served(true).await;
    let (status, _, body) = served.sql("", "application/json", "SELECT service FROM minute").await;
    let expect = serde_json::json!({"watermark": null, "columns": [{"name": "service", "type": "text"}], "rows": []});
    assert_eq!((status, serde_json::from_slice::<Value>(&body).expect("JSON")), (200, expect));
    assert_eq!(served.sql("", "text/csv", "SELECT service FROM minute").await.2, b"service\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_lists_are_tables() {
    let served = served(true).await;
    let (_, _, body) = served.sql("", "text/csv", "SELECT name, running, last_outcome FROM jobs").await;
    assert_eq!(String::from_utf8(body).expect("text"), "name,running,last_outcome\ncount,false,\n");
    let (_, _, body) = served.sql("", "text/csv", "SELECT count(*) AS refused FROM rejects").await;
    assert_eq!(body, b"refused\n0\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_answer_is_sent_in_pieces() {
    let served = served(true).await;
    let text = "SELECT value FROM generate_series(1, 50000)";
    let (_, _, body) = served.sql("", "application/json", text).await;
    let document: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(
        (document["rows"].as_array().map(Vec::len), &document["rows"][49_999][0]),
        (Some(50_000), &50_000.into())
    );
    // what fails behind the first rows is no shorter answer
    let failing = "SELECT 1 / (40000 - value) FROM generate_series(1, 50000)";
    let response = reqwest::Client::new().post(format!("{}/sql", served.base)).body(failing).send().await;
    let response = response.expect("answers");
    assert_eq!(response.status().as_u16(), 200);
    response.bytes().await.expect_err("the connection is cut");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_statements_are_told_what_to_do() {
    let served = served(true).await;
    let check = async |content_type: &str, body: &str, status: u16, words: &str| {
        let (found, _, answer) = served.sql(content_type, "*/*", body).await;
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(found == status && message.contains(words), "{body}: {found} {answer}");
    };
    check("", "", 422, "there is no statement").await;
    check("", "SELECT cpu_agv FROM minute", 422, "did you mean").await;
    check("", "DROP TABLE minute", 422, "SQL only reads here").await;
    check("", "SELECT 1/0", 422, "zero").await;
    check("", "SELECT 1; SELECT 2", 422, "only one statement").await;
    check("application/json", "SELECT 1", 400, r#"{"sql": "SELECT …"}"#).await;
    check("application/json", r#"{"query": "SELECT 1"}"#, 400, "unknown field `query`").await;
    check("application/x-www-form-urlencoded", "SELECT 1", 415, "application/sql").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_the_page_run_and_its_columns_are_there() {
    let (served, page) = (served(true).await, include_str!("../../../../docs/sql.md"));
    let examples = page.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next());
    for example in examples {
        let (status, _, body) = served.sql("", "*/*", example).await;
        assert_eq!(status, 200, "{example}: {}", String::from_utf8_lossy(&body));
    }
    for field in [tables::rejects_schema(), tables::jobs_schema()].iter().flat_map(|schema| schema.fields()) {
        assert!(page.contains(&format!("`{}`", field.name())), "{} is missing from docs/sql.md", field.name());
    }
}
