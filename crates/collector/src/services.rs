//! The distinct names of services in one life, up to a limit. Known ones always pass: those of this life, and those that
//! an earlier life or another journal of the data folder has let in.

use crate::names::{self, Names};
use model::Reject;
use std::collections::HashSet;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

#[derive(Debug)]
pub(crate) struct Services {
    max: usize,
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    /// Let in by this life.
    current: HashSet<Box<str>>,
    /// Known from before, and not seen in this life yet. They need no room of their own in `current`.
    earlier: HashSet<Box<str>>,
    names: Names,
}

impl Services {
    /// For the writer of the journal in `folder`, who holds its lock.
    pub(crate) fn open(folder: &Path, max: usize) -> Services {
        let earlier = names::known(folder.parent().unwrap_or(folder), folder, max);
        let names = Names::open(folder, max);
        Services { max, state: RwLock::new(State { current: HashSet::new(), earlier, names }) }
    }

    /// Lets a known name in, and a new one if there is room and `may_be_new` agrees, which is asked last.
    pub(crate) fn admit(&self, name: &str, may_be_new: impl FnOnce() -> Result<(), Reject>) -> Result<(), Reject> {
        if self.state.read().unwrap_or_else(PoisonError::into_inner).current.contains(name) {
            return Ok(());
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.current.contains(name) {
            return Ok(());
        }
        if !state.earlier.remove(name) {
            if state.current.len() >= self.max {
                return Err(Reject::TooManyServices(name.to_owned()));
            }
            may_be_new()?;
        }
        state.current.insert(name.into());
        state.names.add(name);
        Ok(())
    }
}
