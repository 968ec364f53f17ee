//! Torn tails and rot: every cut and every flipped bit costs at most the frame it hits.

use super::*;

fn written(folder: &JournalFolder, frames: i64) -> Vec<u64> {
    let (mut writer, _) = open(folder);
    let mut ends = Vec::new();
    for second in 0..frames {
        writer.append(&frame(second)).expect("appends");
        ends.push(fs::metadata(newest(folder)).expect("exists").len());
    }
    ends
}

#[test]
fn a_tail_torn_at_any_byte_costs_only_what_was_torn() {
    in_folder(|folder| {
        let ends = written(folder, 3);
        let path = newest(folder);
        let whole = fs::read(&path).expect("reads");
        for length in ends[0]..=ends[2] {
            fs::remove_dir_all(folder.path()).expect("removes");
            fs::create_dir_all(folder.path()).expect("creates");
            fs::write(&path, &whole[..length as usize]).expect("writes");
            let kept = ends.iter().filter(|end| **end <= length).count() as i64;
            assert_eq!(read_all(folder), ((0..kept).collect(), 0), "before recovery, {length} bytes");
            let (mut writer, recovery) = open(folder);
            assert_eq!(recovery.torn_bytes, length - ends[kept as usize - 1]);
            writer.append(&frame(9)).expect("appends");
            let expect: Vec<i64> = (0..kept).chain([9]).collect();
            assert_eq!(read_all(folder), (expect, 0), "after recovery, {length} bytes");
        }
    });
}

#[test]
fn rot_costs_the_frame_it_hits() {
    in_folder(|folder| {
        let ends = written(folder, 3);
        let path = newest(folder);
        let whole = fs::read(&path).expect("reads");
        for at in ends[0]..ends[1] {
            fs::write(&path, &whole).expect("writes");
            flip(&path, at as usize);
            assert_eq!(read_all(folder), (vec![0, 2], 1), "bit flipped in byte {at}");
        }
    });
}

#[test]
fn rot_in_the_last_frame_of_a_closed_segment_is_damage() {
    in_folder(|folder| {
        let ends = written(folder, 2);
        drop(open(folder));
        assert_eq!(numbers(folder), [1, 2]);
        flip(&folder.segment_path(1), ends[0] as usize + 40);
        assert_eq!(read_all(folder), (vec![0], 1));
    });
}

#[test]
fn a_newer_segment_stops_the_writer() {
    in_folder(|folder| {
        written(folder, 1);
        let path = newest(folder);
        let mut bytes = fs::read(&path).expect("reads");
        bytes[8..10].copy_from_slice(&6u16.to_le_bytes());
        fs::write(&path, bytes).expect("writes");
        let error = Writer::open(folder, options(folder), |_| 0, at(0)).expect_err("newer");
        assert!(error.to_string().ends_with("use a newer vitals"), "{error}");
    });
}

#[test]
fn an_empty_segment_file_is_moved_aside() {
    in_folder(|folder| {
        written(folder, 1);
        fs::write(folder.segment_path(2), b"").expect("writes");
        let (writer, recovery) = open(folder);
        assert_eq!((writer.segment(), recovery.clean, recovery.quarantined.len()), (3, false, 1));
        assert_eq!(read_all(folder), (vec![0], 0));
    });
}

/// What a reader of the journal meets: the seconds of its frames, and the damage in each segment.
fn followed(folder: &JournalFolder) -> (Vec<i64>, Vec<u64>) {
    let segments = folder.segments().expect("lists");
    let (mut seconds, mut damaged) = (Vec::new(), Vec::new());
    for (number, _) in &segments {
        let closed = crate::closed(&segments, *number).expect("asks");
        let Some(mut follower) = crate::Follower::open(folder, *number, closed).expect("opens") else { continue };
        while let Some(frame) = follower.next(closed).expect("reads") {
            let spans = frame.ledger.iter().filter(|row| !matches!(row.kind, model::LedgerRowKind::Counts(_)));
            damaged.extend(spans.map(|_| *number));
            if !frame.messages.is_empty() {
                seconds.push((frame.at.as_micros() - at(0).as_micros()) / 1_000_000);
            }
        }
    }
    (seconds, damaged)
}

#[test]
fn a_lost_header_costs_no_frame() {
    in_folder(|folder| {
        written(folder, 3);
        let path = newest(folder);
        let whole = fs::read(&path).expect("reads");
        let rotten = [&[0xff; 64][..], &whole[64..]].concat();
        fs::write(&path, &rotten).expect("writes");
        assert_eq!(followed(folder), (vec![0, 1, 2], vec![1]), "before anybody writes");
        let (mut writer, recovery) = open(folder);
        assert_eq!((writer.segment(), recovery.clean, recovery.last_sign), (2, false, Some(at(2))));
        assert!(recovery.quarantined.is_empty());
        writer.append(&frame(9)).expect("appends");
        assert_eq!(followed(folder), (vec![0, 1, 2, 9], vec![1]), "closed by its successor");
        fs::write(&path, &whole).expect("writes");
        flip(&path, 20);
        assert_eq!(followed(folder), (vec![0, 1, 2, 9], vec![]), "one bit is set right");
    });
}

#[test]
fn a_closed_segment_is_never_shorter_without_a_word() {
    in_folder(|folder| {
        let ends = written(folder, 3);
        let path = newest(folder);
        let (mut writer, _) = open(folder);
        writer.append(&frame(7)).expect("appends");
        writer.roll(at(8)).expect("rolls");
        assert_eq!(followed(folder), (vec![0, 1, 2, 7], vec![]));
        let whole = fs::read(&path).expect("reads");
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).expect("writes");
            let kept = ends.iter().filter(|end| **end <= length as u64).count() as i64;
            let seconds = (0..kept).chain([7]).collect();
            assert_eq!(followed(folder), (seconds, vec![1]), "cut to {length} bytes after it was closed");
        }
        fs::write(&path, &whole).expect("writes");
        assert_eq!(followed(folder), (vec![0, 1, 2, 7], vec![]));
    });
}

#[test]
fn rot_in_front_of_a_file_that_was_never_begun_is_not_cut_off() {
    in_folder(|folder| {
        let ends = written(folder, 2);
        fs::write(folder.segment_path(2), b"").expect("writes");
        flip(&folder.segment_path(1), ends[0] as usize + 40);
        let (_, recovery) = open(folder);
        assert_eq!((recovery.torn_bytes, recovery.quarantined.len()), (0, 1));
        assert_eq!(followed(folder), (vec![0], vec![1]));
    });
}

#[test]
fn a_journal_whose_segments_are_gone_does_not_begin_as_a_new_one() {
    in_folder(|folder| {
        written(folder, 2);
        fs::remove_file(newest(folder)).expect("removes");
        assert!(!folder.last_end().expect("asks").expect("there was a writer").clean);
        let (_, recovery) = open(folder);
        assert!(!recovery.clean && recovery.last_sign.is_some());
    });
}

#[test]
fn another_segment_s_copy_is_not_read_twice() {
    in_folder(|folder| {
        let (mut writer, _) = open(folder);
        for second in 0..3 {
            writer.append(&frame(second)).expect("appends");
            writer.roll(at(second)).expect("rolls");
        }
        fs::copy(folder.segment_path(1), folder.segment_path(2)).expect("copies");
        assert_eq!(followed(folder), (vec![0, 2], vec![2]));
    });
}
