//! A copy of what `contents` names is a master dataset of that version, whatever was written since.

use super::*;
use std::fs;

fn copy(contents: &crate::Contents, from: &Path, to: &Path) {
    let place = |path: &Path| {
        let path = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    for path in &contents.files {
        fs::copy(path, place(path)).unwrap();
    }
    contents.replaced.iter().for_each(|(path, bytes)| fs::write(place(path), bytes).unwrap());
}

#[test]
fn a_copy_stands_at_its_version_although_commits_and_checkpoints_follow() {
    run(async {
        let mut store = Store::new().await;
        let empty = |number| SegmentContent { ledger: Vec::new(), ..segment(journal(1), number, &[]) };
        for number in 1..=105 {
            let content = if number % 50 == 0 { segment(journal(1), number, &["2026-11-21"]) } else { empty(number) };
            store.master.seal(vec![content]).await.unwrap();
        }
        fs::create_dir_all(store.path().join("retained/1")).unwrap();
        fs::write(store.path().join("retained/1/minute.parquet"), b"rollups").unwrap();
        let contents = store.master.contents().await.unwrap();
        let (sealed, rows, versions) = (store.master.sealed(), store.rows(), store.master.versions());
        assert_eq!((contents.versions, contents.replaced.len()), (versions, 2), "each log has a checkpoint");
        // the second checkpoint, which the copy must not be told of
        for number in 106..=210 {
            store.master.seal(vec![segment(journal(1), number, &["2026-11-22"])]).await.unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("master");
        copy(&contents, &store.path().canonicalize().unwrap(), &to);
        assert_eq!(fs::read(to.join("retained/1/minute.parquet")).unwrap(), b"rollups");
        let mut copied = Store { master: Master::open(&to).await.unwrap(), folder };
        assert_eq!((copied.master.sealed(), copied.rows(), copied.master.versions()), (sealed, rows, versions));
        assert_eq!(copied.master.seals_after(0).await.unwrap().len(), 105);
        // and it goes on by itself
        copied.master.seal(vec![segment(journal(2), 1, &["2026-11-23"])]).await.unwrap();
        assert_eq!(copied.rows().len(), 3);
    });
}
