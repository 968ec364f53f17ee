//! Datagrams that no receiver may accept, whatever it is set to; one for each thing that can be wrong with content.

use clap::ValueEnum;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;

use crate::message::{Heartbeat, Shape};

/// More than the largest message a receiver takes (60 KB), less than the largest datagram.
const TOO_LARGE: usize = 62_000;

/// What is wrong with a datagram; the names are those of the summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Flaw {
    /// Random bytes, not even text.
    Garbage,
    /// A good message whose end is missing.
    CutShort,
    /// CPU -1, what a sender says that could not read it.
    NegativeCpu,
    /// CPU 372, too much as a share and as percent.
    CpuAboveOne,
    /// CPU 1e999, a number that no float holds.
    NonFiniteCpu,
    /// CPU is a text.
    CpuAsText,
    /// No disk.
    MissingDisk,
    /// CPU twice.
    DuplicateKey,
    /// The service has no name.
    EmptyName,
    /// A name of 129 bytes.
    LongName,
    /// A line break in the name.
    ControlInName,
    /// No memory at all.
    ZeroTotal,
    /// Less than nothing free.
    NegativeFree,
    /// More free than there is.
    FreeAboveTotal,
    /// 62,000 bytes.
    TooLarge,
}

impl Flaw {
    /// The datagram: the house's message of this heartbeat, with the flaw.
    #[must_use]
    pub fn datagram(self, name: &str, beat: &Heartbeat, rng: &mut ChaCha8Rng) -> Vec<u8> {
        let good = String::from_utf8_lossy(&Shape::Plain.datagram(name, beat)).into_owned();
        let cpu = format!("\"CPU\": {}", beat.reading.cpu);
        let ram = format!("\"RAM\": {{\"Total\": {}, \"Free\": {}}}", beat.reading.ram.total, beat.reading.ram.free);
        let quoted_name = format!("\"{name}\"");
        let text = match self {
            Self::Garbage => return garbage(rng),
            Self::CutShort => good[..good.len() / 2].to_owned(),
            Self::NegativeCpu => good.replace(&cpu, "\"CPU\": -1"),
            Self::CpuAboveOne => good.replace(&cpu, "\"CPU\": 372"),
            Self::NonFiniteCpu => good.replace(&cpu, "\"CPU\": 1e999"),
            Self::CpuAsText => good.replace(&cpu, "\"CPU\": \"high\""),
            Self::MissingDisk => format!("{}}}", good.split(", \"Disk\"").next().unwrap_or_default()),
            Self::DuplicateKey => good.replace(&cpu, &format!("{cpu}, {cpu}")),
            Self::EmptyName => good.replace(&quoted_name, "\"\""),
            Self::LongName => good.replace(&quoted_name, &format!("\"{}\"", "x".repeat(129))),
            Self::ControlInName => good.replace(&quoted_name, r#""two\nlines""#),
            Self::ZeroTotal => good.replace(&ram, r#""RAM": {"Total": 0, "Free": 0}"#),
            Self::NegativeFree => good.replace(&ram, r#""RAM": {"Total": 16, "Free": -0.5}"#),
            Self::FreeAboveTotal => good.replace(&ram, r#""RAM": {"Total": 16, "Free": 16.5}"#),
            Self::TooLarge => {
                good.replace(&cpu, &format!("{cpu}, \"log\": \"{}\"", "x".repeat(TOO_LARGE - good.len() - 11)))
            }
        };
        text.into_bytes()
    }

    /// The name in the summary.
    #[must_use]
    pub fn name(self) -> String {
        self.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
    }
}

fn garbage(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = vec![0; 60];
    rng.fill_bytes(&mut bytes);
    // 0xff starts no JSON and no UTF-8.
    bytes[0] = 0xff;
    bytes
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng as _;
    use serde_json::Value;

    use super::*;
    use crate::fleet::Fleet;

    fn datagrams() -> Vec<(Flaw, Vec<u8>)> {
        let reading = Fleet::new(7, 1).reading(0, 1_795_219_200_000_000);
        let beat = Heartbeat { service: 0, time_us: 1_795_219_200_000_000, reading, instance: None };
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        Flaw::value_variants().iter().map(|flaw| (*flaw, flaw.datagram("service-1", &beat, &mut rng))).collect()
    }

    #[test]
    fn each_flaw_is_the_one_it_says() {
        for (flaw, bytes) in datagrams() {
            let parsed = serde_json::from_slice::<Value>(&bytes);
            let message = parsed.as_ref().ok();
            let number = |path: &str| message.and_then(|message| message.pointer(path)).and_then(Value::as_f64);
            let name = message.and_then(|message| message["serviceName"].as_str());
            let text = String::from_utf8_lossy(&bytes);
            let holds = match flaw {
                Flaw::Garbage => text.contains('\u{fffd}') && parsed.is_err(),
                Flaw::CutShort => parsed.is_err_and(|error| error.is_eof()),
                Flaw::NegativeCpu => number("/CPU") == Some(-1.0),
                Flaw::CpuAboveOne => number("/CPU") == Some(372.0),
                Flaw::NonFiniteCpu => text.contains("\"CPU\": 1e999,") && parsed.is_err(),
                Flaw::CpuAsText => message.is_some_and(|message| message["CPU"].is_string()),
                Flaw::MissingDisk => message.is_some_and(|message| message.get("Disk").is_none()),
                Flaw::DuplicateKey => message.is_some() && text.matches("\"CPU\"").count() == 2,
                Flaw::EmptyName => name == Some(""),
                Flaw::LongName => name.is_some_and(|name| name.len() == 129),
                Flaw::ControlInName => name.is_some_and(|name| name.contains('\n')),
                Flaw::ZeroTotal => number("/RAM/Total") == Some(0.0),
                Flaw::NegativeFree => number("/RAM/Free").is_some_and(|free| free < 0.0),
                Flaw::FreeAboveTotal => number("/RAM/Free") > number("/RAM/Total"),
                Flaw::TooLarge => message.is_some() && bytes.len() == TOO_LARGE,
            };
            assert!(holds, "{flaw:?}: {text:.300}");
        }
    }

    #[test]
    fn every_flaw_has_a_name_of_its_own() {
        let mut names: Vec<_> = Flaw::value_variants().iter().map(|flaw| flaw.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Flaw::value_variants().len());
        assert!(names.contains(&"negative-cpu".to_owned()));
    }
}
