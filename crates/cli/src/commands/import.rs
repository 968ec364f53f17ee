//! `vitals import`: files and standard input through journals of their own, beside a running daemon or without one.

use crate::arguments::Import;
use crate::client::Client;
use crate::config::Config;
use crate::daemon;
use crate::exit::Exit;
use crate::holder::{self, Standing};
use crate::input;
use crate::render;
use crate::start;
use crate::tuning;
use crate::work::{Place, Workshop, block_on};
use anyhow::Context;
use collector::import::{self, Hooks, Imported, Input, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use journal::JournalFolder;
use model::{DataFolder, SystemClock};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

/// Between two looks at whether standard input has ended.
const PAUSE: Duration = Duration::from_millis(20);

type Foreign = Box<dyn std::error::Error + Send + Sync>;

pub(super) fn run(arguments: &Import, config: &Config) -> anyhow::Result<Exit> {
    holder::must_be_whole(&tuning::folder(config))?;
    let path = config.data.display();
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("cannot create the data folder {path}; choose another with --data"))?;
    block_on(async {
        let stopped = Arc::new(AtomicBool::new(false));
        let shutdown = daemon::shutdown()?;
        let flag = stopped.clone();
        tokio::spawn(async move {
            shutdown.await;
            flag.store(true, Ordering::Release);
        });
        let options = tuning::import(config, arguments.again, arguments.format);
        for file in &arguments.files {
            let imported = tokio::task::block_in_place(|| {
                let input = open(file, config, &stopped)?;
                import_one(file, input, &options, config, &stopped)
            })?;
            render::print(&report(file, &imported))?;
            if !imported.finished {
                anyhow::bail!("stopped; import the same content again to go on where it stopped");
            }
        }
        publish_alone(config).await?;
        Ok(Exit::Fine)
    })
}

/// A file as it is; standard input once it has ended, which may be never.
fn open(file: &Path, config: &Config, stopped: &AtomicBool) -> anyhow::Result<Input> {
    if !input::is_standard(file) {
        anyhow::ensure!(!file.is_dir(), "{} is a folder; name the files in it", file.display());
        return Ok(Input::file(file)?);
    }
    let bar = ProgressBar::new_spinner().with_prefix(input::STANDARD);
    bar.set_style(ProgressStyle::with_template("{prefix} {bytes}").unwrap_or_else(|_| ProgressStyle::default_bar()));
    let (folder, told) = (tuning::folder(config).temporary(), bar.clone());
    let reading = std::thread::spawn(move || {
        Input::pipe(input::STANDARD, std::io::stdin(), &folder, &|bytes| told.set_position(bytes))
    });
    while !reading.is_finished() && !stopped.load(Ordering::Acquire) {
        std::thread::sleep(PAUSE);
    }
    bar.finish_and_clear();
    anyhow::ensure!(
        !stopped.load(Ordering::Acquire),
        "stopped before standard input ended; nothing of it was taken in"
    );
    Ok(reading.join().map_err(|_| anyhow::anyhow!("standard input could not be read; see the log"))??)
}

fn import_one(
    file: &Path,
    input: Input,
    options: &import::Options,
    config: &Config,
    stopped: &AtomicBool,
) -> anyhow::Result<Imported> {
    let runtime = Handle::current();
    let floor = runtime.block_on(start::floor(&tuning::folder(config)))?;
    let bar = progress_bar(file);
    let mut progress = |now: Progress| {
        bar.set_length(now.total);
        bar.set_position(now.done);
        bar.set_message(format!("{} accepted, {} rejected", render::count(now.accepted), render::count(now.rejected)));
        if stopped.load(Ordering::Acquire) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut throttle = |folder: &JournalFolder| runtime.block_on(wait_for_batch(folder, config, stopped));
    let hooks = Hooks {
        progress: &mut progress,
        throttle: &mut throttle,
        floor: &|journal| floor.get(&journal).copied().unwrap_or(0),
    };
    let imported = import::run(input, options, &SystemClock, hooks);
    bar.finish_and_clear();
    Ok(imported?)
}

fn progress_bar(file: &Path) -> ProgressBar {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let style = ProgressStyle::with_template("{prefix} {bar:30} {percent:>3}% {msg} {eta}");
    ProgressBar::new(0).with_prefix(name).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Waits while too many segments of the import are unpublished, or while they would fill the realtime views of a daemon,
/// which then could not answer; runs the batch itself where nobody else does.
async fn wait_for_batch(folder: &JournalFolder, config: &Config, stopped: &AtomicBool) -> Result<(), Foreign> {
    let data = tuning::folder(config);
    while !stopped.load(Ordering::Acquire) {
        let many = unsealed(folder, &data).await? > config.limits.unpublished_segments;
        match holder::standing(&data)? {
            Standing::Free if many => publish_alone(config).await?,
            Standing::Served(holder) => {
                let client = Client::of(&holder, config)?;
                let status = client.status().await?;
                if !many && status.cells < status.cells_max / 2 {
                    return Ok(());
                }
                client.post::<serde_json::Value>("jobs/batch/run", &Vec::new()).await?;
            }
            Standing::Starting if many => tokio::time::sleep(Duration::from_millis(200)).await,
            Standing::Free | Standing::Starting => return Ok(()),
        }
    }
    Ok(())
}

async fn unsealed(folder: &JournalFolder, data: &DataFolder) -> anyhow::Result<usize> {
    let sealed = start::floor(data).await?;
    let mark = folder.id()?.and_then(|id| sealed.get(&id).copied()).unwrap_or(0);
    Ok(folder.segments()?.iter().filter(|(number, _)| *number > mark).count())
}

/// Without a daemon nobody else would put what was imported into the views.
async fn publish_alone(config: &Config) -> anyhow::Result<()> {
    if let Standing::Free = holder::standing(&tuning::folder(config))?
        && let Place::Here(workshop) = Workshop::open(config, tuning::folder(config)).await?
    {
        let run = workshop.run("batch").await?;
        anyhow::ensure!(
            run.is_ok(),
            "the batch {}; the import is in the journal, run vitals jobs run batch",
            run.outcome
        );
    }
    Ok(())
}

fn report(file: &Path, imported: &Imported) -> String {
    let rejected: u64 = imported.rejected.values().sum();
    let reasons: Vec<String> = imported.rejected.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    let (name, accepted) = (input::name(file), render::count(imported.accepted));
    let mut text = format!("{name}: {accepted} accepted, {rejected} rejected");
    if !reasons.is_empty() {
        text.push_str(&format!(" ({}; see vitals rejects)", reasons.join(", ")));
    }
    if imported.duplicate > 0 {
        text.push_str(&format!(", {} taken in before", render::count(imported.duplicate)));
    }
    if imported.resumed_from > 0 {
        text.push_str(&format!(", resumed at {} {}", imported.unit, imported.resumed_from));
    }
    if !imported.left_out.is_empty() {
        text.push_str(&format!(", columns left out: {}", imported.left_out.join(", ")));
    }
    if imported.truncated {
        text.push_str("; the file ends in the middle of a record, everything before it is in");
    }
    text + &format!("; journal {}\n", imported.journal)
}
