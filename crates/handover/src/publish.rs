//! Publish: seal commits into the views, with the watermark that makes them count, in one transaction.

use crate::error::Result;
use crate::handover::Handover;
use batch::{Master, SealCommit};
use model::Marks;
use serving::{Publication, PublishedSegment, Versions, Views};
use std::path::PathBuf;
use tokio::task::block_in_place;

/// How many files one publication folds at most; a publication holds whole commits.
const FILES_MAX: usize = 64;

impl Handover {
    /// Publishes the seal commits that the views do not hold, in order.
    pub(crate) async fn publish(&self, master: &Master, views: &Views) -> Result<()> {
        let mut state = block_in_place(|| views.state())?;
        // a table's first commit creates it and seals nothing
        let commits = master.seals_after(state.versions.messages.max(0)).await?;
        for group in groups(commits) {
            let temporary = self.temporary()?;
            let files: Vec<PathBuf> = group.iter().flat_map(|commit| commit.files.clone()).collect();
            let watermark = watermark(&state.watermark, &group);
            let ledger = master.ledger_files_after(state.versions.ledger.max(0), &watermark).await?;
            let slice = temporary.path().join("ledger.parquet");
            block_in_place(|| batch::slice_ledger(&ledger.files, &state.watermark, &watermark, &slice))?;
            let folded = self.plans.aggregate(files, temporary.path()).await?;
            let messages = group.last().map_or(state.versions.messages, |commit| commit.version);
            let publication = Publication {
                rollups: folded.rollups,
                services: vec![folded.services],
                ledger: vec![slice],
                segments: group.iter().flat_map(published).collect(),
                watermark: watermark.clone(),
                versions: Versions { messages, ledger: ledger.version },
            };
            block_in_place(|| views.publish(&publication))?;
            (state.watermark, state.versions) = (watermark, publication.versions);
        }
        block_in_place(|| views.checkpoint())?;
        Ok(())
    }
}

fn groups(commits: Vec<SealCommit>) -> Vec<Vec<SealCommit>> {
    let mut groups: Vec<Vec<SealCommit>> = Vec::new();
    let mut files = 0;
    for commit in commits {
        files += commit.files.len();
        match groups.last_mut() {
            Some(group) if files <= FILES_MAX => group.push(commit),
            _ => {
                files = commit.files.len();
                groups.push(vec![commit]);
            }
        }
    }
    groups
}

/// The watermark after these commits; a commit seals whole segments in their order.
fn watermark(before: &Marks, commits: &[SealCommit]) -> Marks {
    let mut marks = before.clone();
    for sealed in commits.iter().flat_map(|commit| &commit.segments) {
        let mark = marks.entry(sealed.journal).or_default();
        *mark = sealed.segment.max(*mark);
    }
    marks
}

pub(crate) fn published(commit: &SealCommit) -> impl Iterator<Item = PublishedSegment> {
    commit.segments.iter().map(|sealed| PublishedSegment {
        journal: sealed.journal,
        segment: sealed.segment,
        messages: sealed.messages,
        damaged: sealed.damaged,
    })
}
