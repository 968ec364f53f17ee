//! A reader of segment files that is not ours: written from `docs/format/journal.md`, sharing no code with the room
//! `journal`.

use super::{Fact, Key};
use crate::inputs::Heartbeat;

const HEADER_BYTES: usize = 64;
const HEAD_BYTES: usize = 24;

#[derive(Debug)]
pub(super) struct Segment {
    /// The journal's UUID as text.
    pub(super) journal: String,
    pub(super) number: u64,
    /// The messages of all frames that are whole and sound.
    pub(super) facts: Vec<Fact>,
}

/// `None` where the header is not that of a segment: its frames then belong to no journal.
pub(super) fn read(bytes: &[u8]) -> Option<Segment> {
    let header = bytes.get(..HEADER_BYTES)?;
    if &header[..8] != b"VITALSEG" || crc32fast::hash(&header[..60]) != u32_at(header, 60) {
        return None;
    }
    let mut segment = Segment { journal: uuid(&header[12..28]), number: u64_at(header, 28), facts: Vec::new() };
    let (mut offset, mut number) = (HEADER_BYTES, 0);
    while offset < bytes.len() {
        match frame(&bytes[offset..], number) {
            Some((found, payload)) => {
                number = found + 1;
                offset += HEAD_BYTES + payload.len();
                segment.facts.extend(Payload(payload).facts());
            }
            None => offset += 1,
        }
    }
    Some(segment)
}

/// The frame that begins here, if one does whose number is at least `number`.
fn frame(bytes: &[u8], number: u32) -> Option<(u32, &[u8])> {
    let head = bytes.get(..HEAD_BYTES)?;
    if &head[..4] != b"VFRM" || crc32fast::hash(&head[..20]) != u32_at(head, 20) || u32_at(head, 8) < number {
        return None;
    }
    let payload = bytes.get(HEAD_BYTES..HEAD_BYTES + u32_at(head, 12) as usize)?;
    (crc32fast::hash(payload) == u32_at(head, 16)).then(|| (u32_at(head, 8), payload))
}

struct Payload<'a>(&'a [u8]);

impl<'a> Payload<'a> {
    fn facts(mut self) -> Vec<Fact> {
        self.take(16);
        self.bytes();
        let count = self.count();
        let times: Vec<i64> = self.column(count, i64::from_le_bytes);
        self.take(8 * count);
        let [cpu, ram_total, ram_free, disk_total, disk_free] =
            std::array::from_fn(|_| self.column(count, f64::from_le_bytes));
        let [service, _instance, sender, _extra] = std::array::from_fn(|_| self.texts(count));
        let sequence = match self.take(1) {
            [0] => vec![-1; count],
            _ => self.column(count, i64::from_le_bytes),
        };
        let fact = |row: usize| {
            let key = Key { sender: sender[row].clone().unwrap_or_default(), sequence: sequence[row] };
            let heartbeat = Heartbeat {
                service: service[row].clone().unwrap_or_default(),
                time_us: times[row],
                cpu: cpu[row],
                ram: [ram_total[row], ram_free[row]],
                disk: [disk_total[row], disk_free[row]],
            };
            (key, heartbeat)
        };
        (0..count).map(fact).collect()
    }

    /// The frame is sound, so it is as long as it says.
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    fn count(&mut self) -> usize {
        u32_at(self.take(4), 0) as usize
    }

    fn bytes(&mut self) -> &'a [u8] {
        let length = self.count();
        self.take(length)
    }

    fn column<T>(&mut self, count: usize, decode: fn([u8; 8]) -> T) -> Vec<T> {
        let values = self.take(8 * count).chunks_exact(8);
        values.map(|value| decode(value.try_into().expect("eight bytes"))).collect()
    }

    fn texts(&mut self, count: usize) -> Vec<Option<String>> {
        let length = self.count();
        let dictionary: Vec<String> =
            (0..length).map(|_| String::from_utf8(self.bytes().to_vec()).expect("texts are UTF-8")).collect();
        match length {
            0 => vec![None; count],
            _ => (0..count).map(|_| dictionary.get(self.count()).cloned()).collect(),
        }
    }
}

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(bytes[offset..offset + 4].try_into().expect("four bytes"))
}

fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    u64::from_le_bytes(bytes[offset..offset + 8].try_into().expect("eight bytes"))
}

fn uuid(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (place, byte) in bytes.iter().enumerate() {
        if [4, 6, 8, 10].contains(&place) {
            text.push('-');
        }
        text += &format!("{byte:02x}");
    }
    text
}
