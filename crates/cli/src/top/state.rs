//! What is shown, and how events change it. Pure: no clock, no terminal, no daemon.

use crate::top::fleet::Fleet;
use crate::top::keys;
use crate::top::pipeline::Pipeline;
use crate::top::snapshot::{News, Snapshot, Wanted};
use crate::top::window::Window;
use model::Time;
use ratatui::crossterm::event::KeyEvent;

/// Whatever happens to the picture.
#[derive(Debug)]
pub(crate) enum Event {
    Key(KeyEvent),
    /// Columns and rows.
    Resized(u16, u16),
    Tick(Time),
    News(Box<News>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Go,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    Fleet,
    Service,
    Pipeline,
}

/// What lies over the view and takes the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Overlay {
    None,
    Help,
    /// The line chosen in the list of orders.
    Sort(usize),
    Search(String),
    Filter,
}

/// How the daemon was last met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Not yet.
    Looking,
    Answering,
    /// It runs, and answers no questions now; since when, and why.
    NotReady(Time, String),
    /// Nobody answers; since when, and why.
    Lost(Time, String),
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) color: bool,
    /// Columns and rows.
    pub(crate) size: (u16, u16),
    pub(crate) now: Time,
    pub(crate) view: View,
    pub(crate) overlay: Overlay,
    pub(crate) link: Link,
    /// Who answered last, by which version.
    pub(crate) server: Option<(String, String)>,
    /// When what is shown of services was answered.
    pub(crate) answered: Option<Time>,
    /// Of the newest answer.
    pub(crate) warnings: Vec<String>,
    pub(crate) fleet: Fleet,
    pub(crate) window: Window,
    pub(crate) pipeline: Pipeline,
}

impl State {
    pub(crate) fn new(color: bool, size: (u16, u16), now: Time) -> State {
        State {
            color,
            size,
            now,
            view: View::Fleet,
            overlay: Overlay::None,
            link: Link::Looking,
            server: None,
            answered: None,
            warnings: Vec::new(),
            fleet: Fleet::default(),
            window: Window::default(),
            pipeline: Pipeline::default(),
        }
    }

    pub(crate) fn update(&mut self, event: Event) -> Next {
        match event {
            Event::Key(key) => return keys::pressed(self, key),
            Event::Resized(columns, rows) => self.size = (columns, rows),
            Event::Tick(now) => self.now = now,
            Event::News(news) => match *news {
                News::Answered(snapshot) => self.answered(*snapshot),
                News::NoAnswer(why) => {
                    let since = if let Link::Lost(since, _) = self.link { since } else { self.now };
                    self.link = Link::Lost(since, why);
                }
            },
        }
        self.arrange();
        Next::Go
    }

    fn answered(&mut self, snapshot: Snapshot) {
        self.now = self.now.max(snapshot.at);
        self.server = Some((snapshot.server, snapshot.status.version.clone()));
        self.pipeline.take(snapshot.at, snapshot.status);
        match snapshot.answers {
            Ok(answers) => {
                self.link = Link::Answering;
                self.answered = Some(snapshot.at);
                self.warnings = answers.warnings;
                self.fleet.take(answers.services, &answers.minutes, &answers.hour, snapshot.at);
                self.pipeline.ledger = answers.ledger.or_else(|| self.pipeline.ledger.take());
                self.window.history = answers.history.or_else(|| self.window.history.take());
            }
            Err(why) => {
                let since = if let Link::NotReady(since, _) = self.link { since } else { snapshot.at };
                self.link = Link::NotReady(since, why);
            }
        }
    }

    /// What should be asked for to fill the screen.
    pub(crate) fn wanted(&self) -> Wanted {
        match self.view {
            View::Fleet => Wanted { hour_of: self.fleet.in_view(self.rows()), ..Wanted::default() },
            View::Service => Wanted { window: self.window.wanted(self.now), ..Wanted::default() },
            View::Pipeline => Wanted { ledger: true, ..Wanted::default() },
        }
    }

    /// Lists the services anew.
    pub(crate) fn arrange(&mut self) {
        self.fleet.arrange(self.as_of(), self.rows());
    }

    /// The time that services are judged by: what is not asked for cannot be said to be late.
    pub(crate) fn as_of(&self) -> Time {
        self.answered.filter(|_| self.is_stale()).unwrap_or(self.now)
    }

    /// Whether what is shown is no longer true.
    pub(crate) fn is_stale(&self) -> bool {
        self.link != Link::Answering
    }

    /// Rows of a list below its head and above the line of keys; the head is higher while there is trouble to tell.
    pub(crate) fn rows(&self) -> usize {
        usize::from(self.size.1).saturating_sub(self.head() + 2).max(1)
    }

    /// Lines above everything else.
    pub(crate) fn head(&self) -> usize {
        2 + usize::from(self.trouble().is_some())
    }

    /// What stands in the way of a true picture.
    pub(crate) fn trouble(&self) -> Option<String> {
        let ago = |since: Time| super::draw::age(self.now.since(since));
        match &self.link {
            Link::Looking => Some("looking for the daemon…".to_owned()),
            Link::Lost(since, why) => Some(format!("no answer for {}: {why}", ago(*since))),
            Link::NotReady(since, why) => Some(format!("not ready for {}: {why}", ago(*since))),
            Link::Answering => {
                let unwell = self.pipeline.status.as_ref().and_then(|status| status.check().err());
                let dead = unwell.map(|unwell| unwell.to_string());
                dead.or_else(|| self.warnings.first().cloned())
            }
        }
    }
}
