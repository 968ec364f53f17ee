//! Clients that dawdle, say too much, or come in crowds.

use super::*;
use crate::live::{Live, WATCHERS_MAX};
use crate::server::{CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_WAIT};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(60);

impl Served {
    async fn connect(&self) -> TcpStream {
        let address = self.base.trim_start_matches("http://").trim_end_matches("/api/v1");
        TcpStream::connect(address).await.expect("connects")
    }
}

/// All that comes until the connection is closed.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("it is closed");
    // reset is closed as well
    drop(read);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_drips_is_cut_off() {
    let served = served(true).await;
    let (began, stream) = (Instant::now(), served.connect().await);
    let (mut reader, mut writer) = stream.into_split();
    let dripping = tokio::spawn(async move {
        while writer.write_all(b"GET /api/v1/status HTTP/1.1\r\nx-more: "[..1].as_ref()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let mut bytes = Vec::new();
    drop(tokio::time::timeout(PATIENCE, reader.read_to_end(&mut bytes)).await.expect("it is closed"));
    assert!(began.elapsed() >= HEAD_WAIT / 2, "closed after {:?}", began.elapsed());
    dripping.await.expect("a writer sees the end too");
    assert_eq!(served.get("status").await.0, 200, "others are answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_asks_nothing_more_is_closed() {
    let served = served(true).await;
    let mut stream = served.connect().await;
    stream.write_all(b"GET /api/v1/jobs HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("sends");
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_without_end_is_refused() {
    let served = served(true).await;
    let mut stream = served.connect().await;
    let head = format!("GET /api/v1/status HTTP/1.1\r\nhost: localhost\r\nx-more: {}", "x".repeat(2 * HEAD_BYTES_MAX));
    // the other side closes while this is being sent
    drop(stream.write_all(head.as_bytes()).await);
    let answer = rest(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_not_taken_in() {
    let served = served(true).await;
    let mut stream = served.connect().await;
    let head = "POST /api/v1/verify HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sends");
    let mut sent = 0_usize;
    let chunk = vec![b'x'; 1 << 20];
    while sent < 1 << 30 && stream.write_all(&chunk).await.is_ok() {
        sent += chunk.len();
    }
    assert!(sent < 1 << 28, "{sent} bytes were taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_waits_outside() {
    let served = served(true).await;
    let mut crowd = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        crowd.push(served.connect().await);
    }
    let asked = served.get("status");
    let early = tokio::time::timeout(HEAD_WAIT / 10, asked).await;
    assert!(early.is_err(), "the crowd has all places");
    drop(crowd);
    let (status, _) = tokio::time::timeout(PATIENCE, served.get("status")).await.expect("there is room again");
    assert_eq!(status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_is_finished_at_shutdown() {
    let served = served(true).await;
    let mut stream = served.connect().await;
    stream.write_all(b"GET /api/v1/status HTTP/1.1\r\nhost: localhost\r\n").await.expect("sends");
    let idle = served.connect().await;
    // both have been taken once a third has been answered
    assert_eq!(served.get("status").await.0, 200);
    served.stop.cancel();
    drop(stream.write_all(b"\r\n").await);
    tokio::time::timeout(PATIENCE, served.serving).await.expect("it ends").expect("no panic").expect("no error");
    drop((idle, stream));
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_watch_and_no_more() {
    let served = served(true).await;
    let mut watching: Vec<_> =
        (0..WATCHERS_MAX).map(|_| Live::watch(&served.front, Duration::from_secs(1)).expect("a place")).collect();
    let (status, body) = served.get("live").await;
    assert_eq!((status, body["error"]["code"].as_str()), (503, Some("busy")), "{body}");
    let mut one = watching.pop().expect("many watch");
    assert_eq!(one.next(0).await.map(|picture| picture.services.len()), Some(0));
    drop(one);
    let response = reqwest::get(format!("{}/live", served.base)).await.expect("answers");
    assert_eq!(response.status().as_u16(), 200);
}
