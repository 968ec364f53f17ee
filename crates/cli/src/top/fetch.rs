//! Asks a daemon, round after round, for what the screen shows. However slow the answers are, asking takes no more than
//! a third of the time, so that watching does not become the load.

use crate::client::Client;
use crate::config::Config;
use crate::source::Source;
use crate::top::reach::Reach;
use crate::top::snapshot::{Answers, History, News, Snapshot, Wanted};
use crate::{exit, exit::Exit};
use ::query::{LedgerLine, Question, Row};
use model::{Clock, Granularity, SystemClock, Time, TimeRange};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// However often somebody wants to see it.
const REFRESH_MIN: Duration = Duration::from_millis(250);
/// How old what changes slowly may become.
const SLOW: Duration = Duration::from_secs(10);
/// A whole round; a daemon that takes longer counts as gone.
const ROUND_WAIT: Duration = Duration::from_secs(30);
/// So that a key held down does not ask for each place that it passes.
const SETTLE: Duration = Duration::from_millis(80);
const HOUR: Duration = Duration::from_secs(3600);

/// An answer that is asked for anew when it is too old or something else is wanted.
#[derive(Debug)]
struct Kept<K, V>(Option<(K, V, Instant)>);

impl<K: PartialEq, V: Clone> Kept<K, V> {
    fn get(&self, key: &K) -> Option<V> {
        self.0.as_ref().filter(|(of, _, at)| of == key && at.elapsed() < SLOW).map(|(_, value, _)| value.clone())
    }

    fn put(&mut self, key: K, value: V) -> V {
        self.0 = Some((key, value.clone(), Instant::now()));
        value
    }
}

#[derive(Debug)]
pub(crate) struct Fetcher {
    reach: Reach,
    config: Config,
    refresh: Duration,
    hour: Kept<(Vec<String>, Time), Vec<Row>>,
    history: Kept<(String, TimeRange, Granularity), History>,
    ledger: Kept<(), Vec<LedgerLine>>,
    answered: bool,
}

impl Fetcher {
    pub(crate) fn new(reach: Reach, config: Config, refresh: Duration) -> Fetcher {
        let (hour, history, ledger) = (Kept(None), Kept(None), Kept(None));
        Fetcher { reach, config, refresh, hour, history, ledger, answered: false }
    }

    /// Until nobody listens. An error is one that waiting does not mend, before there ever was an answer.
    pub(crate) async fn run(
        mut self,
        mut wanted: watch::Receiver<Wanted>,
        news: mpsc::Sender<News>,
    ) -> anyhow::Result<()> {
        loop {
            let begun = Instant::now();
            let asked = wanted.borrow_and_update().clone();
            let told = match self.round(&asked).await {
                Ok(snapshot) => News::Answered(Box::new(snapshot)),
                Err(error) if !self.answered && exit::of(&error) != Exit::NotReady => return Err(error),
                Err(error) => News::NoAnswer(exit::in_words(&error)),
            };
            if news.send(told).await.is_err() {
                return Ok(());
            }
            let pause = self.refresh.max(REFRESH_MIN).max(begun.elapsed() * 2);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                changed = wanted.changed() => match changed {
                    Ok(()) => tokio::time::sleep(SETTLE).await,
                    Err(_) => return Ok(()),
                },
            }
        }
    }

    async fn round(&mut self, wanted: &Wanted) -> anyhow::Result<Snapshot> {
        let asked = tokio::time::timeout(ROUND_WAIT, self.ask(wanted)).await;
        let asked = asked.unwrap_or_else(|_| Err(anyhow::anyhow!("no answer within {ROUND_WAIT:?}")));
        match &asked {
            Ok(_) => self.answered = true,
            Err(_) => self.reach.forget(),
        }
        asked
    }

    async fn ask(&mut self, wanted: &Wanted) -> anyhow::Result<Snapshot> {
        let client = self.reach.client()?;
        let at = SystemClock.now();
        let status = client.status().await?;
        let server = client.server().to_owned();
        let answers = match self.answers(client.clone(), wanted, at).await {
            Ok(answers) => Ok(answers),
            Err(error) if exit::of(&error) == Exit::NotReady => {
                // it may also have ended in between
                client.status().await?;
                Err(exit::in_words(&error))
            }
            Err(error) => return Err(error),
        };
        Ok(Snapshot { at, server, status, answers })
    }

    async fn answers(&mut self, client: Client, wanted: &Wanted, at: Time) -> anyhow::Result<Answers> {
        let source = Source::Daemon(client);
        let minute = Granularity::Minute.floor(at);
        let end = Granularity::Minute.next(minute);
        let back = |length: Duration| TimeRange { from: end.saturating_sub(length), to: end };
        let services = source.services(&self.config).await?;
        let minutes = source.query(self.series(back(2 * MINUTE), Granularity::Minute, &[])).await?;
        let mut answers = Answers { services, minutes: minutes.rows, warnings: minutes.warnings, ..Answers::default() };
        if !wanted.hour_of.is_empty() {
            let key = (wanted.hour_of.clone(), minute);
            answers.hour = match self.hour.get(&key) {
                Some(rows) => rows,
                None => {
                    let asked = self.series(back(HOUR), Granularity::Minute, &wanted.hour_of);
                    let rows = source.query(asked).await?.rows;
                    self.hour.put(key, rows)
                }
            };
        }
        if let Some(key) = &wanted.window {
            answers.history = Some(match self.history.get(key) {
                Some(history) => history,
                None => self.history(&source, key).await?,
            });
        }
        if wanted.ledger {
            answers.ledger = Some(match self.ledger.get(&()) {
                Some(lines) => lines,
                None => {
                    let lines = source.ledger(back(HOUR), &self.config).await?;
                    self.ledger.put((), lines)
                }
            });
        }
        Ok(answers)
    }

    async fn history(&mut self, source: &Source, key: &(String, TimeRange, Granularity)) -> anyhow::Result<History> {
        let (service, range, every) = key.clone();
        let answer = source.query(self.series(range, every, std::slice::from_ref(&service))).await?;
        let every = answer.every.unwrap_or(every);
        Ok(self.history.put(key.clone(), History { service, range, every, rows: answer.rows }))
    }

    /// Who watches would rather have the newest later than nothing now; a warning says so.
    fn series(&self, range: TimeRange, every: Granularity, services: &[String]) -> Question {
        Question {
            range,
            services: services.iter().map(|name| literally(name)).collect(),
            every: Some(every),
            layer: ::query::Layer::Merged,
            wait: self.config.query.wait.get(),
            allow_behind: true,
            explain: false,
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);

/// A pattern that matches this name alone.
fn literally(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len());
    for letter in name.chars() {
        if matches!(letter, '*' | '?' | '[' | ']' | '{' | '}' | '\\' | '!') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::literally;
    use ::query::TailFilter;

    #[test]
    fn a_name_is_no_pattern() {
        assert_eq!(literally("a*b?[c]{d}\\!-é"), "a\\*b\\?\\[c\\]\\{d\\}\\\\\\!-é");
        TailFilter::new(&[literally("a*b?[c]{d}\\!-é")]).expect("a pattern");
    }
}
