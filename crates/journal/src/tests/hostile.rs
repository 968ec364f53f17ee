//! Segments that no writer of ours wrote: whatever stands in them is given out soundly or named as damage.

use super::*;
use crate::frame::{HEAD_BYTES, Head};
use proptest::prelude::*;

/// Bytes of a segment that stand for something or nothing: a sound frame, one whose head lies, or noise.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let sound = (0..9_u32, 0..3_i64).prop_map(|(number, second)| framed(number, &frame(second).encode()));
    let nonsense =
        (0..9_u32, prop::collection::vec(any::<u8>(), 0..60)).prop_map(|(number, bytes)| framed(number, &bytes));
    let flipped = (sound.clone(), any::<prop::sample::Index>(), 0..8_u32).prop_map(|(mut bytes, at, bit)| {
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        bytes
    });
    prop_oneof![sound, nonsense, flipped, prop::collection::vec(any::<u8>(), 0..60)]
}

fn framed(number: u32, payload: &[u8]) -> Vec<u8> {
    [&Head::of(1, number, payload).encode()[..], payload].concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn frames_and_damage_add_up_to_the_file(pieces in prop::collection::vec(pieces(), 0..8)) {
        let temp = tempfile::tempdir().expect("a temporary folder");
        let folder = JournalFolder::new(temp.path().join("journal"));
        drop(open(&folder));
        let path = folder.segment_path(1);
        let bytes = [fs::read(&path).expect("reads"), pieces.concat()].concat();
        fs::write(&path, &bytes).expect("writes");
        let mut reader = SegmentReader::open(&path).expect("its header is sound");
        loop {
            let from = reader.offset() as usize;
            let read = reader.next(true);
            let to = reader.offset() as usize;
            match read {
                Ok(Read::End) => break,
                Ok(Read::Damage(damage)) => prop_assert_eq!((damage.from, damage.to), (from as u64, to as u64)),
                Ok(Read::Frame(_)) | Err(Error::Payload(_) | Error::UnknownKind { .. }) => {
                    let head = Head::decode(&bytes[from..]).expect("only sound frames are given out");
                    prop_assert_eq!(head.total(), (to - from) as u64);
                    prop_assert_eq!(crc32fast::hash(&bytes[from + HEAD_BYTES..to]), head.checksum);
                }
                Err(error) => panic!("{error}"),
            }
            prop_assert!(to > from);
        }
        prop_assert_eq!(reader.offset(), bytes.len() as u64);
    }
}

#[test]
fn a_frame_that_claims_more_than_it_has_is_refused() {
    in_folder(|folder| {
        drop(open(folder));
        let path = folder.segment_path(1);
        let header = fs::read(&path).expect("reads");
        let mut payload = frame(1).encode();
        // the number of texts in the first dictionary, behind times and numbers of three messages
        let dictionary = 16 + 4 + ledger_bytes(&payload) + 4 + 3 * 7 * 8;
        payload[dictionary..dictionary + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        for (number, payload) in [(0, &payload[..]), (u32::MAX, &frame(1).encode())] {
            fs::write(&path, [&header[..], &framed(number, payload)].concat()).expect("writes");
            let read = SegmentReader::open(&path).expect("opens").next(true);
            assert!(!matches!(read, Ok(Read::Frame(_))), "{read:?}");
        }
    });
}

fn ledger_bytes(payload: &[u8]) -> usize {
    u32::from_le_bytes(payload[16..20].try_into().expect("four bytes")) as usize
}
