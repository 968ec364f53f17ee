//! What ends a statement or a connection: its time, its client, a bound, or the end of the process.

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use system_tests::postgres::{Bare, asked, cancel, psql, startup};
use system_tests::{BY_HAND, Site, until};

/// It computes for minutes, and sends nothing before.
const ENDLESS: &str = "SELECT count(*) FROM generate_series(1, 200000) a, generate_series(1, 200000) b \
                       WHERE (a.value * b.value) % 7 = 1";
/// It sends for minutes.
const STREAM: &str = "SELECT a.value, b.value FROM generate_series(1, 200000) a, generate_series(1, 200000) b";

fn query(text: &str) -> Vec<u8> {
    [text.as_bytes(), &[0]].concat()
}

#[test]
fn a_statement_ends_with_its_time_its_client_or_a_request() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let to = daemon.postgres();
    // eight are answered at once; each of these would hold a turn for minutes
    let answered = |when: &str| assert_eq!(asked(to, "SELECT 1"), "1", "{when}");

    // statement_timeout, on the statement and while its rows are sent
    let began = Instant::now();
    for text in [ENDLESS, STREAM] {
        let (mut client, _) = Bare::login(to);
        client.tell(b'Q', &query(&format!("SET statement_timeout = '300ms'; {text}")));
        assert_eq!(client.error(), ("57014".to_owned(), false));
    }
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());

    // requests to cancel, simple and extended, before and between rows
    for text in [ENDLESS, STREAM] {
        let (mut client, key) = Bare::login(to);
        client.tell(b'Q', &query(text));
        let ended = AtomicBool::new(false);
        let cancelled = thread::scope(|scope| {
            // a request that comes before the statement has begun is for nothing
            scope.spawn(|| {
                until("the end of the statement", 60, || {
                    Bare::connect(to).send(&cancel(key));
                    ended.load(Ordering::Relaxed).then_some(())
                })
            });
            let error = client.error();
            ended.store(true, Ordering::Relaxed);
            error
        });
        assert_eq!(cancelled, ("57014".to_owned(), false));
        // one that is still on its way may meet the next statement
        until("an answer", 20, || {
            client.tell(b'Q', &query("SELECT 1"));
            until("its first message", 20, || client.message().filter(|(kind, _)| matches!(kind, b'T' | b'E')))
                .0
                .eq(&b'T')
                .then_some(())
        });
    }
    let (mut guess, _) = Bare::login(to);
    Bare::connect(to).send(&cancel([0; 8]));
    guess.tell(b'Q', &query("SELECT 1"));
    assert!(until("an answer", 20, || guess.message().filter(|(kind, _)| *kind == b'D')).1.ends_with(b"1"));

    // clients that go away give their turns back: twice as many as there are
    for _ in 0..16 {
        let (mut client, _) = Bare::login(to);
        client.tell(b'Q', &query(ENDLESS));
    }
    answered("clients have gone");
    // neither does one who has begun to read and stops hold one
    let idle: Vec<Bare> = (0..10)
        .map(|_| {
            let (mut client, _) = Bare::login(to);
            client.tell(b'Q', &query(&format!("BEGIN; DECLARE c CURSOR FOR {STREAM}; FETCH 1 FROM c")));
            until("a row", 20, || client.message().filter(|(kind, _)| *kind == b'D'));
            client
        })
        .collect();
    answered("cursors are open");
    drop(idle);

    // nor do as many as there are turns who read nothing of a long answer, when the time of their statement is over
    let began = Instant::now();
    let slow: Vec<Bare> = (0..8)
        .map(|_| {
            let (mut client, _) = Bare::login(to);
            let wide = "SELECT repeat('wide', 1000) FROM generate_series(1, 200000)";
            client.tell(b'Q', &query(&format!("SET statement_timeout = '2s'; {wide}")));
            until("a row", 60, || client.message().filter(|(kind, _)| *kind == b'D'));
            client
        })
        .collect();
    answered("nobody reads");
    // who does not read is waited for a minute, which this is not, also where the machine is busy
    assert!(began.elapsed().as_secs() < 50, "{:?}", began.elapsed());
    for mut client in slow {
        assert_eq!(client.error(), ("57014".to_owned(), false));
    }

    // what would take a stack or a memory without end
    let doubled: Vec<String> =
        (1..40).map(|n| format!("t{n} AS (SELECT a.* FROM t{} a, t{} b)", n - 1, n - 1)).collect();
    let chains = [
        format!("SELECT 1{}", " + 1".repeat(20_000)),
        format!("SELECT '{}'", "long".repeat(300_000)),
        format!("SELECT 1 WHERE {}", vec!["1 = 1"; 20_000].join(" OR ")),
        vec!["SELECT 1, 2"; 5_000].join(" UNION ALL "),
        format!("WITH t0 AS (SELECT 1), {} SELECT count(*) FROM t39", doubled.join(", ")),
    ];
    for text in &chains {
        let (mut client, _) = Bare::login(to);
        client.tell(b'Q', &query(text));
        assert_eq!(client.error().0, "54001", "{}…", &text[..60]);
    }
    assert_eq!(asked(to, &format!("SELECT 1{}", " + 1".repeat(450))), "451");

    // a number of rows that nobody has room for is only the most there may be
    let (mut client, _) = Bare::login(to);
    client.tell(b'Q', &query("BEGIN; DECLARE c CURSOR FOR SELECT 7; FETCH 2000000000 FROM c"));
    assert!(until("a row", 20, || client.message().filter(|(kind, _)| *kind == b'D')).1.ends_with(b"7"));
}

#[test]
fn connections_are_bounded_and_end_with_the_process() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let to = daemon.postgres();

    // what speaks something else is told so, or nothing
    let mut page = Bare::connect(to);
    page.send(b"POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9\r\n\r\nSELECT 1;");
    let mut answer = Vec::new();
    while let Some((kind, body)) = page.message() {
        answer.push((char::from(kind), body));
    }
    assert!(answer.iter().all(|(kind, _)| *kind == 'E'), "{answer:?}");
    let mut huge = Bare::connect(to);
    huge.send(&[0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0]);
    assert_eq!(huge.error().0, "08P01");
    assert!(huge.is_over());
    let (mut long, _) = Bare::login(to);
    long.send(&[&[b'Q', 0, 0x60, 0, 0][..], &vec![b' '; 5 << 20]].concat());
    until("the end of the connection", 20, || long.message().is_none().then_some(()));

    // nor one that ends before what it says is in it
    for (kind, body) in
        [(b'B', &b"\0\0\0\x01"[..]), (b'B', b"\0\0\0\x01\0\0\0\x01\x7f\xff\xff\xff"), (b'P', b"name"), (b'E', b"")]
    {
        let (mut short, _) = Bare::login(to);
        short.tell(kind, body);
        assert_eq!(short.error(), ("08P01".to_owned(), true), "{} {body:?}", char::from(kind));
        assert!(short.is_over());
    }

    // what one connection keeps is bounded: statements by the bytes of their texts
    let (mut keeper, _) = Bare::login(to);
    let kept = |name: &str, bytes: usize| {
        let text = format!("SELECT 1 -- {}", "x".repeat(bytes - 12));
        [name.as_bytes(), b"\0", text.as_bytes(), b"\0\0\0"].concat()
    };
    let texts = ["a", "b", "c", "d"].map(|name| (name, 1 << 18, b'1'));
    for (name, bytes, answer) in texts.into_iter().chain([("", 1 << 18, b'1'), ("e", 20, b'E')]) {
        keeper.tell(b'P', &kept(name, bytes));
        keeper.tell(b'H', b"");
        let (kind, body) = keeper.message().expect("an answer");
        assert_eq!(char::from(kind), char::from(answer), "{name}: {}", String::from_utf8_lossy(&body));
    }
    drop(keeper);

    // a hundred, and not one more
    let full: Vec<Bare> = until("the last connections to be gone", 30, || {
        let clients: Vec<Bare> = (0..100).map(|_| Bare::connect(to)).collect();
        let all = clients.into_iter().map(|mut client| {
            client.send(&startup(&[("user", "bare")]));
            until("an answer", 20, || client.message().filter(|(kind, _)| matches!(kind, b'Z' | b'E')))
                .0
                .eq(&b'Z')
                .then_some(client)
        });
        all.collect::<Option<Vec<Bare>>>()
    });
    let mut late = Bare::connect(to);
    late.send(&startup(&[("user", "late")]));
    assert_eq!(late.error(), ("53300".to_owned(), true));
    let told = psql(to).args(["-c", "SELECT 1"]).output().expect("psql runs");
    assert!(String::from_utf8_lossy(&told.stderr).contains("too many clients"), "{told:?}");
    let mut clients = full.into_iter();
    clients.by_ref().take(99).for_each(drop);
    until("a place", 20, || {
        let psql = psql(to).args(["-c", "SELECT 1"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        psql.expect("psql runs").success().then_some(())
    });

    // at the end everybody is told
    let mut last = clients.next().expect("one is left");
    let stopping = std::thread::spawn(move || daemon.stop());
    assert_eq!(last.error(), ("57P01".to_owned(), true));
    assert!(stopping.join().expect("it stops").success());
}
