//! The law, for this layer: however messages are cut into files, the aggregation is one pass over them, bit for bit.

use super::*;
use crate::aggregate::rollups;
use crate::files::write_messages;
use crate::tests::{message, run};
use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use model::{HealthRollup, Message, Messages};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs::File;

const LIMITS: Limits = Limits { memory_bytes: 64 << 20, partitions: 3 };

type Cells = BTreeMap<(Granularity, String, Time), HealthRollup>;
/// First and last seen, last received, count.
type Services = BTreeMap<String, [i64; 4]>;

fn one_pass<'a>(messages: impl Iterator<Item = Message<'a>>) -> (Cells, Services) {
    let (mut cells, mut services) = (Cells::new(), Services::new());
    for row in messages {
        for granularity in Granularity::ALL {
            let cell = cells.entry((granularity, row.service.to_owned(), granularity.floor(row.time))).or_default();
            cell.add(row.health(), row.time);
        }
        let (time, received) = (row.time.as_micros(), row.received.as_micros());
        let seen = services.entry(row.service.to_owned()).or_insert([i64::MAX, i64::MIN, i64::MIN, 0]);
        *seen = [seen[0].min(time), seen[1].max(time), seen[2].max(received), seen[3] + 1];
    }
    (cells, services)
}

/// Reads the files back, and checks that they are sorted and name no key twice.
fn read(aggregation: &Aggregation) -> (Cells, Services) {
    let (mut cells, mut services) = (Cells::new(), Services::new());
    for (granularity, path) in &aggregation.rollups {
        let mut last = None;
        for_each(path, |service, batch, row| {
            let bucket = Time::from_micros(batch.column(1).as_primitive::<TimestampMicrosecondType>().value(row));
            let rollup = rollups::decode(&batch.slice(row, 1).columns()[2..]).remove(0);
            let key = Some((service.to_owned(), bucket));
            assert!(last < key, "{key:?} after {last:?}");
            last = key;
            cells.insert((*granularity, service.to_owned(), bucket), rollup);
        });
    }
    for_each(&aggregation.services, |service, batch, row| {
        let time = |column: usize| batch.column(column).as_primitive::<TimestampMicrosecondType>().value(row);
        let count = batch.column(4).as_primitive::<Int64Type>().value(row);
        assert_eq!(services.insert(service.to_owned(), [time(1), time(2), time(3), count]), None);
    });
    (cells, services)
}

fn for_each(path: &Path, mut visit: impl FnMut(&str, &arrow::array::RecordBatch, usize)) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        let names = batch.column(0).as_string::<i32>();
        assert_eq!(names.null_count(), 0);
        (0..batch.num_rows()).for_each(|row| visit(names.value(row), &batch, row));
    }
}

/// Writes each part as its own files and aggregates them all.
async fn aggregated(parts: &[Messages], limits: Limits) -> (Cells, Services) {
    let folder = tempfile::Builder::new().prefix("aggregate me 100%").tempdir().unwrap();
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let written = parts.iter().flat_map(|part| write_messages(folder.path(), &[part]).unwrap());
    let files: Vec<PathBuf> = written.map(|file| folder.path().join(file.path)).collect();
    let aggregation = aggregate(&files, &out, &limits).await.unwrap();
    assert_eq!(aggregation.rows, parts.iter().map(|part| part.len() as u64).sum::<u64>());
    read(&aggregation)
}

/// Times around the edges of buckets before and after 1970, so that ties and shared buckets are common.
fn times() -> impl Strategy<Value = i64> {
    let anchors =
        ["0001-01-01", "1969-12-31T23:59", "1970-01-01", "2024-02-29T23:59", "2026-11-21T12:56", "9999-12-31"];
    let anchors = anchors.map(|anchor| anchor.parse::<Time>().unwrap().as_micros());
    let steps = prop::sample::select(vec![0, 1, 59_999_999, 60_000_000, 3_599_999_999, 3_600_000_000, 86_399_999_999]);
    let last = Time::MAX.as_micros();
    let times = (prop::sample::select(anchors.to_vec()), steps, 0..2i64);
    times.prop_map(move |(anchor, step, more)| (anchor + step + more * 1000).min(last))
}

fn shares() -> impl Strategy<Value = f64> {
    prop_oneof![prop::sample::select(vec![0.0, 0.25, 1.0, 2.5e-9, 1.0 / 3.0]), 0.0..=1.0f64]
}

prop_compose! {
    fn rows()(service in 0..4usize, time in times(), received in times(), cpu in shares(), ram in shares(), disk in shares())
        -> (usize, i64, i64, [f64; 3]) {
        (service, time, received, [cpu, ram, disk])
    }
}

fn columns_of(rows: &[(usize, i64, i64, [f64; 3])]) -> Messages {
    let mut messages = Messages::default();
    for &(service, time, received, [cpu, ram, disk]) in rows {
        let name = ["a", "b", "ö", "a-1"][service];
        let row = message(name, Time::from_micros(time), cpu);
        let received = Time::from_micros(received);
        messages.push(&Message { received, ram_free: 16.0 * ram, disk_total: 0.7, disk_free: 0.7 * disk, ..row });
    }
    messages
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_cut_is_one_pass(rows in prop::collection::vec(rows(), 0..200), cuts in prop::collection::vec(0..200usize, 0..5)) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(rows.len())).chain([0, rows.len()]).collect();
        cuts.sort_unstable();
        let parts: Vec<Messages> = cuts.windows(2).map(|cut| columns_of(&rows[cut[0]..cut[1]])).collect();
        let expect = one_pass(parts.iter().flat_map(Messages::iter));
        prop_assert_eq!(run(aggregated(&parts, LIMITS)), expect);
    }
}

#[test]
fn what_does_not_fit_into_memory_is_spilled() {
    let mut messages = Messages::default();
    for number in 0..120_000i64 {
        let service = format!("service-{}", number % 40);
        let at = Time::from_micros(number % 7_919 * 60_000_000 + number % 3);
        messages.push(&message(&service, at, (number % 1000) as f64 / 1000.0));
    }
    let expect = one_pass(messages.iter());
    let found = run(aggregated(&[messages], Limits { memory_bytes: 16 << 20, partitions: 2 }));
    assert!(found == expect, "{} cells found, {} expected", found.0.len(), expect.0.len());
}

#[test]
fn nothing_gives_empty_files() {
    assert_eq!(run(aggregated(&[], LIMITS)), (Cells::new(), Services::new()));
    assert_eq!(run(aggregated(&[Messages::default()], LIMITS)), (Cells::new(), Services::new()));
}
