//! Who may send what: the list of networks, the rate limit, the message's own rules, new names and their number.

use crate::rate::RateLimit;
use crate::services::Services;
use crate::{Network, Settings};
use model::{Decoder, Message, Reject, Rules, Time};
use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// What all receivers of a port have in common.
#[derive(Debug)]
pub(crate) struct Gate {
    allow: Vec<Network>,
    rate: Option<Mutex<RateLimit>>,
    new_names: Option<Mutex<RateLimit>>,
    services: Services,
    rules: Rules,
    /// The last sign of the life before this one; a clock that is behind it is wrong.
    last_sign: Option<Time>,
}

impl Gate {
    pub(crate) fn new(settings: &Settings, services: Services, last_sign: Option<Time>) -> Gate {
        let new_names = settings.new_names_per_source_hour;
        Gate {
            allow: settings.allow.clone(),
            rate: settings.rate_limit.map(|messages| Mutex::new(RateLimit::per_second(messages))),
            new_names: new_names.map(|names| Mutex::new(RateLimit::per_hour(names))),
            services,
            rules: settings.rules.clone(),
            last_sign,
        }
    }

    fn check_source(&self, source: IpAddr, now: Instant) -> Result<(), Reject> {
        check_allowed(&self.allow, source)?;
        if allows(&self.rate, source, now) { Ok(()) } else { Err(Reject::RateLimit(source.to_canonical().to_string())) }
    }

    fn check_name(&self, name: &str, source: IpAddr, now: Instant) -> Result<(), Reject> {
        self.services.admit(name, || match allows(&self.new_names, source, now) {
            true => Ok(()),
            false => Err(Reject::TooManyNewNames { from: source.to_canonical().to_string(), name: name.to_owned() }),
        })
    }
}

/// An empty list allows everybody.
pub(crate) fn check_allowed(allow: &[Network], source: IpAddr) -> Result<(), Reject> {
    if allow.is_empty() || allow.iter().any(|network| network.contains(source)) {
        return Ok(());
    }
    Err(Reject::SourceNotAllowed(source.to_canonical().to_string()))
}

fn allows(limit: &Option<Mutex<RateLimit>>, source: IpAddr, now: Instant) -> bool {
    let Some(limit) = limit else { return true };
    limit.lock().unwrap_or_else(PoisonError::into_inner).allows(source.to_canonical(), now)
}

/// One receiver's judge; what it has seen before it knows without asking the others.
#[derive(Debug)]
pub(crate) struct Admission {
    gate: Arc<Gate>,
    decoder: Decoder,
    /// While the clock is wrong it says nothing about a message's time.
    timeless: Decoder,
    known: HashSet<Box<str>>,
}

impl Admission {
    pub(crate) fn new(gate: Arc<Gate>) -> Admission {
        let timeless = Rules { past: None, ahead: None, ..gate.rules.clone() };
        Admission {
            decoder: Decoder::new(gate.rules.clone()),
            timeless: Decoder::new(timeless),
            known: HashSet::new(),
            gate,
        }
    }

    /// The message in a datagram that was received at `received`, `now` by the monotonic clock, or why there is none.
    pub(crate) fn judge(
        &mut self,
        source: SocketAddr,
        datagram: &[u8],
        received: Time,
        now: Instant,
    ) -> Result<Message<'_>, Reject> {
        self.gate.check_source(source.ip(), now)?;
        let behind = self.gate.last_sign.is_some_and(|last_sign| received < last_sign);
        let decoder = if behind { &mut self.timeless } else { &mut self.decoder };
        let message = decoder.decode(datagram, received)?;
        if !self.known.contains(message.service) {
            self.gate.check_name(message.service, source.ip(), now)?;
            self.known.insert(message.service.into());
        }
        Ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const MESSAGE: &str =
        r#"{"serviceName":"a","Timestamp":5000000,"CPU":0.5,"RAM":{"Total":2,"Free":1},"Disk":{"Total":2,"Free":1}}"#;

    fn judged(last_sign: Option<Time>, received_s: i64) -> Result<(), Reject> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let gate = Gate::new(&Settings::of(Path::new("unused")), Services::open(folder.path(), 9), last_sign);
        let source = "127.0.0.1:9".parse().expect("an address");
        let received = Time::from_micros(received_s * 1_000_000);
        Admission::new(Arc::new(gate)).judge(source, MESSAGE.as_bytes(), received, Instant::now()).map(|_| ())
    }

    #[test]
    fn a_clock_behind_the_last_sign_refuses_no_time() {
        let last_sign = Some(Time::from_micros(5_000_100_000_000));
        assert!(matches!(judged(None, 0), Err(Reject::TooFarAhead(_))));
        assert_eq!(judged(last_sign, 0), Ok(()));
        assert_eq!(judged(last_sign, 5_000_100), Ok(()));
        assert!(matches!(judged(last_sign, 50_000_000), Err(Reject::TooOld(_))));
    }
}
