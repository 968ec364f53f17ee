//! The system from outside: what the test files need to run the real programs and to know what they must answer.
//!
//! A [`Site`] is a temporary place with one data folder; it starts daemons and mock fleets and runs commands there.
//! [`Expected`] recomputes every answer from the list of messages that a fleet wrote while sending. It shares no code
//! with the product: what it takes from the outside world is a calendar.
//!
//! Nothing here sleeps for a fixed time: [`until`] waits for a condition, with a deadline. Every process that is started
//! here is ended by its own id, at the latest when its value is dropped. A failure is a panic that says what was seen.

mod answer;
mod daemon;
mod disk;
mod expected;
mod fleet;
pub mod http;
pub mod inputs;
mod output;
pub mod postgres;
mod programs;
pub mod prometheus;
pub mod relay;
mod site;
mod throttle;
pub mod torture;
mod wait;

pub use answer::{Answer, Bucket, Row, Rows, Series, assert_same, time_text, time_us, total};
pub use daemon::Daemon;
pub use disk::{ReadOnly, SmallDisk};
pub use expected::Expected;
pub use fleet::{Fleet, Sent};
pub use output::Output;
pub use programs::{command, program};
pub use site::{ALL_TIME, BY_HAND, Site};
pub use throttle::{Throttle, freeze};
pub use wait::until;
