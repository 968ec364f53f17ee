//! From datagrams to frames: what is accepted, what is refused and why, and that the counts always add up.

use super::*;
use crate::rejects;
use model::{MESSAGE_BYTES_MAX, Reason};
use std::collections::BTreeMap;

#[test]
fn every_shape_is_accepted() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(temp.path());
    let collector = Running::start(settings.clone());
    let (s, rest) = (now_s(), r#""CPU":0.5,"RAM":{"Total":16,"Free":4},"Disk":{"Total":512,"Free":128}"#);
    let shapes = [
        message("a", 1),
        format!("{{\n  \"ServiceName\": \"a\",\n  \"TimeStamp\": {s}000000000,\n  {rest},\n}}"),
        format!(r#"{{"SERVICENAME":"a","timestamp":{s}.25,{rest}}}"#) + &" ".repeat(100),
        format!(r#"{{"servicename":"a","Timestamp":{s}000,"instance":"i",{rest}}}"#) + &"\0".repeat(100),
        format!(r#"{{"serviceName":"a","Timestamp":"{}","more":{{"x":[1]}},{rest}}}"#, SystemClock.now()),
    ];
    collector.send(&shapes);
    collector.wait_for(5);
    let status = collector.stop();
    assert_eq!((status.accepted, status.in_flight), (5, 0));
    assert_eq!(written(&settings.journal).len(), 5);
    assert_eq!(ledger(&settings.journal).accepted, 5);
    assert_eq!(kinds(&settings.journal)[0], Kind::Start);
    assert_eq!(kinds(&settings.journal).last(), Some(&Kind::Stop));
}

#[test]
fn what_is_refused_is_counted_by_reason_and_kept() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(temp.path());
    let collector = Running::start(settings.clone());
    let refused: [(&[u8], Reason); 6] = [
        (b"", Reason::NotJson),
        (b"\xff\x00garbage", Reason::NotJson),
        (&[b' '; MESSAGE_BYTES_MAX + 1], Reason::TooLarge),
        (&[b'x'; 65_507], Reason::TooLarge),
        (br#"{"serviceName":"a"}"#, Reason::MissingField),
        (message("a", 0).replace("0.5", "-1").leak().as_bytes(), Reason::CpuNegative),
    ];
    let sender = collector.sender();
    refused.iter().for_each(|(bytes, _)| assert!(sender.send(bytes).is_ok()));
    collector.wait_for(6);
    collector.send(&[message("a", 1)]);
    let status = collector.stop();
    let expect = refused.iter().fold(BTreeMap::new(), |mut counts, (_, reason)| {
        *counts.entry(*reason).or_insert(0) += 1;
        counts
    });
    assert_eq!((status.accepted, &status.rejected), (1, &expect));
    let ledger = ledger(&settings.journal);
    assert_eq!((ledger.accepted, &ledger.rejected), (1, &expect));
    let kept = rejects::read(&settings.rejects_dir, None, 100).expect("reads");
    let source = sender.local_addr().expect("is bound").to_string();
    for ((bytes, reason), kept) in refused.iter().zip(&kept) {
        assert_eq!((kept.reason, kept.bytes.as_slice(), &kept.source), (*reason, *bytes, &source));
    }
    assert_eq!(kept.len(), refused.len());
}

#[test]
fn datagrams_that_arrive_as_one_are_taken_apart() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(temp.path());
    let collector = Running::start(settings.clone());
    let socket = UdpSocket::bind("127.0.0.1:0").expect("binds");
    let state = quinn_udp::UdpSocketState::new((&socket).into()).expect("sets up");
    let texts: Vec<String> = (10..30).map(|sequence| message("a", sequence)).collect();
    let (contents, length) = (texts.concat(), texts[0].len());
    let transmit = quinn_udp::Transmit {
        destination: collector.address,
        ecn: None,
        // the last one is shorter
        contents: &contents.as_bytes()[..contents.len() - 1],
        segment_size: Some(length),
        src_ip: None,
    };
    state.try_send((&socket).into(), &transmit).expect("sends");
    let status = collector.wait_for(20);
    collector.stop();
    assert_eq!((status.accepted, status.rejected), (19, BTreeMap::from([(Reason::NotJson, 1)])));
    assert_eq!(written(&settings.journal), (10..29).map(|at| ("a".to_owned(), at)).collect::<Vec<_>>());
}

#[test]
fn refusals_alone_reach_the_ledger() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(temp.path());
    let collector = Running::start(settings.clone());
    collector.send(&["no"]);
    let start = Instant::now();
    while ledger(&settings.journal).received() == 0 && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(ledger(&settings.journal).rejected, BTreeMap::from([(Reason::NotJson, 1)]));
    collector.stop();
}

#[test]
fn every_snapshot_adds_up_under_load_and_nothing_is_lost() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = Settings { frame_messages: 500, ..settings(temp.path()) };
    let collector = Running::start(settings.clone());
    let (senders, each) = (4_u64, 3_000_u64);
    let last = std::thread::scope(|scope| {
        for sender in 0..senders {
            let socket = collector.sender();
            scope.spawn(move || {
                for sequence in 0..each {
                    let bad = sequence % 10 == 9;
                    let text = if bad { "{".to_owned() } else { message(&format!("service-{sender}"), sequence) };
                    socket.send(text.as_bytes()).expect("sends");
                    if sequence % 50 == 0 {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
            });
        }
        let mut before = collector.handle.status();
        let start = Instant::now();
        loop {
            let status = collector.handle.status();
            let rejected: u64 = status.rejected.values().sum();
            assert_eq!(status.received, status.accepted + status.duplicate + rejected + status.shed);
            assert!(status.received >= before.received && status.accepted >= before.accepted);
            if status.received == senders * each || start.elapsed() > Duration::from_secs(30) {
                break status;
            }
            before = status;
        }
    });
    assert_eq!((last.received, last.kernel_dropped), (senders * each, Some(0)));
    assert_eq!(last.rejected, BTreeMap::from([(Reason::NotJson, senders * each / 10)]));
    collector.stop();
    let sequences = (0..each).filter(|sequence| sequence % 10 != 9);
    let sent: Vec<_> = sequences.flat_map(|sequence| (0..senders).map(move |s| (s, sequence))).collect();
    let mut expect: Vec<_> = sent.iter().map(|(s, sequence)| (format!("service-{s}"), *sequence as i64)).collect();
    expect.sort();
    assert_eq!(written(&settings.journal), expect);
    let frames = frames(&settings.journal);
    assert!(frames.iter().all(|(_, frame)| frame.messages.len() <= 500));
    for (_, frame) in &frames {
        let counts = frame.ledger.iter().filter_map(|row| match &row.kind {
            LedgerRowKind::Counts(counts) => Some(counts.accepted),
            _ => None,
        });
        assert_eq!(counts.sum::<u64>(), frame.messages.len() as u64, "a frame counts its own messages");
    }
}

#[test]
fn a_stop_drains_the_sockets() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(temp.path());
    let collector = open(settings.clone()).expect("opens");
    // nobody receives yet, so all of this waits in the sockets
    let count = (collector.handle().status().receive_buffer_bytes as u64 / 4096).min(2_000);
    let sender = UdpSocket::bind("127.0.0.1:0").expect("binds");
    for sequence in 0..count {
        sender.send_to(message("a", sequence).as_bytes(), collector.local_addr()).expect("sends");
    }
    let status = run(collector).stop();
    assert_eq!((status.accepted, status.in_flight), (count, 0));
    assert_eq!(written(&settings.journal).len() as u64, count);
}

#[test]
fn both_sockets_take_their_share() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let mut port = crate::socket::Port::take(settings(temp.path()).udp, 1 << 20).expect("takes a port");
    port.share(2).expect("shares it");
    let sender = || UdpSocket::bind("127.0.0.1:0").expect("binds");
    (0..200).for_each(|_| assert!(sender().send_to(b"x", port.address).is_ok()));
    let received = port.sockets.iter().map(|socket| {
        socket.set_nonblocking(true).expect("sets");
        std::iter::from_fn(|| socket.recv(&mut [0; 8]).ok()).count()
    });
    let received: Vec<_> = received.collect();
    assert_eq!(received.iter().sum::<usize>(), 200);
    assert!(received.iter().all(|count| *count > 40), "{received:?}");
    assert!(port.receive_buffer_bytes >= 1 << 20, "{}", port.receive_buffer_bytes);
}
