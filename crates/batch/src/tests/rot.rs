//! Files that are not as they were written: each is named, none is taken for what it is not.

use super::*;
use crate::{Error, check_file};
use model::Granularity;
use std::fs;
use std::path::Path;

fn log_files(store: &Store, table: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(store.path().join(table).join("_delta_log")).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.to_string_lossy().ends_with(ending));
    found.sort();
    found
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut rotten = bytes.to_vec();
    rotten[at] ^= 1 << (at % 8);
    rotten
}

async fn sealed(seals: u64) -> Store {
    let mut store = Store::new().await;
    for number in 1..=seals {
        store.master.seal(vec![segment(journal(1), number, &["2026-11-20", "2026-11-21"])]).await.unwrap();
    }
    store
}

#[test]
fn every_flipped_bit_of_a_data_file_is_found() {
    run(async {
        let store = sealed(1).await;
        let ledger = store.master.all_ledger_files().unwrap();
        for path in files(&store.master).into_iter().chain(ledger) {
            let whole = fs::read(&path).unwrap();
            let rotten = (0..whole.len()).map(|at| flipped(&whole, at));
            for bytes in rotten.chain([Vec::new(), whole[..whole.len() / 2].to_vec()]) {
                fs::write(&path, bytes).unwrap();
                let error = check_file(&path).unwrap_err();
                assert!(matches!(&error, Error::Damaged { path: named, .. } if *named == path), "{error}");
            }
            fs::write(&path, whole).unwrap();
            check_file(&path).unwrap();
        }
    });
}

#[test]
fn a_file_that_is_lost_is_given_up_with_a_word() {
    run(async {
        let mut store = sealed(2).await;
        let snapshot = store.master.snapshot().unwrap();
        let [rotten, gone, ..] = &snapshot.files[..] else { panic!("four files") };
        fs::write(&rotten.path, "rotten").unwrap();
        fs::remove_file(&gone.path).unwrap();
        let error = read_file(&gone.path, None, None, &mut |_| {}).unwrap_err();
        assert!(error.to_string().contains("is missing; restore it from a copy, or run vitals rebuild"), "{error}");
        assert_eq!(store.master.missing_files().unwrap(), [rotten.path.clone(), gone.path.clone()]);

        let lost = store.master.lost_files().unwrap();
        assert_eq!(lost.iter().map(|file| &file.path).collect::<Vec<_>>(), [&rotten.path, &gone.path]);
        let quarantine = store.folder.path().join("quarantine");
        store.master.give_up(&lost, &quarantine).await.unwrap();
        store.reopen().await;
        assert_eq!((store.rows().len(), store.master.lost_files().unwrap()), (2, vec![]));
        let kept = quarantine.join("messages/day=2026-11-20").join(rotten.path.file_name().unwrap());
        assert_eq!(fs::read_to_string(kept).unwrap(), "rotten");
        assert_eq!(store.master.seals_after(0).await.unwrap().len(), 2, "what was sealed stays sealed");

        let sealed = store.master.sealed().both();
        let ledger = store.master.ledger_files(&sealed).await.unwrap();
        let mut damage = Vec::new();
        crate::read_ledger(&ledger.files, &Default::default(), &sealed, &mut |row| {
            if let model::LedgerRowKind::Damage { journal, .. } = &row.row.kind {
                assert_eq!(row.row.to, Granularity::Day.next(row.row.from));
                damage.push((journal.clone(), row.row.from));
            }
        })
        .unwrap();
        damage.sort();
        let named = |file: &crate::DataFile| {
            let path = file.path.strip_prefix(store.master.messages.folder()).unwrap();
            (format!("master/messages/{}", path.display()), file.day)
        };
        let mut expect = [named(rotten), named(gone)];
        expect.sort();
        assert_eq!(damage, expect);
    });
}

#[test]
fn a_rotten_commit_is_an_error_or_the_same() {
    run(async {
        let store = sealed(2).await;
        let (expect, marks) = (files(&store.master), store.master.sealed());
        for table in ["messages", "ledger"] {
            let path = log_files(&store, table, ".json").pop().unwrap();
            let whole = fs::read(&path).unwrap();
            let (mut refused, mut tried) = (0, 0);
            // every byte takes minutes; what a byte means repeats itself more often
            for at in (0..whole.len()).step_by(11) {
                tried += 1;
                fs::write(&path, flipped(&whole, at)).unwrap();
                let Ok(master) = Master::open(&store.path()).await else {
                    refused += 1;
                    continue;
                };
                let is_same = files(&master) == expect && master.sealed() == marks;
                let is_named = master.missing_files().is_ok_and(|missing| !missing.is_empty());
                let text = String::from_utf8_lossy(&flipped(&whole, at)).into_owned();
                assert!(is_same || is_named, "{table}, byte {at}: {text}");
            }
            assert!(refused > tried / 4, "{refused} of {tried}");
            fs::write(&path, whole).unwrap();
        }
    });
}

#[test]
fn rotten_checkpoints_give_way_to_the_commits() {
    run(async {
        let mut store = Store::new().await;
        for number in 1..=101u64 {
            let times: &[&str] = if number % 50 == 0 { &["2026-11-21"] } else { &[] };
            store.master.seal(vec![segment(journal(u128::from(number % 3)), number, times)]).await.unwrap();
        }
        let (expect, marks) = (files(&store.master), store.master.sealed());
        let log = store.path().join("messages/_delta_log");
        // the last one is not harmed here: without it nothing is checked
        let names =
            ["_last_checkpoint", "00000000000000000099.checkpoint.parquet", "_00000000000000000099.checkpoint.crc32"];
        let saved: Vec<_> = names.map(|name| (log.join(name), fs::read(log.join(name)).unwrap())).into();
        let check = async |path: &Path, bytes: Option<Vec<u8>>, what: &str| {
            match bytes {
                Some(bytes) => fs::write(path, bytes).unwrap(),
                None => fs::remove_file(path).unwrap(),
            }
            let master = Master::open(&store.path()).await.unwrap_or_else(|error| panic!("{what}: {error}"));
            let is_same = files(&master) == expect && master.sealed() == marks;
            let is_named = !master.missing_files().unwrap().is_empty();
            assert!(is_same || is_named, "{what}: {:?}", master.sealed());
            saved.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
        };
        for (path, whole) in &saved[..2] {
            let step = (whole.len() / 20).max(1);
            for at in (0..whole.len()).step_by(step) {
                check(path, Some(flipped(whole, at)), &format!("{}, byte {at}", path.display())).await;
            }
            check(path, Some(Vec::new()), "emptied").await;
            check(path, None, "deleted").await;
        }
    });
}

#[test]
fn a_lost_file_of_the_ledger_is_damage_of_its_minutes() {
    run(async {
        let mut store = sealed(2).await;
        let path = store.master.all_ledger_files().unwrap().remove(0);
        fs::remove_file(&path).unwrap();
        let lost = store.master.lost_files().unwrap();
        assert_eq!((lost[0].from, lost[0].to), (time("2026-11-21T12:00"), time("2026-11-21T12:01")));
        store.master.give_up(&lost, &store.folder.path().join("quarantine")).await.unwrap();
        store.reopen().await;
        assert_eq!((store.master.lost_files().unwrap(), store.rows().len()), (vec![], 4));
        let sealed = store.master.sealed().both();
        let mut rows = Vec::new();
        let files = store.master.ledger_files(&sealed).await.unwrap().files;
        crate::read_ledger(&files, &Default::default(), &sealed, &mut |row| rows.push(row.row.kind)).unwrap();
        let damaged = rows.iter().filter(|kind| matches!(kind, model::LedgerRowKind::Damage { .. })).count();
        assert_eq!((rows.len(), damaged), (2, 1));
    });
}
