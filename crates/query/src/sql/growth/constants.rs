//! What the functions of one statement make of constants while it is planned, together: each may be small, and there may
//! be thousands of them in one text.

use datafusion::common::{Result, exec_err, plan_err};
use datafusion::config::{ConfigEntry, ConfigExtension, ConfigOptions, ExtensionOptions};
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Bytes of all of them.
const CONSTANT_BYTES_MAX: u64 = 16 << 20;

/// Shared by all copies of a statement's configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Constants(Arc<Made>);

#[derive(Debug, Default)]
struct Made {
    bytes: AtomicU64,
    /// What is made then is gone with its batch.
    is_planned: AtomicBool,
}

impl Constants {
    /// Counts what was made.
    pub(super) fn made(options: &ConfigOptions, bytes: u64) -> Result<()> {
        let Some(Constants(made)) = options.extensions.get::<Constants>() else { return Ok(()) };
        if made.is_planned.load(Ordering::Relaxed) {
            return Ok(());
        }
        if made.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > CONSTANT_BYTES_MAX {
            return exec_err!(
                "functions of the statement make more than {} MiB of constants",
                CONSTANT_BYTES_MAX >> 20
            );
        }
        Ok(())
    }

    /// From here on nothing is kept. Where it was too much already it stays so: planning leaves what fails to those who
    /// run the plan.
    pub(crate) fn are_planned(options: &ConfigOptions) {
        if let Some(Constants(made)) = options.extensions.get::<Constants>() {
            made.is_planned.store(made.bytes.load(Ordering::Relaxed) <= CONSTANT_BYTES_MAX, Ordering::Relaxed);
        }
    }
}

impl ConfigExtension for Constants {
    const PREFIX: &'static str = "constants";
}

impl ExtensionOptions for Constants {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn cloned(&self) -> Box<dyn ExtensionOptions> {
        Box::new(self.clone())
    }

    fn set(&mut self, key: &str, _: &str) -> Result<()> {
        plan_err!("{key} cannot be set")
    }

    fn entries(&self) -> Vec<ConfigEntry> {
        Vec::new()
    }
}
