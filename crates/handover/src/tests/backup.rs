//! Backups while everything goes on, and what becomes of them elsewhere.

use super::*;
use crate::backup::Backup;
use crate::handover::Rolls;
use crate::{Error, check_whole, restore};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug)]
struct Own(Arc<Mutex<Writer>>);

impl Rolls for Own {
    fn roll(&self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.0.lock().expect("not poisoned").roll(at(1))?)
    }
}

impl House {
    /// A path beside the data folder.
    fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().with_file_name(name)
    }

    /// The house that a backup becomes, in a folder of its own.
    async fn restored(&self, backup: &Path, name: &str) -> House {
        let folder = DataFolder::new(self.beside(name));
        restore(backup, &folder).expect("restores");
        House::open(folder).await
    }

    async fn batch(&self) {
        self.handover.batch().await.expect("a batch");
    }
}

fn check(house: &House, points: &[Point], when: &str) {
    for granularity in Granularity::ALL {
        assert_eq!(house.merged(granularity), one_pass(points, granularity), "{when}, {granularity}");
    }
    let proof = house.verify();
    assert_eq!((proof.messages, proof.different), (points.len() as u64, 0), "{when}: {:?}", proof.differences);
}

/// Every file below a folder with its content.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = crate::backup::copy::files_below(folder).expect("lists");
    files.into_iter().map(|path| (path.clone(), fs::read(&path).expect("reads"))).collect()
}

#[test]
fn what_is_sealed_between_linking_and_the_version_counts_once() {
    run(async {
        let house = House::new().await;
        let mut writer = house.writer("collector");
        let mut points = Vec::new();
        for second in 0..6 {
            writer.append(&frame(&[(1, second * 7_000, 3)])).expect("appends");
            writer.roll(at(1)).expect("rolls");
            points.push((1, second * 7_000, 3));
            if second == 1 {
                house.batch().await;
            }
        }
        let to = house.beside("backup");
        let mut backup = Backup::begin(&house.folder, &to, at(0)).expect("begins");
        backup.take_journals().expect("links");
        // four segments are now in the backup's journals, and a batch puts them into its master dataset too, with one
        // that is in neither yet, and takes the originals away
        writer.append(&frame(&[(2, 9, 9)])).expect("appends");
        writer.roll(at(1)).expect("rolls");
        points.push((2, 9, 9));
        house.batch().await;
        house.handover.compact().await.expect("compacts");
        house.handover.take_master(&mut backup).await.expect("links");
        backup.take_rest().expect("copies");
        backup.finish().expect("finishes");
        let restored = house.restored(&to, "restored").await;
        check(&restored, &points, "restored");
        let journal = JournalFolder::new(restored.folder.journal("collector"));
        let numbers: Vec<_> = journal.segments().expect("lists").into_iter().map(|(number, _)| number).collect();
        assert_eq!(numbers, [3, 4, 5, 6, 7], "the segments that were linked and an empty successor");
        restored.batch().await;
        check(&restored, &points, "after a batch");
    });
}

/// Messages come, batches run, days are compacted and views rebuilt, and meanwhile one backup follows the other.
#[test]
fn backups_under_load_hold_all_that_was_accepted_before_and_nothing_twice() {
    run(async {
        let house = Arc::new(House::new().await);
        let writer = Arc::new(Mutex::new(house.writer("collector")));
        let (stop, accepted) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let collecting = std::thread::spawn({
            let (writer, stop, accepted) = (writer.clone(), stop.clone(), accepted.clone());
            move || {
                for number in (0..).take_while(|_| !stop.load(Ordering::Relaxed)) {
                    // each in a minute of its own
                    let point = ((number % 3) as u8, number * 60 - 200_000, (number % 11) as u8);
                    let mut writer = writer.lock().expect("not poisoned");
                    writer.append(&frame(&[point])).expect("appends");
                    // rolls far apart: a batch seals until nothing closed is left
                    if number % 40 == 0 {
                        writer.roll(at(1)).expect("rolls");
                    }
                    drop(writer);
                    accepted.lock().expect("not poisoned").push(point);
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
        });
        let jobs = tokio::spawn({
            let (house, stop) = (house.clone(), stop.clone());
            async move {
                for round in (0..).take_while(|_| !stop.load(Ordering::Relaxed)) {
                    house.batch().await;
                    match round % 4 {
                        1 => drop(house.handover.compact().await.expect("compacts")),
                        3 => drop(house.handover.rebuild().await.expect("rebuilds")),
                        _ => {}
                    }
                }
            }
        });
        let own: [Arc<dyn Rolls>; 1] = [Arc::new(Own(writer))];
        let mut backups = Vec::new();
        for round in 0..5 {
            tokio::time::sleep(Duration::from_millis(150)).await;
            let before: Vec<Point> = accepted.lock().expect("not poisoned").clone();
            let to = house.beside(&format!("backup-{round}"));
            house.handover.backup(&to, &own).await.expect("backs up");
            backups.push((to, before));
        }
        stop.store(true, Ordering::Relaxed);
        collecting.join().expect("collects");
        jobs.await.expect("runs");
        let accepted = accepted.lock().expect("not poisoned").clone();
        for (round, (to, before)) in backups.into_iter().enumerate() {
            let restored = house.restored(&to, &format!("restored-{round}")).await;
            let found = restored.verify().messages as usize;
            assert!(found >= before.len(), "round {round}: {} were accepted, {found} are there", before.len());
            check(&restored, &accepted[..found], &format!("round {round}"));
        }
        check(&house, &accepted, "the original");
    });
}

#[test]
fn original_and_copy_live_on_apart() {
    run(async {
        let house = House::new().await;
        let mut sent = vec![(1, 0, 3)];
        let mut writer = house.writer("collector");
        let original = writer.journal();
        writer.append(&frame(&sent)).expect("appends");
        let own: [Arc<dyn Rolls>; 1] = [Arc::new(Own(Arc::new(Mutex::new(writer))))];
        house.handover.backup(&house.beside("backup-1"), &own).await.expect("backs up");
        let mut copy = house.restored(&house.beside("backup-1"), "restored-1").await;
        let mut identities = vec![original];
        for (round, name) in [(2, "collector.2"), (3, "collector.3")] {
            let folder = JournalFolder::new(copy.folder.journal("collector"));
            assert_eq!(folder.id().expect("reads"), Some(original), "marks still cover it");
            let mut writer = copy.writer("collector");
            assert!(!identities.contains(&writer.journal()), "an identity of its own");
            assert_eq!(folder.writable().expect("asks").name(), name);
            identities.push(writer.journal());
            sent.push((1, i64::from(round), round as u8));
            writer.append(&frame(&sent[sent.len() - 1..])).expect("appends");
            check(&copy, &sent, name);
            drop(writer);
            // of the copy too a backup is made and restored
            let to = copy.beside(&format!("backup-{round}"));
            copy.handover.backup(&to, &[]).await.expect("backs up");
            copy = copy.restored(&to, &format!("restored-{round}")).await;
            check(&copy, &sent, "a copy's copy");
        }
        own[0].roll().expect("the original goes on as it was");
        check(&house, &sent[..1], "the original");
    });
}

#[test]
fn imports_quarantine_rejects_and_state_move_along() {
    run(async {
        let house = House::new().await;
        let mut writer = house.writer("import-1");
        writer.append(&frame(&[(1, 0, 3)])).expect("appends");
        writer.append(&Frame { source_offset: 77, ..frame(&[(1, 1, 4)]) }).expect("appends");
        drop(writer);
        // rot in the middle of a segment of a writer that is gone
        let path = JournalFolder::new(house.folder.journal("import-1")).segment_path(1);
        let mut bytes = fs::read(&path).expect("reads");
        bytes[100] ^= 1;
        fs::write(&path, bytes).expect("writes");
        house.batch().await;
        assert!(house.cut().reading.expect("views").segments().expect("reads")[0].damaged);
        fs::create_dir_all(house.folder.rejects()).expect("creates");
        fs::write(house.folder.rejects().join("000000000001-collector.jsonl"), "{}\n").expect("writes");
        fs::write(house.folder.job_history(), "{}\n").expect("writes");
        fs::write(house.folder.temporary().join("half"), "").expect("writes");
        fs::write(house.folder.configuration(), "cpu_unit = \"share\"\n").expect("writes");
        let to = house.beside("backup");
        house.handover.backup(&to, &[]).await.expect("backs up");
        assert!(!to.join("views").exists() && !to.join("LOCK").exists() && !to.join("state/tmp").exists());
        let folder = DataFolder::new(house.beside("restored"));
        restore(&to, &folder).expect("restores");
        for part in ["quarantine", "rejects", "state", "vitals.toml", "master"] {
            let of = |root: &Path| {
                let found = match root.join(part) {
                    file if file.is_file() => BTreeMap::from([(file.clone(), fs::read(file).expect("reads"))]),
                    folder => content(&folder),
                };
                let below = |path: PathBuf| path.strip_prefix(root).expect("below").to_owned();
                let found = found.into_iter().map(|(path, bytes)| (below(path), bytes));
                found.filter(|(path, _)| !path.starts_with("state/tmp")).collect::<BTreeMap<_, _>>()
            };
            assert_eq!(of(folder.path()), of(house.folder.path()), "{part}");
            assert!(!of(folder.path()).is_empty(), "{part}");
        }
        let restored = House::open(folder).await;
        check(&restored, &[(1, 1, 4)], "what was readable");
        assert!(restored.cut().reading.expect("views").segments().expect("reads")[0].damaged);
        let (_, next) = restored.open_writer("import-1");
        assert_eq!(next.source_offset, 77, "the import goes on where it was");
    });
}

/// A backup of two messages, one sealed and one not.
async fn backed_up(house: &House) -> PathBuf {
    let mut writer = house.writer("collector");
    writer.append(&frame(&[(1, 0, 3)])).expect("appends");
    writer.roll(at(1)).expect("rolls");
    house.batch().await;
    writer.append(&frame(&[(1, 1, 4)])).expect("appends");
    drop(writer);
    let to = house.beside("backup");
    house.handover.backup(&to, &[]).await.expect("backs up");
    to
}

fn refused(backup: &Path, words: &[&str]) {
    let folder = DataFolder::new(backup.with_file_name("refused"));
    let error = restore(backup, &folder).expect_err("refused").to_string();
    words.iter().for_each(|word| assert!(error.contains(word), "no {word:?} in {error}"));
    assert!(!folder.path().exists(), "nothing is created: {error}");
}

#[test]
fn an_interrupted_backup_is_no_backup() {
    run(async {
        let house = House::new().await;
        house.writer("collector").append(&frame(&[(1, 0, 3)])).expect("appends");
        house.batch().await;
        for steps in 0..4 {
            let to = house.beside(&format!("backup-{steps}"));
            let mut backup = Backup::begin(&house.folder, &to, at(0)).expect("begins");
            if steps > 0 {
                backup.take_journals().expect("links");
            }
            if steps > 1 {
                house.handover.take_master(&mut backup).await.expect("links");
            }
            if steps > 2 {
                backup.take_rest().expect("copies");
            }
            // the process ends here
            drop(backup);
            refused(&to, &[&to.display().to_string(), "interrupted", "remove the folder", "vitals backup"]);
            let error = check_whole(&DataFolder::new(&to)).expect_err("nor a data folder");
            assert!(matches!(error, Error::IsBackup { .. }), "{error}");
            let again = house.handover.backup(&to, &[]).await.expect_err("it is not empty");
            assert!(matches!(again, Error::NotEmpty { .. }), "{again}");
        }
        let empty = house.beside("empty");
        fs::create_dir(&empty).expect("creates");
        refused(&empty, &["holds no backup"]);
        house.handover.backup(&empty, &[]).await.expect("an empty folder will do");
        check(&house.restored(&empty, "restored").await, &[(1, 0, 3)], "restored");
    });
}

#[test]
fn a_damaged_backup_names_the_file() {
    run(async {
        let house = House::new().await;
        let to = backed_up(&house).await;
        for (path, intact) in content(&to) {
            let name = path.file_name().expect("a file").to_string_lossy().into_owned();
            let mut flipped = intact.clone();
            flipped[intact.len() / 2] ^= 4;
            for (bytes, what) in [(flipped, "a flipped bit"), (intact[..intact.len() / 2].to_vec(), "cut short")] {
                // its data is linked, and the original must stay as it is
                fs::remove_file(&path).expect("removes");
                fs::write(&path, bytes).expect("writes");
                let folder = DataFolder::new(house.beside("refused"));
                let error = restore(&to, &folder).map(|_| ()).map_err(|error| error.to_string());
                // of the manifest, what is not about files is told to people alone
                let harmless = error.is_ok() && name == "BACKUP" && what == "a flipped bit";
                assert!(
                    harmless || error.is_err_and(|error| error.contains("BACKUP") || error.contains(&name)),
                    "{what} in {name}"
                );
                if harmless {
                    fs::remove_dir_all(folder.path()).expect("removes");
                }
                assert!(!folder.path().exists(), "nothing is left: {what} in {name}");
            }
            fs::remove_file(&path).expect("removes");
            if name != "BACKUP" {
                refused(&to, &[&name, "missing"]);
            }
            fs::write(&path, intact).expect("writes");
        }
        check(&house.restored(&to, "restored").await, &[(1, 0, 3), (1, 1, 4)], "mended");
        check(&house, &[(1, 0, 3), (1, 1, 4)], "the original");
    });
}

#[test]
fn manifests_that_lie_or_are_newer_are_refused() {
    run(async {
        let house = House::new().await;
        let to = backed_up(&house).await;
        let manifest = fs::read_to_string(to.join("BACKUP")).expect("reads");
        let with = |from: &str, by: &str, words: &[&str]| {
            assert!(manifest.contains(from), "{manifest}");
            fs::write(to.join("BACKUP"), manifest.replacen(from, by, 1)).expect("writes");
            refused(&to, words);
        };
        with("\"format\": 1", "\"format\": 2, \"more\": []", &["BACKUP", "newer Vitals", "format is 2", "up to 1"]);
        with("\"format\": 1", "\"format\": 0", &["BACKUP", "no format 0"]);
        with("\"path\": \"journal/", "\"path\": \"../journal/", &["BACKUP", "no path below"]);
        with("\"path\": \"journal/", "\"path\": \"/journal/", &["BACKUP", "no path below"]);
        with("\"bytes\": ", "\"bytes\": 1000000000000000", &["room for", "are needed"]);
        // also where the rest of it is of another shape
        fs::write(to.join("BACKUP"), r#"{"format": 3, "finished": true, "files": "elsewhere"}"#).expect("writes");
        refused(&to, &["BACKUP", "newer Vitals", "format is 3"]);
    });
}

#[test]
fn folders_that_cannot_be_right_are_refused() {
    run(async {
        let house = House::new().await;
        let to = backed_up(&house).await;
        let before = content(house.folder.path()).len();
        let link = house.beside("link");
        std::os::unix::fs::symlink(house.folder.path(), &link).expect("links");
        let data = house.folder.path();
        for inside in [data.to_owned(), data.join("backup"), data.join("a/b"), link.join("x"), data.join("../vitals/y")]
        {
            let error = house.handover.backup(&inside, &[]).await.expect_err("inside the data folder");
            assert!(matches!(error, Error::BackupInside { .. }), "{}: {error}", inside.display());
        }
        assert_eq!(content(data).len(), before);
        let error = house.handover.backup(&to, &[]).await.expect_err("there is a backup");
        assert!(matches!(error, Error::NotEmpty { .. }) && error.is_usage(), "{error}");
        let error = restore(&to, &DataFolder::new(to.join("inside"))).expect_err("inside the backup");
        assert!(matches!(error, Error::BackupInside { .. }), "{error}");
        let error = restore(&to, &house.folder).expect_err("there is data");
        assert!(matches!(error, Error::NotEmpty { .. }), "{error}");
        assert!(matches!(check_whole(&DataFolder::new(&to)), Err(Error::IsBackup { .. })));
        check_whole(&house.folder).expect("a data folder");
    });
}

#[test]
fn without_room_nothing_is_left() {
    run(async {
        let house = House::new().await;
        house.writer("collector").append(&frame(&[(1, 0, 3)])).expect("appends");
        house.batch().await;
        fs::create_dir_all(house.folder.state()).expect("creates");
        // no disk has room for the copy of it, and it takes none itself
        let vast = fs::File::create(house.folder.state().join("vast")).expect("creates");
        vast.set_len(8 << 40).expect("a sparse file");
        for existed in [false, true] {
            let to = house.beside("backup");
            if existed {
                fs::create_dir(&to).expect("creates");
            }
            let error = house.handover.backup(&to, &[]).await.expect_err("no room");
            assert!(matches!(error, Error::NoRoom { .. }), "{error}");
            assert_eq!((to.exists(), content(&to).len()), (existed, 0), "nothing is left of it");
        }
    });
}

#[test]
fn another_file_system_gets_copies() {
    use std::os::unix::fs::MetadataExt;
    let Ok(elsewhere) = tempfile::tempdir_in("/dev/shm") else {
        return eprintln!("there is no second file system at /dev/shm");
    };
    run(async {
        let house = House::new().await;
        let here = backed_up(&house).await;
        let there = elsewhere.path().join("backup");
        house.handover.backup(&there, &[]).await.expect("backs up");
        let names = |root: &Path, linked: &mut u64| {
            let metadata = |path: &PathBuf| fs::metadata(path).expect("is there");
            let files: Vec<_> = crate::backup::copy::files_below(root).expect("lists");
            *linked = files.iter().filter(|path| metadata(path).nlink() > 1).count() as u64;
            files.iter().map(|path| path.strip_prefix(root).expect("below").to_owned()).collect::<Vec<_>>()
        };
        let (mut linked_here, mut linked_there) = (0, 0);
        assert_eq!(names(&here, &mut linked_here), names(&there, &mut linked_there));
        let one_device = fs::metadata(&here).expect("is there").dev() == fs::metadata(&there).expect("is there").dev();
        assert!(linked_here >= 5 && (linked_there == 0 || one_device), "{linked_here} and {linked_there} links");
        check(&house.restored(&there, "restored").await, &[(1, 0, 3), (1, 1, 4)], "restored");
    });
}

#[test]
fn an_interrupted_restore_is_no_data_folder() {
    run(async {
        let house = House::new().await;
        let to = backed_up(&house).await;
        let folder = DataFolder::new(house.beside("restored"));
        restore(&to, &folder).expect("restores");
        // as it is at any moment before the end
        fs::write(folder.restoring(), "").expect("writes");
        let error = check_whole(&folder).expect_err("half of it").to_string();
        assert!(error.contains("interrupted") && error.contains("remove the folder"), "{error}");
        let error = restore(&to, &folder).expect_err("not again").to_string();
        assert!(error.contains("is not empty"), "{error}");
    });
}
