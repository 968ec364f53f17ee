//! Lives of a writer, one after the other: numbers, rolls, clean and unclean ends.

use super::*;

#[test]
fn appended_frames_are_read_back_across_rolls() {
    in_folder(|folder| {
        let (mut writer, recovery) = open(folder);
        assert_eq!((recovery.last_sign, recovery.clean), (None, true));
        for second in 0..6 {
            writer.append(&frame(second)).expect("appends");
            if second % 2 == 1 {
                writer.roll(at(second)).expect("rolls");
            }
        }
        writer.roll(at(9)).expect("an empty segment does not roll");
        assert_eq!(numbers(folder), [1, 2, 3, 4]);
        assert_eq!(read_all(folder), ((0..6).collect(), 0));
    });
}

#[test]
fn a_segment_is_due_by_size_or_age() {
    in_folder(|folder| {
        let small = WriterOptions { segment_bytes: 1, ..options(folder) };
        let (mut writer, _) = Writer::open(folder, small, |_| 0, at(0)).expect("opens");
        writer.append(&frame(0)).expect("appends");
        assert!(writer.is_due());
        drop(writer);
        let aged = WriterOptions { segment_age: Duration::ZERO, ..options(folder) };
        let (mut writer, _) = Writer::open(folder, aged, |_| 0, at(0)).expect("opens");
        assert!(!writer.is_due(), "an empty segment has no age");
        writer.append(&frame(1)).expect("appends");
        assert!(writer.is_due());
    });
}

#[test]
fn a_stop_is_remembered_as_clean() {
    in_folder(|folder| {
        let (mut writer, _) = open(folder);
        writer.append(&frame(1)).expect("appends");
        writer.stop(Frame::empty(Kind::Stop, at(2))).expect("stops");
        assert_eq!(numbers(folder), [1, 2]);
        let (writer, recovery) = open(folder);
        assert_eq!((recovery.last_sign, recovery.clean), (Some(at(2)), true));
        assert_eq!(writer.segment(), 2, "an empty segment is taken on");
    });
}

#[test]
fn a_crash_is_remembered_as_unclean() {
    in_folder(|folder| {
        let (mut writer, _) = open(folder);
        let journal = writer.journal();
        writer.append(&frame(5)).expect("appends");
        drop(writer);
        let (writer, recovery) = open(folder);
        assert_eq!((recovery.last_sign, recovery.clean), (Some(at(5)), false));
        assert_eq!((writer.journal(), writer.segment()), (journal, 2));
        drop(writer);
        // nothing was written since, so the same crash is still the last thing known
        let (_, recovery) = open(folder);
        assert_eq!((recovery.last_sign, recovery.clean), (Some(at(5)), false));
    });
}

#[test]
fn numbers_are_never_reused() {
    in_folder(|folder| {
        let (mut writer, _) = open(folder);
        writer.append(&frame(0)).expect("appends");
        drop(writer);
        let (writer, _) = Writer::open(folder, options(folder), |_| 41, at(0)).expect("opens");
        assert_eq!(writer.segment(), 42);
        drop(writer);
        // a header that cannot be read keeps its number from being used again
        fs::write(folder.segment_path(42), b"no header").expect("writes");
        let (writer, recovery) = open(folder);
        assert_eq!((writer.segment(), recovery.quarantined.len()), (43, 1));
        drop(writer);
        fs::remove_file(folder.segment_path(43)).expect("removes");
        assert_eq!(open(folder).0.segment(), 43, "only the quarantine knows of 42");
    });
}

#[test]
fn one_writer_at_a_time() {
    in_folder(|folder| {
        assert!(!folder.is_written().expect("asks"));
        let (mut writer, _) = open(folder);
        writer.append(&frame(0)).expect("appends");
        assert!(folder.is_written().expect("asks"));
        let error = Writer::open(folder, options(folder), |_| 0, at(0)).expect_err("held");
        assert!(is_in_use(&error), "{error}");
        assert!(!folder.close_if_dead(&options(folder), |_| 0, at(1)).expect("asks"));
        drop(writer);
        assert!(folder.close_if_dead(&options(folder), |_| 0, at(1)).expect("closes"));
        assert_eq!(numbers(folder), [1, 2]);
        assert!(folder.close_if_dead(&options(folder), |_| 0, at(1)).expect("closes"));
        assert_eq!(numbers(folder), [1, 2], "an empty segment needs no successor");
        assert_eq!(read_all(folder), (vec![0], 0));
    });
}

#[test]
fn reclaim_spares_the_newest_and_the_young() {
    in_folder(|folder| {
        let (mut writer, _) = open(folder);
        for second in 0..3 {
            writer.append(&frame(second)).expect("appends");
            writer.roll(at(second)).expect("rolls");
        }
        assert_eq!(folder.reclaim(9, Duration::from_secs(3600)).expect("reclaims"), 0);
        assert_eq!(folder.reclaim(2, Duration::ZERO).expect("reclaims"), 2);
        assert_eq!(numbers(folder), [3, 4]);
        assert_eq!(folder.reclaim(9, Duration::ZERO).expect("reclaims"), 1);
        assert_eq!(numbers(folder), [4]);
    });
}

#[test]
fn an_import_knows_how_far_it_came() {
    in_folder(|folder| {
        let (mut writer, _) = open(folder);
        writer.append(&frame(70)).expect("appends");
        writer.roll(at(0)).expect("rolls");
        drop(writer);
        let (mut writer, recovery) = open(folder);
        assert_eq!((recovery.source_offset, recovery.done), (70, false), "from the header of the newest segment alone");
        writer.append(&frame(90)).expect("appends");
        writer.append(&Frame { source_offset: 95, ..Frame::empty(Kind::Done, at(91)) }).expect("appends");
        drop(writer);
        let (_, recovery) = open(folder);
        assert_eq!((recovery.source_offset, recovery.done), (95, true));
    });
}

#[test]
fn a_reader_follows_a_living_writer() {
    in_folder(|folder| {
        let (mut writer, _) = open(folder);
        let mut reader = SegmentReader::open(&newest(folder)).expect("opens");
        assert!(matches!(reader.next(false), Ok(Read::End)));
        writer.append(&frame(1)).expect("appends");
        assert!(matches!(reader.next(false), Ok(Read::Frame(_))));
        assert!(matches!(reader.next(false), Ok(Read::End)));
        writer.append(&frame(2)).expect("appends");
        assert!(matches!(reader.next(false), Ok(Read::Frame(_))));
        assert_eq!(reader.frame(), 2);
    });
}
