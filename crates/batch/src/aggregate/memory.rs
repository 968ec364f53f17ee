//! The memory limit of an aggregation.
//!
//! What can spill takes all it is given, and DataFusion's own fair pool gives it everything; a merge of spilled pieces,
//! which cannot spill, then finds nothing and fails the query. Here a quarter of the memory is kept for those.

use datafusion::common::Result;
use datafusion::execution::memory_pool::{
    FairSpillPool, GreedyMemoryPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation,
};
use std::fmt;

#[derive(Debug)]
pub(super) struct SplitPool {
    bytes: usize,
    can_spill: FairSpillPool,
    cannot: GreedyMemoryPool,
}

impl SplitPool {
    pub(super) fn new(bytes: usize) -> SplitPool {
        let kept = bytes / 4;
        SplitPool { bytes, can_spill: FairSpillPool::new(bytes - kept), cannot: GreedyMemoryPool::new(kept) }
    }

    /// What each of `sorts` sorts at once may set aside for merging, without taking more than half of what is kept.
    pub(super) fn merge_reservation(&self, sorts: usize) -> usize {
        const ENOUGH: usize = 10 << 20;
        (self.bytes / 8 / sorts.max(1)).min(ENOUGH)
    }

    fn of(&self, consumer: &MemoryConsumer) -> &dyn MemoryPool {
        if consumer.can_spill() { &self.can_spill } else { &self.cannot }
    }
}

impl fmt::Display for SplitPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({} bytes)", self.name(), self.bytes)
    }
}

impl MemoryPool for SplitPool {
    fn name(&self) -> &str {
        "split"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.of(consumer).register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.of(consumer).unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.of(reservation.consumer()).grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.of(reservation.consumer()).shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        self.of(reservation.consumer()).try_grow(reservation, additional)
    }

    fn reserved(&self) -> usize {
        self.can_spill.reserved() + self.cannot.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.bytes)
    }
}
