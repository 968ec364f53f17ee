//! Arguments are tested as people type them: a command line in, a plan or a message out.

use super::*;

const NOW_US: i64 = 1_795_219_200_000_000;

fn plan(line: &str) -> Result<Plan, clap::Error> {
    let words = std::iter::once("mock-services").chain(line.split_whitespace());
    Arguments::try_parse_from(words)?.plan(NOW_US)
}

#[test]
fn the_command_is_well_formed() {
    Arguments::command().debug_assert();
}

#[test]
fn without_arguments_twenty_services_send_each_second_what_time_it_is() {
    let plan = plan("").unwrap();
    assert_eq!((plan.services, plan.to.as_str(), plan.clock), (20, "127.0.0.1:3500", Clock::Wall));
    assert_eq!(plan.pace, Pace::Beat(Beat::new(Duration::from_secs(1), 20)));
    assert_eq!((plan.count, plan.length, plan.lateness), (None, None, None));
}

#[test]
fn pace_and_clock_follow_from_rate_count_and_start() {
    let second = Duration::from_secs(1);
    let counted = |start_us, round| Clock::Counted { start_us, beat: Beat::new(round, 20) };
    let check = |line: &str, pace, clock| {
        let plan = plan(line).unwrap();
        assert_eq!((plan.pace, plan.clock), (pace, clock), "{line}");
    };
    let by_round = Pace::Beat(Beat::new(second, 20));
    let by_rate = Pace::Beat(Beat::new(second, 5_000));
    check("--count 100", by_round, Clock::Wall);
    check("--rate 5000", by_rate, Clock::Wall);
    check("--rate 0", Pace::Unpaced, Clock::Wall);
    check("--rate 5000 --count 201", by_rate, counted(NOW_US - 10_000_000, second));
    check("--rate 0 --count 1", Pace::Unpaced, counted(NOW_US, second));
    check("--time-step 60s", by_round, counted(NOW_US, 60 * second));
    let start = "--start 2026-11-20T00:00:00Z";
    check(start, by_round, counted(NOW_US - 86_400_000_000, second));
    check(&format!("{start} --rate 0 --time-step 1h"), Pace::Unpaced, counted(NOW_US - 86_400_000_000, 3_600 * second));
}

#[test]
fn usage_errors_say_what_to_do() {
    let check = |line: &str, says: &str| {
        let error = plan(line).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{line}");
        assert!(error.to_string().contains(says), "{line}: {error}");
    };
    check("--incident silence:service-21@+1s/1s", "no service-21 in a fleet of service-1 to service-20");
    check("--incident silence:service-3", "for example cpu-spike:service-3@+30s/20s");
    check("--shape fancy", "there are mixed, plain, lower-keys");
    check("--late 2", "between 0 and 1");
    check("--late NaN", "between 0 and 1");
    check("--start yesterday", "for example 2026-11-21T08:00:00Z");
    check("--start 1971-01-01T00:00:00Z", "2001 to 2099");
    check("--every 0s", "no time at all");
    check("--services 0", "1..=100000");
    check("--unknown", "--unknown");
    check("--speed 60", "--replay <FILE>");
    check("--replay in.csv --services 3", "cannot be used with");
    check("--replay in.csv --speed fast", "write a number such as 60, or max");
    check("--replay in.csv --speed -1", "above 0");
}

#[test]
fn a_replay_is_asked_for_instead_of_a_fleet() {
    let replay = |line: &str| {
        let words = std::iter::once("mock-services").chain(line.split_whitespace());
        Arguments::try_parse_from(words).unwrap().replay()
    };
    assert!(replay("--rate 5").is_none());
    let asked = replay("--replay in.csv --speed 60 --keep-times --to h:1 --source-ports 3").unwrap();
    assert_eq!((asked.file, asked.speed, asked.keep_times), (PathBuf::from("in.csv"), Some(60.0), true));
    assert_eq!((asked.to.as_str(), asked.source_ports), ("h:1", 3));
    assert_eq!(replay("--replay in.csv").unwrap().speed, Some(1.0));
    assert_eq!(replay("--replay in.csv --speed max").unwrap().speed, None);
    assert_eq!(replay("--replay in.csv --speed 0").unwrap().speed, None);
}

#[test]
fn every_shape_can_be_asked_for_by_its_name() {
    assert_eq!(plan("--shape mixed").unwrap().wording, Wording::Mixed);
    assert_eq!(plan("--shape rfc3339-offset").unwrap().wording, Wording::One(Shape::Rfc3339Offset));
}

#[test]
fn the_plan_is_told_in_a_line() {
    let told = plan("--rate 500 --count 41 --services 4").unwrap().to_string();
    assert_eq!(told, "4 services, seed 7, 500 messages a second, 41 messages, times from 2026-11-20T23:59:50.000000Z");
    assert!(plan("--reliable").unwrap().to_string().ends_with("a second, each until it is answered"));
}
