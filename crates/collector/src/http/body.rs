//! The body of a request while it arrives. All bodies together are bounded by what they hold, not by what they announce,
//! so a client that announces much and sends little takes no room from others.

use super::Untaken;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The bytes of one body; its room is free again when it is dropped.
#[derive(Debug)]
pub struct Body {
    bytes: Vec<u8>,
    bytes_max: usize,
    room: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
}

impl Body {
    pub(super) fn new(room: Arc<Semaphore>, bytes_max: usize) -> Body {
        Body { bytes: Vec::new(), bytes_max, room, held: None }
    }

    /// What is announced can be too large already.
    pub fn expect(&self, bytes: u64) -> Result<(), Untaken> {
        let fits = usize::try_from(bytes).is_ok_and(|bytes| bytes <= self.bytes_max);
        if fits { Ok(()) } else { Err(Untaken::TooLarge { bytes_max: self.bytes_max }) }
    }

    /// Adds what has arrived. Fails where the body gets too large, or all bodies together do.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Untaken> {
        if self.bytes.len() + chunk.len() > self.bytes_max {
            return Err(Untaken::TooLarge { bytes_max: self.bytes_max });
        }
        let count = u32::try_from(chunk.len()).map_err(|_| Untaken::TooLarge { bytes_max: self.bytes_max })?;
        let room = self.room.clone().try_acquire_many_owned(count).map_err(|_| Untaken::Busy)?;
        match &mut self.held {
            Some(held) => held.merge(room),
            None => self.held = Some(room),
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_share_their_room_and_give_it_back() {
        let room = Arc::new(Semaphore::new(10));
        let body = || Body::new(room.clone(), 6);
        let (mut first, mut second) = (body(), body());
        assert_eq!(first.push(b"abc"), Ok(()));
        assert_eq!(first.push(b"def"), Ok(()));
        assert_eq!(first.push(b"g"), Err(Untaken::TooLarge { bytes_max: 6 }));
        assert_eq!(second.push(b"uvwxy"), Err(Untaken::Busy));
        assert_eq!(second.push(b"uvwx"), Ok(()));
        drop(first);
        assert_eq!((second.push(b"yz"), second.bytes()), (Ok(()), &b"uvwxyz"[..]));
        drop(second);
        assert_eq!(room.available_permits(), 10);
    }
}
