//! Writes `fuzz/seeds` anew from `data/sample`: what each target begins with, sound inputs of every form.

use fuzz::Scratch;
use journal::frames::Kind;
use journal::{Durability, Frame, JournalFolder, Writer, WriterOptions};
use model::{Counts, Decoder, LedgerRow, Rules, Time};
use std::fs;
use std::path::Path;
use std::time::Duration;

const CONFIG: &[&str] = &[
    "udp = \"0.0.0.0:3500\"\ncpu_unit = \"percent\"\n[collector]\nreceivers = 2\npast = \"90d\"\nallow = [\"10.0.0.0/8\", \"fd00::/8\"]\n\0collector.rate_limit=100\n\0VITALS_DATA=/x\nPATH=/bin",
    "[journal]\ndurability = \"always\"\nsegment_bytes = \"64MiB\"\n[jobs]\nzone = \"Europe/Berlin\"\nbatch = \"*/5 * * * *\"\n\0jobs.compact=0 3 * * *",
    "log.level = \"debug\"\nlimits.services = 100000\n[views]\nmemory = 536870912\n",
];

const VALUES: &[&str] = &[
    "200ms",
    "10s",
    "6h",
    "2w",
    "64MiB",
    "1GB",
    "512",
    "10.0.0.0/8",
    "fd00::/9",
    "192.0.2.7",
    "2026-11-21",
    "2026-11-21T12:56",
    "2026-11-21T12:56:07.000001+00:00",
    "*/5 * * * *",
    "0 0 1 1 *",
    "Europe/Berlin",
    "minute",
    "too_many_services",
    "8f8a1f8e-0b1c-4d4f-9d3e-2b7f2f9f8f10",
    "::ffff:10.0.0.0/104",
];

const REQUESTS: &[&str] = &[
    "from=2026-11-21&to=2026-11-22&service=a&service=b*&every=minute&layer=merged&explain=true",
    "from=2026-11-20T00:00:00Z&to=2026-11-21T00%3A00%3A00%2B01:00&allow_behind=true",
    "reason=not_json&limit=10",
    "name=batch&limit=5",
    "service=%5Ba-z%5D",
];

const STATE: &[&str] = &[
    "{\"name\":\"batch\",\"started_at\":\"2026-11-21T00:00:00Z\",\"duration_ms\":12,\"outcome\":\"ok\",\"trigger\":\"schedule\",\"rows\":7}\n",
    "{\"v\":1,\"reason\":\"not_json\",\"received_at\":\"2026-11-21T00:00:00Z\",\"source\":\"127.0.0.1:9\",\"detail\":\"x\",\"bytes\":\"\\\\x00{\"}\n",
];

fn main() {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("fuzz lies in the checkout");
    let sample =
        |name: &str| fs::read_to_string(checkout.join("data/sample").join(name)).expect("the sample is committed");
    let (csv, lines, pretty) = (sample("messages.csv"), sample("messages.ndjson"), sample("messages.txt"));
    let first = |text: &str, count: usize| text.split_inclusive('\n').take(count).collect::<String>();

    let objects: Vec<String> = pretty.split_inclusive("\n}\n").take(4).map(str::to_owned).collect();
    let messages: Vec<String> = lines.lines().take(4).map(str::to_owned).chain(objects).collect();
    write(checkout, "decode", messages.iter().map(|message| format!("2{message}").into_bytes()));
    let files = [
        first(&csv, 5),
        csv.lines().nth(3).unwrap_or_default().to_owned(),
        first(&lines, 4),
        first(&pretty, 26),
        STATE[1].to_owned(),
    ];
    write(checkout, "import", files.iter().map(|file| format!("\u{40}{file}").into_bytes()));
    let segment = segment(&messages);
    write(checkout, "segment", [[&[0], &segment[..]].concat(), [&[1], &segment[64..]].concat()].into_iter());
    write(checkout, "payload", payloads(&segment).into_iter());
    let texts = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
    for (target, seeds) in [("config", CONFIG), ("values", VALUES), ("request", REQUESTS), ("state", STATE)] {
        write(checkout, target, texts(seeds).into_iter());
    }
    write(checkout, "append", [messages[0].clone().into_bytes()].into_iter());
}

fn write(checkout: &Path, target: &str, seeds: impl Iterator<Item = Vec<u8>>) {
    let folder = checkout.join("fuzz/seeds").join(target);
    fs::create_dir_all(&folder).expect("creates");
    for (number, seed) in seeds.enumerate() {
        fs::write(folder.join(format!("sample-{number}")), seed).expect("writes");
    }
}

/// A journal's first segment as our writer writes it.
fn segment(messages: &[String]) -> Vec<u8> {
    let scratch = Scratch::new();
    let folder = JournalFolder::new(scratch.path().join("collector"));
    let at = Time::from_micros(1_795_219_200_000_000);
    let options = WriterOptions {
        durability: Durability::Never,
        segment_bytes: u64::MAX,
        segment_age: Duration::MAX,
        quarantine: scratch.path().join("quarantine"),
    };
    let (mut writer, _) = Writer::open(&folder, options, |_| 0, at).expect("opens");
    let mut decoder = Decoder::new(Rules::default());
    let counts = Counts { accepted: 2, rejected: [(model::Reason::NotJson, 1)].into(), ..Counts::default() };
    writer.append(&Frame::empty(Kind::Start, at)).expect("appends");
    for pair in messages.chunks(2) {
        let mut frame = Frame::empty(Kind::Batch, at);
        pair.iter().for_each(|text| frame.messages.push(&decoder.decode(text.as_bytes(), at).expect(text)));
        frame.ledger.push(LedgerRow::counts("collector", at, counts.clone()));
        writer.append(&frame).expect("appends");
    }
    fs::read(folder.segment_path(1)).expect("it was written")
}

fn payloads(segment: &[u8]) -> Vec<Vec<u8>> {
    let (mut payloads, mut rest) = (Vec::new(), &segment[fuzz::HEADER_BYTES..]);
    while let Some((_, length)) = fuzz::sound(rest) {
        payloads.push([&[0], &rest[fuzz::HEAD_BYTES..length]].concat());
        rest = &rest[length..];
    }
    payloads
}
