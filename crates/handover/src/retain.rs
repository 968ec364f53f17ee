//! Retention: messages and buckets that are no longer kept. The master dataset goes first, its floors are the truth; views
//! follow, so that a stop in between leaves views that know more than a rebuild would, and say no more than they know.

use crate::error::Result;
use crate::handover::{Handover, Outcome, published};
use batch::{Dropped, Master};
use model::{Floors, Granularity, Time};
use serde::{Deserialize, Serialize};
use serving::Views;
use std::collections::BTreeMap;
use tokio::task::block_in_place;

/// What a retention would drop now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Below what it would drop; `None`: nothing is ever dropped.
    pub raw_before: Option<Time>,
    pub files: u64,
    /// Raw messages, whose rollups stay.
    pub messages: u64,
    /// Per granularity that is not kept for ever.
    pub views: BTreeMap<Granularity, Below>,
}

/// Rows of a view below a floor; a cell may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Below {
    pub before: Time,
    pub rows: u64,
}

impl Handover {
    /// Drops what is older than it is kept.
    pub async fn retain(&self) -> Result<Outcome> {
        let floors = self.options.kept.floors(self.clock.now());
        if floors == Floors::default() {
            return Ok(Outcome::default());
        }
        let outcome = self.retain_from(&floors).await;
        self.cleaned(outcome).await
    }

    /// What `retain` would do now.
    pub async fn would_drop(&self) -> Result<Retention> {
        let floors = self.options.kept.floors(self.clock.now());
        let mut master = self.lock().await?;
        let views = self.store.views.views()?;
        let (files, messages) = master.old_messages(published(&views)?, &floors).await?;
        let rows = block_in_place(|| views.begin()?.rows_below(&floors))?;
        let kept = |floor: Time| Some(floor).filter(|floor| *floor > Time::MIN);
        let below = |of: Granularity| {
            kept(floors.of(of)).map(|before| (of, Below { before, rows: rows.get(&of).copied().unwrap_or(0) }))
        };
        let views = Granularity::ALL.into_iter().filter_map(below).collect();
        Ok(Retention { raw_before: kept(floors.raw), files: files as u64, messages, views })
    }

    pub(crate) async fn retain_from(&self, floors: &Floors) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut master = self.lock().await?;
        self.reconcile(&mut master).await?;
        let views = self.store.views.views()?;
        while let Some(dropped) = self.drop_once(&mut master, &views, floors).await? {
            outcome.rows += dropped.rows;
            self.replaced(dropped.replaced);
        }
        outcome.expired = follow(&master, &views)?;
        block_in_place(|| views.checkpoint())?;
        drop(master);
        outcome.removed = self.remove_unnamed().await?;
        Ok(outcome)
    }

    /// One folder of retained rollups and its commit; `None` when there is nothing to drop.
    async fn drop_once(&self, master: &mut Master, views: &Views, floors: &Floors) -> Result<Option<Dropped>> {
        let published = published(views)?;
        let raise = !block_in_place(|| views.begin()?.rows_below(floors))?.is_empty();
        match master.fold_away(published, floors, raise).await? {
            Some(dropping) => Ok(Some(master.drop_folded(dropping).await?)),
            None => Ok(None),
        }
    }
}

/// Brings views to the floors of the master dataset; how many rows that cost.
pub(crate) fn follow(master: &Master, views: &Views) -> Result<u64> {
    let floors = master.retained()?.floors;
    block_in_place(|| views.raise_floors(&floors).and_then(|()| views.delete_below_floors())).map_err(Into::into)
}
