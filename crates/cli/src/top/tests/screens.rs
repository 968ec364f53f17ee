//! Each screen, as it looks.

use super::*;

#[test]
fn the_fleet_worst_first() {
    check(
        &fleet(80, 10),
        "\
vitals top 0.1.0  127.0.0.1:3501  up 1m                  2026-11-21 12:56:07 UTC
5 services  2 up  1 late  1 silent  1 gone   119 messages/min   worst first
SERVICE           STATE  SEEN CPU avg max RAM avg max DSK avg max MSG/MIN CPU 1H
search            silent   1h           -           -           -       0
mail              late     2m           -           -           -       0
billing           up       1s ██▊  90 100 █▌   50  60 ▊│   25  35      60  ▃▄▅▆█
checkout          up       8s ▉│   30  40 █▌   50  60 ▊│   25  35      59
crawler           gone     9d           -           -           -       0

F1Help EnterCharts F3Search F4Filter F6Order SpaceTag TabScreen F10Quit
",
    );
}

#[test]
fn more_room_shows_more() {
    check(&fleet(132, 9), "\
vitals top 0.1.0  127.0.0.1:3501  up 1m                                                                      2026-11-21 12:56:07 UTC
5 services  2 up  1 late  1 silent  1 gone   119 messages/min   worst first
SERVICE                    STATE  SEEN CPU        avg max RAM        avg max DSK        avg max MSG/MIN CPU, LAST HOUR
search                     silent   1h                  -                  -                  -       0
mail                       late     2m                  -                  -                  -       0
billing                    up       1s █████████│  90 100 █████│      50  60 ██▌│        25  35      60       ▂▃▃▃▃▃▄▄▄▅▅▅▅▅▆▆▆▆▇▇▇█
checkout                   up       8s ███│        30  40 █████│      50  60 ██▌│        25  35      59
crawler                    gone     9d                  -                  -                  -       0
F1Help EnterCharts F3Search F4Filter F6Order SpaceTag TabScreen F10Quit
");
}

#[test]
fn little_room_shows_what_matters() {
    check(
        &fleet(40, 8),
        "\
vitals top 0.1.0  127.0.0.1:3501  up 1m
5 services  2 up  1 late  1 silent  1 go
SERVICE     SEEN CPU max RAM max DSK max
search        1h       -       -       -
mail          2m       -       -       -
billing       1s  90 100  50  60  25  35
checkout      8s  30  40  50  60  25  35
F1Help EnterCharts F3Search F4Filter F6O
",
    );
}

#[test]
fn one_service() {
    let mut state = fleet(80, 24);
    typed(&mut state, &[KeyCode::Down, KeyCode::Down, KeyCode::Enter]);
    assert_eq!(state.view, View::Service);
    let averages: Vec<f64> = (0..50).map(|minute| 0.3 + 0.2 * (f64::from(minute) / 8.0).sin()).collect();
    let told = history(&state, &averages);
    state.update(answered(NOW, status(1000, 60), Ok(told)));
    check(
        &state,
        "\
vitals top 0.1.0  127.0.0.1:3501  up 1m                  2026-11-21 12:56:07 UTC
5 services  2 up  1 late  1 silent  1 gone   119 messages/min
billing  up, seen 1s ago 1:1h 2:6h 3:24h 4:7d  11-21 11:57 to 12:57 (now)
CPU  mean 30.0%  least 5.0%  ▲ peak 60.0% at 2026-11-21 12:10:05
100%┤
    │               ▲
 50%┤░░░░░⣀⣀⣀⣀⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⣀⣀⣀⡀░░░░░░
    │⠐⠒⠊⠉⠉░░░░░░░░░░░░░░░░░░░░░░⠈⠉⠉⠒⠒⠢⠤⠤⣀⣀⣀⣀░░░░░░░░░░░░░░░░░░⢀⣀⣀⠤⠤░
  0%┤                                   ░░░░⠉⠉⠉⠑⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠉⠉⠉⠁░░░░
RAM  mean 50.0%  least 25.0%  ▲ peak 60.0% at 2026-11-21 11:57:05
100%┤
    │▲
 50%┤⠠⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤░
    │░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
  0%┤
DISK mean 25.0%  least 12.5%  ▲ peak 35.0% at 2026-11-21 11:57:05
100%┤
    │
 50%┤▲
    │⠠⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤░
  0%┤░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
    └───┬────────────┬───────────┬────────────┬───────────┬────────────┬────────
        12:00        12:10       12:20        12:30       12:40        12:50
F1Help 1-4Range ←→Time nNow ↑↓Service EscFleet F10Quit
",
    );
}

#[test]
fn the_pipeline() {
    let mut state = fleet(80, 36);
    typed(&mut state, &[KeyCode::BackTab]);
    assert!(state.wanted().ledger);
    let ledger = serde_json::json!([
        {"minute": "2026-11-21T12:50:00Z", "source": "collector", "received": 100, "accepted": 90, "duplicate": 0,
         "rejected": {"not_json": 10}, "shed": 0, "kernel_dropped": 0},
        {"minute": "2026-11-21T12:55:00Z", "source": "collector", "received": 50, "accepted": 40, "duplicate": 0,
         "rejected": {}, "shed": 10, "kernel_dropped": 7},
        {"from": "2026-11-21T12:51:00Z", "to": "2026-11-21T12:54:30Z", "source": "collector", "kind": "gap", "clean": false}
    ]);
    let ledger = Some(serde_json::from_value(ledger).expect("lines of a ledger"));
    state.update(answered("2026-11-21T12:56:09Z", status(1042, 62), Ok(Answers { ledger, ..answers() })));
    check(
        &state,
        "\
vitals top 0.1.0  127.0.0.1:3501  up 1m                  2026-11-21 12:56:09 UTC
5 services  2 up  1 late  1 silent  1 gone   119 messages/min   21.0 received/s
INTAKE              SINCE START PER SECOND  LAST HOUR
received                  1,042       21.0                                  █  ▅
accepted                  1,039       21.0                                  █  ▄
duplicate                     0        0.0                                  ▁  ▁
rejected                      3        0.0                                  █  ▁
shed                          0        0.0                                  ▁  █
kernel dropped          unknown                                             ▁  █
reasons         not_json 2, too_old 1
in flight       4, receive buffer 67,108,864 bytes per socket

JOURNALS        WATERMARK UNPUBLISHED      LAG  ON DISK
collector              42           3      19s       16
import-c9606f8…         2           0        -        1
in all          3 generations above the watermark, 17 segments on disk
realtime views  1,200 of 4,000,000 cells (0.0%)
durability      interval

JOBS            SCHEDULE             LAST                       NEXT
batch           * * * * *            9s ago, 453 ms, ok         in 51s

TASKS
running         collecting, answering
answering       started again 2 times

COVERAGE OF THE LAST HOUR
12:51:00 to 12:54:30 collector: ended uncleanly, counts not known
12:55:00 collector: 10 shed, 7 dropped by the kernel






F1Help ↑↓Move TabScreen EscFleet F10Quit
",
    );
}

#[test]
fn trouble_is_told_and_what_is_old_stays() {
    let mut state = State::new(false, (80, 8), time(NOW));
    check(
        &state,
        "\
vitals top                                               2026-11-21 12:56:07 UTC

looking for the daemon…




F1Help EnterCharts F3Search F4Filter F6Order SpaceTag TabScreen F10Quit
",
    );
    state.update(no_answer("no process serves data/vitals; start one with vitals serve"));
    state.update(Event::Tick(time("2026-11-21T12:56:10Z")));
    check(
        &state,
        "\
vitals top                                               2026-11-21 12:56:10 UTC

no answer for 3s: no process serves data/vitals; start one with vitals serve

  Nothing to show yet: nobody answers. This screen waits for a daemon.


F1Help EnterCharts F3Search F4Filter F6Order SpaceTag TabScreen F10Quit
",
    );
    let not_ready = Err("the views are being rebuilt, 40 % are done; ask again later".to_owned());
    state.update(answered("2026-11-21T12:56:11Z", status(0, 1), not_ready));
    check(
        &state,
        "\
vitals top 0.1.0  127.0.0.1:3501  up 1s                  2026-11-21 12:56:11 UTC

not ready for 0s: the views are being rebuilt, 40 % are done; ask again later

  Nothing to show yet: no questions are answered now. This screen waits.


F1Help EnterCharts F3Search F4Filter F6Order SpaceTag TabScreen F10Quit
",
    );
    state.update(answered("2026-11-21T12:56:12Z", status(0, 2), Ok(Answers::default())));
    check(
        &state,
        "\
vitals top 0.1.0  127.0.0.1:3501  up 2s                  2026-11-21 12:56:12 UTC
0 services   0 messages/min   0.0 received/s   worst first

  No service has been seen yet. Send a first message:

    vitals send --service hello --cpu 0.4

F1Help EnterCharts F3Search F4Filter F6Order SpaceTag TabScreen F10Quit
",
    );
    state.update(answered("2026-11-21T12:56:14Z", status(5, 4), Ok(answers())));
    state.update(no_answer("nobody answers at 127.0.0.1:3501"));
    state.update(Event::Tick(time("2026-11-21T12:57:44Z")));
    check(
        &state,
        "\
vitals top 0.1.0  127.0.0.1:3501  up 4s                  2026-11-21 12:57:44 UTC
5 services  2 up  1 late  1 silent  1 gone   119 messages/min   2.5 received/s
no answer for 1m: nobody answers at 127.0.0.1:3501
SERVICE           STATE  SEEN CPU avg max RAM avg max DSK avg max MSG/MIN CPU 1H
search            silent   1h           -           -           -       0
mail              late     2m           -           -           -       0
billing           up       8s ██▊  90 100 █▌   50  60 ▊│   25  35      60  ▃▄▅▆█
F1Help EnterCharts F3Search F4Filter F6Order SpaceTag TabScreen F10Quit
",
    );
    assert!(state.is_stale());
    state.update(answered("2026-11-21T12:57:46Z", status(5, 4), Ok(answers())));
    assert!(!state.is_stale() && !screen(&state).contains("no answer"), "it came back");
}

#[test]
fn no_size_is_too_small_or_too_large() {
    let mut state = fleet(80, 24);
    for keys in [vec![], vec![KeyCode::Enter], vec![KeyCode::Tab], vec![KeyCode::F(1)], vec![KeyCode::F(6)]] {
        typed(&mut state, &keys);
        if state.view == View::Service {
            let told = history(&state, &[0.5; 30]);
            state.update(answered(NOW, status(1000, 60), Ok(told)));
        }
        for columns in (0..48).step_by(5).chain([1, 6, 57, 80, 200]) {
            for rows in [0, 1, 2, 3, 4, 5, 6, 8, 10, 24, 100] {
                state.update(Event::Resized(columns, rows));
                screen(&state);
            }
        }
    }
}
