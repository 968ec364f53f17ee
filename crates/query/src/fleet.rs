//! The whole fleet at one moment: what is latest of every service, and all that was ever seen of it, from one cut.

use crate::ask::{cut, once_more};
use crate::error::Result;
use crate::latest::{Latest, ServiceNow, minute_before};
use handover::Store;
use model::{Seen, Time};
use std::collections::BTreeMap;
use std::time::Duration;

/// Every service that was ever seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// The start of the last minute that was over; messages may still come late for it.
    pub previous: Time,
    /// By name. A service that has been silent for long has no minutes, and may have no last message.
    pub services: BTreeMap<String, (Seen, ServiceNow)>,
}

/// The fleet as it is at `now`. Unlike [`crate::latest()`] it fails where the realtime views do not reach the journals' ends
/// in time: who stores numbers for later wants none that another answer would deny.
pub fn fleet(store: &Store, now: Time, wait: Duration) -> Result<Fleet> {
    once_more(|| {
        let cut = cut(store, wait)?;
        let mut latest = Latest::of(&cut, now)?;
        let seen = cut.services()?.into_iter();
        let services = seen.map(|(service, seen)| {
            let now = latest.services.remove(&service).unwrap_or_default();
            (service, (seen, now))
        });
        Ok(Fleet { previous: minute_before(latest.minute), services: services.collect() })
    })
}
