//! A stream of events, compressed so that each event can be read as soon as it is sent: what a compressor kept back would
//! be late by the time until the next one. The first state of a thousand services is a tenth of its size so.

use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::StreamExt;
use std::io::{self, Write};

/// The response with its body as gzip, flushed behind each piece.
pub(crate) fn packed(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    head.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    head.headers.append(VARY, HeaderValue::from(ACCEPT_ENCODING));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let pieces = body.into_data_stream().map(move |piece| {
        let piece = piece.map_err(io::Error::other)?;
        encoder.write_all(&piece)?;
        encoder.flush()?;
        Ok::<_, io::Error>(Bytes::from(std::mem::take(encoder.get_mut())))
    });
    Response::from_parts(head, Body::from_stream(pieces))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use flate2::write::GzDecoder;
    use futures::stream;

    #[tokio::test]
    async fn each_event_can_be_read_when_it_comes() {
        let events = ["event: services\ndata: {}\n\n".repeat(1000), "event: status\ndata: 1\n\n".to_owned()];
        let body = Body::from_stream(stream::iter(events.clone().map(Ok::<_, io::Error>)));
        let packed = packed(Response::new(body));
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        let mut pieces = packed.into_body().into_data_stream();
        let (mut reader, mut sent) = (GzDecoder::new(Vec::new()), 0);
        for event in events {
            let piece = pieces.next().await.expect("a piece for each event").expect("it can be read");
            sent += piece.len();
            reader.write_all(&piece).expect("it is gzip");
            reader.flush().expect("it is gzip");
            assert_eq!(std::mem::take(reader.get_mut()), event.as_bytes());
        }
        assert!(sent < 1000, "{sent} bytes for 28,000");
    }
}
