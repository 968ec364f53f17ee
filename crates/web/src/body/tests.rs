//! Bodies that are too long, too slow or cut off.

use super::*;
use axum::Router;
use axum::routing::post;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Answers with type and length of what it was sent.
async fn served(bodies: Bodies) -> SocketAddr {
    let told = |whole: Whole| async move { format!("{} {}", whole.media_type, whole.bytes.len()) };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let router = Router::new().route("/", post(told)).with_state(bodies);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// What is answered to a head and what follows it.
async fn sent(to: SocketAddr, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(to).await.expect("connects");
    let head = format!("POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{head}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("sends");
    // the other side may have answered and closed before all is sent
    drop(stream.write_all(body).await);
    let mut bytes = Vec::new();
    drop(stream.read_to_end(&mut bytes).await);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn check(answer: &str, status: u16, words: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(words), "{answer}");
}

#[tokio::test]
async fn a_body_is_read_whole() {
    let to = served(Bodies::default()).await;
    let head = "content-type: Text/CSV; charset=utf-8\r\ncontent-length: 5";
    check(&sent(to, head, b"a,b,c").await, 200, "text/csv 5");
    check(&sent(to, "transfer-encoding: chunked", b"2\r\na,\r\n3\r\nb,c\r\n0\r\n\r\n").await, 200, " 5");
    check(&sent(to, "transfer-encoding: chunked", b"2\r\na,\r\nnonsense\r\n").await, 400, "the body ended early");
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused() {
    let to = served(Bodies::default()).await;
    let told = "longer than 8 MiB";
    check(&sent(to, &format!("content-length: {}", BODY_BYTES_MAX + 1), b"").await, 413, told);
    let chunk = [b"100000\r\n".as_slice(), &vec![b'x'; 1 << 20], b"\r\n"].concat();
    check(&sent(to, "transfer-encoding: chunked", &chunk.repeat(9)).await, 413, told);
}

/// Time stands still but for when everybody waits for it.
#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_given_up_and_keeps_no_other_waiting() {
    let bodies = Bodies::default();
    let to = served(bodies.clone()).await;
    let began = tokio::time::Instant::now();
    let dripping = (0..4 * BODIES_MAX).map(|_| tokio::spawn(sent(to, "content-length: 5", b"a,")));
    let dripping: Vec<_> = dripping.collect();
    check(&sent(to, "content-length: 5", b"a,b,c").await, 200, " 5");
    assert!(began.elapsed() < BODY_WAIT, "it did not wait for the others");
    for one in dripping {
        check(&one.await.expect("no panic"), 408, "request_timeout");
    }
    assert_eq!(bodies.0.available_permits(), BODIES_MAX * BODY_BYTES_MAX);
}

#[tokio::test]
async fn a_body_for_which_there_is_no_room_is_to_come_again() {
    let bodies = Bodies::default();
    let to = served(bodies.clone()).await;
    let most = bodies.0.acquire_many((BODIES_MAX * BODY_BYTES_MAX - 4) as u32).await.expect("nearly all");
    check(&sent(to, "content-length: 5", b"a,b,c").await, 503, "retry-after: 1");
    check(&sent(to, "content-length: 4", b"a,b,").await, 200, " 4");
    drop(most);
    check(&sent(to, "content-length: 5", b"a,b,c").await, 200, " 5");
}
