//! Bodies that come packed, as `Content-Encoding` says.
//!
//! gzip is read to the last of its members: several behind each other are one body, as `cat` of two files makes it, and
//! what stands behind them and is no gzip makes the whole of it unreadable. A reader that stops at the first member, as
//! a library's layer does, would answer 200 for messages that it never saw.

use crate::error::{Code, Problem};
use async_compression::tokio::bufread::{GzipDecoder, ZstdDecoder};
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_ENCODING;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use std::io;
use tokio_util::io::{ReaderStream, StreamReader};

/// What `Content-Encoding` may say, as `Accept-Encoding` of a refusal tells it.
pub(crate) const TAKEN: &str = "gzip, zstd";
/// What is unpacked at once.
const PIECE_BYTES: usize = 64 << 10;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    /// Names of codings have no case, and `x-gzip` is `gzip` (RFC 9110, 8.4.1).
    pub(crate) fn of(headers: &HeaderMap) -> Result<Packing, Problem> {
        let said = headers.get_all(CONTENT_ENCODING).into_iter();
        let said: Vec<_> = said.map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase()).collect();
        let said = said.join(", ");
        match said.trim() {
            "" | "identity" => Ok(Packing::Plain),
            "gzip" | "x-gzip" => Ok(Packing::Gzip),
            "zstd" => Ok(Packing::Zstd),
            other => {
                let told = format!("a body packed with {other:?} is not read here; send it as {TAKEN}, or as it is");
                Err(Problem::new(Code::UnsupportedMediaType, told))
            }
        }
    }

    /// What to say of a body that broke off or is not packed as it says.
    pub(crate) fn told(self, error: &io::Error) -> Problem {
        let whole = match self {
            Packing::Plain => return Problem::bad_request(format!("the body cannot be read: {error}")),
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        };
        let told = format!("the body cannot be read as {whole} from its first to its last byte: {error}");
        Problem::bad_request(told + "; nothing of it was taken")
    }
}

/// The body as it was before it was packed, as it arrives.
pub(crate) fn pieces(body: Body, packing: Packing) -> BoxStream<'static, io::Result<Bytes>> {
    let arrived = body.into_data_stream().map_err(io::Error::other);
    match packing {
        Packing::Plain => arrived.boxed(),
        Packing::Gzip => {
            let mut decoder = GzipDecoder::new(StreamReader::new(arrived));
            decoder.multiple_members(true);
            ReaderStream::with_capacity(decoder, PIECE_BYTES).boxed()
        }
        Packing::Zstd => {
            let mut decoder = ZstdDecoder::new(StreamReader::new(arrived));
            decoder.multiple_members(true);
            ReaderStream::with_capacity(decoder, PIECE_BYTES).boxed()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_compression::tokio::write::{GzipEncoder, ZstdEncoder};
    use tokio::io::AsyncWriteExt;

    async fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = GzipEncoder::new(Vec::new());
        encoder.write_all(text.as_bytes()).await.expect("memory");
        encoder.shutdown().await.expect("memory");
        encoder.into_inner()
    }

    async fn zstd(text: &str) -> Vec<u8> {
        let mut encoder = ZstdEncoder::new(Vec::new());
        encoder.write_all(text.as_bytes()).await.expect("memory");
        encoder.shutdown().await.expect("memory");
        encoder.into_inner()
    }

    async fn read(packed: &[u8], packing: Packing, piece: usize) -> io::Result<String> {
        let pieces = packed.chunks(piece).map(|piece| Ok::<_, io::Error>(Bytes::copy_from_slice(piece)));
        let body = Body::from_stream(futures::stream::iter(pieces.collect::<Vec<_>>()));
        let unpacked = super::pieces(body, packing).try_collect::<Vec<Bytes>>().await?;
        Ok(String::from_utf8(unpacked.concat()).expect("it was text"))
    }

    #[tokio::test]
    async fn all_members_are_read_and_nothing_else_passes() {
        let (long, short) = ("x".repeat(3 * PIECE_BYTES), "short");
        let (whole, members) = (format!("{long}{short}"), [gzip(&long).await, gzip(short).await].concat());
        let frames = [zstd(&long).await, zstd(short).await].concat();
        let ends = gzip(&long).await.len();
        for piece in [1, 7, ends, members.len()] {
            for (packed, packing) in [(&members, Packing::Gzip), (&frames, Packing::Zstd)] {
                let told = format!("{packing:?} in pieces of {piece}");
                assert_eq!(read(packed, packing, piece).await.expect(&told), whole, "{told}");
                let garbage = [packed, &b"{\"serviceName\":1}"[..]].concat();
                read(&garbage, packing, piece).await.expect_err(&told);
                read(&packed[..packed.len() - 1], packing, piece).await.expect_err(&told);
            }
            read(&members[..ends + 3], Packing::Gzip, piece).await.expect_err("a member that has hardly begun");
        }
    }

    #[test]
    fn codings_are_told_by_their_names() {
        let check = |said: &'static str, expect: Option<Packing>| {
            let headers = HeaderMap::from_iter([(CONTENT_ENCODING, said.parse().expect("a value"))]);
            let found = Packing::of(&headers).map_err(|problem| assert!(problem.message.contains(TAKEN)));
            assert_eq!(found.ok(), expect, "{said}");
        };
        check("gzip", Some(Packing::Gzip));
        check("GZIP", Some(Packing::Gzip));
        check("x-gzip", Some(Packing::Gzip));
        check("Zstd", Some(Packing::Zstd));
        check("identity", Some(Packing::Plain));
        check("br", None);
        check("deflate", None);
        check("gzip, gzip", None);
    }
}
