//! A journal that was ended, and the one that goes on in its place.

use super::*;

/// What a backup makes of a journal: its closed segments, an empty successor, the end mark.
fn end(folder: &JournalFolder) {
    fs::write(folder.end_mark(), crate::ended::END_NOTE).expect("writes");
}

fn names(folder: &JournalFolder) -> Vec<String> {
    let root = folder.path().parent().expect("a journal lies in a folder");
    JournalFolder::list(root).expect("lists").iter().map(JournalFolder::name).collect()
}

#[test]
fn an_ended_journal_takes_no_writer_and_is_still_read() {
    in_folder(|folder| {
        let (mut writer, _) = open(folder);
        writer.append(&frame(3)).expect("appends");
        writer.roll(at(4)).expect("rolls");
        drop(writer);
        end(folder);
        let error = Writer::open(folder, options(folder), |_| 0, at(9)).expect_err("ended");
        assert!(matches!(&error, Error::Ended { path } if path == folder.path()), "{error}");
        assert_eq!((numbers(folder), read_all(folder)), (vec![1, 2], (vec![3], 0)));
    });
}

#[test]
fn an_ended_journal_that_lost_its_successor_can_be_closed() {
    in_folder(|folder| {
        let (mut writer, _) = open(folder);
        writer.append(&frame(3)).expect("appends");
        drop(writer);
        end(folder);
        assert!(folder.close_if_dead(&options(folder), |_| 0, at(9)).expect("closes"));
        assert_eq!((numbers(folder), read_all(folder)), (vec![1, 2], (vec![3], 0)));
    });
}

#[test]
fn the_next_writer_has_an_identity_and_a_folder_of_its_own() {
    in_folder(|folder| {
        assert_eq!(&folder.writable().expect("asks"), folder, "a new journal has its own name");
        let mut seen = Vec::new();
        for (round, name) in ["collector", "collector.2", "collector.3"].into_iter().enumerate() {
            let writable = folder.writable().expect("asks");
            assert_eq!(writable.name(), name);
            let (mut writer, recovery) = open(&writable);
            let last_sign = (round > 0).then(|| at(round as i64 * 10));
            assert_eq!(recovery.last_sign, last_sign, "{name} goes on from the one before");
            assert_eq!(recovery.clean, round != 1, "{name}");
            assert!(!seen.contains(&writer.journal()), "an identity is never used again");
            seen.push(writer.journal());
            writer.append(&frame(round as i64)).expect("appends");
            let now = at(round as i64 * 10 + 10);
            match round {
                // the original was alive when it was copied: what came after is not known to the copy
                0 => writer.roll(now).expect("rolls"),
                _ => writer.stop(Frame::empty(Kind::Stop, now)).expect("stops"),
            }
            end(&writable);
        }
        assert_eq!(names(folder), ["collector", "collector.2", "collector.3"]);
    });
}

#[test]
fn an_import_goes_on_in_the_next_journal() {
    in_folder(|folder| {
        // all digits, as a hash may be: no number of a successor
        let folder = JournalFolder::new(folder.path().with_file_name("import-1234567890123456"));
        let (mut writer, _) = open(&folder);
        writer.append(&frame(70)).expect("appends");
        writer.roll(at(0)).expect("rolls");
        drop(writer);
        end(&folder);
        let next = folder.writable().expect("asks");
        assert_eq!(next.name(), "import-1234567890123456.2");
        assert_eq!(open(&next).1.source_offset, 70);
        assert_eq!(open(&next).1.source_offset, 70, "also in its second life");
    });
}

#[test]
fn the_end_of_an_ended_journal_is_told_until_another_goes_on() {
    in_folder(|folder| {
        let (mut writer, _) = open(folder);
        writer.append(&Frame { source_offset: 0, ..frame(3) }).expect("appends");
        writer.roll(at(4)).expect("rolls");
        drop(writer);
        end(folder);
        let end = folder.last_end().expect("reads").expect("nobody writes");
        assert_eq!((end.at, end.clean), (at(4), false));
        let _next = open(&folder.writable().expect("asks"));
        assert_eq!(folder.last_end().expect("reads"), None);
    });
}
