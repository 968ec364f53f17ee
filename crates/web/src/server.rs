//! Taking connections, so many at once and none that dawdles.
//!
//! Bodies are taken in by the few routes that read one, within bounds of their own ([`crate::body`]). Elsewhere what a
//! client sends behind the head of its request is not kept, and a connection on which it does not end there is closed
//! with the answer. Who takes nothing of an answer, or has gone without a word, loses its place. What is no HTTP at all
//! is answered by hyper, with a status and nothing else.

mod sending;

use crate::front::{Front, router};
use crate::live::Live;
use crate::metrics::{Connection, Measures};
use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
pub use sending::SEND_WAIT;
use sending::Sending;
use socket2::{SockRef, TcpKeepalive};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Connections at once; further ones wait to be taken.
pub const CONNECTIONS_MAX: usize = 256;
/// How long the head of a request may take to arrive, from the connection or the last answer on.
pub const HEAD_WAIT: Duration = Duration::from_secs(10);
/// The longest head of a request.
pub const HEAD_BYTES_MAX: usize = 64 << 10;

/// After so long without a sign of life a silent client's machine is asked for one, and this often again.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(10));

/// A bound port and what answers there. It can be run again after it has failed: neither is lost.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    router: Router,
    measures: Arc<Measures>,
    live: Arc<Live>,
    places: Arc<Semaphore>,
    connections: TaskTracker,
}

impl Server {
    pub fn new(front: Arc<Front>, listener: TcpListener) -> Server {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let (measures, live) = (front.measures.clone(), front.live.clone());
        Server { listener, router: router(front), measures, live, places, connections: TaskTracker::new() }
    }

    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `stop`; requests that are being answered are finished. Fails when no connection can be taken.
    pub async fn run(&self, stop: CancellationToken) -> io::Result<()> {
        while let Some(taken) = stop.run_until_cancelled(self.take()).await {
            let (stream, peer, place) = taken?;
            let counted = (place, self.measures.connection("http"));
            self.connections.spawn(answer((stream, peer), self.router.clone(), stop.clone(), counted));
        }
        self.live.end();
        self.connections.close();
        self.connections.wait().await;
        Ok(())
    }

    async fn take(&self) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let place = self.places.clone().acquire_owned().await.map_err(io::Error::other)?;
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    prepare(&stream);
                    return Ok((stream, peer, place));
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// None of it is worth a client: without it answers come later, and machines that are gone are missed later.
fn prepare(stream: &TcpStream) {
    // an answer in pieces would wait for the client's acknowledgement of the first, some 40 ms
    drop(stream.set_nodelay(true));
    let (socket, (time, interval)) = (SockRef::from(stream), KEEPALIVE);
    drop(socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(time).with_interval(interval)));
    // what was sent and is not acknowledged would be sent again for a quarter of an hour
    drop(socket.set_tcp_user_timeout(Some(SEND_WAIT)));
}

/// Whether the error came with a connection that was gone before it was taken.
pub(crate) fn is_of_one_connection(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

async fn answer(
    (stream, peer): (TcpStream, SocketAddr),
    router: Router,
    stop: CancellationToken,
    _counted: (OwnedSemaphorePermit, Connection),
) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WAIT)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(Sending::new(stream)), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // a client that goes away, dawdles or speaks no HTTP is its own matter
        tracing::debug!(%error, "a connection ended early");
    }
}
