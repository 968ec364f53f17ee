//! `vitals tail`: messages as they are accepted, from the journals themselves or from a daemon elsewhere.

use crate::arguments::{ReportFormat, Tail};
use crate::client::Client;
use crate::config::Config;
use crate::daemon;
use crate::exit::{Ending, Exit};
use crate::holder;
use crate::render;
use crate::tuning;
use crate::work::block_on;
use query::{Accepted, TailFilter};
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(50);

pub(super) fn run(arguments: &Tail, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    block_on(async {
        let shutdown = daemon::shutdown()?;
        tokio::select! {
            () = shutdown => Ok(Exit::Fine),
            ended = follow(arguments, server, config) => ended.map(|()| Exit::Fine),
        }
    })
}

async fn follow(arguments: &Tail, server: Option<String>, config: &Config) -> anyhow::Result<()> {
    match server {
        Some(server) => follow_daemon(arguments, Client::named(&server, config)?).await,
        None => follow_files(arguments, config).await,
    }
}

async fn follow_files(arguments: &Tail, config: &Config) -> anyhow::Result<()> {
    let folder = tuning::folder(config);
    holder::must_exist(&folder)?;
    let filter = TailFilter::new(&arguments.service).map_err(Ending::usage)?;
    let mut tail = query::Tail::new(folder.journals())?;
    loop {
        let mut shown = Vec::new();
        tail.read(&mut |messages| shown.extend(filter.shown(messages)))?;
        for message in &shown {
            print(message, arguments.format)?;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn follow_daemon(arguments: &Tail, client: Client) -> anyhow::Result<()> {
    let services = arguments.service.iter().map(|service| ("service", service.clone())).collect();
    let mut response = client.stream("tail", &services).await?;
    let mut pending = Vec::new();
    while let Some(bytes) = response.chunk().await? {
        pending.extend_from_slice(&bytes);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            // an empty line only says that the stream lives
            if !line.trim_ascii().is_empty() {
                print(&serde_json::from_slice(&line)?, arguments.format)?;
            }
        }
    }
    Ok(())
}

fn print(message: &Accepted, format: ReportFormat) -> anyhow::Result<()> {
    let text = match format {
        ReportFormat::Json => render::json(message)?,
        ReportFormat::Table => {
            let used = |total: f64, free: f64| render::percent((total - free) / total);
            let (time, cpu) = (render::short_time(message.time), render::percent(message.cpu));
            let ram = used(message.ram_total, message.ram_free);
            let disk = used(message.disk_total, message.disk_free);
            format!("{time}  {:<24} cpu {cpu:>6}  ram {ram:>6}  disk {disk:>6}\n", message.service)
        }
    };
    Ok(render::print(&text)?)
}
