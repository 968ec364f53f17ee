//! `vitals verify` and `vitals rebuild`.

use crate::arguments::{ReportFormat, Verify};
use crate::client::Client;
use crate::config::Config;
use crate::exit::{Ending, Exit};
use crate::render;
use crate::source::Source;
use crate::tuning;
use crate::work::{Place, Workshop, block_on};
use handover::Verification;
use model::{Clock, SystemClock};
use std::fmt::Write as _;

pub(super) fn verify(arguments: &Verify, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    let range = arguments.range.resolve(SystemClock.now()).map_err(Ending::usage)?;
    let found = block_on(async { Source::open(server, config).await?.verify(range, config).await })?;
    render::print(&match arguments.format {
        ReportFormat::Json => render::json(&found)?,
        ReportFormat::Table => report(&found),
    })?;
    Ok(if found.different == 0 { Exit::Fine } else { Exit::Difference })
}

fn report(found: &Verification) -> String {
    let cells: Vec<String> = found.cells.iter().map(|(of, count)| format!("{} {of}", render::count(*count))).collect();
    let cells = if cells.is_empty() { "no".to_owned() } else { cells.join(", ") };
    let mut text = format!("{} raw messages, {cells} cells compared: ", render::count(found.messages));
    if let Some(from) = found.raw_from {
        text = format!("proved by raw messages from {from} on, before that by the rollups retained of them\n{text}");
    }
    if found.different == 0 {
        text.push_str("no difference\n");
        return text;
    }
    writeln!(text, "{} cells differ; vitals rebuild computes the views anew", found.different).expect("text");
    for difference in &found.differences {
        let (granularity, service, bucket) = (difference.granularity, &difference.service, difference.bucket);
        writeln!(text, "  {granularity} {bucket} of {service}").expect("text");
        writeln!(text, "    raw:    {}\n    merged: {}", difference.raw, difference.merged).expect("text");
    }
    text
}

pub(super) fn rebuild(server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    #[derive(serde::Deserialize)]
    struct Rebuilt {
        rows: u64,
    }
    let served = |client: Client| async move { client.post::<Rebuilt>("rebuild", &Vec::new()).await };
    let rows = block_on(async {
        match server {
            Some(server) => Ok(served(Client::named(&server, config)?).await?.rows),
            None => match Workshop::open(config, tuning::folder(config)).await? {
                Place::Served(holder) => Ok(served(Client::of(&holder, config)?).await?.rows),
                Place::Here(workshop) => Ok(workshop.handover.rebuild().await?.rows),
            },
        }
    })?;
    render::print(&format!("the views are rebuilt from {} messages\n", render::count(rows)))?;
    Ok(Exit::Fine)
}
