//! Cursors: answers that are read on in by statements of their own.

use super::command::Command;
use super::extended::Portal;
use super::failure::{self, state};
use super::session::{Session, fields, no_cursor};
use super::wire::{self, Wire};
use datafusion::logical_expr::LogicalPlan;
use datafusion_postgres::pgwire::api::ClientInfo;
use datafusion_postgres::pgwire::api::portal::Format;
use datafusion_postgres::pgwire::error::PgWireResult;
use datafusion_postgres::pgwire::messages::response::TransactionStatus;

impl Session {
    pub(super) async fn declare(
        &mut self,
        wire: &Wire,
        command: &Command,
        plan: Option<LogicalPlan>,
    ) -> PgWireResult<()> {
        let Command::Declare { cursor, binary, .. } = command else { return Ok(()) };
        if wire.transaction_status() == TransactionStatus::Idle {
            let problem = "DECLARE CURSOR can only be used in transaction blocks";
            return Err(failure::error(state::NO_ACTIVE_SQL_TRANSACTION, problem));
        }
        if self.portals.contains_key(cursor) {
            return Err(failure::error(state::DUPLICATE_CURSOR, format!("cursor \"{cursor}\" already exists")));
        }
        let mut running = self.ask(command, plan).await?;
        running.turn = None;
        let format = if *binary { Format::UnifiedBinary } else { Format::UnifiedText };
        self.put(cursor.clone(), Portal::begun(running, format))
    }

    /// Reads on in a cursor. In the extended protocol the client has said in which format, and been told of the columns.
    pub(super) async fn fetch(
        &mut self,
        wire: &mut Wire,
        cursor: &str,
        most: Option<usize>,
        shown: bool,
        format: Option<&Format>,
    ) -> PgWireResult<()> {
        let mut portal = self.portals.remove(cursor).ok_or_else(|| no_cursor(cursor))?;
        if !shown {
            let passed = self.pass_over(&mut portal, most).await?;
            self.portals.insert(cursor.to_owned(), portal);
            return wire::complete(wire, "MOVE", Some(passed)).await;
        }
        if let (None, Some((running, _))) = (format, &portal.running) {
            let fields = fields(running, &portal.format)?;
            wire::describe(wire, &fields).await?;
        }
        let (sent, _) = self.send(wire, &mut portal, most, format).await?;
        self.portals.insert(cursor.to_owned(), portal);
        wire::complete(wire, "FETCH", Some(sent)).await
    }

    async fn pass_over(&mut self, portal: &mut Portal, most: Option<usize>) -> PgWireResult<usize> {
        let Some((running, _)) = &mut portal.running else { return Ok(0) };
        self.turn(running).await?;
        let (most, mut passed) = (most.unwrap_or(usize::MAX), 0);
        while passed < most {
            let Some(batch) = self.interrupt.guard(running.next(most - passed)).await?? else { break };
            passed += batch.num_rows();
        }
        running.turn = None;
        Ok(passed)
    }
}
