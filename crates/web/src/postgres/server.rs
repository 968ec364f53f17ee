//! Taking connections, so many at once and none that dawdles.

use super::connection::{refuse, serve};
use super::engine::Engine;
use super::login::{Keys, Password};
use super::stream::Socket;
use super::tls::Tls;
use crate::front::Front;
use crate::server::is_of_one_connection;
use datafusion_postgres::pgwire::api::ConnectionManager;
use query::sql::bounds;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Connections at once; further ones are told that there are too many.
pub const CONNECTIONS_MAX: usize = 100;
/// Clients that are being told so at once; further ones are closed without a word.
pub const REFUSALS_MAX: usize = 16;
/// Threads that speak with clients; answers are computed on others.
const THREADS: usize = 2;
/// After so long without a sign of life a silent client's machine is asked for one.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) front: Arc<Front>,
    pub(super) engine: Arc<Engine>,
    pub(super) password: Option<Password>,
    pub(super) tls: Option<Tls>,
    pub(super) keys: Keys,
    /// Whose statements can be cancelled.
    pub(super) connections: Arc<ConnectionManager>,
}

/// The threads of connections: statements are parsed and planned there, which takes a stack deeper than others have.
#[derive(Debug)]
struct Threads(Option<Runtime>);

impl Threads {
    fn new() -> Result<Threads, query::sql::Error> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("postgres")
            .thread_stack_size(bounds::STACK_BYTES)
            .enable_all()
            .build();
        let failed = |error| query::sql::Error::Failed(format!("cannot start the threads of connections: {error}"));
        Ok(Threads(Some(runtime.map_err(failed)?)))
    }

    fn handle(&self) -> &Handle {
        self.0.as_ref().expect("it is there until it is dropped").handle()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // waiting for its threads is not allowed on a thread of another runtime
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A bound port and what answers there. It can be run again after it has failed: neither is lost.
#[derive(Debug)]
pub struct PostgresServer {
    listener: TcpListener,
    shared: Arc<Shared>,
    places: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
    open: TaskTracker,
    threads: Threads,
}

impl PostgresServer {
    /// Without a password everybody who reaches the port may read; with TLS nobody is answered without it.
    pub fn new(
        front: Arc<Front>,
        listener: TcpListener,
        password: Option<Password>,
        tls: Option<Tls>,
    ) -> Result<PostgresServer, query::sql::Error> {
        let engine = Arc::new(Engine::new(front.sql.clone())?);
        let connections = Arc::new(ConnectionManager::new());
        let shared = Arc::new(Shared { front, engine, password, tls, keys: Keys::default(), connections });
        let [places, refusals] = [CONNECTIONS_MAX, REFUSALS_MAX].map(|most| Arc::new(Semaphore::new(most)));
        Ok(PostgresServer { listener, shared, places, refusals, open: TaskTracker::new(), threads: Threads::new()? })
    }

    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `stop`; statements that are being answered are finished. Fails when no connection can be taken.
    pub async fn run(&self, stop: CancellationToken) -> io::Result<()> {
        while let Some(taken) = stop.run_until_cancelled(self.listener.accept()).await {
            match taken {
                Ok((stream, client)) => self.take(stream, client, &stop),
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => return Err(error),
            }
        }
        self.open.close();
        self.open.wait().await;
        Ok(())
    }

    fn take(&self, stream: TcpStream, client: SocketAddr, stop: &CancellationToken) {
        // neither is worth a client: without them answers come later, and the dead are missed later
        drop(stream.set_nodelay(true));
        drop(SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE)));
        let (shared, socket, stop) = (self.shared.clone(), Socket::new(stream), stop.clone());
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            let counted = shared.front.measures.connection("postgres");
            let serving = async move {
                serve(shared, socket, client, stop).await;
                drop((place, counted));
            };
            self.open.spawn_on(serving, self.threads.handle());
        } else if let Ok(place) = self.refusals.clone().try_acquire_owned() {
            let refusing = async move {
                refuse(shared, socket, client).await;
                drop(place);
            };
            self.open.spawn_on(refusing, self.threads.handle());
        }
    }
}
