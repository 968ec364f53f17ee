//! The health message that this program itself sends, and the way it goes.

use model::Time;
use serde::{Serialize, Serializer};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// A message in the shape that `docs` show; utilization is (total − free) / total.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Heartbeat<'a> {
    #[serde(rename = "serviceName")]
    pub(crate) service: &'a str,
    #[serde(rename = "Timestamp", serialize_with = "timestamp")]
    pub(crate) time: Time,
    #[serde(rename = "CPU")]
    pub(crate) cpu: f64,
    #[serde(rename = "RAM")]
    pub(crate) ram: Capacity,
    #[serde(rename = "Disk")]
    pub(crate) disk: Capacity,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance: Option<&'a str>,
}

/// In GB.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Capacity {
    pub(crate) total: f64,
    pub(crate) free: f64,
}

impl Capacity {
    pub(crate) fn of_bytes(total: u64, free: u64) -> Capacity {
        let gigabytes = |bytes: u64| bytes as f64 / 1e9;
        Capacity { total: gigabytes(total), free: gigabytes(free.min(total)) }
    }
}

impl Heartbeat<'_> {
    pub(crate) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers always have a JSON form")
    }
}

/// Smaller numbers than this would be taken for microseconds, so times before 1973 go as text.
const NANOSECONDS_FROM: i64 = 100_000_000_000_000_000;

/// Nanoseconds since 1970 where they fit and say so, else RFC 3339.
fn timestamp<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    match time.as_micros().checked_mul(1000).filter(|nanos| *nanos >= NANOSECONDS_FROM) {
        Some(nanos) => serializer.serialize_i64(nanos),
        None => time.serialize(serializer),
    }
}

/// The collector on this machine that listens at `udp`.
pub(crate) fn local_collector(udp: SocketAddr) -> String {
    let address = match udp {
        SocketAddr::V4(at) if at.ip().is_unspecified() => SocketAddr::from((Ipv4Addr::LOCALHOST, at.port())),
        SocketAddr::V6(at) if at.ip().is_unspecified() => SocketAddr::from((Ipv6Addr::LOCALHOST, at.port())),
        bound => bound,
    };
    address.to_string()
}

/// A socket whose datagrams go to `address`. Being connected, it also learns when nobody listens there.
pub(crate) fn connect(address: SocketAddr) -> io::Result<UdpSocket> {
    let any = if address.is_ipv4() {
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(address)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Decoder, Rules};

    fn heartbeat(time: &str) -> Heartbeat<'static> {
        let ram = Capacity::of_bytes(16_000_000_000, 9_200_000_000);
        let disk = Capacity { total: 512.0, free: 310.5 };
        Heartbeat { service: "checkout", time: time.parse().expect(time), cpu: 0.37, ram, disk, instance: None }
    }

    #[test]
    fn the_shape_of_the_house() {
        let expect = concat!(
            r#"{"serviceName":"checkout","Timestamp":1795219200000000000,"CPU":0.37,"#,
            r#""RAM":{"Total":16.0,"Free":9.2},"Disk":{"Total":512.0,"Free":310.5}}"#,
        );
        assert_eq!(String::from_utf8(heartbeat("2026-11-21").to_json()).expect("UTF-8"), expect);
    }

    #[test]
    fn every_time_arrives_as_it_was() {
        for time in
            ["0001-01-01", "1970-01-01", "1973-03-03", "1973-03-04", "2026-11-21T12:56:07.000001Z", "9999-12-31"]
        {
            let sent = heartbeat(time);
            let mut decoder = Decoder::new(Rules::default());
            let json = sent.to_json();
            assert_eq!(decoder.decode(&json, sent.time).expect(time).time, sent.time);
        }
    }

    #[test]
    fn a_collector_that_listens_everywhere_is_reached_at_home() {
        let check = |udp: &str, expect: &str| assert_eq!(local_collector(udp.parse().expect(udp)), expect);
        check("0.0.0.0:3500", "127.0.0.1:3500");
        check("[::]:3500", "[::1]:3500");
        check("192.0.2.7:9", "192.0.2.7:9");
    }
}
