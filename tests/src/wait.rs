//! Waiting for something to be so, instead of sleeping and hoping.

use std::thread;
use std::time::{Duration, Instant};

const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// Looks until `look` finds what it looks for.
///
/// # Panics
/// When `seconds` pass without: the message names `what`.
pub fn until<T>(what: &str, seconds: u64, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {seconds} s in vain for {what}");
        thread::sleep(BETWEEN_LOOKS);
    }
}
