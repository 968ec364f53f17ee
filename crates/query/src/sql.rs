//! SQL over one cut: the tables of Vitals for anybody who speaks SQL, read-only, within bounds of memory and time.
//!
//! Layout, in reading order:
//! - this file: a statement from text to rows
//! - `statement`: from the text to a plan; `syntax`: what the parser reads otherwise than PostgreSQL
//! - `rules`: what is meant as PostgreSQL means it; `columnwise` makes the functions that it takes
//! - `moment`: the one cut of a statement
//! - [`bounds`]: how deep and how large a statement may be
//! - `asked`: conditions on service and time as the layers understand them
//! - `rollups`, `messages`, `lists`: the tables
//! - `checked`: files of messages are compared with their checksums before they are read
//! - `scan`, `share`: what tables are made of
//! - `sums`: of numbers, which do not wrap
//! - `growth`, `width`: how much functions, and rows of what they made, may come to
//! - `held`: what windows hold counts as memory
//! - `stream`, `yielding`: rows as they are computed, and no longer than they may
//! - [`error`]: whose fault it was, in words that say what to do
//!
//! Tables have fixed schemas and no state. What a statement reads is the cut in its session's configuration, which is
//! taken with its first scan, so joins and subqueries see the same moment, and a statement that reads none of our tables
//! takes none.

mod asked;
pub mod bounds;
mod checked;
mod columnwise;
pub mod error;
mod growth;
mod held;
mod lists;
mod messages;
mod moment;
mod rollups;
mod rules;
mod scan;
mod share;
mod statement;
mod stream;
mod sums;
mod syntax;
mod width;
mod yielding;

pub use error::Error;
pub use rules::with_seconds;
pub use statement::{plan_statement, without_mark};
pub use stream::{Rows, as_written};

use crate::sql::growth::allowance::Allowance;
use crate::sql::moment::{Moment, Planner};
use crate::sql::stream::Planned;
use datafusion::catalog::TableProvider;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{GreedyMemoryPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{FunctionRegistry as _, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use handover::Store;
use model::Granularity;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::Instant;

pub use lists::List;

/// The catalog and schema that all tables are in.
pub const CATALOG: &str = "vitals";
pub const SCHEMA: &str = "public";

/// How much statements may use, and how long they may take.
#[derive(Clone, Debug)]
pub struct Options {
    /// Memory of all statements together for sorting, joining and grouping; beyond it they spill to disk where they can.
    pub memory_bytes: usize,
    /// Bytes on disk of all spilled pieces together.
    pub spill_bytes: u64,
    /// Where spilled pieces go.
    pub spill: PathBuf,
    /// Threads that compute.
    pub threads: usize,
    /// How long a statement may take, from its text to its last row.
    pub timeout: Duration,
    /// How long a cut waits for the realtime views.
    pub wait: Duration,
}

/// The SQL engine over one store.
pub struct Sql {
    store: Arc<Store>,
    options: Options,
    base: SessionContext,
    /// Taken out only when dropped.
    runtime: Option<Runtime>,
}

impl Sql {
    /// `lists` are tables of rooms that this one does not know.
    pub fn new(store: Arc<Store>, options: Options, lists: Vec<List>) -> Result<Arc<Sql>, Error> {
        let base = context(&options)?;
        for granularity in Granularity::ALL {
            register(&base, granularity.name(), Arc::new(rollups::RollupTable(granularity)))?;
        }
        register(&base, "messages", Arc::new(messages::MessageTable))?;
        register(&base, "services", Arc::new(lists::ServiceTable))?;
        register(&base, "ledger", Arc::new(lists::LedgerTable))?;
        for list in lists {
            register(&base, list.name, Arc::new(list))?;
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(options.threads.max(1))
            .thread_name("sql")
            .thread_stack_size(bounds::STACK_BYTES)
            .enable_all()
            .build()
            .map_err(|error| Error::Failed(format!("cannot start the threads of SQL: {error}")))?;
        Ok(Arc::new(Sql { store, options, base, runtime: Some(runtime) }))
    }

    /// What is registered here is in every statement from then on.
    pub fn base(&self) -> &SessionContext {
        &self.base
    }

    /// The threads that statements compute on. Whoever runs a statement's plan by himself runs it there.
    pub fn handle(&self) -> &Handle {
        self.runtime.as_ref().expect("it is there until it is dropped").handle()
    }

    /// A context for one statement: the catalog and functions of `base`, and a cut of its own, which is taken when the
    /// statement is planned for execution.
    pub fn statement(&self) -> SessionContext {
        let mut state = self.base.state();
        let config = state.config_mut();
        config.set_extension(Arc::new(Moment::new(self.store.clone(), self.options.wait)));
        config.options_mut().extensions.insert(Allowance::default());
        SessionContext::new_with_state(state)
    }

    /// One statement as a plan, refused where it would do anything but read.
    pub async fn plan(&self, context: &SessionContext, text: &str) -> Result<LogicalPlan, Error> {
        statement::plan(&context.state(), text).await
    }

    /// Runs one statement within the bounds. Dropping the rows ends it.
    pub async fn run(&self, text: &str) -> Result<Rows, Error> {
        self.run_until(text, Instant::now() + self.options.timeout).await
    }

    /// The same for a statement that has waited: `until` its time is over.
    pub async fn run_until(&self, text: &str, until: Instant) -> Result<Rows, Error> {
        let (state, text) = (self.statement().state(), text.to_owned());
        // it is read where a deep statement does not overflow the stack, and a long one keeps nobody else waiting
        let planned = async move {
            let plan = statement::plan(&state, &text).await?;
            Ok(Planned { state, plan })
        };
        stream::start(self.handle(), planned, until, self.options.timeout).await
    }

    /// Runs the plan of a statement within the bounds; `context` is the one of [`Sql::statement`].
    pub async fn execute(&self, context: &SessionContext, plan: LogicalPlan) -> Result<Rows, Error> {
        let state = context.state();
        let planned = async move {
            bounds::check_plan(&plan)?;
            Ok(Planned { state, plan })
        };
        let until = Instant::now() + self.options.timeout;
        stream::start(self.handle(), planned, until, self.options.timeout).await
    }
}

impl fmt::Debug for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sql").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Drop for Sql {
    fn drop(&mut self) {
        // waiting for its threads is not allowed on a thread of another runtime
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Reading is all that a statement may do.
pub fn read_only() -> SQLOptions {
    SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false)
}

fn register(base: &SessionContext, name: &str, table: Arc<dyn TableProvider>) -> Result<(), Error> {
    base.register_table(name, table)?;
    Ok(())
}

/// Consumers of memory that an error names.
const CONSUMERS_NAMED: NonZeroUsize = NonZeroUsize::new(3).expect("three is not zero");

fn context(options: &Options) -> Result<SessionContext, Error> {
    let pool = TrackConsumersPool::new(GreedyMemoryPool::new(options.memory_bytes), CONSUMERS_NAMED);
    let disk = DiskManagerBuilder::default()
        .with_mode(DiskManagerMode::Directories(vec![options.spill.clone()]))
        .with_max_temp_directory_size(options.spill_bytes);
    let runtime =
        RuntimeEnvBuilder::new().with_memory_pool(Arc::new(pool)).with_disk_manager_builder(disk).build_arc()?;
    let mut config = SessionConfig::new()
        .with_target_partitions(options.threads.max(1))
        .with_default_catalog_and_schema(CATALOG, SCHEMA)
        .with_information_schema(true);
    let settings = config.options_mut();
    settings.sql_parser.dialect = datafusion::config::Dialect::PostgreSQL;
    // so that now() is an instant and no reading of some clock
    settings.execution.time_zone = Some("UTC".to_owned());
    // texts have one type, whether they come from a table, a literal or a cast
    settings.sql_parser.map_string_types_to_utf8view = false;
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_expr_planners(rules::planners())
        .with_analyzer_rules(rules::all())
        .with_default_features()
        .with_query_planner(Arc::new(Planner))
        .with_physical_optimizer_rule(Arc::new(yielding::Yielding))
        .with_physical_optimizer_rule(Arc::new(held::Holding))
        .build();
    growth::bound(&mut state)?;
    state.register_udaf(Arc::new(sums::sum()))?;
    Ok(SessionContext::new_with_state(state))
}
