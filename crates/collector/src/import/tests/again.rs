//! Refused messages that are imported after all: each once, however exports overlap and imports are interrupted.

use super::*;
use crate::Rejected;

fn percent(desk: &Desk) -> Options {
    Options { rules: Rules { cpu_unit: model::CpuUnit::Percent, ..Rules::default() }, ..desk.options() }
}

/// The record of what was refused, as it is exported.
fn export(desk: &Desk) -> String {
    let kept = rejects::read(&desk.options().rejects_dir, None, usize::MAX).expect("reads");
    kept.iter().map(|rejected| rejected.line() + "\n").collect()
}

fn refused(second: i64, source: &str, cpu: f64) -> Rejected {
    let time = FIRST_S + second;
    Rejected {
        reason: Reason::CpuAboveOne,
        received_at: Time::from_micros((time + 1) * 1_000_000),
        source: source.to_owned(),
        detail: "why".to_owned(),
        bytes: format!(
            r#"{{"serviceName":"service-0","Timestamp":{time},"CPU":{cpu},"RAM":{{"Total":16,"Free":4}},"Disk":{{"Total":512,"Free":128}}}}"#
        )
        .into_bytes(),
        columns: None,
    }
}

fn lines(rejected: &[Rejected]) -> String {
    rejected.iter().map(|rejected| rejected.line() + "\n").collect()
}

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn a_fleet_that_sends_percent_comes_in_when_the_setting_is_mended() {
    let in_percent = |at: i64| (FIRST_S + at, (at + 2) as f64);
    let lines: String = (0..30)
        .map(|at| {
            let (time, cpu) = in_percent(at);
            format!("{cpu},{time},4,service-{},128,512,16\n", at % 7)
        })
        .collect();
    let mixed = format!("CPU,timestamp,free_ram,service,free_disk,total_disk,total_ram\n{lines}");
    let desk = Desk::new();
    let file = desk.file("mixed.csv", &mixed);
    let first = desk.import(&file).expect("imports");
    assert_eq!((first.accepted, first.rejected[&Reason::CpuAboveOne]), (0, 30));
    let text = export(&desk);
    assert!(text.lines().all(|line| line.contains(r#""columns":"CPU,timestamp,free_ram,service"#)), "{text}");
    let imported = import(&desk.file("export", &text), &percent(&desk), go_on).expect("imports");
    assert_eq!((imported.accepted, imported.rejected.len(), imported.duplicate), (30, 0, 0));

    let fresh = Desk::new();
    let direct = import(&fresh.file("mixed.csv", &mixed), &percent(&fresh), go_on).expect("imports");
    assert_eq!(desk.messages(&imported.journal), fresh.messages(&direct.journal));
    let received: Vec<i64> =
        desk.frames(&imported.journal).iter().flat_map(|frame| frame.messages.received.clone()).collect();
    let kept = rejects::read(&desk.options().rejects_dir, None, 99).expect("reads");
    assert_eq!(received, kept.iter().map(|kept| kept.received_at.as_micros()).collect::<Vec<_>>());
}

#[test]
fn overlapping_exports_take_in_each_message_once() {
    let desk = Desk::new();
    let twice = refused(1, "192.0.2.1:4000", 40.0);
    let messages = [refused(0, "192.0.2.1:4000", 30.0), twice.clone(), twice, refused(1, "192.0.2.2:4000", 40.0)];
    let run = |name: &str, messages: &[Rejected]| {
        let imported = import(&desk.file(name, lines(messages)), &percent(&desk), go_on).expect("imports");
        (imported.accepted, imported.duplicate)
    };
    assert_eq!(run("some", &messages[..2]), (2, 0));
    assert_eq!(run("more", &messages), (2, 2), "of two that are equal one was in");
    assert_eq!(run("others", &messages[1..]), (0, 3));
    let again = Options { again: true, ..percent(&desk) };
    let insisted = import(&desk.file("more", lines(&messages)), &again, go_on).expect("imports");
    assert_eq!((insisted.accepted, insisted.duplicate), (4, 0));
}

#[test]
fn what_is_refused_again_is_counted_and_may_come_later() {
    let desk = Desk::new();
    let options = Options { allow: vec!["192.0.2.0/24".parse().expect("a network")], ..percent(&desk) };
    let messages = [refused(0, "192.0.2.1:4000", 30.0), refused(1, "198.51.100.1:4000", 30.0), refused(2, "x", 130.0)];
    let text = lines(&messages) + "{\"reason\":\"nonsense\"}\n";
    let imported = import(&desk.file("all", &text), &options, go_on).expect("imports");
    let reasons = [(Reason::NotJson, 1), (Reason::CpuAboveOne, 1), (Reason::SourceNotAllowed, 1)];
    assert_eq!((imported.accepted, &imported.rejected), (1, &BTreeMap::from(reasons)));
    assert_eq!(export(&desk), "", "it is on record where it was refused first");
    let allowed = Options { allow: Vec::new(), ..options };
    let imported = import(&desk.file("some", lines(&messages[..2])), &allowed, go_on).expect("imports");
    assert_eq!((imported.accepted, imported.duplicate), (1, 1));
    assert_eq!(desk.ledger(&imported.journal).duplicate, 1);
}

#[test]
fn the_same_export_may_come_until_it_is_taken() {
    let desk = Desk::new();
    let file = desk.file("export", lines(&[refused(0, "x", 30.0), refused(1, "x", 40.0)]));
    let counts = |imported: Imported| (imported.accepted, imported.rejected.values().sum::<u64>(), imported.duplicate);
    assert_eq!(counts(desk.import(&file).expect("imports")), (0, 2, 0), "the setting is not mended yet");
    assert_eq!(counts(import(&file, &percent(&desk), go_on).expect("imports")), (2, 0, 0));
    assert_eq!(counts(import(&file, &percent(&desk), go_on).expect("imports")), (0, 0, 2));
}

#[test]
fn one_import_of_refused_messages_runs_at_a_time() {
    let desk = Desk::new();
    let (one, other) = (lines(&[refused(0, "x", 30.0)]), lines(&[refused(1, "x", 30.0)]));
    let (one, other) = (desk.file("one", one), desk.file("other", other));
    let mut error = None;
    import(&one, &percent(&desk), |_| {
        error = import(&other, &percent(&desk), go_on).err();
        ControlFlow::Continue(())
    })
    .expect("imports");
    assert!(matches!(error, Some(Error::TakingIn)), "{error:?}");
    assert_eq!(import(&other, &percent(&desk), go_on).expect("imports").accepted, 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn however_exports_overlap_and_end_each_message_is_in_once(
        exports in proptest::collection::vec((proptest::collection::vec(0_i64..20, 1..60), 1_usize..5), 1..4),
    ) {
        let desk = Desk::new();
        let mut most = BTreeMap::<i64, usize>::new();
        let mut journals = std::collections::BTreeSet::new();
        for (at, (seconds, stop_after)) in exports.into_iter().enumerate() {
            let messages: Vec<Rejected> = seconds.iter().map(|second| refused(*second, "x", 50.0)).collect();
            for second in &seconds {
                let count = seconds.iter().filter(|other| *other == second).count();
                let most = most.entry(*second).or_default();
                *most = count.max(*most);
            }
            let file = desk.file("export", lines(&messages) + &format!("{{\"{at}\":0}}\n"));
            for stop in [Some(stop_after), None] {
                let mut frames = 0;
                let imported = import(&file, &percent(&desk), |_| {
                    frames += 1;
                    if Some(frames) == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                }).expect("imports");
                journals.insert(imported.journal);
                if imported.finished {
                    break;
                }
                // as if the process had died between a list of keys and the frame they belong to
                let folder = desk.options().journals.join(journals.last().expect("one"));
                let path = folder.join("TAKEN");
                let dead = fs::read_to_string(&path).expect("reads") + "999999 00000000000000000000000000000000\n12 torn";
                fs::write(&path, dead).expect("writes");
            }
        }
        let mut found = BTreeMap::<i64, usize>::new();
        for journal in journals {
            desk.messages(&journal).iter().for_each(|(_, second, _)| *found.entry(second - FIRST_S).or_default() += 1);
        }
        prop_assert_eq!(found, most);
    }
}
