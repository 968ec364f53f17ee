//! `vitals demo`: a daemon, a mock fleet and this machine's own agent, and a merged query that refreshes.

use crate::agent::Agent;
use crate::arguments::Demo;
use crate::client::Client;
use crate::config::{Config, Listen, Origin, Settings};
use crate::daemon::{self, Daemon};
use crate::exit::Exit;
use crate::render;
use crate::work::block_on;
use anyhow::Context;
use handover::Verification;
use model::units::Period;
use model::{Clock, Granularity, SystemClock};
use query::Answer;
use rustix::process::{Pid, Signal, kill_process};
use scheduler::Run;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

const REFRESH: Duration = Duration::from_secs(2);
const SERVICES: &str = "5";
/// Clears the screen and goes to its top.
const CLEAR: &str = "\x1b[2J\x1b[H";

pub(super) fn run(arguments: &Demo, settings: &Settings) -> anyhow::Result<Exit> {
    let temporary = match settings.origin("data") {
        Origin::Default => Some(tempfile::tempdir().context("cannot make a temporary folder; name one with --data")?),
        _ => None,
    };
    let data = temporary.as_ref().map_or(settings.config.data.clone(), |folder| folder.path().join("vitals"));
    let config = config(&settings.config, data);
    block_on(async {
        let shutdown = daemon::shutdown()?;
        let end = CancellationToken::new();
        let daemon = Daemon::open(&config, true).await?;
        let (udp, http) = (daemon.udp.context("the demo collects")?, daemon.http);
        let serving = tokio::spawn({
            let end = end.clone();
            async move { daemon.run(end.cancelled()).await }
        });
        let show = Show {
            config: &config,
            client: Client::named(&http.to_string(), &config)?,
            length: arguments.length.map(|length| length.get()),
        };
        show.introduce(udp, http)?;
        let shown = show.run(udp, shutdown).await;
        end.cancel();
        serving.await??;
        shown.map(|()| Exit::Fine)
    })
}

/// Ports of its own, and batches so often that one can be watched.
fn config(config: &Config, data: PathBuf) -> Config {
    let mut config = config.clone();
    config.data = data;
    config.udp = SocketAddr::from(([127, 0, 0, 1], 0));
    config.http = SocketAddr::from(([127, 0, 0, 1], 0));
    config.postgres = Listen::at(SocketAddr::from(([127, 0, 0, 1], 0)));
    // only this machine asks it
    (config.tokens, config.token_file) = (Config::default().tokens, None);
    config.jobs.batch = "*/10 * * * * *".to_owned();
    config.journal.segment_age = Period::from_millis(5_000);
    config
}

struct Show<'a> {
    config: &'a Config,
    client: Client,
    length: Option<Duration>,
}

impl Show<'_> {
    fn introduce(&self, udp: SocketAddr, http: SocketAddr) -> anyhow::Result<()> {
        let data = self.config.data.display();
        let end = self.length.map_or("Ctrl-C ends it".to_owned(), |length| format!("ends by itself after {length:?}"));
        Ok(render::print(&format!(
            "A daemon collects on UDP {udp}, answers at {http} and keeps everything in {data}.\n\
             {SERVICES} mock services and this machine's agent send a heartbeat a second; {end}.\n\
             Every 10 seconds a batch moves what came in from the realtime to the batch views; answers merge both.\n\
             Look at it:       http://{http}/\n\
             Ask it yourself:  vitals query --last 5m --data {data}\n\n"
        ))?)
    }

    async fn run(&self, udp: SocketAddr, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        let mut fleet = fleet(udp)?;
        let stop_agent = CancellationToken::new();
        let agent = tokio::spawn(agent(udp, self.config).run(stop_agent.clone().cancelled_owned()));
        let length = self.length.unwrap_or(Duration::MAX);
        let watched = tokio::select! {
            () = shutdown => Ok(()),
            () = tokio::time::sleep(length) => Ok(()),
            ended = self.watch() => ended,
            ended = fleet.wait() => Err(anyhow::anyhow!("the mock fleet ended by itself: {:?}", ended?)),
        };
        let sent = stop(fleet).await;
        stop_agent.cancel();
        agent.await??;
        watched?;
        self.sum_up(sent?).await
    }

    async fn watch(&self) -> anyhow::Result<()> {
        loop {
            tokio::time::sleep(REFRESH).await;
            let answer = self.ask().await?;
            let published: u64 = answer.watermark.iter().flatten().map(|(_, segment)| segment).sum();
            let clear = if std::io::stdout().is_terminal() { CLEAR } else { "" };
            let table = super::query::table(&answer.rows, None);
            let coverage = &answer.coverage;
            render::print(&format!(
                "{clear}{}  the last five minutes, views up to segment {published}, {} received, {} accepted\n{table}\n",
                render::short_time(SystemClock.now()),
                coverage.received,
                coverage.accepted
            ))?;
        }
    }

    async fn ask(&self) -> anyhow::Result<Answer> {
        let now = SystemClock.now();
        let to = Granularity::Minute.next(Granularity::Minute.floor(now));
        let from = to.saturating_sub(Duration::from_secs(300));
        self.client.get("summary", &vec![("from", from.to_string()), ("to", to.to_string())]).await
    }

    /// A last batch, the proof, and what was sent beside what was counted.
    async fn sum_up(&self, sent: u64) -> anyhow::Result<()> {
        let batch: Run = self.client.post("jobs/batch/run", &Vec::new()).await?;
        anyhow::ensure!(batch.is_ok(), "the last batch {}; see the log above", batch.outcome);
        let proof: Verification = self.client.post("verify", &Vec::new()).await?;
        let status: web::Status = self.client.status().await?;
        let outcome = if proof.different == 0 { "all equal" } else { "THEY DIFFER" };
        let cells: u64 = proof.cells.values().sum();
        render::print(&format!(
            "The mock services sent {sent} messages; with the agent's, {} were received, {} accepted, {} dropped by the kernel.\n\
             The last batch took {} ms. Verified: {} raw messages against {cells} cells, {outcome}.\n",
            status.received,
            status.accepted,
            status.kernel_dropped.map_or("an unknown number".to_owned(), |count| count.to_string()),
            batch.took_ms,
            proof.messages,
        ))?;
        anyhow::ensure!(proof.different == 0, "verify found {} cells that differ; report this", proof.different);
        Ok(())
    }
}

fn agent(udp: SocketAddr, config: &Config) -> Agent {
    Agent {
        name: crate::agent::host_name().unwrap_or_else(|_| "this-machine".to_owned()),
        to: udp.to_string(),
        every: Duration::from_secs(1),
        disk: PathBuf::from("/"),
        cpu_unit: config.cpu_unit,
    }
}

/// The program beside this one; it shares no code with what it is sent to.
fn fleet(udp: SocketAddr) -> anyhow::Result<Child> {
    let this = std::env::current_exe().context("cannot find this program's folder")?;
    let program = this.with_file_name("mock-services");
    let mut command = Command::new(&program);
    command.args(["--to", &udp.to_string(), "--services", SERVICES, "--every", "1s", "--seed", "7", "--quiet"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    // a Ctrl-C at the terminal is for the demo, which then stops the fleet
    command.process_group(0);
    command.spawn().with_context(|| format!("cannot start {}; build it with cargo xtask build", program.display()))
}

/// Stops the fleet in order; how many messages it says it has sent.
async fn stop(fleet: Child) -> anyhow::Result<u64> {
    if let Some(pid) = fleet.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
        kill_process(pid, Signal::TERM).context("cannot stop the mock fleet")?;
    }
    let output = fleet.wait_with_output().await?;
    let summary: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("the mock fleet gave no summary; see its errors above")?;
    summary["sent"].as_u64().context("the mock fleet's summary does not say how many messages were sent")
}
