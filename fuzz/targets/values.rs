//! Single values as people write them: what reads as one prints as a text that reads as the same.

#![no_main]

use collector::Network;
use libfuzzer_sys::fuzz_target;
use model::units::{Bytes, Interval, Period};
use model::{Granularity, JournalId, Reason, Time};
use scheduler::Schedule;
use std::fmt::{Debug, Display};
use std::net::IpAddr;
use std::str::FromStr;

fuzz_target!(|text: &str| {
    reads_back::<Period>(text);
    reads_back::<Interval>(text);
    reads_back::<Bytes>(text);
    reads_back::<Granularity>(text);
    reads_back::<Reason>(text);
    if let Some(time) = reads_back::<Time>(text) {
        assert!((Time::MIN..=Time::MAX).contains(&time));
        for granularity in Granularity::ALL {
            let bucket = granularity.floor(time);
            assert!(bucket <= time && granularity.next(bucket) > time);
        }
    }
    if let Some(network) = reads_back::<Network>(text) {
        let own: IpAddr = text.split('/').next().and_then(|address| address.trim().parse().ok()).expect("an address");
        // an IPv4 source mapped into IPv6 is one of IPv4, and a wider network of IPv6 holds none
        assert!(network.contains(own) || own.to_canonical() != own, "{own} in {network}");
    }
    let _ = text.parse::<JournalId>();
    let _ = Schedule::parse(text, "UTC");
    let _ = Schedule::parse("* * * * *", text);
});

fn reads_back<T: FromStr + Display + PartialEq + Debug>(text: &str) -> Option<T> {
    let value = text.parse::<T>().ok()?;
    let again = value.to_string().parse::<T>().ok();
    assert_eq!(again.as_ref(), Some(&value), "{text:?} prints as {value}");
    Some(value)
}
