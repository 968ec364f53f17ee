//! The agent against a real socket on this machine.

use super::*;
use tokio::time::timeout;

fn agent(to: String) -> Agent {
    let every = Duration::from_millis(50);
    Agent { name: "host-1".to_owned(), to, every, disk: PathBuf::from("/"), cpu_unit: CpuUnit::Percent }
}

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn messages_are_accepted_until_the_shutdown() {
    let collector = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
    let to = collector.local_addr().expect("bound").to_string();
    let caught = async {
        let mut datagram = [0; 2048];
        let mut decoder = Decoder::new(Rules { cpu_unit: CpuUnit::Percent, ..Rules::default() });
        for _ in 0..3 {
            let length = collector.recv(&mut datagram).await.expect("a datagram");
            let message = decoder.decode(&datagram[..length], SystemClock.now()).expect("accepted");
            assert_eq!(message.service, "host-1");
            assert!(message.ram_total > 0.0 && message.disk_total > 0.0, "{message:?}");
        }
    };
    timeout(PATIENCE, agent(to).run(caught)).await.expect("three messages in time").expect("no error");
}

#[tokio::test]
async fn a_collector_that_is_away_is_met_when_it_comes() {
    let reserved = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
    let address = reserved.local_addr().expect("bound");
    drop(reserved);
    let mut line = Line::new(address.to_string());
    // the kernel's refusal needs a moment to come back
    while !line.failing {
        line.send(b"lost").await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let collector = UdpSocket::bind(address).await.expect("the port is free again");
    while line.failing {
        line.send(b"found").await;
    }
    let mut datagram = [0; 16];
    let length = timeout(PATIENCE, collector.recv(&mut datagram)).await.expect("in time").expect("a datagram");
    assert_eq!(&datagram[..length], b"found");
}

#[tokio::test]
async fn what_no_collector_accepts_ends_at_once() {
    let named = Agent { name: "a\nb".to_owned(), ..agent("127.0.0.1:9".to_owned()) };
    let error = timeout(PATIENCE, named.run(std::future::pending())).await.expect("at once").expect_err("a bad name");
    assert!(format!("{error:#}").contains("serviceName holds a control character"), "{error:#}");

    let missing = Agent { disk: PathBuf::from("/no/such/folder"), ..agent("127.0.0.1:9".to_owned()) };
    let error = timeout(PATIENCE, missing.run(std::future::pending())).await.expect("at once").expect_err("no folder");
    assert!(format!("{error:#}").contains("/no/such/folder: give another --disk"), "{error:#}");
}
