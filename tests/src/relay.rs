//! A bad network: a UDP relay that loses, doubles and reorders datagrams in both directions, by a seed.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often its threads look whether they are still wanted.
const LOOK: Duration = Duration::from_millis(50);
const DATAGRAM_BYTES: usize = 65_536;

/// Shares of datagrams, from 0 to 1, in each direction.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    pub lost: f64,
    pub doubled: f64,
    /// Held back until the next one has passed.
    pub overtaken: f64,
}

/// A relay that runs until it is dropped. To the receiver each sender has an address of its own.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
    forth: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    to: SocketAddr,
    weather: Weather,
    over: AtomicBool,
    /// Of both directions together.
    lost: AtomicU64,
}

impl Relay {
    /// Listens on a free port for datagrams to `to`.
    ///
    /// # Panics
    /// When there is no port.
    #[must_use]
    pub fn start(to: SocketAddr, weather: Weather, seed: u64) -> Self {
        let front = Arc::new(socket());
        let address = front.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared { to, weather, over: AtomicBool::new(false), lost: AtomicU64::new(0) });
        let carrying = shared.clone();
        let forth = thread::spawn(move || carry_forth(&front, &carrying, seed));
        Self { address, shared, forth: Some(forth) }
    }

    /// Where senders send to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Datagrams that it has lost, in both directions.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.shared.lost.load(Relaxed)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.over.store(true, Relaxed);
        let _ = self.forth.take().map(JoinHandle::join);
    }
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
    socket.set_read_timeout(Some(LOOK)).expect("a time above zero");
    socket
}

fn carry_forth(front: &Arc<UdpSocket>, shared: &Arc<Shared>, seed: u64) {
    let mut senders: HashMap<SocketAddr, (Arc<UdpSocket>, Fate, JoinHandle<()>)> = HashMap::new();
    let mut bytes = vec![0; DATAGRAM_BYTES];
    while !shared.over.load(Relaxed) {
        let Ok((length, sender)) = front.recv_from(&mut bytes) else { continue };
        let known = senders.len() as u64;
        let (behind, fate, _) = senders.entry(sender).or_insert_with(|| {
            let behind = Arc::new(socket());
            let fates = [0, 1].map(|way| Fate::new(seed.wrapping_mul(31).wrapping_add(2 * known + way)));
            let [forth, back] = fates;
            let (from, to, shared) = (behind.clone(), front.clone(), shared.clone());
            (behind, forth, thread::spawn(move || carry_back(&from, &to, sender, &shared, back)))
        });
        fate.pass(&bytes[..length], shared, |bytes| drop(behind.send_to(bytes, shared.to)));
    }
    for (_, _, back) in senders.into_values() {
        let _ = back.join();
    }
}

fn carry_back(from: &UdpSocket, to: &UdpSocket, sender: SocketAddr, shared: &Shared, mut fate: Fate) {
    let mut bytes = vec![0; DATAGRAM_BYTES];
    while !shared.over.load(Relaxed) {
        match from.recv(&mut bytes) {
            Ok(length) => fate.pass(&bytes[..length], shared, |bytes| drop(to.send_to(bytes, sender))),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            // the receiver is down: its port is closed
            Err(_) => thread::sleep(LOOK),
        }
    }
}

/// What happens to the datagrams of one sender in one direction.
struct Fate {
    random: u64,
    held: Option<Vec<u8>>,
}

impl Fate {
    fn new(seed: u64) -> Self {
        Self { random: seed, held: None }
    }

    fn pass(&mut self, bytes: &[u8], shared: &Shared, mut on: impl FnMut(&[u8])) {
        let Weather { lost, doubled, overtaken } = shared.weather;
        let (loss, double, hold) = (self.chance(lost), self.chance(doubled), self.chance(overtaken));
        if loss {
            shared.lost.fetch_add(1, Relaxed);
            return;
        }
        if hold && self.held.is_none() {
            self.held = Some(bytes.to_vec());
            return;
        }
        on(bytes);
        if double {
            on(bytes);
        }
        if let Some(held) = self.held.take() {
            on(&held);
        }
    }

    /// Whether what happens to so many of all happens now: splitmix64.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact in f64")]
    fn chance(&mut self, share: f64) -> bool {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((mixed ^ (mixed >> 31)) >> 11) as f64) < share * (1_u64 << 53) as f64
    }
}
