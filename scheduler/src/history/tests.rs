//! What survives a restart, a crash in the middle of a line, and the bound.

use super::*;
use model::Time;
use std::fs;
use std::io::Write;

fn run(name: &str, rows: u64) -> Run {
    Run {
        name: name.to_owned(),
        started: Time::from_micros(1_795_219_200_000_000),
        took_ms: 12,
        outcome: "ok".to_owned(),
        rows,
        segments: 1,
        expired: 2,
    }
}

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("state").join("jobs.jsonl");
    Place { _folder: folder, path }
}

fn write_raw(path: &Path, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().append(true).open(path).expect("opens");
    file.write_all(bytes).expect("writes");
}

#[test]
fn runs_survive_a_restart_in_order() {
    let place = place();
    let expect: Vec<Run> = (0..3).map(|rows| run("batch", rows)).collect();
    for each in &expect {
        History::open(&place.path).expect("opens").append(each.clone()).expect("appends");
    }
    assert_eq!(History::read(&place.path).expect("reads"), expect);
    let history = History::open(&place.path).expect("opens");
    assert_eq!(history.runs(), expect);
    assert_eq!(history.last("batch"), Some(run("batch", 2)));
    assert_eq!(history.last("compact"), None);
}

#[test]
fn a_line_has_the_documented_form() {
    let place = place();
    History::open(&place.path).expect("opens").append(run("batch", 7)).expect("appends");
    let expect = r#"{"name":"batch","started":"2026-11-21T00:00:00Z","took_ms":12,"outcome":"ok","rows":7,"segments":1,"expired":2}"#;
    assert_eq!(fs::read_to_string(&place.path).expect("reads"), format!("{{\"format\":1}}\n{expect}\n"));
}

#[test]
fn a_newer_format_is_refused_and_left_alone() {
    let place = place();
    History::open(&place.path).expect("opens").append(run("batch", 7)).expect("appends");
    let newer = fs::read_to_string(&place.path).expect("reads").replace("\"format\":1", "\"format\":2");
    fs::write(&place.path, &newer).expect("writes");
    for error in [History::open(&place.path).map(drop), History::read(&place.path).map(drop)] {
        let text = error.expect_err("refused").to_string();
        let words = [&*place.path.display().to_string(), "newer Vitals", "format is 2", "up to 1"];
        words.iter().for_each(|word| assert!(text.contains(word), "{text}"));
    }
    assert_eq!(fs::read_to_string(&place.path).expect("reads"), newer);
}

#[test]
fn a_history_from_before_formats_had_a_line_is_read() {
    let place = place();
    fs::create_dir_all(place.path.parent().expect("a folder")).expect("creates");
    fs::write(&place.path, serde_json::to_string(&run("batch", 1)).expect("JSON") + "\n").expect("writes");
    History::open(&place.path).expect("opens").append(run("batch", 2)).expect("appends");
    assert_eq!(History::read(&place.path).expect("reads"), [run("batch", 1), run("batch", 2)]);
}

#[test]
fn reading_creates_nothing() {
    let place = place();
    assert_eq!(History::read(&place.path).expect("reads"), []);
    assert!(!place.path.parent().expect("a folder").exists());
}

#[test]
fn a_torn_line_is_ignored_and_never_glued_to() {
    for torn in [&b"{\"name\":\"bat"[..], b"\xff\xfe", b"{}", &[0; 4096]] {
        let place = place();
        History::open(&place.path).expect("opens").append(run("batch", 1)).expect("appends");
        write_raw(&place.path, torn);
        assert_eq!(History::read(&place.path).expect("reads"), [run("batch", 1)]);
        History::open(&place.path).expect("opens").append(run("batch", 2)).expect("appends");
        let bytes = fs::read(&place.path).expect("reads");
        assert!(bytes.ends_with(b"\"expired\":2}\n"), "the torn piece is gone");
        assert_eq!(History::read(&place.path).expect("reads"), [run("batch", 1), run("batch", 2)]);
    }
}

#[test]
fn an_unreadable_line_costs_only_itself() {
    let place = place();
    let history = History::open(&place.path).expect("opens");
    history.append(run("batch", 1)).expect("appends");
    write_raw(&place.path, b"\xff not a run\n");
    let history = History::open(&place.path).expect("opens");
    history.append(run("batch", 2)).expect("appends");
    assert_eq!(History::read(&place.path).expect("reads"), [run("batch", 1), run("batch", 2)]);
}

#[test]
fn the_file_is_bounded_and_each_jobs_last_run_stays() {
    let place = place();
    let history = History::open_keeping(&place.path, 10).expect("opens");
    history.append(run("retain", 0)).expect("appends");
    let mut most = 0;
    for rows in 1..=100 {
        history.append(run("batch", rows)).expect("appends");
        most = most.max(file::read_lines(&place.path).expect("reads").len());
    }
    assert_eq!(most, 20);
    let expect: Vec<Run> = std::iter::once(run("retain", 0)).chain((92..=100).map(|rows| run("batch", rows))).collect();
    assert_eq!(history.runs(), expect);
    assert_eq!(History::open_keeping(&place.path, 10).expect("opens").runs(), expect);
    assert!(!place.path.with_extension("new").exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let place = place();
    let folder = place.path.parent().expect("a folder");
    fs::write(folder, b"in the way").expect("writes");
    let text = History::open(&place.path).expect_err("a file is in the way").to_string();
    assert!(text.starts_with(&format!("cannot open the job history {}", place.path.display())), "{text}");
}
