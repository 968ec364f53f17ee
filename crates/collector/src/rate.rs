//! A limit per source address on messages in a second, or new names in an hour: one token bucket each, as large as what
//! that time is worth.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

/// Sources with a bucket of their own. Addresses of UDP can be invented, so the table must not grow with them: beyond it
/// newcomers share one bucket until others have been silent long enough for theirs to be full.
const SOURCES_MAX: usize = 65_536;

#[derive(Debug)]
pub(crate) struct RateLimit {
    /// What a bucket holds.
    tokens_max: f64,
    per_second: f64,
    sources_max: usize,
    sources: HashMap<IpAddr, Bucket>,
    shared: Option<Bucket>,
    swept: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    fn take(&mut self, tokens_max: f64, per_second: f64, now: Instant) -> bool {
        self.tokens = self.level(tokens_max, per_second, now);
        self.filled = now;
        let any = self.tokens >= 1.0;
        if any {
            self.tokens -= 1.0;
        }
        any
    }

    fn level(&self, tokens_max: f64, per_second: f64, now: Instant) -> f64 {
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        (self.tokens + elapsed * per_second).min(tokens_max)
    }
}

impl RateLimit {
    pub(crate) fn per_second(tokens: u32) -> RateLimit {
        RateLimit::new(tokens, 1.0)
    }

    pub(crate) fn per_hour(tokens: u32) -> RateLimit {
        RateLimit::new(tokens, 3600.0)
    }

    fn new(tokens: u32, seconds: f64) -> RateLimit {
        // a bucket that holds less than one token would never let anything pass
        let tokens_max = f64::from(tokens.max(1));
        let per_second = tokens_max / seconds;
        RateLimit {
            tokens_max,
            per_second,
            sources_max: SOURCES_MAX,
            sources: HashMap::new(),
            shared: None,
            swept: None,
        }
    }

    /// Whether the source may do one more of what is limited.
    pub(crate) fn allows(&mut self, source: IpAddr, now: Instant) -> bool {
        let full = Bucket { tokens: self.tokens_max, filled: now };
        if self.sources.len() >= self.sources_max && !self.sources.contains_key(&source) {
            self.sweep(now);
        }
        let bucket = match self.sources.len() < self.sources_max || self.sources.contains_key(&source) {
            true => self.sources.entry(source).or_insert(full),
            false => self.shared.get_or_insert(full),
        };
        bucket.take(self.tokens_max, self.per_second, now)
    }

    /// Forgets the sources whose buckets are full again; at most once a second, as it looks at all of them.
    fn sweep(&mut self, now: Instant) {
        if self.swept.is_some_and(|swept| now.saturating_duration_since(swept).as_secs() < 1) {
            return;
        }
        self.swept = Some(now);
        let (tokens_max, per_second) = (self.tokens_max, self.per_second);
        self.sources.retain(|_, bucket| bucket.level(tokens_max, per_second, now) < tokens_max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn a_source_gets_its_rate_and_no_more() {
        let (mut limit, start) = (RateLimit::per_second(10), Instant::now());
        let mut allowed = |source, after_ms| {
            let now = start + Duration::from_millis(after_ms);
            (0..100).filter(|_| limit.allows(address(source), now)).count()
        };
        assert_eq!(allowed(1, 0), 10);
        assert_eq!(allowed(1, 50), 0);
        assert_eq!(allowed(1, 300), 3);
        assert_eq!(allowed(2, 300), 10, "sources do not share");
        assert_eq!(allowed(1, 60_000), 10, "silence saves up one second's worth");
    }

    #[test]
    fn an_hour_s_worth_comes_back_over_the_hour() {
        let (mut limit, start) = (RateLimit::per_hour(60), Instant::now());
        let mut allowed = |after_s| {
            let now = start + Duration::from_secs(after_s);
            (0..100).filter(|_| limit.allows(address(1), now)).count()
        };
        assert_eq!(allowed(0), 60);
        assert_eq!(allowed(59), 0);
        assert_eq!(allowed(181), 3);
        assert_eq!(allowed(20_000), 60);
    }

    #[test]
    fn a_full_table_shares_one_bucket() {
        let (mut limit, start) = (RateLimit { sources_max: 2, ..RateLimit::per_second(1) }, Instant::now());
        let allowed: Vec<bool> = (1..=4).map(|last| limit.allows(address(last), start)).collect();
        assert_eq!(allowed, [true, true, true, false]);
        let later = start + Duration::from_secs(2);
        assert!(limit.allows(address(9), later), "silent sources make room");
        assert_eq!(limit.sources.len(), 1);
    }
}
