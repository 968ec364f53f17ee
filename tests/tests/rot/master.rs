//! The master dataset, the only files that cannot be built anew: nothing is guessed. Answers go on from the views, jobs say
//! what to restore, and who goes on without it has the loss on record.

use std::fs;

use system_tests::assert_same;

use crate::{Harm, Rest, damaged, files};

#[test]
fn a_file_of_messages() {
    for harm in [Harm::Flip(300), Harm::Flip(990), Harm::Cut(500), Harm::Empty, Harm::Delete, Harm::Garbage] {
        let rest = Rest::new();
        let path = files(&rest.file("master/messages"), ".parquet").pop().unwrap();
        harm.to(&path, &rest.site);
        let what = format!("{harm:?} to {}", path.display());
        let (daemon, answer) = rest.answer(&what);
        assert_same(&answer.rows, &rest.expected.rows(), &what);
        // its size tells it apart at once, its checksum when it is read
        let at_start = daemon.logged("journals, master dataset and views do not agree; what can be kept is kept");
        assert_eq!(at_start.is_empty(), matches!(harm, Harm::Flip(_)), "{what}: {at_start:?}");
        let said = rest.site.run(&["verify"]);
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.stderr.contains(path.file_name().unwrap().to_str().unwrap()), "{what}: {said:?}");
        assert!(said.stderr.contains("restore it from a copy, or run vitals rebuild"), "{what}: {said:?}");
        rest.site.batch();

        rest.site.run(&["rebuild"]).ok();
        let answer = rest.site.query(&[]);
        assert!(answer.total() < rest.expected.count(), "{what}");
        let [lost] = &damaged(&answer)[..] else { panic!("{what}: {}", answer.document["coverage"]) };
        assert!(lost.starts_with("master/messages/day="), "{what}: {lost}");
        rest.site.verify(answer.total());
        let kept = files(&rest.file("quarantine/master"), ".parquet");
        assert_eq!(kept.len(), usize::from(!matches!(harm, Harm::Delete)), "{what}");
    }
}

#[test]
fn a_file_of_the_ledger() {
    for harm in [Harm::Flip(300), Harm::Delete] {
        let rest = Rest::new();
        let path = files(&rest.file("master/ledger"), ".parquet").pop().unwrap();
        harm.to(&path, &rest.site);
        // the views are gone as well, so that it is needed
        fs::remove_dir_all(rest.file("views")).unwrap();
        let (_daemon, answer) = rest.answer(&format!("{harm:?} to {}", path.display()));
        assert_same(&answer.rows, &rest.expected.rows(), "no message is lost");
        let [lost] = &damaged(&answer)[..] else { panic!("{harm:?}: {}", answer.document["coverage"]) };
        assert!(lost.starts_with("master/ledger/"), "{lost}");
    }
}

#[test]
fn the_last_commit() {
    for (table, harm) in [
        ("messages", Harm::Delete),
        ("ledger", Harm::Delete),
        ("messages", Harm::Empty),
        ("messages", Harm::Garbage),
        ("ledger", Harm::Flip(700)),
    ] {
        let rest = Rest::new();
        let path = files(&rest.file("master").join(table).join("_delta_log"), ".json").pop().unwrap();
        let whole = fs::read(&path).unwrap();
        harm.to(&path, &rest.site);
        let what = format!("{harm:?} to {}", path.display());
        let (daemon, answer) = rest.answer(&what);
        assert_same(&answer.rows, &rest.expected.rows(), &what);
        let batch = rest.site.run(&["jobs", "run", "batch"]);
        if batch.code != Some(0) {
            assert!(batch.stderr.contains("restore"), "{what}: {batch:?}");
        }
        assert_same(&rest.site.query(&[]).rows, &rest.expected.rows(), &what);
        assert!(daemon.stop().success());

        fs::write(&path, whole).unwrap();
        drop(rest.survives(&format!("{what}, restored")));
        let _daemon = rest.survives("once more");
        rest.site.batch();
        rest.site.verify(rest.expected.count());
    }
}
