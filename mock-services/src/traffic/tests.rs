//! Traffic is compared with the same traffic without the trouble: an incident may change what it covers, nothing else.

use std::collections::HashSet;
use std::time::Duration;

use clap::Parser as _;

use super::*;
use crate::arguments::Arguments;

const START: &str = "--start 2026-11-21T00:00:00Z --services 4";

/// The first 400 slots: 100 rounds of one second.
fn datagrams(options: &str) -> Vec<Datagram> {
    let line = format!("mock-services {START} {options}");
    let plan = Arguments::try_parse_from(line.split_whitespace()).unwrap().plan(0).unwrap();
    let mut traffic = Traffic::new(&plan);
    let mut out = Vec::new();
    for slot in 0..400 {
        traffic.slot(plan.clock.moment(slot, plan.pace, Duration::ZERO), &mut out);
    }
    traffic.release(&mut out);
    out
}

fn heartbeat(datagram: &Datagram) -> &Heartbeat {
    match &datagram.content {
        Content::Valid(heartbeat) => heartbeat,
        Content::Malformed(flaw) => panic!("{flaw:?} where a message was expected"),
    }
}

/// Second of the run in which a datagram's slot lies; only for traffic without late messages.
fn second(datagram: &Datagram) -> i64 {
    heartbeat(datagram).time_us / 1_000_000 - 1_795_219_200
}

#[test]
fn the_seed_alone_decides() {
    let options = "--shape mixed --late 0.1 --incident malformed:*@+10s/20s --incident reorder:*@+40s/9s";
    assert_eq!(datagrams(options), datagrams(options));
    assert_ne!(datagrams(options), datagrams(&format!("{options} --seed 8")));
}

#[test]
fn without_trouble_every_slot_sends_one_message_at_its_time() {
    let plain = datagrams("");
    assert_eq!(plain.len(), 400);
    for (slot, datagram) in plain.iter().enumerate() {
        assert_eq!(datagram.service, slot % 4);
        assert_eq!(heartbeat(datagram).time_us, 1_795_219_200_000_000 + slot as i64 * 250_000);
    }
}

#[test]
fn mixed_takes_each_service_through_all_shapes_without_changing_numbers() {
    let (plain, mixed) = (datagrams(""), datagrams("--shape mixed"));
    for (plain, mixed) in plain.iter().zip(&mixed) {
        let moved = heartbeat(plain).time_us - heartbeat(mixed).time_us;
        assert!((0..1_000_000).contains(&moved), "{moved}");
        assert_eq!(heartbeat(plain).reading.cpu, heartbeat(mixed).reading.cpu);
    }
    let shapes: HashSet<_> = (0..19).map(|round| mixed_name(2, round)).collect();
    assert_eq!(shapes.len(), Shape::value_variants().len());
}

fn mixed_name(service: usize, round: u64) -> String {
    format!("{:?}", mixed(service, round))
}

#[test]
fn silence_silences_its_service_in_its_time_and_nothing_else() {
    let silenced = datagrams("--incident silence:service-2@+10s/20s");
    let expect: Vec<_> =
        datagrams("").into_iter().filter(|d| d.service != 1 || !(10..30).contains(&second(d))).collect();
    assert_eq!(silenced.len(), 380);
    assert_eq!(silenced, expect);
    assert_eq!(datagrams("--incident silence:*@+0s/1h"), []);
}

#[test]
fn a_spike_raises_cpu_only_where_it_is_meant_to() {
    for (calm, spiked) in datagrams("").iter().zip(&datagrams("--incident cpu-spike:service-3@+50s/7s")) {
        if calm.service == 2 && (50..57).contains(&second(calm)) {
            assert!(heartbeat(spiked).reading.cpu >= 0.94);
            assert_eq!(heartbeat(spiked).reading.ram, heartbeat(calm).reading.ram);
        } else {
            assert_eq!(spiked, calm);
        }
    }
}

#[test]
fn malformed_replaces_messages_with_every_flaw_in_turn() {
    let (plain, broken) = (datagrams(""), datagrams("--incident malformed:service-1@+20s/30s"));
    let mut flaws = Vec::new();
    for (plain, broken) in plain.iter().zip(&broken) {
        match broken.content {
            Content::Valid(_) => assert_eq!(broken, plain),
            Content::Malformed(flaw) => flaws.push(flaw),
        }
    }
    assert_eq!(flaws.len(), 30);
    assert_eq!(flaws[..15], *Flaw::value_variants());
}

#[test]
fn duplicates_follow_at_once_and_are_equal() {
    let doubled = datagrams("--incident duplicate:service-4@+0s/10s");
    let copies: Vec<_> = (0..doubled.len()).filter(|index| doubled[*index].copy).collect();
    assert_eq!(copies.len(), 10);
    for copy in copies {
        assert_eq!(doubled[copy].bytes, doubled[copy - 1].bytes);
    }
    assert_eq!(doubled.into_iter().filter(|d| !d.copy).collect::<Vec<_>>(), datagrams(""));
}

#[test]
fn reordering_swaps_neighbours_and_loses_nothing() {
    let plain = datagrams("");
    let check = |options: &str, held: usize, first: [i64; 6]| {
        let mut swapped = datagrams(options);
        let own: Vec<_> = swapped.iter().filter(|d| d.service == 0).map(second).collect();
        assert_eq!(own[..6], first, "{options}");
        assert_eq!(swapped.iter().filter(|d| d.held).count(), held, "{options}");
        swapped.sort_by_key(|datagram| heartbeat(datagram).time_us);
        swapped.iter_mut().for_each(|datagram| datagram.held = false);
        assert_eq!(swapped, plain, "{options}");
    };
    check("--incident reorder:service-1@+2s/2s", 1, [0, 1, 3, 2, 4, 5]);
    check("--incident reorder:service-1@+2s/3s", 2, [0, 1, 3, 2, 5, 4]);
    check("--incident reorder:*@+0s/1h", 200, [1, 0, 3, 2, 5, 4]);
}

#[test]
fn what_is_held_back_at_the_end_still_leaves() {
    let swapped = datagrams("--incident reorder:service-1@+99s/1h");
    assert_eq!(swapped.len(), 400);
    assert!(swapped[399].held);
}

#[test]
fn late_messages_are_as_many_and_as_late_as_asked() {
    let late = datagrams("--late 0.25 --late-by 2h");
    let behind: Vec<_> = datagrams("")
        .iter()
        .zip(&late)
        .filter(|(_, late)| late.late)
        .map(|(plain, late)| heartbeat(plain).time_us - heartbeat(late).time_us)
        .collect();
    assert!((60..140).contains(&behind.len()), "{}", behind.len());
    assert!(behind.iter().all(|us| (1..=7_200_000_000).contains(us)));
    assert!(behind.iter().any(|us| *us > 3_600_000_000));
    assert!(datagrams("--late 1").iter().all(|datagram| datagram.late));
}
