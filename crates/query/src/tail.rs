//! Messages as they are accepted: the journals followed from now on.

use crate::error::Result;
use globset::{Glob, GlobSet, GlobSetBuilder};
use journal::{Follower, JournalFolder, closed};
use model::{Message, Messages, Time};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

/// Follows every journal of a data folder from where it stands when the tail is made.
#[derive(Debug)]
pub struct Tail {
    root: PathBuf,
    journals: BTreeMap<JournalFolder, Place>,
}

#[derive(Debug)]
enum Place {
    In(Box<Follower>),
    /// Every segment up to this number has been read.
    Behind(u64),
}

impl Tail {
    /// Over `<data>/journal`.
    pub fn new(root: PathBuf) -> Result<Tail> {
        let mut tail = Tail { root, journals: BTreeMap::new() };
        for folder in JournalFolder::list(&tail.root)? {
            let before = folder.segments()?.last().map_or(0, |(number, _)| number - 1);
            tail.journals.insert(folder, Place::Behind(before));
        }
        // what stands in the newest segments was accepted before
        tail.read(&mut |_| {})?;
        Ok(tail)
    }

    /// Visits what was accepted since the last call.
    pub fn read(&mut self, visit: &mut dyn FnMut(&Messages)) -> Result<()> {
        for folder in JournalFolder::list(&self.root)? {
            let place = self.journals.entry(folder.clone()).or_insert(Place::Behind(0));
            while step(&folder, place, visit)? {}
        }
        Ok(())
    }
}

/// Reads on in one journal; false at its end.
fn step(folder: &JournalFolder, place: &mut Place, visit: &mut dyn FnMut(&Messages)) -> Result<bool> {
    let segments = folder.segments()?;
    match place {
        Place::Behind(last) => {
            let Some((number, _)) = segments.iter().find(|(number, _)| number > last) else { return Ok(false) };
            match Follower::open(folder, *number, closed(&segments, *number)?)? {
                Some(follower) => *place = Place::In(Box::new(follower)),
                None => return Ok(false),
            }
            Ok(true)
        }
        Place::In(follower) => {
            let number = follower.position().segment;
            let closed = closed(&segments, number)?;
            while let Some(frame) = follower.next(closed)? {
                if !frame.messages.is_empty() {
                    visit(&frame.messages);
                }
            }
            if closed.is_some() {
                *place = Place::Behind(number);
            }
            Ok(closed.is_some())
        }
    }
}

/// A message as `tail` shows it, one JSON object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    pub service: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instance: Option<String>,
    pub time: Time,
    pub received: Time,
    pub cpu: f64,
    pub ram_total: f64,
    pub ram_free: f64,
    pub disk_total: f64,
    pub disk_free: f64,
}

impl From<Message<'_>> for Accepted {
    fn from(message: Message<'_>) -> Accepted {
        Accepted {
            service: message.service.to_owned(),
            instance: message.instance.map(str::to_owned),
            time: message.time,
            received: message.received,
            cpu: message.cpu,
            ram_total: message.ram_total,
            ram_free: message.ram_free,
            disk_total: message.disk_total,
            disk_free: message.disk_free,
        }
    }
}

/// Which messages a tail shows.
#[derive(Clone, Debug)]
pub struct TailFilter(Option<Chosen>);

#[derive(Clone, Debug)]
struct Chosen {
    patterns: GlobSet,
    /// The same as they were written: a name may look like a pattern.
    names: HashSet<String>,
}

impl TailFilter {
    /// Names or patterns; none: every service.
    pub fn new(services: &[String]) -> Result<TailFilter> {
        let mut set = GlobSetBuilder::new();
        for service in services {
            set.add(Glob::new(service)?);
        }
        let chosen = Chosen { patterns: set.build()?, names: services.iter().cloned().collect() };
        Ok(TailFilter((!services.is_empty()).then_some(chosen)))
    }

    /// Each message that is shown.
    pub fn shown<'a>(&'a self, messages: &'a Messages) -> impl Iterator<Item = Accepted> + 'a {
        messages.iter().filter(|message| self.is_match(message.service)).map(Accepted::from)
    }

    pub fn is_match(&self, service: &str) -> bool {
        self.0.as_ref().is_none_or(|chosen| chosen.names.contains(service) || chosen.patterns.is_match(service))
    }
}
