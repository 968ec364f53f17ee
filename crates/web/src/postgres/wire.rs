//! Messages to one client. Each is written within a time, so that who does not read its answer cannot hold a question
//! for ever.

use super::copy::{self, CopyFormat};
use super::encoding;
use super::failure;
use super::running::{Interrupt, Running};
use super::stream::Stream;
use bytes::BytesMut;
use datafusion_postgres::pgwire::api::results::{FieldFormat, FieldInfo, Tag};
use datafusion_postgres::pgwire::api::{ClientInfo, DefaultClient, PgWireConnectionState};
use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::PgWireBackendMessage as Backend;
use datafusion_postgres::pgwire::messages::copy::{CopyData, CopyDone, CopyOutResponse};
use datafusion_postgres::pgwire::messages::data::RowDescription;
use datafusion_postgres::pgwire::messages::response::{CommandComplete, ReadyForQuery};
use datafusion_postgres::pgwire::tokio::server::PgWireMessageServerCodec;
use futures::SinkExt;
use std::io::{self, ErrorKind};
use std::mem::take;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::codec::{Framed, FramedParts};

/// How long a client may read nothing of what is written to it.
pub(super) const SEND_WAIT: Duration = Duration::from_secs(60);

/// Messages over a stream.
pub(super) type Wire = Framed<Stream, PgWireMessageServerCodec<()>>;

/// `head` is what was read of the first message.
pub(super) fn of(stream: Stream, head: BytesMut, client: SocketAddr) -> Wire {
    let secure = stream.is_secure();
    let codec = PgWireMessageServerCodec::new(DefaultClient::new(client, secure));
    let mut parts = FramedParts::new::<Backend>(stream, codec);
    parts.read_buf = head;
    let mut wire = Framed::from_parts(parts);
    wire.set_state(PgWireConnectionState::AwaitingStartup);
    wire
}

/// What a connection does not go on after: nobody is there, or what comes cannot be told apart.
pub(super) fn is_over(error: &PgWireError) -> bool {
    matches!(error, PgWireError::IoError(_))
}

/// Writes when there is enough to write, or [`flush`] asks for it.
pub(super) async fn feed(wire: &mut Wire, message: Backend) -> PgWireResult<()> {
    timeout(SEND_WAIT, wire.feed(message)).await.unwrap_or_else(|_| Err(stalled()))?;
    Ok(())
}

pub(super) async fn flush(wire: &mut Wire) -> PgWireResult<()> {
    timeout(SEND_WAIT, SinkExt::<Backend>::flush(wire)).await.unwrap_or_else(|_| Err(stalled()))?;
    Ok(())
}

fn stalled() -> io::Error {
    io::Error::new(ErrorKind::TimedOut, "the client reads nothing of its answer")
}

/// The answer to everything before is whole.
pub(super) async fn ready(wire: &mut Wire) -> PgWireResult<()> {
    let status = wire.transaction_status();
    feed(wire, Backend::ReadyForQuery(ReadyForQuery::new(status))).await?;
    flush(wire).await
}

pub(super) async fn complete(wire: &mut Wire, tag: &str, rows: Option<usize>) -> PgWireResult<()> {
    let tag = rows.map_or_else(|| Tag::new(tag), |rows| Tag::new(tag).with_rows(rows));
    feed(wire, Backend::CommandComplete(CommandComplete::from(tag))).await
}

pub(super) async fn describe(wire: &mut Wire, fields: &[FieldInfo]) -> PgWireResult<()> {
    feed(wire, Backend::RowDescription(RowDescription::new(fields.iter().map(Into::into).collect()))).await
}

/// An error, which fails the transaction where there is one.
pub(super) async fn fail(wire: &mut Wire, error: PgWireError) -> PgWireResult<()> {
    let told = ErrorInfo::from(error);
    tracing::debug!(code = told.code, message = told.message, "a statement is answered with an error");
    feed(wire, Backend::ErrorResponse(told.into())).await?;
    let status = wire.transaction_status().to_error_state();
    wire.set_transaction_status(status);
    Ok(())
}

/// Sends rows, at most so many, and returns how many, and whether they were the last. The client's reading is within
/// the statement's time: who reads slowly would else hold a turn as long as it likes.
pub(super) async fn rows(
    wire: &mut Wire,
    running: &mut Running,
    interrupt: &mut Interrupt,
    fields: &Arc<Vec<FieldInfo>>,
    most: Option<usize>,
) -> PgWireResult<(usize, bool)> {
    let (most, mut sent) = (most.unwrap_or(usize::MAX), 0);
    let sending = async {
        while sent < most {
            let Some(batch) = running.next(most - sent).await? else { return Ok((sent, true)) };
            for row in encoding::rows(fields, &batch)? {
                feed(wire, Backend::DataRow(row?)).await?;
                sent += 1;
            }
        }
        Ok((sent, false))
    };
    interrupt.guard(sending).await?
}

/// Sends all rows as a file of the format, and returns how many; within the statement's time, as [`rows`].
pub(super) async fn copy_out(
    wire: &mut Wire,
    running: &mut Running,
    interrupt: &mut Interrupt,
    fields: &Arc<Vec<FieldInfo>>,
    format: &CopyFormat,
) -> PgWireResult<usize> {
    let columns = i16::try_from(fields.len()).map_err(|_| failure::error("54011", "too many columns to copy"))?;
    let code = if format.binary { FieldFormat::Binary } else { FieldFormat::Text }.value();
    let sending = async {
        let begin = CopyOutResponse::new(code as i8, columns, vec![code; fields.len()]);
        feed(wire, Backend::CopyOutResponse(begin)).await?;
        if format.header {
            let names = format.line(fields.iter().map(|field| Some(field.name())));
            feed(wire, Backend::CopyData(CopyData::new(names.into()))).await?;
        }
        // clients expect it before the first row, in one message with it
        let mut head = if format.binary { copy::BINARY_HEAD } else { &[] };
        let mut sent = 0;
        while let Some(batch) = running.next(usize::MAX).await? {
            for row in encoding::rows(fields, &batch)? {
                let mut row = format.row(&row?);
                if !head.is_empty() {
                    row = [take(&mut head), &row].concat();
                }
                feed(wire, Backend::CopyData(CopyData::new(row.into()))).await?;
                sent += 1;
            }
        }
        if format.binary {
            let end = [take(&mut head), copy::BINARY_END].concat();
            feed(wire, Backend::CopyData(CopyData::new(end.into()))).await?;
        }
        feed(wire, Backend::CopyDone(CopyDone::new())).await?;
        Ok(sent)
    };
    interrupt.guard(sending).await?
}

/// Ends a connection with a reason; where it cannot be told any more, without.
pub(super) async fn dismiss(wire: &mut Wire, error: PgWireError) {
    let mut told = ErrorInfo::from(error);
    told.severity = "FATAL".to_owned();
    told.severity_nonlocalized = Some(told.severity.clone());
    let farewell = async {
        wire.send(Backend::ErrorResponse(told.into())).await?;
        SinkExt::<Backend>::close(wire).await
    };
    drop(timeout(Duration::from_secs(1), farewell).await);
}
