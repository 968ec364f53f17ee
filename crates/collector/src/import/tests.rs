//! Imports as their users see them: each form, interruptions, broken files, the same file twice.

mod again;
mod table;

use super::*;
use crate::{Error, rejects};
use journal::frames::Kind;
use journal::{Frame, Read, SegmentReader};
use model::{Counts, LedgerRowKind, SystemClock, Time};
use proptest::prelude::*;
use std::fs;

const FIRST_S: i64 = 1_640_995_200;

/// A folder with a data folder and files to import.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Desk {
        Desk(tempfile::tempdir().expect("a temporary folder"))
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).expect("writes");
        path
    }

    fn options(&self) -> Options {
        Options { frame_messages: 10, ..Options::of(&self.0.path().join("data")) }
    }

    fn import(&self, file: &Path) -> Result<Imported> {
        import(file, &self.options(), |_| ControlFlow::Continue(()))
    }

    fn frames(&self, journal: &str) -> Vec<Frame> {
        let mut frames = Vec::new();
        for (_, path) in JournalFolder::new(self.options().journals.join(journal)).segments().expect("lists") {
            let mut reader = SegmentReader::open(&path).expect("opens");
            while let Read::Frame(frame) = reader.next(true).expect("reads") {
                frames.push(frame);
            }
        }
        frames
    }

    /// Service, second and bits of CPU of every message, in the journal's order.
    fn messages(&self, journal: &str) -> Vec<(String, i64, u64)> {
        let row = |message: model::Message<'_>| {
            (message.service.to_owned(), message.time.as_micros() / 1_000_000, message.cpu.to_bits())
        };
        self.frames(journal).iter().flat_map(|frame| frame.messages.iter().map(row).collect::<Vec<_>>()).collect()
    }

    fn ledger(&self, journal: &str) -> Counts {
        let mut sum = Counts::default();
        for row in self.frames(journal).into_iter().flat_map(|frame| frame.ledger) {
            assert_eq!(row.source, journal);
            if let LedgerRowKind::Counts(counts) = row.kind {
                sum.merge(&counts);
            }
        }
        sum
    }
}

fn import(file: &Path, options: &Options, mut progress: impl FnMut(Progress) -> ControlFlow<()>) -> Result<Imported> {
    let hooks = Hooks { progress: &mut progress, throttle: &mut |_| Ok(()), floor: &|_| 0 };
    run(Input::file(file)?, options, &SystemClock, hooks)
}

fn expected(count: i64) -> Vec<(String, i64, u64)> {
    (0..count).map(|at| (format!("service-{}", at % 7), FIRST_S + at, (at as f64 / 1e4).to_bits())).collect()
}

fn csv(count: i64) -> String {
    let line = |at| format!("service-{},{},{},16,4,512,128.5\n", at % 7, FIRST_S + at, at as f64 / 1e4);
    (0..count).map(line).collect()
}

fn json(count: i64, pretty: bool, between: &str) -> String {
    let object = |at: i64| {
        let (service, time, cpu) = (at % 7, FIRST_S + at, at as f64 / 1e4);
        match pretty {
            false => format!(
                r#"{{"serviceName":"service-{service}","Timestamp":{time},"CPU":{cpu},"RAM":{{"Total":16,"Free":4}},"Disk":{{"Total":512,"Free":128}}}}"#
            ),
            true => format!(
                "{{\n    \"serviceName\": \"service-{service}\",\n    \"Timestamp\": {time}000000000,\n    \"CPU\": {cpu},\n    \"RAM\": {{\n        \"Total\": 16,\n        \"Free\": 4\n    }},\n    \"Disk\": {{\n        \"Total\": 512,\n        \"Free\": 128\n    }},\n}}"
            ),
        }
    };
    (0..count).map(object).collect::<Vec<_>>().join(between)
}

#[test]
fn every_form_is_imported() {
    let check = |content: String| {
        let desk = Desk::new();
        let imported = desk.import(&desk.file("in", &content)).expect("imports");
        let head: String = content.chars().take(80).collect();
        assert_eq!((imported.accepted, imported.rejected.len()), (57, 0), "{head}");
        assert!(imported.finished && !imported.truncated && imported.resumed_from == 0);
        assert_eq!(desk.messages(&imported.journal), expected(57), "{head}");
        assert_eq!(desk.ledger(&imported.journal).accepted, 57);
        let frames = desk.frames(&imported.journal);
        let kinds: Vec<_> = frames.iter().map(|frame| frame.kind).collect();
        assert_eq!((kinds[0], &kinds[kinds.len() - 2..]), (Kind::Start, &[Kind::Done, Kind::Stop][..]));
        assert_eq!(frames[kinds.len() - 2].source_offset, content.len() as u64);
        assert!(frames.iter().all(|frame| frame.messages.len() <= 10));
        let newest = imported.folder.segments().expect("lists").pop().expect("a segment").1;
        let mut open = SegmentReader::open(&newest).expect("opens");
        assert!(matches!(open.next(true), Ok(Read::End)), "everything is in closed segments");
    };
    check(csv(57));
    check(format!("{}\n{}", COLUMNS.join(","), csv(57)));
    check(csv(57).trim_end().to_owned());
    check(csv(57).replace('\n', "\r\n"));
    check(json(57, false, "\n"));
    check(json(57, false, ""));
    check(json(57, true, "\n"));
    check(json(57, true, ",\n"));
    check(json(57, true, "\0 "));
    check(format!("[{}]\n", json(57, false, ", ")));
    check(format!("\u{feff}[\n{}\n]", json(57, true, ",\n")));
}

#[test]
fn what_is_refused_is_counted_and_kept_and_age_is_no_reason() {
    let desk = Desk::new();
    let lines = [&csv(20), "service-1,1,0.5,16,4,512,128\n", "a,1640995200,37,16,4,512,128\nbroken\n", &csv(5)];
    let imported = desk.import(&desk.file("in.csv", lines.concat())).expect("imports");
    let refused = BTreeMap::from([(Reason::CpuAboveOne, 1), (Reason::MissingField, 1)]);
    assert_eq!((imported.accepted, &imported.rejected), (26, &refused));
    assert_eq!(desk.ledger(&imported.journal).rejected, refused);
    let kept = rejects::read(&desk.options().rejects_dir, None, 10).expect("reads");
    assert_eq!(kept[1].bytes, b"broken");
    assert!(kept[0].detail.contains("cpu_unit = \"percent\""), "{}", kept[0].detail);
    let place = format!("in.csv, byte {}", lines[..2].concat().len());
    assert!(kept[0].source.ends_with(&place), "{}", kept[0].source);
}

#[test]
fn a_truncated_file_gives_everything_whole() {
    let check = |content: String, keep: usize, whole: u64| {
        let desk = Desk::new();
        let imported = desk.import(&desk.file("in", &content[..keep])).expect("imports");
        assert_eq!((imported.accepted, imported.finished, imported.truncated), (whole, true, true), "{keep}");
        assert_eq!(imported.rejected, BTreeMap::from([(Reason::NotJson, 1)]));
    };
    let (lines, objects) = (csv(30), json(30, true, "\n"));
    check(lines.clone(), lines.len() - 15, 29);
    check(objects.clone(), objects.len() - 2, 29);
    check(objects, json(14, true, "\n").len() + 40, 14);
    check(json(30, false, "\n"), 200, 1);
}

#[test]
fn the_same_content_is_imported_once_unless_again() {
    let desk = Desk::new();
    let file = desk.file("a.csv", csv(25));
    let first = desk.import(&file).expect("imports");
    let copy = desk.file("b.csv", csv(25));
    let error = desk.import(&copy).expect_err("the same content");
    assert!(matches!(&error, Error::Imported { journal, .. } if *journal == first.journal), "{error}");
    assert!(error.to_string().contains("--again"), "{error}");
    let again = Options { again: true, ..desk.options() };
    for number in 2..4 {
        let imported = import(&copy, &again, |_| ControlFlow::Continue(())).expect("imports");
        assert_eq!(imported.journal, format!("{}-{number}", first.journal));
        assert_eq!(desk.messages(&imported.journal), expected(25));
    }
    assert!(desk.import(&copy).is_err());
    assert_eq!(desk.messages(&first.journal).len(), 25);
}

#[test]
fn a_batch_may_close_the_journal_in_between() {
    let desk = Desk::new();
    let file = desk.file("in.csv", csv(100));
    let interrupted = import(&file, &desk.options(), |_| ControlFlow::Break(())).expect("stops in order");
    let options = journal::WriterOptions {
        durability: journal::Durability::Never,
        segment_bytes: 1 << 20,
        segment_age: Duration::from_secs(10),
        quarantine: desk.0.path().join("quarantine"),
    };
    let now = SystemClock.now();
    assert!(interrupted.folder.close_if_dead(&options, |_| 0, now).expect("closes"));
    let finished = desk.import(&file).expect("goes on");
    assert_eq!((interrupted.accepted, finished.accepted, finished.finished), (10, 90, true));
    assert!(finished.folder.close_if_dead(&options, |_| 0, now).expect("closes"));
    assert!(matches!(desk.import(&file), Err(Error::Imported { .. })));
    assert_eq!(desk.messages(&finished.journal), expected(100));
}

#[test]
fn a_caller_may_wait_or_fail_when_a_segment_closes() {
    let desk = Desk::new();
    let file = desk.file("in.csv", csv(100));
    let options = Options { segment_bytes: 1, ..desk.options() };
    let mut calls = 0;
    let mut throttle = |folder: &JournalFolder| {
        calls += 1;
        assert!(folder.segments().expect("lists").len() > calls);
        let error = desk.import(&file).expect_err("it is being imported");
        assert!(matches!(error, Error::Importing { .. }), "{error}");
        if calls == 3 { Err("the batch failed".into()) } else { Ok(()) }
    };
    let hooks = Hooks { progress: &mut |_| ControlFlow::Continue(()), throttle: &mut throttle, floor: &|_| 0 };
    let error = run(Input::file(&file).expect("opens"), &options, &SystemClock, hooks).expect_err("the caller's error");
    assert!(error.to_string().contains("the batch failed"), "{error}");
    let finished = desk.import(&file).expect("goes on");
    assert_eq!((finished.accepted, desk.messages(&finished.journal)), (70, expected(100)));
}

#[test]
fn a_pipe_is_known_by_its_content_too() {
    let desk = Desk::new();
    let piped = |content: &str| {
        let told = std::cell::Cell::new(0);
        let input = Input::pipe("standard input", content.as_bytes(), desk.0.path(), &|bytes| told.set(bytes))?;
        assert_eq!(told.get(), content.len() as u64);
        let hooks = Hooks { progress: &mut |_| ControlFlow::Continue(()), throttle: &mut |_| Ok(()), floor: &|_| 0 };
        run(input, &desk.options(), &SystemClock, hooks)
    };
    let imported = piped(&csv(57)).expect("imports");
    assert_eq!(desk.messages(&imported.journal), expected(57));
    assert!(matches!(piped(&csv(57)), Err(Error::Imported { .. })));
    assert!(matches!(desk.import(&desk.file("same.csv", csv(57))), Err(Error::Imported { .. })));
    assert_eq!(piped("").expect_err("empty").to_string(), "standard input is empty; there is nothing to import");
    assert_eq!(fs::read_dir(desk.0.path()).expect("lists").count(), 2, "the data folder and the file");
}

#[test]
fn what_cannot_be_imported_says_why() {
    let desk = Desk::new();
    let check = |file: &Path, expect: &str| {
        let error = desk.import(file).expect_err(expect).to_string();
        assert!(error.contains(expect), "{error}");
    };
    check(&desk.0.path().join("none.csv"), "No such file");
    check(desk.0.path(), "Is a directory");
    check(&desk.file("empty", ""), "is empty");
    check(&desk.file("blank", " \n\n"), "is empty");
    check(&desk.file("binary", [0x1f, 0x8b, 8, 0, 0, 1, 2, 3]), "neither CSV");
    check(&desk.file("other.csv", "a,b,c\n1,2,3\n"), "service,timestamp,CPU");
    assert!(!desk.options().journals.exists(), "nothing is created");
}

#[test]
fn an_import_is_bounded_and_crosses_chunks() {
    let desk = Desk::new();
    // an object that is never closed is longer than what is read at once
    let mut content = json(50, false, "\n");
    content.push_str(&format!("\n{{\"serviceName\":\"{}", "x".repeat(9 << 20)));
    content.push('\n');
    content.push_str(&json(90, false, "\n").split_off(json(50, false, "\n").len() + 1));
    let imported = desk.import(&desk.file("in.json", content)).expect("imports");
    assert_eq!(desk.messages(&imported.journal), expected(90));
    assert_eq!(imported.rejected.get(&Reason::TooLarge), Some(&9));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn interruptions_lose_and_double_nothing(
        count in 0_i64..120,
        breaks in proptest::collection::vec(1_usize..6, 0..6),
        form in 0..4,
    ) {
        let desk = Desk::new();
        let mut content = match form {
            0 => format!("{}\n{}", COLUMNS.join(","), csv(count)),
            1 => json(count, true, ",\n"),
            _ => json(count, false, "\n"),
        };
        content.push_str(if form == 0 { "bad\n" } else { "\nbad" });
        if form != 0 {
            content.insert_str(0, "{}\n");
        }
        let file = desk.file("in", content);
        let (mut accepted, mut rejected) = (0, 0);
        let mut journal = String::new();
        for stop_after in breaks.into_iter().map(Some).chain([None]) {
            let mut frames = 0;
            let imported = import(&file, &desk.options(), |_| {
                frames += 1;
                if Some(frames) == stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            }).expect("imports");
            accepted += imported.accepted;
            rejected += imported.rejected.values().sum::<u64>();
            journal = imported.journal;
            if imported.finished {
                break;
            }
        }
        prop_assert_eq!(desk.messages(&journal), expected(count));
        prop_assert_eq!(accepted, count as u64);
        prop_assert_eq!(desk.ledger(&journal).rejected_total(), rejected);
        prop_assert_eq!(rejected, if form == 0 { 1 } else { 2 });
        let kept = rejects::read(&desk.options().rejects_dir, None, 100).expect("reads");
        prop_assert_eq!(kept.len() as u64, rejected);
        let repeated = desk.import(&file);
        prop_assert!(matches!(repeated, Err(Error::Imported { .. })), "{:?}", repeated);
    }
}
