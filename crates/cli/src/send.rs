//! One message, checked by the collector's own rules before it leaves: UDP brings no answer, so there this is the only
//! place where a mistake can be told to who made it.

use crate::arguments::Send;
use crate::config::Config;
use crate::exit::Ending;
use crate::heartbeat::{self, Capacity, Heartbeat};
use crate::tuning;
use anyhow::Context;
use model::{Decoder, Time};
use std::net::ToSocketAddrs;

/// What was typed, as a message that the collector takes.
pub(crate) fn checked(send: &Send, config: &Config, now: Time) -> anyhow::Result<Vec<u8>> {
    let json = heartbeat(send, now).to_json();
    Decoder::new(tuning::rules(config)).decode(&json, now).map_err(|reject| {
        Ending::usage(format_args!("not sent, the collector would reject it as {}: {reject}", reject.reason()))
    })?;
    Ok(json)
}

/// Sends what was typed as a datagram, and returns where it went.
pub(crate) fn send(send: &Send, config: &Config, now: Time) -> anyhow::Result<String> {
    let json = checked(send, config, now)?;
    let to = send.to.clone().unwrap_or_else(|| heartbeat::local_collector(config.udp));
    deliver(&json, &to).with_context(|| format!("cannot send to {to}; give a host and a port with --to"))?;
    Ok(to)
}

fn heartbeat(send: &Send, now: Time) -> Heartbeat<'_> {
    Heartbeat {
        service: &send.service,
        time: send.time.unwrap_or(now),
        cpu: send.cpu,
        ram: Capacity { total: send.ram_total, free: send.ram_free.unwrap_or(send.ram_total / 2.0) },
        disk: Capacity { total: send.disk_total, free: send.disk_free.unwrap_or(send.disk_total / 2.0) },
        instance: send.instance.as_deref(),
    }
}

fn deliver(json: &[u8], to: &str) -> std::io::Result<()> {
    let mut addresses = to.to_socket_addrs()?;
    let address = addresses.next().ok_or_else(|| std::io::Error::other("the name has no address"))?;
    heartbeat::connect(address)?.send(json).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::{Command, parse};
    use std::net::UdpSocket;
    use std::time::Duration;

    fn arguments(line: &str) -> Send {
        match parse(["vitals", "send"].into_iter().chain(line.split(' '))).expect(line).command {
            Command::Send(send) => send,
            other => panic!("{other:?}"),
        }
    }

    fn now() -> Time {
        "2026-11-21T12:56".parse().expect("a time")
    }

    #[test]
    fn a_datagram_arrives_and_is_accepted() {
        let collector = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        collector.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        let config = Config { udp: collector.local_addr().expect("bound"), ..Config::default() };
        send(&arguments("--service checkout --cpu 0.4 --ram-free 4 --instance a"), &config, now()).expect("sent");

        let mut datagram = [0; 2048];
        let length = collector.recv(&mut datagram).expect("a datagram");
        let mut decoder = Decoder::new(tuning::rules(&config));
        let message = decoder.decode(&datagram[..length], now()).expect("accepted");
        assert_eq!((message.service, message.instance, message.time), ("checkout", Some("a"), now()));
        assert_eq!((message.cpu, message.ram_total, message.ram_free), (0.4, 16.0, 4.0));
        assert_eq!((message.disk_total, message.disk_free), (512.0, 256.0));
    }

    #[test]
    fn what_would_be_rejected_is_not_sent() {
        let check = |line: &str, reason: &str| {
            let error = send(&arguments(line), &Config::default(), now()).expect_err(line);
            let said = error.to_string();
            assert!(said.starts_with(&format!("not sent, the collector would reject it as {reason}: ")), "{said}");
            assert!(error.is::<Ending>(), "{line}");
        };
        check("--service a --cpu 37.2", "cpu_above_one");
        check("--service a --cpu -1", "cpu_negative");
        check("--service a --cpu NaN", "wrong_type");
        check("--service= --cpu 0", "bad_service_name");
        check("--service a --cpu 0 --ram-free 17", "free_above_total");
        check("--service a --cpu 0 --disk-total 0", "total_not_positive");
        check("--service a --cpu 0 --time 2020-01-01", "too_old");
        check("--service a --cpu 0 --time 2027-01-01", "too_far_ahead");
    }
}
