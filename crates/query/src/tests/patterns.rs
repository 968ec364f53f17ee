//! Names and patterns of services.

use super::*;

#[test]
fn patterns_choose_services_and_say_when_none_matches() {
    run(async {
        let mut house = House::new().await;
        let at = time(1).as_micros();
        house.append(&[("cart", at, 1), ("checkout", at, 1)], Vec::new());
        house.writer.roll(time(0)).expect("rolls");
        house.handover.batch().await.expect("a batch");
        house.append(&[("search", at, 1), ("checkout", at, 2)], Vec::new());
        let names = |services: &[&str]| {
            let services = services.iter().map(|text| (*text).to_owned()).collect();
            let answer = house.ask(Question { services, ..question(time(0), time(60)) });
            let names: Vec<_> = answer.rows.iter().map(|row| (row.service.clone(), row.count)).collect();
            (names, answer.warnings)
        };
        let row = |name: &str, count| (name.to_owned(), count);
        assert_eq!(names(&["c*"]), (vec![row("cart", 1), row("checkout", 2)], vec![]));
        assert_eq!(names(&["cart", "search"]).0, [row("cart", 1), row("search", 1)]);
        let warning = "no service was ever seen that matches nobody".to_owned();
        assert_eq!(names(&["nobody"]), (vec![], vec![warning]));
        let services = vec!["[".to_owned()];
        let broken = Question { services, ..question(time(0), time(60)) };
        let error = tokio::task::block_in_place(|| answer(&house.store, &broken)).expect_err("no pattern");
        assert!(matches!(error, Error::Pattern(_)), "{error}");
    });
}

#[test]
fn a_name_that_looks_like_a_pattern_is_a_name() {
    run(async {
        let mut house = House::new().await;
        let at = time(1).as_micros();
        let odd = [r"back\slash", "[x]", "{a,b}", "[open", "x"];
        let points: Vec<Point> = odd.iter().map(|name| (*name, at, 1)).collect();
        house.append(&points, Vec::new());
        let names = |service: &str| {
            let answer = house.ask(Question { services: vec![service.to_owned()], ..question(time(0), time(60)) });
            assert_eq!(answer.warnings, [] as [String; 0], "{service}");
            answer.rows.into_iter().map(|row| row.service).collect::<Vec<_>>()
        };
        assert_eq!(names(r"back\slash"), [r"back\slash"]);
        assert_eq!(names("[x]"), ["[x]", "x"]);
        assert_eq!(names("{a,b}"), ["{a,b}"]);
        assert_eq!(names("[open"), ["[open"]);
        let shown = tail::TailFilter::new(&["[x]".to_owned()]).expect("a pattern");
        assert!(shown.is_match("[x]") && shown.is_match("x") && !shown.is_match("[open"));
    });
}
