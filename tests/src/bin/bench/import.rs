//! The same messages as CSV and as Parquet: how long, and how much memory.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use system_tests::inputs::{Heartbeat, python};
use system_tests::{Output, Site};

use crate::process::peak;

const ROWS: u32 = 2_000_000;

pub(crate) fn run() {
    let sources = tempfile::tempdir().expect("a folder for temporary files");
    let csv = sources.path().join("messages.csv");
    let parquet = sources.path().join("messages.parquet");
    write(&csv);
    Output::of(python("bench_table.py").arg(&csv).arg(&parquet)).ok();
    println!("| file | bytes | rows | s | rows a second | peak MiB |\n|---|---|---|---|---|---|");
    for file in [csv, parquet] {
        let site = Site::new();
        let begun = Instant::now();
        let mut command = site.command(&["import"]);
        let mut import = command.arg(&file).stdout(Stdio::null()).spawn().expect("vitals can be started");
        let mut most = 0;
        let status = loop {
            most = peak(import.id()).unwrap_or(0).max(most);
            if let Some(status) = import.try_wait().expect("a child can be waited for") {
                break status;
            }
            thread::sleep(Duration::from_millis(5));
        };
        assert!(status.success(), "{status}");
        let took = begun.elapsed().as_secs_f64();
        let bytes = fs::metadata(&file).expect("it was written").len();
        let name = file.extension().expect("it has one").display();
        println!("| {name} | {bytes} | {ROWS} | {took:.1} | {:.0} | {most} |", f64::from(ROWS) / took);
    }
}

fn write(csv: &Path) {
    let mut file = std::io::BufWriter::new(File::create(csv).expect("the folder can be written"));
    writeln!(file, "service,timestamp,CPU,total_ram,free_ram,total_disk,free_disk").expect("it can be written");
    for number in 0..ROWS {
        let heartbeat = Heartbeat::numbered(number, 1_790_000_000_000_000 + i64::from(number) * 100_000);
        file.write_all(heartbeat.csv().as_bytes()).expect("it can be written");
    }
    file.flush().expect("it can be written");
}
