//! What keys do.

use super::*;

fn names(state: &State) -> Vec<&str> {
    state.fleet.shown().map(|line| line.name.as_str()).collect()
}

fn under_cursor(state: &State) -> &str {
    state.fleet.selected().map_or("", |line| line.name.as_str())
}

#[test]
fn orders() {
    let mut state = fleet(80, 24);
    assert_eq!(names(&state), ["search", "mail", "billing", "checkout", "crawler"]);
    let mut check = |keys: &str, expect: [&str; 5]| {
        typed(&mut state, &letters(keys));
        assert_eq!(names(&state), expect, "{keys}");
    };
    check("N", ["billing", "checkout", "crawler", "mail", "search"]);
    check("I", ["search", "mail", "crawler", "checkout", "billing"]);
    check("P", ["billing", "checkout", "crawler", "mail", "search"]);
    check("L", ["crawler", "search", "mail", "checkout", "billing"]);
    check("W", ["search", "mail", "billing", "checkout", "crawler"]);
    typed(&mut state, &[KeyCode::F(6), KeyCode::Down, KeyCode::Enter]);
    assert_eq!(names(&state)[0], "billing", "the second of the list is by name");
    typed(&mut state, &[KeyCode::F(6), KeyCode::Up, KeyCode::Esc]);
    assert_eq!(names(&state)[0], "billing", "Esc leaves the order as it was");
}

#[test]
fn the_cursor_moves_within_the_list() {
    let mut state = fleet(80, 7);
    let mut check = |key: KeyCode, cursor: usize, first: usize| {
        typed(&mut state, &[key]);
        assert_eq!((state.fleet.cursor, state.fleet.first), (cursor, first), "{key:?}");
    };
    check(KeyCode::Up, 0, 0);
    check(KeyCode::Down, 1, 0);
    check(KeyCode::End, 4, 2);
    check(KeyCode::Down, 4, 2);
    check(KeyCode::PageUp, 1, 1);
    check(KeyCode::Home, 0, 0);
    check(KeyCode::PageDown, 3, 1);
}

#[test]
fn a_search_moves_and_a_filter_chooses() {
    let mut state = fleet(80, 24);
    typed(&mut state, &[KeyCode::Char('/')]);
    typed(&mut state, &letters("C"));
    assert_eq!(under_cursor(&state), "search", "it holds a c");
    typed(&mut state, &[KeyCode::F(3)]);
    assert_eq!(under_cursor(&state), "checkout");
    typed(&mut state, &letters("r"));
    assert_eq!(under_cursor(&state), "crawler");
    typed(&mut state, &[KeyCode::Enter, KeyCode::Char('\\')]);
    typed(&mut state, &letters("arch"));
    assert_eq!(names(&state), ["search"]);
    typed(&mut state, &[KeyCode::Enter]);
    assert_eq!(names(&state), ["search"], "it stays when typing ends");
    typed(&mut state, &[KeyCode::F(4), KeyCode::Char('x')]);
    assert!(screen(&state).contains("no service is called like \"archx\""));
    typed(&mut state, &[KeyCode::Enter, KeyCode::Enter]);
    assert_eq!(state.view, View::Fleet, "there is no service to show");
    typed(&mut state, &[KeyCode::F(4), KeyCode::Esc]);
    assert_eq!(names(&state).len(), 5);
}

#[test]
fn tagged_services_stay_above_and_a_followed_one_under_the_cursor() {
    let mut state = fleet(80, 24);
    typed(&mut state, &[KeyCode::End, KeyCode::Char(' ')]);
    assert_eq!(names(&state)[..2], ["crawler", "search"]);
    typed(&mut state, &letters("U"));
    assert_eq!(names(&state)[0], "search");
    typed(&mut state, &[KeyCode::Home, KeyCode::Down, KeyCode::Down, KeyCode::Char('F')]);
    assert_eq!(under_cursor(&state), "billing");
    let mut later = answers();
    later.services[0] = service("billing", 0);
    later.services.insert(0, service("aardvark", 9_000));
    state.update(answered("2026-11-21T12:56:08Z", status(1000, 61), Ok(later)));
    typed(&mut state, &letters("I"));
    assert_eq!(under_cursor(&state), "billing");
}

#[test]
fn tab_goes_round_and_charts_move_in_time() {
    let mut state = fleet(80, 24);
    let mut views = Vec::new();
    for _ in 0..3 {
        typed(&mut state, &[KeyCode::Tab]);
        views.push(state.view);
    }
    assert_eq!(views, [View::Service, View::Pipeline, View::Fleet]);
    typed(&mut state, &[KeyCode::Enter]);
    let mut check = |key: KeyCode, service: &str, from: &str, to: &str, every: Granularity| {
        typed(&mut state, &[key]);
        let (name, range, found) = state.wanted().window.expect("a window");
        assert_eq!((name.as_str(), range.from, range.to, found), (service, time(from), time(to), every), "{key:?}");
    };
    let (minute, hour) = (Granularity::Minute, Granularity::Hour);
    check(KeyCode::Char('1'), "search", "2026-11-21T11:57", "2026-11-21T12:57", minute);
    check(KeyCode::Left, "search", "2026-11-21T11:27", "2026-11-21T12:27", minute);
    check(KeyCode::Char('3'), "search", "2026-11-20T12:27", "2026-11-21T12:27", minute);
    check(KeyCode::Right, "search", "2026-11-20T12:57", "2026-11-21T12:57", minute);
    check(KeyCode::Char('-'), "search", "2026-11-14T12:57", "2026-11-21T12:57", hour);
    check(KeyCode::Down, "mail", "2026-11-14T12:57", "2026-11-21T12:57", hour);
    check(KeyCode::Left, "mail", "2026-11-11T00:57", "2026-11-18T00:57", hour);
    check(KeyCode::Char('n'), "mail", "2026-11-14T12:57", "2026-11-21T12:57", hour);
    typed(&mut state, &[KeyCode::Esc]);
    assert_eq!(state.view, View::Fleet);
}

#[test]
fn an_answer_for_another_range_is_not_shown() {
    let mut state = fleet(80, 24);
    typed(&mut state, &[KeyCode::Enter]);
    let told = history(&state, &[0.5; 60]);
    state.update(answered(NOW, status(1000, 60), Ok(told)));
    assert!(screen(&state).contains("CPU  mean 50.0%"));
    typed(&mut state, &[KeyCode::Left]);
    assert!(screen(&state).contains("asking…"));
    typed(&mut state, &[KeyCode::Char('n')]);
    assert!(screen(&state).contains("CPU  mean 50.0%"));
}

#[test]
fn rates_are_of_one_life_of_the_daemon() {
    let mut state = fleet(80, 24);
    let mut rate = |at: &str, received, uptime| {
        state.update(answered(at, status(received, uptime), Ok(answers())));
        state.pipeline.rates()[0]
    };
    assert_eq!(rate("2026-11-21T12:56:09Z", 1100, 62), Some(50.0));
    assert_eq!(rate("2026-11-21T12:56:11Z", 10, 1), None, "started again");
    assert_eq!(rate("2026-11-21T12:56:13Z", 30, 3), Some(10.0));
}

#[test]
fn keys_that_end() {
    for (code, modifiers) in [
        (KeyCode::Char('q'), KeyModifiers::NONE),
        (KeyCode::F(10), KeyModifiers::NONE),
        (KeyCode::Char('c'), KeyModifiers::CONTROL),
    ] {
        assert_eq!(fleet(80, 24).update(Event::Key(KeyEvent::new(code, modifiers))), Next::End);
    }
    let mut state = fleet(80, 24);
    assert_eq!(typed(&mut state, &[KeyCode::F(1), KeyCode::Char('q')]), Next::Go, "it closes the help");
    assert_eq!(typed(&mut state, &[KeyCode::Char('/'), KeyCode::Char('q')]), Next::Go, "it is typed");
    assert_eq!(typed(&mut state, &[KeyCode::F(10)]), Next::End);
}
