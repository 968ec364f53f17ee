//! Whether anybody still waits for an answer.

use crate::error::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared by who asks and who answers; once set it stays.
#[derive(Clone, Debug, Default)]
pub struct GivenUp(Arc<AtomicBool>);

impl GivenUp {
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// An error once nobody waits any more.
    pub fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(Error::GivenUp) } else { Ok(()) }
    }

    /// Sets it when the value that comes back is dropped.
    pub fn when_dropped(self) -> Asker {
        Asker(self)
    }
}

/// Whoever waits for an answer.
#[derive(Debug)]
pub struct Asker(GivenUp);

impl Drop for Asker {
    fn drop(&mut self) {
        self.0.set();
    }
}
