//! The log over a long life: many commits, checkpoints, missing and foreign ones.

use super::*;
use crate::{Error, durable};
use model::Marks;
use std::fs;
use std::path::Path;

fn log_file(store: &Store, name: &str) -> PathBuf {
    store.path().join("messages/_delta_log").join(name)
}

/// A retention that has nothing to drop.
async fn raise_floors(store: &mut Store) {
    let floors = model::Floors { raw: time("2026-11-21"), ..model::Floors::default() };
    let dropping = store.master.fold_away(store.master.versions(), &floors, true).await.unwrap().unwrap();
    store.master.drop_folded(dropping).await.unwrap();
}

#[test]
fn marks_come_back_from_a_checkpoint() {
    run(async {
        let mut store = Store::new().await;
        // no messages, to be quick; the first journals are only in the checkpoint
        for number in 1..=200u64 {
            if number == 7 {
                raise_floors(&mut store).await;
                continue;
            }
            let empty = SegmentContent { ledger: Vec::new(), ..segment(journal(u128::from(number % 7)), number, &[]) };
            store.master.seal(vec![empty]).await.unwrap();
        }
        for number in [99, 199] {
            assert!(log_file(&store, &format!("{number:020}.checkpoint.parquet")).exists());
        }
        let sealed = store.master.sealed();
        let expect: Marks = (194..=200).map(|number| (journal(u128::from(number % 7u64)), number)).collect();
        assert_eq!(sealed.both(), expect);
        // the marks are in the checkpoint, not only in the commits that it stands for
        for number in 0..199 {
            fs::remove_file(log_file(&store, &format!("{number:020}.json"))).unwrap();
        }
        store.reopen().await;
        assert_eq!(store.master.sealed(), sealed);
        assert_eq!(store.master.retained().unwrap().floors.raw, time("2026-11-21"), "so is the mark of retention");
        assert_eq!(store.master.seals_after(198).await.unwrap().len(), 2);
        let gone = store.master.seals_after(197).await.unwrap_err();
        assert!(matches!(gone, Error::MissingVersion { version: 198, .. }), "{gone}");
        let ahead = store.master.seals_after(201).await.unwrap_err();
        assert!(matches!(ahead, Error::MissingVersion { version: 201, .. }), "{ahead}");
    });
}

#[test]
fn another_format_is_refused() {
    run(async {
        let store = Store::new().await;
        let path = log_file(&store, "00000000000000000000.json");
        let commit = fs::read_to_string(&path).unwrap();
        assert!(commit.contains(r#""vitals.format":"1""#) && commit.contains(r#""minReaderVersion":1"#));
        assert!(commit.contains(r#""minWriterVersion":2"#));
        fs::write(&path, commit.replace(r#""vitals.format":"1""#, r#""vitals.format":"2""#)).unwrap();
        let refused = Master::open(&store.path()).await.unwrap_err();
        assert!(matches!(&refused, Error::Format { found, .. } if found == "2"), "{refused}");
    });
}

#[test]
fn a_newer_protocol_is_refused() {
    run(async {
        for (known, newer) in [("minReaderVersion", 3), ("minWriterVersion", 7)] {
            let mut store = Store::new().await;
            store.master.seal(vec![segment(journal(1), 1, &["2026-11-21"])]).await.unwrap();
            // as another program does that changes the table while it is open here
            let features = r#""readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]"#;
            let (reader, writer) = if known == "minReaderVersion" { (newer, 7) } else { (1, newer) };
            let features = if reader == 3 { format!(",{features}") } else { r#","writerFeatures":[]"#.to_owned() };
            let raised =
                format!(r#"{{"protocol":{{"minReaderVersion":{reader},"minWriterVersion":{writer}{features}}}}}"#);
            fs::write(log_file(&store, "00000000000000000002.json"), raised + "\n").unwrap();
            let words = format!("needs Delta protocol {reader} to read and {writer} to write");
            for refused in [
                store.master.refresh().await.unwrap_err(),
                Master::open(&store.path()).await.unwrap_err(),
                Master::open_existing(&store.path()).await.unwrap_err(),
            ] {
                assert!(refused.to_string().contains(&words), "{known}: {refused}");
            }
        }
    });
}

#[test]
fn a_seal_that_is_not_understood_is_an_error() {
    run(async {
        let mut store = Store::new().await;
        store.master.seal(vec![segment(journal(1), 1, &["2026-11-21"])]).await.unwrap();
        let path = log_file(&store, "00000000000000000001.json");
        let commit = fs::read_to_string(&path).unwrap();
        fs::write(&path, commit.replace(r#""segments":"#, r#""pieces":"#)).unwrap();
        let refused = store.master.seals_after(0).await.unwrap_err();
        assert!(matches!(refused, Error::SealInfo { version: 1, .. }), "{refused}");
    });
}

#[test]
fn statistics_bound_what_they_are_of() {
    run(async {
        let mut store = Store::new().await;
        let times = ["2026-11-21T12:00:00.000001Z", "2026-11-21T12:00:00.000999Z", "9999-12-31T23:59:59.999999Z"];
        store.master.seal(vec![segment(journal(1), 1, &times)]).await.unwrap();
        let commit = fs::read_to_string(log_file(&store, "00000000000000000001.json")).unwrap();
        for bound in ["12:00:00Z", "12:00:00.001Z", "23:59:59.999Z"] {
            assert!(commit.contains(bound), "{bound} in {commit}");
        }
        assert!(commit.contains(r#"\"numRecords\":2"#) && commit.contains(r#"\"service\":\"checkout\""#));
    });
}

#[test]
fn a_name_is_given_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/1.json");
    let put = |path: &Path, text: &str, existing| {
        use std::io::Write;
        let staged = durable::Staged::create(path)?;
        staged.file().write_all(text.as_bytes())?;
        staged.finish(existing)
    };
    durable::create_folder(path.parent().unwrap()).unwrap();
    assert_eq!(put(&path, "one", durable::Existing::Keep).unwrap(), 3);
    let refused = put(&path, "two", durable::Existing::Keep).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read_to_string(&path).unwrap(), "one");
    put(&path, "three", durable::Existing::Replace).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "three");
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}
