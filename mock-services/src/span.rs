//! Lengths of time as people type them: a whole number and a unit, `500ms`, `30s`, `20m`, `3h`, `2d`.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// Reads a length of time; units are `us`, `ms`, `s`, `m`, `h`, `d`.
///
/// # Errors
/// When there is no number, no unit, or the length is beyond 100 years.
pub fn parse(text: &str) -> Result<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let micros_per_unit = match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        _ => bail!("`{text}` is not a length of time; write a whole number and a unit, for example 500ms, 30s or 3h"),
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(micros_per_unit))
        .filter(|micros| *micros <= 100 * 366 * 86_400_000_000)
        .map(Duration::from_micros)
        .with_context(|| format!("`{text}` is not a length of time up to 100 years; write for example 500ms or 3d"))
}

/// As [`parse`], for lengths that cannot be nothing.
///
/// # Errors
/// As [`parse`], and for zero.
pub fn parse_positive(text: &str) -> Result<Duration> {
    let span = parse(text)?;
    if span.is_zero() {
        bail!("`{text}` is no time at all; write for example 1s");
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_units() {
        for (text, micros) in [("7us", 7), ("500ms", 500_000), ("1s", 1_000_000), ("2d", 172_800_000_000)] {
            assert_eq!(parse(text).unwrap(), Duration::from_micros(micros), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "s", "5", "1.5s", "-1s", "1 s", "5w", "99999999999999999999s", "40000d"] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.contains("for example"), "{text}: {message}");
        }
        assert!(parse("0s").is_ok() && parse_positive("0s").is_err());
    }
}
