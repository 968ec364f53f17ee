//! Tells the service manager how this process stands, by the protocol of sd_notify(3): one datagram to the socket that
//! the environment names. Without a manager nothing happens.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// What it does is done from now on.
pub(crate) const READY: &str = "READY=1";
/// It ends, and takes the time it needs.
pub(crate) const STOPPING: &str = "STOPPING=1";

pub(crate) fn tell(state: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = send(&socket, state) {
        tracing::warn!(%error, socket = %socket.display(), state, "the service manager cannot be told");
    }
}

/// A name that begins with `@` is one of the abstract namespace.
fn send(socket: &OsStr, state: &str) -> io::Result<()> {
    let address = match socket.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(socket)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &SocketAddr, name: &OsStr) {
        let manager = UnixDatagram::bind_addr(address).expect("a socket");
        send(name, READY).expect("told");
        let mut heard = [0; 64];
        let length = manager.recv(&mut heard).expect("a datagram");
        assert_eq!(&heard[..length], READY.as_bytes());
    }

    #[test]
    fn both_kinds_of_sockets_are_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("notify");
        check(&SocketAddr::from_pathname(&path).expect("a path"), path.as_os_str());
        let name = format!("vitals-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        check(&address, OsStr::new(&format!("@{name}")));
        assert!(send(folder.path().join("nobody").as_os_str(), READY).is_err());
    }
}
