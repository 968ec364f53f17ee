//! The extended protocol: statements that are prepared once and run with parameters, and answers that are read in parts.
//! A plan is made when a statement is prepared; its cut is taken each time it is run.

use super::command::{self, Command};
use super::dialect::renamed;
use super::failure::{self, state};
use super::parameters::Parameters;
use super::running::{Running, texts};
use super::session::{Begun, CURSORS_MAX, PREPARED_BYTES_MAX, PREPARED_MAX, Session, fields, no_cursor, no_statement};
use super::settings::Settings;
use super::wire::{self, Wire};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::ParamValues;
use datafusion::logical_expr::LogicalPlan;
use datafusion_postgres::arrow_pg::datatypes::arrow_schema_to_pg_fields;
use datafusion_postgres::pgwire::api::Type;
use datafusion_postgres::pgwire::api::portal::Format;
use datafusion_postgres::pgwire::error::PgWireResult;
use datafusion_postgres::pgwire::messages::PgWireBackendMessage as Backend;
use datafusion_postgres::pgwire::messages::data::{NoData, ParameterDescription};
use datafusion_postgres::pgwire::messages::extendedquery::{
    Bind, BindComplete, Close, CloseComplete, Describe, Execute, Parse, ParseComplete, PortalSuspended,
    TARGET_TYPE_BYTE_STATEMENT,
};
use datafusion_postgres::pgwire::messages::response::EmptyQueryResponse;
use std::sync::Arc;

/// A statement with a plan that can be run any number of times.
#[derive(Debug)]
pub(super) struct Prepared {
    /// `None`: a text without a statement.
    command: Option<Command>,
    plan: Option<LogicalPlan>,
    /// What the plan's rows will be, as far as can be told before its parameters are bound.
    columns: Option<SchemaRef>,
    parameters: Parameters,
    /// Of its text.
    bytes: usize,
}

/// A statement with its parameters bound, and how far its rows have been read.
#[derive(Debug)]
pub(super) struct Portal {
    prepared: Arc<Prepared>,
    values: ParamValues,
    pub(super) format: Format,
    pub(super) running: Option<(Running, &'static str)>,
}

impl Session {
    pub(super) async fn parse(&mut self, wire: &mut Wire, parse: Parse) -> PgWireResult<()> {
        let name = parse.name.unwrap_or_default();
        if !name.is_empty() && self.prepared.contains_key(&name) {
            let problem = format!("prepared statement \"{name}\" already exists");
            return Err(failure::error(state::DUPLICATE_PREPARED_STATEMENT, problem));
        }
        self.check_room(&name, parse.query.len())?;
        let mut commands = command::read(&self.engine.dialect, &parse.query)?;
        if commands.len() > 1 {
            let problem = "cannot insert multiple commands into a prepared statement";
            return Err(failure::error(state::SYNTAX_ERROR, problem));
        }
        let said = parse.type_oids.iter().map(|oid| Type::from_oid(*oid)).collect();
        let prepared = self.prepare(wire, commands.pop(), said, parse.query.len()).await?;
        self.prepared.insert(name, Arc::new(prepared));
        wire::feed(wire, Backend::ParseComplete(ParseComplete::new())).await
    }

    /// The one without a name takes the place of the last, and is not kept otherwise.
    fn check_room(&self, name: &str, bytes: usize) -> PgWireResult<()> {
        let kept = self.prepared.iter().filter(|(name, _)| !name.is_empty());
        let (count, held) = kept.fold((0, 0), |(count, held), (_, prepared)| (count + 1, held + prepared.bytes));
        let problem = if name.is_empty() {
            return Ok(());
        } else if count >= PREPARED_MAX {
            format!("{PREPARED_MAX} statements are prepared")
        } else if held + bytes > PREPARED_BYTES_MAX {
            format!("the statements that are prepared would come to more than {PREPARED_BYTES_MAX} bytes")
        } else {
            return Ok(());
        };
        Err(failure::error(state::CONFIGURATION_LIMIT_EXCEEDED, format!("{problem}; DEALLOCATE some or all of them")))
    }

    async fn prepare(
        &mut self,
        wire: &Wire,
        command: Option<Command>,
        said: Vec<Option<Type>>,
        bytes: usize,
    ) -> PgWireResult<Prepared> {
        let Some(mut command) = command else {
            return Ok(Prepared { command: None, plan: None, columns: None, parameters: Parameters::default(), bytes });
        };
        self.begin_statement(wire, &command).await?;
        let all = Parameters::all(&said);
        let mut plan = match self.plan(&command).await {
            Err(error) if !all.is_empty() && !failure::is_cancelled(&error) => {
                command.say_types(&all);
                self.plan(&command).await.map_err(|_| error)?
            }
            planned => planned?,
        };
        let count = command.asked().map_or(0, |asked| asked.parameters);
        let mut parameters = Parameters::of(plan.as_ref(), &said, count)?;
        let open = parameters.open();
        if !open.is_empty() {
            command.say_types(&open);
            plan = self.plan(&command).await?.map(|plan| parameters.told(plan, &open)).transpose()?;
            parameters = Parameters::of(plan.as_ref(), &said, count)?;
        }
        let columns = plan.as_ref().map(|plan| self.engine.columns(plan));
        Ok(Prepared { command: Some(command), plan, columns, parameters, bytes })
    }

    pub(super) async fn bind(&mut self, wire: &mut Wire, mut bind: Bind) -> PgWireResult<()> {
        let statement = bind.statement_name.clone().unwrap_or_default();
        let prepared = self.prepared.get(&statement).cloned().ok_or_else(|| no_statement(&statement))?;
        let values = prepared.parameters.values(&mut bind)?;
        let formats = &bind.result_column_format_codes;
        let columns = self.columns(&prepared)?.map_or(0, |schema| schema.fields().len());
        if formats.len() > 1 && formats.len() != columns {
            let problem = format!("bind message has {} result formats but query has {columns} columns", formats.len());
            return Err(failure::error(state::PROTOCOL_VIOLATION, problem));
        }
        let format = match formats[..] {
            [] => Format::UnifiedText,
            [one] => Format::from(one),
            _ => Format::Individual(formats.clone()),
        };
        let name = bind.portal_name.unwrap_or_default();
        if !name.is_empty() && self.portals.contains_key(&name) {
            return Err(failure::error(state::DUPLICATE_CURSOR, format!("cursor \"{name}\" already exists")));
        }
        self.put(name, Portal { prepared, values, format, running: None })?;
        wire::feed(wire, Backend::BindComplete(BindComplete::new())).await
    }

    pub(super) fn put(&mut self, name: String, portal: Portal) -> PgWireResult<()> {
        if self.portals.len() >= CURSORS_MAX && !self.portals.contains_key(&name) {
            let problem = format!("{CURSORS_MAX} cursors are open; CLOSE some or all of them");
            return Err(failure::error(state::CONFIGURATION_LIMIT_EXCEEDED, problem));
        }
        self.portals.insert(name, portal);
        Ok(())
    }

    /// What rows a statement will have; `None` where it has none.
    fn columns(&self, prepared: &Prepared) -> PgWireResult<Option<SchemaRef>> {
        Ok(match (&prepared.command, &prepared.columns) {
            (Some(Command::Ask(asked)), Some(columns)) => Some(renamed(columns, &asked.names)),
            (Some(Command::Show(Some(name))), _) => Some(texts(&[&Settings::spelt(name)])),
            (Some(Command::Show(None)), _) => Some(texts(&["name", "setting", "description"])),
            (Some(Command::Fetch { cursor, shown: true, .. }), _) => {
                let portal = self.portals.get(cursor).ok_or_else(|| no_cursor(cursor))?;
                portal.running.as_ref().map(|(running, _)| running.schema.clone())
            }
            _ => None,
        })
    }

    pub(super) async fn describe(&mut self, wire: &mut Wire, describe: &Describe) -> PgWireResult<()> {
        let name = describe.name.clone().unwrap_or_default();
        let (schema, format) = if describe.target_type == TARGET_TYPE_BYTE_STATEMENT {
            let prepared = self.prepared.get(&name).cloned().ok_or_else(|| no_statement(&name))?;
            let types = prepared.parameters.types()?.iter().map(Type::oid).collect();
            wire::feed(wire, Backend::ParameterDescription(ParameterDescription::new(types))).await?;
            (self.columns(&prepared)?, Format::UnifiedText)
        } else {
            let portal = self.portals.get(&name).ok_or_else(|| no_cursor(&name))?;
            let running = portal.running.as_ref().map(|(running, _)| running.schema.clone());
            let schema = if running.is_some() { running } else { self.columns(&portal.prepared)? };
            (schema, portal.format.clone())
        };
        match schema {
            Some(schema) => wire::describe(wire, &arrow_schema_to_pg_fields(&schema, &format, None)?).await,
            None => wire::feed(wire, Backend::NoData(NoData::new())).await,
        }
    }

    pub(super) async fn execute(&mut self, wire: &mut Wire, execute: &Execute) -> PgWireResult<()> {
        let name = execute.name.clone().unwrap_or_default();
        // out of the map while it runs, so that one that fails is gone
        let mut portal = self.portals.remove(&name).ok_or_else(|| no_cursor(&name))?;
        let Some(command) = portal.prepared.command.clone() else {
            self.portals.insert(name, portal);
            return wire::feed(wire, Backend::EmptyQueryResponse(EmptyQueryResponse::new())).await;
        };
        self.begin_statement(wire, &command).await?;
        if portal.running.is_none() {
            let plan = portal.plan()?;
            match &command {
                Command::Fetch { cursor, rows, shown } => {
                    self.fetch(wire, cursor, *rows, *shown, Some(&portal.format)).await?;
                    self.portals.insert(name, portal);
                    return Ok(());
                }
                Command::CopyOut { format, .. } => {
                    let mut running = self.ask(&command, plan).await?;
                    let fields = fields(&running, &format.values())?;
                    let sent = wire::copy_out(wire, &mut running, &mut self.interrupt, &fields, format).await?;
                    return wire::complete(wire, "COPY", Some(sent)).await;
                }
                command => match self.begin(wire, command, plan).await? {
                    Begun::Rows(running, tag) => {
                        let described = self.columns(&portal.prepared)?;
                        portal.running = Some((running.described_as(described)?, tag));
                    }
                    Begun::Done(tag, rows) => return wire::complete(wire, tag, rows).await,
                },
            }
        }
        let most = usize::try_from(execute.max_rows).ok().filter(|most| *most > 0);
        let tag = portal.running.as_ref().map_or("SELECT", |(_, tag)| *tag);
        let (sent, ended) = self.send(wire, &mut portal, most, None).await?;
        self.portals.insert(name, portal);
        if ended {
            return wire::complete(wire, tag, (tag == "SELECT").then_some(sent)).await;
        }
        wire::feed(wire, Backend::PortalSuspended(PortalSuspended::new())).await
    }

    /// Sends the next rows of a portal, in its own format unless another is asked for.
    pub(super) async fn send(
        &mut self,
        wire: &mut Wire,
        portal: &mut Portal,
        most: Option<usize>,
        format: Option<&Format>,
    ) -> PgWireResult<(usize, bool)> {
        let Some((running, _)) = &mut portal.running else { return Ok((0, true)) };
        self.turn(running).await?;
        let fields = fields(running, format.unwrap_or(&portal.format))?;
        let (sent, ended) = wire::rows(wire, running, &mut self.interrupt, &fields, most).await?;
        running.turn = None;
        Ok((sent, ended))
    }

    /// Who goes on reading waits for its turn as who begins does.
    pub(super) async fn turn(&mut self, running: &mut Running) -> PgWireResult<()> {
        if running.needs_turn() {
            let turn = self.interrupt.guard(self.front.questions.turn()).await?;
            running.turn = Some(turn.map_err(failure::of_turn)?);
        }
        Ok(())
    }

    pub(super) async fn close(&mut self, wire: &mut Wire, close: &Close) -> PgWireResult<()> {
        let name = close.name.as_deref().unwrap_or_default();
        if close.target_type == TARGET_TYPE_BYTE_STATEMENT {
            self.prepared.remove(name);
        } else {
            self.portals.remove(name);
        }
        wire::feed(wire, Backend::CloseComplete(CloseComplete::new())).await
    }
}

impl Portal {
    /// Rows that are under way already.
    pub(super) fn begun(running: Running, format: Format) -> Portal {
        let prepared =
            Prepared { command: None, plan: None, columns: None, parameters: Parameters::default(), bytes: 0 };
        let (values, running) = (ParamValues::List(Vec::new()), Some((running, "SELECT")));
        Portal { prepared: Arc::new(prepared), values, format, running }
    }

    /// The plan with what was bound in it.
    fn plan(&self) -> PgWireResult<Option<LogicalPlan>> {
        let plan = self.prepared.plan.clone();
        plan.map(|plan| plan.replace_params_with_values(&self.values).map_err(failure::of_statement)).transpose()
    }
}
