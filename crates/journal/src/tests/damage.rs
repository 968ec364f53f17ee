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
        flip(&newest(folder), 9);
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
