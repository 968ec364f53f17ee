//! Who serves a data folder: the lock on it, and the address that its holder has written there once it is ready.

use crate::exit::Ending;
use anyhow::Context;
use journal::lock::Lock;
use model::DataFolder;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long commands wait for a process that holds the folder and is not ready.
const READY_WAIT: Duration = Duration::from_secs(60);
/// How long a process that wants the folder for itself waits for readers to finish.
const READERS_WAIT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

/// What a ready process writes into the lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    pub(crate) pid: u32,
    /// Where it answers.
    pub(crate) http: SocketAddr,
    pub(crate) version: String,
}

impl Holder {
    /// This process, answering at an address that others on this machine can reach.
    pub(crate) fn this(bound: SocketAddr) -> Holder {
        let ip = match bound.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let http = SocketAddr::new(ip, bound.port());
        Holder { pid: std::process::id(), http, version: env!("CARGO_PKG_VERSION").to_owned() }
    }

    pub(crate) fn write(&self, lock: &Lock) -> anyhow::Result<()> {
        Ok(lock.write(&(serde_json::to_string(self)? + "\n"))?)
    }

    /// What the lock's holder has written; `None` before it is ready.
    fn read(folder: &DataFolder) -> Option<Holder> {
        serde_json::from_slice(&std::fs::read(folder.lock()).ok()?).ok()
    }
}

/// How a data folder can be asked right now.
#[derive(Debug)]
pub(crate) enum Standing {
    /// A process serves it.
    Served(Holder),
    /// A process holds it and is not ready.
    Starting,
    /// Nobody has it.
    Free,
}

/// Looks, and creates nothing.
pub(crate) fn standing(folder: &DataFolder) -> anyhow::Result<Standing> {
    if !Lock::is_held(&folder.lock())? {
        return Ok(Standing::Free);
    }
    Ok(Holder::read(folder).map_or(Standing::Starting, Standing::Served))
}

/// The lock on a folder that nobody serves, or who serves it.
#[derive(Debug)]
pub(crate) enum Taken {
    Lock(Lock),
    Served(Holder),
}

/// Who asks makes no data folder.
pub(crate) fn must_exist(folder: &DataFolder) -> anyhow::Result<()> {
    let path = folder.path();
    anyhow::ensure!(
        path.is_dir(),
        "there is no data folder {}; start one with vitals serve, or name it with --data",
        path.display()
    );
    Ok(())
}

/// Tables are found by a URL, in which `%41` is a letter, and views by a name whose rest behind `?` is not theirs: messages
/// would be collected that no answer ever holds.
fn must_mean_itself(folder: &Path) -> anyhow::Result<()> {
    let path = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    anyhow::ensure!(
        !path.as_os_str().as_encoded_bytes().iter().any(|byte| b"%?".contains(byte)),
        "the data folder {} cannot be used, as its path holds % or ?; choose another with --data",
        path.display()
    );
    Ok(())
}

/// A backup, and what an interrupted restore left, only look like a data folder.
pub(crate) fn must_be_whole(folder: &DataFolder) -> anyhow::Result<()> {
    must_mean_itself(folder.path())?;
    Ok(handover::check_whole(folder)?)
}

/// Takes the folder, shared to read or alone to write, unless a process serves it. One that is starting is waited for.
pub(crate) async fn take(folder: &DataFolder, alone: bool) -> anyhow::Result<Taken> {
    must_exist(folder)?;
    must_be_whole(folder)?;
    let deadline = Instant::now() + READY_WAIT;
    loop {
        let taken = if alone { alone_in(folder).map(Some) } else { shared(folder) };
        match taken {
            Ok(Some(lock)) => return Ok(Taken::Lock(lock)),
            Ok(None) | Err(journal::Error::InUse { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        if let Standing::Served(holder) = standing(folder)? {
            return Ok(Taken::Served(holder));
        }
        if Instant::now() >= deadline {
            let path = folder.path().display();
            return Err(
                Ending::not_ready(format!("the process that holds {path} is not ready; ask again later")).into()
            );
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whatever a former life wrote is no longer true, and would be taken for the holder's address.
fn alone_in(folder: &DataFolder) -> journal::Result<Lock> {
    let lock = Lock::exclusive(&folder.lock())?;
    lock.write("")?;
    Ok(lock)
}

/// A folder whose lock was never taken gets one, so that a daemon cannot begin meanwhile.
fn shared(folder: &DataFolder) -> journal::Result<Option<Lock>> {
    match Lock::shared(&folder.lock())? {
        Some(lock) => Ok(Some(lock)),
        None => {
            drop(Lock::exclusive(&folder.lock())?);
            Lock::shared(&folder.lock())
        }
    }
}

/// Takes the folder for a daemon: commands that are reading are waited for, another daemon is not.
pub(crate) async fn take_to_serve(folder: &DataFolder) -> anyhow::Result<Lock> {
    must_be_whole(folder)?;
    let path = folder.path().display();
    std::fs::create_dir_all(folder.path())
        .with_context(|| format!("cannot create the data folder {path}; choose another with --data"))?;
    let deadline = Instant::now() + READERS_WAIT;
    loop {
        match alone_in(folder) {
            Ok(lock) => return Ok(lock),
            Err(journal::Error::InUse { .. }) => {}
            Err(error) => return Err(error).with_context(|| format!("cannot use the data folder {path}")),
        }
        if Lock::is_held(&folder.lock())? {
            let who =
                Holder::read(folder).map(|holder| format!(" (process {}, answering at {})", holder.pid, holder.http));
            anyhow::bail!(
                "the data folder {path} is in use{}; stop that process, or choose another folder with --data",
                who.unwrap_or_default()
            );
        }
        if Instant::now() >= deadline {
            anyhow::bail!(
                "commands have been reading the data folder {path} for {READERS_WAIT:?}; wait for them to end and start again"
            );
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_that_means_another_is_no_data_folder() {
        for path in ["/nowhere/100%41/vitals", "what?/vitals", "vitals%"] {
            let error = must_be_whole(&DataFolder::new(path)).expect_err(path).to_string();
            assert!(error.contains(path) && error.contains("--data"), "{error}");
        }
        must_be_whole(&DataFolder::new("/nowhere/a b#c&d+e")).expect("it means itself");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn whatever_stands_in_the_lock_its_holder_counts(bytes in prop::collection::vec(any::<u8>(), 0..80), cut in 0usize..80) {
            let temp = tempfile::tempdir().expect("a temporary folder");
            let folder = DataFolder::new(temp.path());
            let written = serde_json::to_vec(&Holder::this(([0, 0, 0, 0], 1).into())).expect("it has a JSON form");
            for content in [&bytes[..], &written[..cut.min(written.len() - 1)]] {
                std::fs::write(folder.lock(), content).expect("writes");
                prop_assert!(matches!(standing(&folder), Ok(Standing::Free)));
                let lock = Lock::exclusive(&folder.lock()).expect("nobody holds it");
                prop_assert!(matches!(standing(&folder), Ok(Standing::Starting)));
                drop(lock);
            }
        }
    }
}
