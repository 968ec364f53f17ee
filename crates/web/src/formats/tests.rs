//! One table in every format, whole and piece by piece.

use super::*;
use arrow::array::{Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::ipc::reader::StreamReader;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// A row of a name, a count that may be missing, a share and a time.
fn batch(names: &[&str]) -> RecordBatch {
    let rows = names.len();
    let time = TimestampMicrosecondArray::from(vec![1_795_219_200_500_000; rows]).with_timezone("UTC");
    RecordBatch::try_from_iter_with_nullable([
        ("service", Arc::new(StringArray::from(names.to_vec())) as _, false),
        ("count", Arc::new(Int64Array::from(vec![None; rows])) as _, true),
        ("cpu", Arc::new(Float64Array::from(vec![0.1; rows])) as _, false),
        ("time", Arc::new(time) as _, false),
    ])
    .expect("columns of one length")
}

fn later() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

async fn streamed(format: Format, batches: Vec<RecordBatch>) -> Vec<u8> {
    let schema = batch(&[]).schema();
    let batches = stream::iter(batches.into_iter().map(Ok::<_, Problem>));
    let encoder = Encoder::new(format, &schema).expect("begins");
    let response = format.stream(encoder, batches, later()).await.expect("answers");
    axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a whole body").to_vec()
}

#[tokio::test]
async fn rows_are_the_same_whole_and_in_pieces() {
    let (some, more) = (batch(&["a,b", "c"]), batch(&["d\"e"]));
    let csv = "service,count,cpu,time\n\"a,b\",,0.1,2026-11-21T00:00:00.500Z\nc,,0.1,2026-11-21T00:00:00.500Z\n";
    assert_eq!(String::from_utf8(super::csv(&some).expect("CSV")).expect("text"), csv);
    let pieces = streamed(Format::Csv, vec![some.clone(), batch(&[]), more.clone()]).await;
    let last = "\"d\"\"e\",,0.1,2026-11-21T00:00:00.500Z\n";
    assert_eq!(String::from_utf8(pieces).expect("text"), format!("{csv}{last}"));

    let json: serde_json::Value =
        serde_json::from_slice(&streamed(Format::Json, vec![some.clone(), batch(&[]), more.clone()]).await)
            .expect("JSON");
    let row =
        |name| serde_json::json!({"service": name, "count": null, "cpu": 0.1, "time": "2026-11-21T00:00:00.500Z"});
    assert_eq!(json, serde_json::json!([row("a,b"), row("c"), row("d\"e")]));

    let bytes = streamed(Format::Arrow, vec![some.clone(), more.clone()]).await;
    let read: Vec<RecordBatch> =
        StreamReader::try_new(&*bytes, None).expect("a stream").map(|batch| batch.expect("a batch")).collect();
    assert_eq!(read, [some, more]);
}

#[test]
fn values_with_parts_are_json_in_csv() {
    use arrow::array::{Int64Builder, ListBuilder, StructArray};
    let mut lists = ListBuilder::new(Int64Builder::new());
    lists.append_value([Some(1), None]);
    lists.append_null();
    lists.append_value([]);
    let names = Arc::new(StringArray::from(vec![Some("a,\"b\""), None, Some("c")]));
    let parts = StructArray::from(vec![(
        Arc::new(arrow::datatypes::Field::new("name", arrow::datatypes::DataType::Utf8, true)),
        names as arrow::array::ArrayRef,
    )]);
    let list = Arc::new(lists.finish()) as arrow::array::ArrayRef;
    let batch = RecordBatch::try_from_iter_with_nullable([("list", list, true), ("parts", Arc::new(parts) as _, true)]);
    let csv = String::from_utf8(super::csv(&batch.expect("columns of one length")).expect("CSV")).expect("text");
    let quoted = |json: &str| format!("\"{}\"", json.replace('"', "\"\""));
    let named = quoted(r#"{"name":"a,\"b\""}"#);
    let rows = [
        format!("\"[1,null]\",{named}"),
        format!(",{}", quoted(r#"{"name":null}"#)),
        format!("[],{}", quoted(r#"{"name":"c"}"#)),
    ];
    assert_eq!(csv, format!("list,parts\n{}\n", rows.join("\n")));
}

#[test]
fn blanks_at_the_edge_of_a_text_are_kept_by_quotes() {
    for name in [" a", "a ", "\u{feff}a", "a\u{a0}"] {
        let csv = String::from_utf8(super::csv(&batch(&[name])).expect("CSV")).expect("text");
        assert!(csv.contains(&format!("\n\"{name}\",")), "{csv}");
    }
    let csv = String::from_utf8(super::csv(&batch(&["a b"])).expect("CSV")).expect("text");
    assert!(csv.contains("\na b,"), "{csv}");
}

#[tokio::test]
async fn nothing_is_still_a_table() {
    assert_eq!(streamed(Format::Json, vec![]).await, b"[]");
    assert_eq!(streamed(Format::Csv, vec![]).await, b"service,count,cpu,time\n");
    let bytes = streamed(Format::Arrow, vec![]).await;
    let reader = StreamReader::try_new(&*bytes, None).expect("a stream");
    assert_eq!((reader.schema(), reader.count()), (batch(&[]).schema(), 0));
}

#[tokio::test]
async fn an_error_is_an_answer_before_the_first_row_and_a_cut_after_it() {
    let schema = batch(&[]).schema();
    let fails = || Err(Problem::bad_request("no such column"));
    let encoder = || Encoder::new(Format::Csv, &schema).expect("begins");
    let problem = Format::Csv.stream(encoder(), stream::iter([fails()]), later()).await.expect_err("refused");
    assert_eq!(problem.code, Code::BadRequest);
    let response =
        Format::Csv.stream(encoder(), stream::iter([Ok(batch(&["a"])), fails()]), later()).await.expect("begins");
    let read = axum::body::to_bytes(response.into_body(), 1 << 20).await;
    assert!(read.is_err(), "a part is not the whole");
}

/// Time stands still but for when everybody waits for it.
#[tokio::test(start_paused = true)]
async fn a_reader_that_takes_nothing_holds_the_turn_no_longer_than_a_question_may_take() {
    let turns = Arc::new(Semaphore::new(1));
    let turn = turns.clone().acquire_owned().await.expect("a turn");
    let batches = stream::repeat_with(move || {
        let _held = &turn;
        Ok::<_, Problem>(batch(&["a"]))
    });
    let schema = batch(&[]).schema();
    let encoder = Encoder::new(Format::Csv, &schema).expect("begins");
    let until = Instant::now() + Duration::from_secs(100);
    let response = Format::Csv.stream(encoder, batches, until).await.expect("begins");
    let _turn = turns.acquire().await.expect("it is free again");
    assert!(Instant::now() >= until, "it was needed until then");
    let read = axum::body::to_bytes(response.into_body(), 1 << 20).await;
    assert!(read.is_err(), "a part is not the whole");
}

#[tokio::test]
async fn a_reader_that_goes_away_frees_the_turn() {
    let turns = Arc::new(Semaphore::new(1));
    let turn = turns.clone().acquire_owned().await.expect("a turn");
    let endless =
        stream::once(async { Ok::<_, Problem>(batch(&["a"])) }).chain(stream::pending().map(move |nothing| {
            let _held = &turn;
            nothing
        }));
    let encoder = Encoder::new(Format::Csv, &batch(&[]).schema()).expect("begins");
    let response = Format::Csv.stream(encoder, endless, later()).await.expect("begins");
    drop(response);
    drop(turns.acquire().await.expect("it is free again"));
}
