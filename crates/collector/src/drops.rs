//! What the kernel says of the sockets in `/proc/net/udp` and `udp6`: what it dropped before anybody could read it, and
//! what waits to be read.
//!
//! The counter that arrives with datagrams comes only with the next one; this table is there at any time. Where it
//! cannot be read the number is unknown, never 0.

use rustix::fs::fstat;
use std::io;
use std::net::UdpSocket;

const TABLES: [&str; 2] = ["/proc/net/udp", "/proc/net/udp6"];

/// Follows the drop counters of this process's sockets, which it keeps open for that.
#[derive(Debug)]
pub(crate) struct Drops {
    sockets: Vec<Counter>,
    total: u64,
}

#[derive(Debug)]
struct Counter {
    _socket: UdpSocket,
    inode: u64,
    /// As last read; it wraps at 2³².
    dropped: u32,
}

impl Drops {
    pub(crate) fn of(sockets: Vec<UdpSocket>) -> io::Result<Drops> {
        let counter = |socket: UdpSocket| Ok(Counter { inode: fstat(&socket)?.st_ino, dropped: 0, _socket: socket });
        Ok(Drops { sockets: sockets.into_iter().map(counter).collect::<io::Result<_>>()?, total: 0 })
    }

    pub(crate) fn queue(&self) -> Queue {
        Queue(self.sockets.iter().map(|socket| socket.inode).collect())
    }

    /// Everything dropped so far; `None` while it cannot be read.
    pub(crate) fn total(&mut self) -> Option<u64> {
        // the kernel may leave a socket out while others come and go, so one more look is taken
        self.look().or_else(|| self.look())
    }

    fn look(&mut self) -> Option<u64> {
        self.read(&TABLES.map(|path| std::fs::read_to_string(path).unwrap_or_default()))
    }

    fn read(&mut self, tables: &[String; 2]) -> Option<u64> {
        let find = |inode| tables.iter().find_map(|table| dropped(table, inode));
        let now: Vec<u32> = self.sockets.iter().map(|socket| find(socket.inode)).collect::<Option<_>>()?;
        for (socket, now) in self.sockets.iter_mut().zip(now) {
            self.total += u64::from(now.wrapping_sub(socket.dropped));
            socket.dropped = now;
        }
        Some(self.total)
    }
}

/// What waits in the buffers of the same sockets, for whoever asks from another thread.
#[derive(Clone, Debug)]
pub(crate) struct Queue(Vec<u64>);

impl Queue {
    /// Bytes as the kernel counts them, its bookkeeping included; `None` where it cannot be read.
    pub(crate) fn bytes(&self) -> Option<u64> {
        let tables = TABLES.map(|path| std::fs::read_to_string(path).unwrap_or_default());
        self.0.iter().map(|inode| tables.iter().find_map(|table| queued(table, *inode))).sum()
    }
}

/// The counter of the socket with this inode.
fn dropped(table: &str, inode: u64) -> Option<u32> {
    // older kernels print the counter with a sign
    line_of(table, inode)?.split_ascii_whitespace().nth(12)?.parse::<i64>().ok().map(|number| number as u32)
}

/// The second half of `tx_queue:rx_queue`, in hexadecimal digits.
fn queued(table: &str, inode: u64) -> Option<u64> {
    let (_, received) = line_of(table, inode)?.split_ascii_whitespace().nth(4)?.split_once(':')?;
    u64::from_str_radix(received, 16).ok()
}

fn line_of(table: &str, inode: u64) -> Option<&str> {
    let own = |line: &&str| line.split_ascii_whitespace().nth(9).and_then(|text| text.parse().ok()) == Some(inode);
    table.lines().skip(1).find(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            
 5563: 0100007F:BA33 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 44918 2 0000000085af1033 0         
 6112: 00000000:0DAC 00000000:0000 07 00000000:0013FA80 00:00000000 00000000  1000        0 44919 2 00000000b1a2c3d4 31337     
 6113: 00000000:0DAC 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 44920 2 00000000b1a2c3d5 -2        
";

    #[test]
    fn the_drops_column_is_found_by_inode() {
        let check = |inode, expect| assert_eq!(dropped(TABLE, inode), expect, "inode {inode}");
        check(44918, Some(0));
        check(44919, Some(31337));
        check(44920, Some(u32::MAX - 1));
        check(44921, None);
        assert_eq!(dropped("", 44918), None);
        assert_eq!(dropped("header\n 1: a b 07 c d e 0 0 44918", 44918), None, "a table without the column");
    }

    #[test]
    fn what_waits_to_be_read_is_told() {
        assert_eq!([44918, 44919, 44921].map(|inode| queued(TABLE, inode)), [Some(0), Some(0x13FA80), None]);
        let socket = UdpSocket::bind("127.0.0.1:0").expect("binds");
        let address = socket.local_addr().expect("bound");
        let drops = Drops::of(vec![socket]).expect("has an inode");
        assert_eq!(drops.queue().bytes(), Some(0));
        UdpSocket::bind("127.0.0.1:0").expect("binds").send_to(&[7; 100], address).expect("sends");
        assert!(drops.queue().bytes() >= Some(100), "a datagram that nobody reads");
    }

    #[test]
    fn a_counter_that_wraps_goes_on() {
        let socket = || UdpSocket::bind("127.0.0.1:0").expect("binds");
        let mut drops = Drops::of(vec![socket(), socket()]).expect("have inodes");
        let inodes = [0, 1].map(|at: usize| drops.sockets[at].inode);
        let mut total = |counters: [u32; 2]| {
            let line = |at: usize| format!("1: a b 07 c d e 0 0 {} 2 p {}", inodes[at], counters[at]);
            drops.read(&[format!("head\n{}\n", line(0)), format!("head\n{}\n", line(1))])
        };
        assert_eq!(total([3, 0]), Some(3));
        assert_eq!(total([u32::MAX, 7]), Some(u64::from(u32::MAX) + 7));
        assert_eq!(total([4, 7]), Some(u64::from(u32::MAX) + 12), "from 2³² − 1 to 4 are five");
        assert_eq!(drops.read(&[String::new(), String::new()]), None, "a socket that is not in the tables");
    }

    #[test]
    fn a_real_socket_has_a_counter() {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("binds");
        assert_eq!(Drops::of(vec![socket]).expect("has an inode").total(), Some(0));
    }
}
