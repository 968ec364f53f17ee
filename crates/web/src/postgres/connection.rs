//! One connection from its first byte to its end: encryption, who it is, and then message by message, as long as the
//! client speaks and is there to hear the answer.

use super::failure::{self, state};
use super::login::Login;
use super::server::Shared;
use super::session::Session;
use super::settings::Settings;
use super::stream::{self, MESSAGE_BYTES_MAX, Socket};
use super::wire::{self, Wire};
use datafusion_postgres::pgwire::api::{ClientInfo, METADATA_USER, PgWireConnectionState};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::PgWireFrontendMessage as Frontend;
use futures::{FutureExt, StreamExt};
use std::io;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long a client may take to say and prove who it is.
pub(super) const STARTUP_WAIT: Duration = Duration::from_secs(10);
/// How long a connection may be silent, and how long while it holds a transaction or an answer half read.
pub(super) const IDLE_WAIT: Duration = Duration::from_secs(3600);
pub(super) const HOLDING_WAIT: Duration = Duration::from_secs(300);

/// Serves one client until it goes, or `stop`.
pub(super) async fn serve(shared: Arc<Shared>, socket: Socket, client: SocketAddr, stop: CancellationToken) {
    let Ok(Some(mut wire)) = admitted(&shared, socket.clone(), client, true).await else { return };
    if let Err(error) = converse(&shared, &mut wire, socket, stop).await {
        // a client that goes away is its own matter
        tracing::debug!(%error, %client, "a connection ended early");
    }
}

/// Tells one client too many so, in the way that clients understand.
pub(super) async fn refuse(shared: Arc<Shared>, socket: Socket, client: SocketAddr) {
    drop(admitted(&shared, socket, client, false).await);
}

/// A connection whose client may ask. `None`: it was told why not, or has gone.
async fn admitted(shared: &Shared, socket: Socket, client: SocketAddr, room: bool) -> io::Result<Option<Wire>> {
    let admitting = async {
        let tls = shared.tls.as_ref().map(|tls| &tls.acceptor);
        let Some((stream, head)) = stream::open(socket, tls).await? else { return Ok(None) };
        let mut wire = wire::of(stream, head, client);
        match log_in(shared, &mut wire, room).await {
            Ok(true) => Ok(Some(wire)),
            Ok(false) => Ok(None),
            Err(error) => {
                tracing::debug!(%error, %client, "a connection was refused");
                wire::dismiss(&mut wire, error).await;
                Ok(None)
            }
        }
    };
    timeout(STARTUP_WAIT, admitting).await.unwrap_or(Ok(None))
}

/// False: there is nothing more to say to this client.
async fn log_in(shared: &Shared, wire: &mut Wire, room: bool) -> PgWireResult<bool> {
    let login = Login::new(shared.keys.clone(), shared.password.as_ref(), shared.tls.as_ref());
    loop {
        let Some(message) = next(wire).await else { return Ok(false) };
        let message = message?;
        wire.get_mut().taken();
        match &message {
            Frontend::CancelRequest(request) => {
                shared.connections.cancel(request.pid, &request.secret_key).await;
                return Ok(false);
            }
            Frontend::Terminate(_) => return Ok(false),
            Frontend::Startup(_) if !room => {
                return Err(failure::fatal(state::TOO_MANY_CONNECTIONS, "sorry, too many clients already"));
            }
            Frontend::Startup(_) if shared.tls.is_some() && !wire.is_secure() => {
                let problem = "this server wants encryption; connect with sslmode=require or stricter";
                return Err(failure::fatal(state::INVALID_AUTHORIZATION, problem));
            }
            Frontend::Startup(_) if !shared.front.is_ready() => {
                return Err(failure::fatal(state::CANNOT_CONNECT_NOW, "recovery is going on; connect again later"));
            }
            _ => {}
        }
        // proofs of a password are taken apart only here
        sound(login.take(wire, message)).await??;
        if matches!(wire.state(), PgWireConnectionState::ReadyForQuery) {
            wire.get_mut().unread_max = MESSAGE_BYTES_MAX;
            return Ok(true);
        }
    }
}

/// The next message.
async fn next(wire: &mut Wire) -> Option<PgWireResult<Frontend>> {
    sound(wire.next()).await.unwrap_or_else(|error| Some(Err(error)))
}

/// What comes of reading a message. The library panics where one is shorter than it says.
async fn sound<T>(reading: impl Future<Output = T>) -> PgWireResult<T> {
    let read = AssertUnwindSafe(reading).catch_unwind().await;
    read.map_err(|_| failure::fatal(state::PROTOCOL_VIOLATION, "a message ends before what it says is in it"))
}

async fn converse(shared: &Shared, wire: &mut Wire, socket: Socket, stop: CancellationToken) -> PgWireResult<()> {
    let (id, key) = wire.pid_and_secret_key();
    let (handle, _registered) = shared.connections.register(id, key);
    let user = wire.metadata().get(METADATA_USER).cloned().unwrap_or_default();
    let settings = wished(wire);
    let mut session = Session::new(shared.front.clone(), shared.engine.clone(), user, settings, handle).await;
    loop {
        let wait = if session.holds(wire) { HOLDING_WAIT } else { IDLE_WAIT };
        let message = tokio::select! {
            message = next(wire) => message,
            () = stop.cancelled() => {
                let farewell = "terminating connection due to administrator command";
                wire::dismiss(wire, failure::fatal(state::ADMIN_SHUTDOWN, farewell)).await;
                return Ok(());
            }
            () = tokio::time::sleep(wait) => {
                wire::dismiss(wire, silent(session.holds(wire))).await;
                return Ok(());
            }
        };
        let message = match message {
            None | Some(Ok(Frontend::Terminate(_))) => return Ok(()),
            Some(Ok(message)) => message,
            Some(Err(error)) => {
                wire::dismiss(wire, unreadable(error)).await;
                return Ok(());
            }
        };
        wire.get_mut().taken();
        tokio::select! {
            answered = session.take(wire, message) => answered?,
            // what was under way is dropped, and ends with it
            () = socket.gone() => return Ok(()),
        }
    }
}

fn silent(holding: bool) -> PgWireError {
    match holding {
        true => failure::fatal(
            state::IDLE_IN_TRANSACTION_TIMEOUT,
            "terminating connection due to idle-in-transaction timeout",
        ),
        false => failure::fatal(state::IDLE_SESSION_TIMEOUT, "terminating connection due to idle-session timeout"),
    }
}

/// What comes is no message; where it does not say why, it is the protocol that was violated.
fn unreadable(error: PgWireError) -> PgWireError {
    match error {
        PgWireError::IoError(error) => failure::fatal(state::PROTOCOL_VIOLATION, error.to_string()),
        error => error,
    }
}

/// What the client has set in its first message: by name, or as options of a command line (`-c name=value`). What it
/// cannot have it is not refused for, as drivers name their own time zone there.
fn wished(wire: &Wire) -> Settings {
    let mut settings = Settings::default();
    let mut set = |name: &str, value: &str| {
        if let Err(error) = settings.set(name, Some(value), false) {
            tracing::debug!(%error, "a setting of a new connection is passed over");
        }
    };
    for (name, value) in wire.metadata() {
        match name.as_str() {
            "user" | "database" | "replication" => {}
            "options" => {
                let words: Vec<&str> = value.split_whitespace().collect();
                let joined = words.iter().filter_map(|word| word.strip_prefix("-c").or(word.strip_prefix("--")));
                for (name, value) in joined.chain(words.iter().copied()).filter_map(|word| word.split_once('=')) {
                    set(name.trim_start_matches('-'), value);
                }
            }
            name => set(name, value),
        }
    }
    settings
}
