//! What a command left behind when it ended.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};

use serde_json::Value;

use crate::wait::until;

/// Longer than any command may take, also where the tests share two cores.
const LIMIT_S: u64 = 120;

/// A command's exit code and words.
#[derive(Clone, Debug)]
pub struct Output {
    /// `None`: ended by a signal.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Runs a command to its end.
    ///
    /// # Panics
    /// When it cannot be started, or has not ended after two minutes; it is killed then.
    pub fn of(command: &mut Command) -> Self {
        Self::fed(command, b"")
    }

    /// Runs a command to its end that reads these bytes from standard input, or leaves some of them.
    ///
    /// # Panics
    /// As `of` does.
    pub fn fed(command: &mut Command, input: &[u8]) -> Self {
        let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
        let started = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = started.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        if let Some(mut stdin) = child.stdin.take() {
            let input = input.to_owned();
            // a command that reads no further ends the pipe
            thread::spawn(move || drop(stdin.write_all(&input)));
        }
        let stdout = drain(child.stdout.take());
        let stderr = drain(child.stderr.take());
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            until(&format!("the end of {command:?}"), LIMIT_S, || child.try_wait().expect("a child can be waited for"))
        }));
        let status = ended.unwrap_or_else(|late| {
            let _ = child.kill();
            let _ = child.wait();
            std::panic::resume_unwind(late)
        });
        let words = |reader: JoinHandle<String>| reader.join().expect("a reader of a pipe does not panic");
        Self { code: status.code(), stdout: words(stdout), stderr: words(stderr) }
    }

    /// The output of a command that went well.
    ///
    /// # Panics
    /// When the exit code is not 0.
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Standard output as one JSON document, of a command that went well.
    ///
    /// # Panics
    /// When the exit code is not 0 or the output is not JSON.
    #[must_use]
    pub fn json(self) -> Value {
        let output = self.ok();
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("not JSON ({error}): {output:?}"))
    }

    /// The one line in which a command that failed with `code` says why.
    ///
    /// # Panics
    /// When the exit code is another, standard output is not empty, or the error is not one line.
    #[must_use]
    pub fn refusal(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!((self.stdout.as_str(), self.stderr.lines().count()), ("", 1), "{self:?}");
        self.stderr.trim_end().to_owned()
    }
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    let mut pipe = pipe.expect("the command was started with pipes");
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // a pipe that breaks ends the output; the exit code says the rest
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
