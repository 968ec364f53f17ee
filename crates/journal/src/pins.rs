//! Pins: while a reader of raw messages holds one, no file that it may be reading is removed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Shared by everything in the process that reads or removes files of a data folder.
#[derive(Clone, Debug, Default)]
pub struct Pins(Arc<Mutex<usize>>);

/// Held while reading; take it before looking which files there are.
#[derive(Debug)]
pub struct Pin(Pins);

impl Pins {
    pub fn pin(&self) -> Pin {
        *self.count() += 1;
        Pin(self.clone())
    }

    /// Removes files when nobody reads: runs `remove` and keeps new readers waiting meanwhile. `None`: somebody reads.
    pub fn when_free<T>(&self, remove: impl FnOnce() -> T) -> Option<T> {
        let count = self.count();
        (*count == 0).then(remove)
    }

    fn count(&self) -> MutexGuard<'_, usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        *self.0.count() -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_removed_under_a_reader() {
        let pins = Pins::default();
        let (first, second) = (pins.pin(), pins.pin());
        assert_eq!(pins.when_free(|| "removed"), None);
        drop(first);
        assert_eq!(pins.when_free(|| "removed"), None);
        drop(second);
        assert_eq!(pins.when_free(|| "removed"), Some("removed"));
    }
}
