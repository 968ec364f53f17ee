//! Files swapped, deleted and rotten between two lives: the next one says what it found, keeps what can be kept, and
//! never answers as if nothing had been.

use super::*;
use crate::probe::Probe;
use crate::{Error, Reconciled};
use model::LedgerRowKind;
use std::fs;
use std::path::{Path, PathBuf};

/// Four batches of two messages each, and the views as they were after the second.
struct Lived {
    house: House,
    sent: Vec<Point>,
    older: PathBuf,
}

async fn lived() -> Lived {
    let house = House::new().await;
    let older = house.folder.path().with_file_name("older");
    let mut writer = house.writer("collector");
    let mut sent = Vec::new();
    for round in 0..4 {
        let points = [(1, round * 90_000, 3), (2, round, 9)];
        writer.append(&frame(&points)).expect("appends");
        writer.roll(at(round)).expect("rolls");
        house.handover.batch().await.expect("a batch");
        sent.extend(points);
        if round == 1 {
            fs::copy(house.folder.views().join("1/views.duckdb"), &older).expect("copies");
        }
    }
    Lived { house, sent, older }
}

impl House {
    /// Ends this life, lets something happen to the files, and begins the next as a daemon does.
    async fn after(mut self, happens: impl FnOnce(&DataFolder)) -> House {
        let temporary = self._temporary.take();
        let folder = self.folder.clone();
        drop(self);
        happens(&folder);
        let store = Store::open(folder.clone(), limits(), Access::Write).expect("opens");
        let handover = Handover::new(store.clone(), options(), Arc::new(SystemClock)).expect("starts");
        if let Err(error) = handover.prepare().await {
            eprintln!("{error}");
        }
        if let Err(error) = handover.rebuild_missing().await {
            eprintln!("{error}");
        }
        House { folder, store, handover, _temporary: temporary }
    }

    fn damage(&self) -> Vec<String> {
        let cut = self.cut();
        let always = TimeRange { from: Time::MIN, to: Time::MAX };
        let rows = cut.reading.as_ref().map(|reading| reading.ledger(&always).expect("reads")).unwrap_or_default();
        let realtime = cut.generations().flat_map(|generation| generation.ledger());
        let rows = rows.into_iter().chain(realtime).chain(cut.lost.iter().cloned());
        let damage = rows.filter_map(|row| match row.kind {
            LedgerRowKind::Damage { journal, segment } => Some(format!("{journal} {segment}")),
            _ => None,
        });
        damage.collect()
    }

    fn is_one_pass(&self, sent: &[Point]) {
        for granularity in Granularity::ALL {
            assert_eq!(self.merged(granularity), one_pass(sent, granularity), "{granularity}");
        }
    }
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(files(&path, ending)),
            false if path.to_string_lossy().ends_with(ending) => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

fn last_commit(folder: &DataFolder, table: &str) -> PathBuf {
    files(&folder.master().join(table).join("_delta_log"), ".json").pop().expect("a commit")
}

#[test]
fn views_older_than_the_journals_are_built_anew() {
    run(async {
        let Lived { house, sent, older } = lived().await;
        let house = house.after(|folder| drop(fs::copy(&older, folder.views().join("1/views.duckdb")))).await;
        let found = house.handover.reconciled();
        assert!(found.views.expect("they do not fit").contains("older than the journals"));
        house.is_one_pass(&sent);
        assert_eq!((house.verify().different, house.damage()), (0, vec![]));
    });
}

/// A command without a daemon has nobody to build views for it.
#[test]
fn a_reader_does_not_answer_from_older_views() {
    run(async {
        let Lived { mut house, older, .. } = lived().await;
        let (folder, _temporary) = (house.folder.clone(), house._temporary.take());
        drop(house);
        fs::copy(&older, folder.views().join("1/views.duckdb")).expect("copies");
        let store = Store::open(folder, limits(), Access::Read).expect("opens");
        let options = CutOptions { wait: Duration::from_secs(60), allow_behind: false, raw: false };
        let error = tokio::task::block_in_place(|| store.cut(&options)).expect_err("no answer");
        assert!(matches!(error, Error::ViewsBehind) && error.to_string().contains("vitals rebuild"), "{error}");
    });
}

#[test]
fn a_log_that_has_lost_its_last_commit_stops_jobs_and_nothing_else() {
    for table in ["messages", "ledger"] {
        run(async {
            let Lived { house, mut sent, .. } = lived().await;
            let commit = last_commit(&house.folder, table);
            let saved = fs::read(&commit).expect("reads");
            let house = house.after(|_| fs::remove_file(&commit).expect("removes")).await;
            let stopped = house.handover.reconciled().stopped.expect("jobs are stopped");
            assert!(stopped.contains(&format!("master/{table}/_delta_log from a copy")), "{stopped}");
            house.is_one_pass(&sent);

            let mut writer = house.writer("collector");
            writer.append(&frame(&[(3, 7, 7)])).expect("appends");
            writer.roll(at(9)).expect("rolls");
            sent.push((3, 7, 7));
            let error = house.handover.batch().await.expect_err("stopped");
            assert!(matches!(error, Error::MasterBehind { .. }), "{error}");
            house.is_one_pass(&sent);

            drop(writer);
            let house = house.after(|_| fs::write(&commit, saved).expect("writes")).await;
            assert_eq!(house.handover.reconciled(), Reconciled::default());
            house.handover.batch().await.expect("goes on");
            house.is_one_pass(&sent);
            assert_eq!((house.verify().different, house.damage()), (0, vec![]));
        });
    }
}

#[test]
fn a_rebuild_goes_on_without_a_lost_commit_and_says_so() {
    run(async {
        let Lived { house, sent, .. } = lived().await;
        let commit = last_commit(&house.folder, "messages");
        let house = house.after(|_| fs::remove_file(&commit).expect("removes")).await;
        house.handover.rebuild().await.expect("rebuilds");
        house.is_one_pass(&sent[..6]);
        assert_eq!((house.verify().different, house.damage()), (0, vec!["collector 4".to_owned()]));
        let kept = files(&house.folder.quarantine("master"), ".parquet");
        assert_eq!(kept.len(), 2, "the files that the lost commit named: {kept:?}");
        house.handover.batch().await.expect("jobs go on");
    });
}

#[test]
fn a_shorter_log_without_views_is_damage_on_record() {
    run(async {
        let Lived { house, sent, .. } = lived().await;
        let house = house
            .after(|folder| {
                fs::remove_file(last_commit(folder, "messages")).expect("removes");
                fs::remove_dir_all(folder.views()).expect("removes");
            })
            .await;
        let found = house.handover.reconciled();
        assert_eq!((found.missing[0].first, found.missing[0].last, found.set_aside), (4, 4, 2), "{found:?}");
        house.is_one_pass(&sent[..6]);
        assert_eq!((house.verify().different, house.damage()), (0, vec!["collector 4".to_owned()]));
    });
}

#[test]
fn a_log_that_cannot_be_read_stops_jobs_and_nothing_else() {
    for garbage in ["", "no commit", "{\"add\":"] {
        run(async {
            let Lived { house, sent, .. } = lived().await;
            let commit = last_commit(&house.folder, "messages");
            let house = house.after(|_| fs::write(&commit, garbage).expect("writes")).await;
            house.is_one_pass(&sent);
            if let Err(error) = house.handover.batch().await {
                assert!(error.to_string().contains("restore"), "{garbage:?}: {error}");
            }
            house.is_one_pass(&sent);
        });
    }
}

#[test]
fn segments_that_are_gone_are_on_record() {
    run(async {
        let Lived { house, mut sent, .. } = lived().await;
        let mut writer = house.writer("collector");
        for second in 0..4 {
            writer.append(&frame(&[(5, second, 5)])).expect("appends");
            writer.roll(at(second)).expect("rolls");
        }
        sent.extend([(5, 0, 5), (5, 3, 5)]);
        drop(writer);
        let gone = |number| JournalFolder::new(house.folder.journal("collector")).segment_path(number);
        let gone = [gone(6), gone(7)];
        let house = house.after(|_| gone.iter().for_each(|path| fs::remove_file(path).expect("removes"))).await;
        let missing = &house.handover.reconciled().missing[0];
        assert_eq!((missing.journal.as_str(), missing.first, missing.last), ("collector", 6, 7));
        house.is_one_pass(&sent);
        assert_eq!(house.damage(), ["collector 7"], "above the watermark");
        house.handover.batch().await.expect("a batch");
        house.is_one_pass(&sent);
        assert_eq!((house.verify().different, house.damage()), (0, vec!["collector 7".to_owned()]), "in the views");
        house.handover.rebuild().await.expect("rebuilds");
        assert_eq!(house.damage(), ["collector 7"], "in rebuilt views");
        assert_eq!(house.handover.batch().await.expect("a batch").segments, 0, "recorded once");
    });
}

#[test]
fn lost_data_files_are_named_and_a_rebuild_goes_on_without_them() {
    let ways: [(&str, fn(&Path)); 4] = [
        ("a flipped bit", |path| {
            let mut bytes = fs::read(path).expect("reads");
            bytes[20] ^= 4;
            fs::write(path, bytes).expect("writes");
        }),
        ("a footer", |path| {
            let mut bytes = fs::read(path).expect("reads");
            let end = bytes.len() - 12;
            bytes[end] ^= 1;
            fs::write(path, bytes).expect("writes");
        }),
        ("emptied", |path| fs::write(path, "").expect("writes")),
        ("deleted", |path| fs::remove_file(path).expect("removes")),
    ];
    for (what, harm) in ways {
        run(async {
            let Lived { house, sent, .. } = lived().await;
            // the first day's four files hold one message of every round, and round 0's other one
            let path = files(&house.folder.master().join("messages"), ".parquet")[0].clone();
            let held = {
                let mut held = Vec::new();
                batch::read_file(&path, None, None, &mut |rows| held.extend(rows.time.clone())).expect("reads");
                held
            };
            let kept: Vec<Point> =
                sent.iter().copied().filter(|(_, second, _)| !held.contains(&at(*second).as_micros())).collect();
            let house = house.after(|_| harm(&path)).await;
            house.is_one_pass(&sent);
            let error = tokio::task::block_in_place(|| house.store.verify(None, Duration::from_secs(60)));
            let error = error.expect_err("it cannot be proven").to_string();
            assert!(error.contains(&path.display().to_string()) && error.contains("vitals rebuild"), "{what}: {error}");
            house.handover.compact().await.expect("what can be compacted");
            house.handover.batch().await.expect("jobs go on");

            house.handover.rebuild().await.expect("rebuilds");
            house.is_one_pass(&kept);
            assert_eq!(house.verify().different, 0, "{what}");
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let damage = house.damage();
            assert!(matches!(&damage[..], [one] if one.contains(&name)), "{what}: {damage:?}");
        });
    }
}

#[test]
fn views_on_which_the_engine_crashes_are_set_aside() {
    run(async {
        let Lived { house, sent, .. } = lived().await;
        let house = house
            .after(|folder| {
                let crash = ["-c".as_ref(), "kill -SEGV $$".as_ref()];
                let probe = Probe { program: Path::new("/bin/sh"), arguments: &crash };
                // nothing was left open, so a reader does not ask
                probe.run(folder, Access::Read).expect("not asked");
                probe.run(folder, Access::Write).expect("sets them aside");
                assert!(folder.quarantine("views").join("1/views.duckdb").exists());
            })
            .await;
        house.is_one_pass(&sent);
        assert!(house.folder.views().join("2/views.duckdb").exists(), "a number is used once");
    });
}

#[test]
fn a_probe_that_cannot_run_or_is_killed_condemns_nothing() {
    run(async {
        let Lived { house, sent, .. } = lived().await;
        let house = house
            .after(|folder| {
                for (program, script) in [("/bin/sh", "kill -KILL $$"), ("/bin/sh", "exit 1"), ("/no/such/program", "")]
                {
                    let probe = Probe { program: Path::new(program), arguments: &["-c".as_ref(), script.as_ref()] };
                    probe.run(folder, Access::Write).expect("no verdict");
                }
            })
            .await;
        assert!(house.folder.views().join("1/views.duckdb").exists());
        house.is_one_pass(&sent);
    });
}
