//! What the functions of one statement may make together: each may make little, and there may be thousands of them in one
//! text.

use datafusion::common::{Result, exec_err, plan_err};
use datafusion::config::{ConfigEntry, ConfigExtension, ConfigOptions, ExtensionOptions};
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Bytes of all constants that are made while the statement is planned.
const CONSTANT_BYTES_MAX: u64 = 16 << 20;
/// Bytes of what all functions make of one batch.
const BATCHES_BYTES_MAX: u64 = 256 << 20;
/// Bytes of what one of them makes.
const BATCH_BYTES_MAX: u64 = 64 << 20;

/// Shared by all copies of a statement's configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allowance(Arc<Made>);

#[derive(Debug, Default)]
struct Made {
    /// Of constants.
    bytes: AtomicU64,
    /// What is made then is gone with its batch.
    is_planned: AtomicBool,
    /// How many functions share in what may be made of a batch.
    functions: AtomicU64,
}

impl Allowance {
    /// Says how many functions of the statement make something.
    pub(super) fn share(options: &ConfigOptions, functions: u64) {
        if let Some(Allowance(made)) = options.extensions.get::<Allowance>() {
            made.functions.store(functions, Ordering::Relaxed);
        }
    }

    /// Bytes that each of them may make of a batch.
    pub(super) fn of_batch(options: &ConfigOptions) -> u64 {
        let functions =
            options.extensions.get::<Allowance>().map_or(1, |made| made.0.functions.load(Ordering::Relaxed));
        BATCH_BYTES_MAX.min(BATCHES_BYTES_MAX / functions.max(1))
    }

    /// Counts what was made of constants.
    pub(super) fn made(options: &ConfigOptions, bytes: u64) -> Result<()> {
        let Some(Allowance(made)) = options.extensions.get::<Allowance>() else { return Ok(()) };
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
        if let Some(Allowance(made)) = options.extensions.get::<Allowance>() {
            made.is_planned.store(made.bytes.load(Ordering::Relaxed) <= CONSTANT_BYTES_MAX, Ordering::Relaxed);
        }
    }
}

impl ConfigExtension for Allowance {
    const PREFIX: &'static str = "allowance";
}

impl ExtensionOptions for Allowance {
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
