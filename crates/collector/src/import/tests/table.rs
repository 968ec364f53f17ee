//! Tables: the same messages as the same rows of CSV, whoever wrote the file and whatever types its columns have.

use super::*;
use arrow::array::{
    ArrayRef, Decimal128Array, Float32Array, Float64Array, Int32Array, Int64Array, StringArray, StructArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::sync::Arc;

const COUNT: i64 = 57;

fn seconds() -> impl Iterator<Item = i64> {
    (0..COUNT).map(|at| FIRST_S + at)
}

fn texts(text: impl Fn(i64) -> String) -> ArrayRef {
    Arc::new(StringArray::from_iter_values((0..COUNT).map(text)))
}

fn floats(float: impl Fn(i64) -> f64) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values((0..COUNT).map(float)))
}

fn services() -> ArrayRef {
    texts(|at| format!("service-{}", at % 7))
}

fn cpu() -> ArrayRef {
    floats(|at| at as f64 / 1e4)
}

fn written(columns: Vec<(&str, ArrayRef)>, compression: Compression) -> Vec<u8> {
    let columns = columns.into_iter().map(|(name, values)| (name, values, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length");
    let properties = WriterProperties::builder().set_compression(compression).set_max_row_group_row_count(Some(20));
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties.build())).expect("a schema");
    writer.write(&batch).expect("writes");
    writer.close().expect("closes");
    bytes
}

/// A table with these times, and the sizes of `csv`.
fn table(time: ArrayRef) -> Vec<u8> {
    let columns = vec![
        ("service", services()),
        ("time", time),
        ("cpu", cpu()),
        ("ram_total", floats(|_| 16.0)),
        ("ram_free", floats(|_| 4.0)),
        ("disk_total", floats(|_| 512.0)),
        ("disk_free", floats(|_| 128.5)),
    ];
    written(columns, Compression::SNAPPY)
}

fn check(content: Vec<u8>) -> (Desk, Imported) {
    let (desk, by_csv) = (Desk::new(), Desk::new());
    let imported = desk.import(&desk.file("in.parquet", content)).expect("imports");
    assert_eq!((imported.accepted, imported.rejected.len(), imported.unit), (COUNT as u64, 0, Unit::Row));
    assert_eq!(desk.messages(&imported.journal), expected(COUNT));
    let csv = by_csv.import(&by_csv.file("in.csv", csv(COUNT))).expect("imports");
    let shares = |desk: &Desk, journal: &str| -> Vec<model::Health> {
        let frames = desk.frames(journal);
        frames.iter().flat_map(|frame| (0..frame.messages.len()).map(|row| frame.messages.health(row))).collect()
    };
    assert_eq!(shares(&desk, &imported.journal), shares(&by_csv, &csv.journal));
    (desk, imported)
}

#[test]
fn times_of_every_type() {
    let times: [ArrayRef; 10] = [
        Arc::new(TimestampMillisecondArray::from_iter_values(seconds().map(|second| second * 1_000))),
        Arc::new(TimestampMicrosecondArray::from_iter_values(seconds().map(|second| second * 1_000_000))),
        Arc::new(TimestampNanosecondArray::from_iter_values(seconds().map(|second| second * 1_000_000_000 + 999))),
        Arc::new(
            TimestampMicrosecondArray::from_iter_values(seconds().map(|second| second * 1_000_000))
                .with_timezone("Europe/Berlin"),
        ),
        Arc::new(Int64Array::from_iter_values(seconds())),
        Arc::new(Int32Array::from_iter_values(seconds().map(|second| second as i32))),
        Arc::new(UInt64Array::from_iter_values(seconds().map(|second| second as u64 * 1_000_000_000))),
        Arc::new(Int64Array::from_iter_values(seconds().map(|second| second * 1_000))),
        Arc::new(Float64Array::from_iter_values(seconds().map(|second| second as f64 + 0.0))),
        texts(|at| Time::from_micros((FIRST_S + at) * 1_000_000).to_string()),
    ];
    for time in times {
        check(table(time));
    }
}

#[test]
fn columns_under_other_names_and_of_other_types() {
    let sizes = |total: f32, free: f32| -> ArrayRef {
        let of = |value: f32| -> ArrayRef { Arc::new(Float32Array::from_iter_values((0..COUNT).map(|_| value))) };
        let field = |name: &str| Arc::new(Field::new(name, DataType::Float32, true));
        Arc::new(StructArray::from(vec![(field("Total"), of(total)), (field("Free"), of(free))]))
    };
    let decimal = Decimal128Array::from_iter_values((0..COUNT).map(i128::from)).with_precision_and_scale(9, 4);
    let columns = vec![
        ("serviceName", services()),
        ("TIMESTAMP", Arc::new(Int64Array::from_iter_values(seconds())) as ArrayRef),
        ("note", texts(|_| "left out".to_owned())),
        ("CPU", Arc::new(decimal.expect("fits")) as ArrayRef),
        ("RAM", sizes(16.0, 4.0)),
        ("Disk", sizes(512.0, 128.5)),
    ];
    let (_, imported) = check(written(columns, Compression::ZSTD(Default::default())));
    assert_eq!(imported.left_out, ["note"]);
}

#[test]
fn what_our_own_files_hold_besides_comes_along() {
    let desk = Desk::new();
    let some = |text: &str| texts(|_| text.to_owned());
    let column = |values: Vec<i64>| Arc::new(Int64Array::from(values)) as ArrayRef;
    let extra = r#"{"ack":true,"zone":"ä","RAM":{"Cached":1.250},"Disk":7}"#;
    let received: ArrayRef =
        Arc::new(TimestampMicrosecondArray::from_iter_values((0..COUNT).map(|at| at + 5)).with_timezone("UTC"));
    let columns = vec![
        ("service", services()),
        ("time", column(seconds().collect())),
        ("cpu", cpu()),
        ("ram_total", floats(|_| 16.0)),
        ("ram_free", floats(|_| 4.0)),
        ("disk_total", floats(|_| 512.0)),
        ("disk_free", floats(|_| 128.0)),
        ("instance", some("a-1")),
        ("sender", some("s")),
        ("sequence", floats(|at| at as f64)),
        ("received", received),
        ("extra", some(&extra.replace(",\"Disk\":7", ""))),
    ];
    let imported = desk.import(&desk.file("own", written(columns, Compression::UNCOMPRESSED))).expect("imports");
    assert_eq!((imported.accepted, &imported.rejected), (COUNT as u64, &BTreeMap::new()));
    let frames = desk.frames(&imported.journal);
    let first = frames.iter().find(|frame| !frame.messages.is_empty()).expect("a frame").messages.get(3).clone();
    assert_eq!((first.instance, first.sender, first.sequence), (Some("a-1"), Some("s"), Some(3)));
    assert_eq!(first.received, Time::from_micros(8));
    assert_eq!(first.extra, Some(r#"{"ack":true,"zone":"ä","RAM":{"Cached":1.250}}"#));
    assert_eq!(desk.ledger(&imported.journal).accepted, COUNT as u64);
}

#[test]
fn rows_that_are_no_messages_are_refused_and_kept() {
    let desk = Desk::new();
    let with = |values: [Option<f64>; 6]| Arc::new(Float64Array::from_iter(values)) as ArrayRef;
    let half = [Some(0.5); 6];
    let mut cpu = half;
    (cpu[1], cpu[2], cpu[3]) = (None, Some(f64::NAN), Some(37.2));
    let time = Int64Array::from_iter([Some(1), Some(2), Some(3), Some(4), None, Some(i64::MAX)]);
    let columns = vec![
        ("service", Arc::new(StringArray::from(vec!["a"; 6])) as ArrayRef),
        ("time", Arc::new(time.reinterpret_cast::<arrow::datatypes::TimestampMicrosecondType>()) as ArrayRef),
        ("cpu", with(cpu)),
        ("ram_total", with(half)),
        ("ram_free", with(half)),
        ("disk_total", with(half)),
        ("disk_free", with(half)),
    ];
    let imported = desk.import(&desk.file("in", written(columns, Compression::SNAPPY))).expect("imports");
    let reasons =
        [(Reason::MissingField, 2), (Reason::NonFinite, 1), (Reason::CpuAboveOne, 1), (Reason::TooFarAhead, 1)];
    assert_eq!((imported.accepted, imported.rejected), (1, BTreeMap::from(reasons)));
    let kept = rejects::read(&desk.options().rejects_dir, Some(Reason::CpuAboveOne), 9).expect("reads");
    assert!(kept[0].source.ends_with("in, row 3"), "{}", kept[0].source);
    let row = r#"{"serviceName":"a","Timestamp":"1970-01-01T00:00:00.000004Z","CPU":37.2,"RAM":{"Total":0.5,"Free":0.5},"Disk":{"Total":0.5,"Free":0.5}}"#;
    assert_eq!(kept[0].escaped(), row);
}

#[test]
fn an_interrupted_table_goes_on_at_its_row() {
    let desk = Desk::new();
    let file = desk.file("in", table(Arc::new(Int64Array::from_iter_values(seconds()))));
    let mut from = Vec::new();
    loop {
        let imported = import(&file, &desk.options(), |_| ControlFlow::Break(())).expect("imports");
        from.push(imported.resumed_from);
        if imported.finished {
            assert_eq!(desk.messages(&imported.journal), expected(COUNT));
            break;
        }
    }
    assert_eq!(from, [0, 10, 20, 30, 40, 50]);
    assert!(matches!(desk.import(&file), Err(Error::Imported { .. })));
}

#[test]
fn tables_that_cannot_be_imported_say_why_and_leave_nothing() {
    let desk = Desk::new();
    let check = |content: Vec<u8>, expect: &str| {
        let error = desk.import(&desk.file("in.parquet", content)).expect_err(expect).to_string();
        assert!(error.contains(expect), "{error}");
        assert!(!desk.options().journals.exists(), "nothing is created");
    };
    let sound = table(Arc::new(Int64Array::from_iter_values(seconds())));
    check(sound[..sound.len() - 9].to_vec(), "cannot be read as Parquet");
    check(b"PAR1".to_vec(), "cannot be read as Parquet");
    let mut rotten = sound.clone();
    rotten[4..200].fill(0xff);
    check(rotten, "nothing of it was imported");
    check(
        written(vec![("service", services())], Compression::SNAPPY),
        "there is no column timestamp or time; there are service",
    );
    let text = vec![("service", services()), ("time", services()), ("cpu", services())];
    check(written(text, Compression::SNAPPY), "column cpu is Utf8, it must be a number");
    let twice = vec![("service", services()), ("serviceName", services())];
    check(written(twice, Compression::SNAPPY), "columns service and serviceName mean the same");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn a_rotten_table_is_refused_whole_or_read_whole(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let desk = Desk::new();
        let mut content = table(Arc::new(Int64Array::from_iter_values(seconds())));
        let at = at.index(content.len());
        content[at] = byte;
        match desk.import(&desk.file("in", content)) {
            Ok(imported) => prop_assert!(imported.finished),
            Err(_) => prop_assert!(!desk.options().journals.exists()),
        }
    }
}
