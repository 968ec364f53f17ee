//! Crowds of questions, long ones, and askers that go away.

use super::*;
use crate::tests::{Served, served};
use std::sync::mpsc;
use std::time::Instant;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

impl Served {
    async fn all_turns(&self) -> Vec<Turn> {
        let mut turns = Vec::new();
        for _ in 0..QUESTIONS_MAX {
            turns.push(self.front.questions.turn().await.expect("a turn"));
        }
        turns
    }

    /// Waits until so many are answered and so many wait.
    async fn until_standing(&self, expect: (usize, usize)) {
        let began = Instant::now();
        while self.front.questions.standing() != expect {
            assert!(began.elapsed() < Duration::from_secs(60), "{:?}", self.front.questions.standing());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_waits_and_who_finds_no_place_comes_again() {
    let served = served(true).await;
    let mut turns = served.all_turns().await;
    let waiting: Vec<_> = (0..WAITING_MAX)
        .map(|_| {
            let front = served.front.clone();
            tokio::spawn(async move { front.questions.turn().await.map(drop) })
        })
        .collect();
    served.until_standing((QUESTIONS_MAX, WAITING_MAX)).await;
    let refused = reqwest::get(served.url("/api/v1/services")).await.expect("answers");
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"1".parse().expect("a value")));
    let body: crate::ErrorBody = refused.json().await.expect("the shape of an error");
    assert_eq!(body.error.code, Code::Busy);
    turns.pop();
    for one in waiting {
        one.await.expect("no panic").expect("its turn came");
    }
    served.until_standing((QUESTIONS_MAX - 1, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_gives_up_its_place() {
    let served = served(true).await;
    let _turns = served.all_turns().await;
    let address = served.url("").trim_start_matches("http://").to_owned();
    let mut client = TcpStream::connect(address).await.expect("connects");
    client.write_all(b"GET /api/v1/services HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("sends");
    served.until_standing((QUESTIONS_MAX, 1)).await;
    drop(client);
    served.until_standing((QUESTIONS_MAX, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_has_begun_holds_its_turn_until_it_has_ended() {
    let served = served(true).await;
    let (told, begun) = mpsc::channel();
    let asking = tokio::spawn(ask(served.front.clone(), move |_, given_up| {
        told.send(()).expect("heard");
        while given_up.check().is_ok() {
            std::thread::sleep(Duration::from_millis(1));
        }
        // the last statement goes on for a while
        std::thread::sleep(Duration::from_millis(200));
        given_up.check()
    }));
    begun.recv().expect("it begins");
    asking.abort();
    let gone = asking.await.expect_err("nobody waits any more");
    assert!(gone.is_cancelled());
    assert_eq!(served.front.questions.standing().0, 1, "the work goes on");
    served.until_standing((0, 0)).await;
}

#[tokio::test(start_paused = true)]
async fn a_question_may_take_so_long_and_no_longer() {
    let questions = Questions::new(Duration::from_millis(1500));
    let after = |millis| async move {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        Ok(())
    };
    assert_eq!(questions.in_time(after(1400)).await, Ok(()));
    let problem = questions.in_time(after(1600)).await.expect_err("too long");
    assert_eq!(problem.code, Code::Timeout);
    assert!(problem.message.contains("longer than 1.5 s") && problem.message.contains("query.timeout"), "{problem:?}");
}
