//! `vitals backup` and `vitals restore`.

use crate::arguments::{Backup, Restore};
use crate::client::Client;
use crate::config::Config;
use crate::exit::{Ending, Exit};
use crate::render;
use crate::tuning;
use crate::work::{Place, Workshop, block_on};
use anyhow::Context;
use handover::BackedUp;
use std::path::{Path, PathBuf};

pub(super) fn backup(arguments: &Backup, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    let to = absolute(&arguments.to)?;
    let path = to.to_str().with_context(|| format!("{} is not UTF-8; choose another name", to.display()))?.to_owned();
    let served = |client: Client| async move { client.post::<BackedUp>("backup", &vec![("dir", path)]).await };
    let done = block_on(async {
        match server {
            Some(server) => served(Client::named(&server, config)?).await,
            None => match Workshop::open(config, tuning::folder(config)).await? {
                Place::Served(holder) => served(Client::of(&holder, config)?).await,
                Place::Here(workshop) => workshop.handover.backup(&to, &[]).await.map_err(ending),
            },
        }
    })?;
    let segments: Vec<_> = done.segments.iter().map(|(journal, segment)| format!("{journal} {segment}")).collect();
    let (files, bytes) = (render::count(done.files), render::count(done.bytes));
    let journals = if segments.is_empty() { "none".to_owned() } else { segments.join(", ") };
    let shown = arguments.to.display();
    render::print(&format!(
        "{shown}: {files} files, {bytes} bytes; journals up to segment: {journals}\n\
         vitals restore {shown} --data DIR makes a data folder of it\n"
    ))?;
    Ok(Exit::Fine)
}

pub(super) fn restore(arguments: &Restore, config: &Config) -> anyhow::Result<Exit> {
    let folder = tuning::folder(config);
    let restored = handover::restore(&absolute(&arguments.from)?, &folder).map_err(ending)?;
    // from here on the folder is whole: whoever comes next would build the views as well
    let opened = block_on(async {
        match Workshop::open(config, folder.clone()).await? {
            Place::Here(workshop) => Ok(workshop.handover.rebuild_missing().await.map(|_| ())?),
            Place::Served(_) => Ok(()),
        }
    });
    opened.context("the data is restored, its views are not computed yet; run vitals rebuild")?;
    let (files, bytes) = (render::count(restored.files), render::count(restored.bytes));
    let path = folder.path().display();
    render::print(&format!(
        "{path}: {files} files, {bytes} bytes, and the views computed from them\n\
         vitals verify --data {path} proves it; whoever collects there begins journals of their own\n"
    ))?;
    Ok(Exit::Fine)
}

fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("cannot use the path {}", path.display()))
}

/// A folder that cannot be the right one is a mistake on the command line.
fn ending(error: handover::Error) -> anyhow::Error {
    if error.is_usage() { Ending::usage(error).into() } else { error.into() }
}
