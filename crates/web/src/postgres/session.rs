//! One connection's conversation: what it has set and prepared, and how each message of it is answered.

use super::command::{self, Command};
use super::engine::Engine;
use super::extended::{Portal, Prepared};
use super::failure::{self, state};
use super::running::{Interrupt, Running};
use super::settings::Settings;
use super::wire::{self, Wire};
use crate::front::Front;
use datafusion::common::ParamValues;
use datafusion::logical_expr::LogicalPlan;
use datafusion_postgres::arrow_pg::datatypes::arrow_schema_to_pg_fields;
use datafusion_postgres::pgwire::api::portal::Format;
use datafusion_postgres::pgwire::api::{ClientInfo, ConnectionHandle};
use datafusion_postgres::pgwire::error::PgWireResult;
use datafusion_postgres::pgwire::messages::response::{EmptyQueryResponse, TransactionStatus};
use datafusion_postgres::pgwire::messages::startup::ParameterStatus;
use datafusion_postgres::pgwire::messages::{PgWireBackendMessage as Backend, PgWireFrontendMessage as Frontend};
use std::collections::HashMap;
use std::sync::Arc;

/// Statements that one connection may keep prepared, the bytes of their texts (a plan weighs some dozen times as much),
/// and answers it may have begun to read.
pub(super) const PREPARED_MAX: usize = 1000;
pub(super) const PREPARED_BYTES_MAX: usize = 1 << 20;
pub(super) const CURSORS_MAX: usize = 16;

pub(super) struct Session {
    pub(super) front: Arc<Front>,
    pub(super) engine: Arc<Engine>,
    pub(super) user: String,
    pub(super) settings: Settings,
    pub(super) prepared: HashMap<String, Arc<Prepared>>,
    pub(super) portals: HashMap<String, Portal>,
    connection: Arc<ConnectionHandle>,
    pub(super) interrupt: Interrupt,
    /// After an error in the extended protocol everything up to the next sync is passed over.
    skipping: bool,
}

/// What a command that is not answered with rows of its own leads to.
pub(super) enum Begun {
    Rows(Running, &'static str),
    /// It is done; what is said of it, and how many rows it was about.
    Done(&'static str, Option<usize>),
}

impl Session {
    pub(super) async fn new(
        front: Arc<Front>,
        engine: Arc<Engine>,
        user: String,
        settings: Settings,
        connection: Arc<ConnectionHandle>,
    ) -> Session {
        let interrupt = Interrupt::new(&connection, settings.statement_wait(front.questions.longest())).await;
        let (prepared, portals) = (HashMap::new(), HashMap::new());
        Session { front, engine, user, settings, prepared, portals, connection, interrupt, skipping: false }
    }

    /// Answers one message. An error of a statement is told to the client; what is returned ends the connection.
    pub(super) async fn take(&mut self, wire: &mut Wire, message: Frontend) -> PgWireResult<()> {
        let extended = message.is_extended_query();
        let Err(error) = self.answer(wire, message).await else { return Ok(()) };
        if wire::is_over(&error) {
            return Err(error);
        }
        wire::fail(wire, error).await?;
        if extended {
            self.skipping = true;
            return wire::flush(wire).await;
        }
        self.settle(wire);
        wire::ready(wire).await
    }

    async fn answer(&mut self, wire: &mut Wire, message: Frontend) -> PgWireResult<()> {
        match message {
            Frontend::Sync(_) => {
                self.skipping = false;
                self.settle(wire);
                wire::ready(wire).await
            }
            _ if self.skipping => Ok(()),
            Frontend::Query(query) => self.simple(wire, &query.query).await,
            Frontend::Parse(parse) => self.parse(wire, parse).await,
            Frontend::Bind(bind) => self.bind(wire, bind).await,
            Frontend::Describe(describe) => self.describe(wire, &describe).await,
            Frontend::Execute(execute) => self.execute(wire, &execute).await,
            Frontend::Close(close) => self.close(wire, &close).await,
            Frontend::Flush(_) => wire::flush(wire).await,
            // what is left over of a copy that was refused
            Frontend::CopyData(_) | Frontend::CopyDone(_) | Frontend::CopyFail(_) => Ok(()),
            _ => Err(failure::error(state::PROTOCOL_VIOLATION, "this message makes no sense here")),
        }
    }

    /// Outside of a transaction nothing that was begun goes on.
    fn settle(&mut self, wire: &Wire) {
        if wire.transaction_status() == TransactionStatus::Idle {
            self.portals.clear();
            self.settings.end_transaction();
        }
    }

    /// Whether the connection holds more than itself while nobody asks.
    pub(super) fn holds(&self, wire: &Wire) -> bool {
        wire.transaction_status() != TransactionStatus::Idle || !self.portals.is_empty()
    }

    /// The statements of a text one after the other, each with a cut of its own. The first that fails ends them.
    async fn simple(&mut self, wire: &mut Wire, text: &str) -> PgWireResult<()> {
        let commands = command::read(&self.engine.dialect, text)?;
        if commands.is_empty() {
            wire::feed(wire, Backend::EmptyQueryResponse(EmptyQueryResponse::new())).await?;
        }
        for command in commands {
            self.begin_statement(wire, &command).await?;
            self.one(wire, &command).await?;
        }
        self.settle(wire);
        wire::ready(wire).await
    }

    /// From here on the statement can be cancelled, and its time runs.
    pub(super) async fn begin_statement(&mut self, wire: &Wire, command: &Command) -> PgWireResult<()> {
        if wire.transaction_status() == TransactionStatus::Error && !command.ends_failure() {
            let problem = "current transaction is aborted, commands ignored until end of transaction block";
            return Err(failure::error(state::IN_FAILED_SQL_TRANSACTION, problem));
        }
        self.interrupt =
            Interrupt::new(&self.connection, self.settings.statement_wait(self.front.questions.longest())).await;
        Ok(())
    }

    async fn one(&mut self, wire: &mut Wire, command: &Command) -> PgWireResult<()> {
        let plan = self.plan(command).await?;
        match command {
            Command::Fetch { cursor, rows, shown } => self.fetch(wire, cursor, *rows, *shown, None).await,
            Command::CopyOut { format, .. } => {
                let mut running = self.ask(command, plan).await?;
                let fields = fields(&running, &format.values())?;
                let sent = wire::copy_out(wire, &mut running, &mut self.interrupt, &fields, format).await?;
                wire::complete(wire, "COPY", Some(sent)).await
            }
            command => match self.begin(wire, command, plan).await? {
                Begun::Rows(mut running, tag) => {
                    let fields = fields(&running, &Format::UnifiedText)?;
                    self.interrupt.guard(wire::describe(wire, &fields)).await??;
                    let (sent, _) = wire::rows(wire, &mut running, &mut self.interrupt, &fields, None).await?;
                    wire::complete(wire, tag, (tag == "SELECT").then_some(sent)).await
                }
                Begun::Done(tag, rows) => wire::complete(wire, tag, rows).await,
            },
        }
    }

    /// The plan of what is to be asked, if anything is.
    pub(super) async fn plan(&mut self, command: &Command) -> PgWireResult<Option<LogicalPlan>> {
        let Some(asked) = command.asked() else { return Ok(None) };
        let planning = self.engine.plan(asked, &self.user, &self.settings);
        self.interrupt.guard(planning).await?.map(Some)
    }

    /// Waits for a turn, takes the cut, and begins to compute.
    pub(super) async fn ask(&mut self, command: &Command, plan: Option<LogicalPlan>) -> PgWireResult<Running> {
        let (Some(asked), Some(plan)) = (command.asked(), plan) else {
            return Err(failure::error(state::INTERNAL_ERROR, "there is nothing to ask"));
        };
        if !self.front.is_ready() {
            return Err(failure::error(state::CANNOT_CONNECT_NOW, "recovery is going on; ask again later"));
        }
        let statement = self.front.measures.statement();
        let plan = plan.replace_params_with_values(&ParamValues::List(Vec::new())).map_err(failure::of_statement)?;
        let turn = self.interrupt.guard(self.front.questions.turn()).await?.map_err(failure::of_turn)?;
        let rows = self.interrupt.guard(self.engine.run(plan)).await??;
        Ok(Running::asked(rows, &asked.names, turn, statement))
    }

    pub(super) async fn begin(
        &mut self,
        wire: &mut Wire,
        command: &Command,
        plan: Option<LogicalPlan>,
    ) -> PgWireResult<Begun> {
        let status = wire.transaction_status();
        let done = |tag| Ok(Begun::Done(tag, None));
        match command {
            Command::Ask(_) => Ok(Begun::Rows(self.ask(command, plan).await?, "SELECT")),
            Command::Begin => {
                wire.set_transaction_status(status.to_in_transaction_state());
                done("BEGIN")
            }
            Command::Commit | Command::Rollback => {
                wire.set_transaction_status(status.to_idle_state());
                self.settle(wire);
                let kept = matches!(command, Command::Commit) && status != TransactionStatus::Error;
                done(if kept { "COMMIT" } else { "ROLLBACK" })
            }
            Command::RollbackTo => {
                if status == TransactionStatus::Idle {
                    let problem = "ROLLBACK TO SAVEPOINT can only be used in transaction blocks";
                    return Err(failure::error(state::NO_ACTIVE_SQL_TRANSACTION, problem));
                }
                wire.set_transaction_status(TransactionStatus::Transaction);
                done("ROLLBACK")
            }
            Command::Set { settings, transaction_only } => {
                for (name, value) in settings {
                    self.set(wire, name, value.as_deref(), *transaction_only).await?;
                }
                done("SET")
            }
            Command::Show(name) => Ok(Begun::Rows(self.show(name.as_deref())?, "SHOW")),
            Command::Reset(Some(name)) => {
                self.set(wire, name, None, false).await?;
                done("RESET")
            }
            Command::Reset(None) => {
                self.settings.reset_all();
                done("RESET")
            }
            Command::DiscardAll => {
                self.settings.reset_all();
                self.prepared.clear();
                self.portals.clear();
                done("DISCARD ALL")
            }
            Command::Declare { .. } => {
                self.declare(wire, command, plan).await?;
                done("DECLARE CURSOR")
            }
            Command::Close(Some(cursor)) => match self.portals.remove(cursor) {
                Some(_) => done("CLOSE CURSOR"),
                None => Err(no_cursor(cursor)),
            },
            Command::Close(None) => {
                self.portals.clear();
                done("CLOSE CURSOR ALL")
            }
            Command::Deallocate(Some(name)) => match self.prepared.remove(name) {
                Some(_) => done("DEALLOCATE"),
                None => Err(no_statement(name)),
            },
            Command::Deallocate(None) => {
                self.prepared.clear();
                done("DEALLOCATE ALL")
            }
            Command::Nothing(tag) => done(tag),
            Command::Fetch { .. } | Command::CopyOut { .. } => {
                Err(failure::error(state::INTERNAL_ERROR, "this is answered elsewhere"))
            }
        }
    }

    async fn set(&mut self, wire: &mut Wire, name: &str, value: Option<&str>, local: bool) -> PgWireResult<()> {
        let in_transaction = wire.transaction_status() != TransactionStatus::Idle;
        // outside of a transaction a change for it alone has no effect
        let report = if local && !in_transaction { None } else { self.settings.set(name, value, local)? };
        let Some((name, value)) = report else { return Ok(()) };
        wire::feed(wire, Backend::ParameterStatus(ParameterStatus::new(name.to_owned(), value))).await
    }

    fn show(&self, name: Option<&str>) -> PgWireResult<Running> {
        match name {
            Some("session_authorization") => Running::told(&["session_authorization"], &[vec![self.user.clone()]]),
            Some(name) => Running::told(&[&Settings::spelt(name)], &[vec![self.settings.get(name)?]]),
            None => {
                let rows: Vec<Vec<String>> =
                    self.settings.all().into_iter().map(|(name, value)| vec![name, value, String::new()]).collect();
                Running::told(&["name", "setting", "description"], &rows)
            }
        }
    }
}

/// The columns as the client is told of them.
pub(super) fn fields(
    running: &Running,
    format: &Format,
) -> PgWireResult<Arc<Vec<datafusion_postgres::pgwire::api::results::FieldInfo>>> {
    Ok(Arc::new(arrow_schema_to_pg_fields(&running.schema, format, None)?))
}

pub(super) fn no_cursor(name: &str) -> datafusion_postgres::pgwire::error::PgWireError {
    failure::error(state::INVALID_CURSOR_NAME, format!("cursor \"{name}\" does not exist"))
}

pub(super) fn no_statement(name: &str) -> datafusion_postgres::pgwire::error::PgWireError {
    failure::error(state::INVALID_SQL_STATEMENT_NAME, format!("prepared statement \"{name}\" does not exist"))
}
