//! What the fuzz targets share: a limit on memory, a place for files, and segments built by hand.
//!
//! Every target is one law about what comes from outside, told for arbitrary bytes: not only "it does not panic", but
//! what the result must be. `cargo xtask fuzz` runs them; `fuzz/seeds` is where they begin.

use model::{CpuUnit, Rules, Time};
use std::alloc::System;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// No input may make the product hold more than this; it is far above what the largest input needs.
const MEMORY_MAX: usize = 192 << 20;

#[global_allocator]
static ALLOCATOR: cap::Cap<System> = cap::Cap::new(System, MEMORY_MAX);

/// Memory that is held now, in bytes.
pub fn held() -> usize {
    ALLOCATOR.allocated()
}

/// When all messages are received.
pub fn received() -> Time {
    Time::from_micros(1_795_219_500_000_000)
}

/// The rules that a target's first byte chooses.
pub fn rules(choice: u8) -> Rules {
    let cpu_unit = if choice & 1 == 0 { CpuUnit::Fraction } else { CpuUnit::Percent };
    let past = (choice & 2 == 0).then_some(Duration::from_secs(90 * 86_400));
    Rules { cpu_unit, past, ahead: Some(Duration::from_secs(600)) }
}

/// A folder in memory, where the machine has one, gone at the end of the process.
#[derive(Debug)]
pub struct Scratch(tempfile::TempDir);

impl Scratch {
    pub fn new() -> Scratch {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        Scratch(folder.expect("a temporary folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).expect("writes");
        path
    }
}

impl Default for Scratch {
    fn default() -> Scratch {
        Scratch::new()
    }
}

pub const HEADER_BYTES: usize = 64;
pub const HEAD_BYTES: usize = 24;

/// The header of a segment, after `docs/format/journal.md` and not after our code.
pub fn header() -> Vec<u8> {
    let mut bytes = b"VITALSEG".to_vec();
    bytes.extend(1u16.to_le_bytes());
    bytes.extend(0u16.to_le_bytes());
    bytes.extend([7; 16]);
    bytes.extend(1u64.to_le_bytes());
    bytes.extend(1_795_219_200_000_000_i64.to_le_bytes());
    bytes.extend(1_795_219_200_000_000_i64.to_le_bytes());
    bytes.extend(0u64.to_le_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

/// A sound frame around any payload.
pub fn frame(kind: u8, number: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"VFRM".to_vec();
    bytes.extend([kind, 0, 0, 0]);
    bytes.extend(number.to_le_bytes());
    bytes.extend((payload.len() as u32).to_le_bytes());
    bytes.extend(crc32fast::hash(payload).to_le_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes.extend(payload);
    bytes
}

/// The number and the length, head included, of the sound frame that `bytes` begin with.
pub fn sound(bytes: &[u8]) -> Option<(u32, usize)> {
    let word = |at: usize| bytes.get(at..at + 4).map(|word| u32::from_le_bytes(word.try_into().expect("four bytes")));
    let checked = bytes.starts_with(b"VFRM") && word(20)? == crc32fast::hash(&bytes[..20]);
    let length = word(12)? as usize;
    let payload = bytes.get(HEAD_BYTES..HEAD_BYTES + length)?;
    let bounded = length <= 64 << 20 && word(8)? < u32::MAX;
    (checked && bounded && crc32fast::hash(payload) == word(16)?).then_some((word(8)?, HEAD_BYTES + length))
}
