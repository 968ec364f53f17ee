//! The layers, what they refuse, and that the table of keys is whole.

use super::*;
use crate::exit::Exit;
use proptest::prelude::*;

fn file(text: &str) -> File {
    File { path: PathBuf::from("vitals.toml"), text: text.to_owned() }
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

#[test]
fn the_table_is_whole() {
    let defaults = Config::default();
    for key in KEYS {
        assert!(!key.doc.is_empty() && key.doc.iter().all(|line| line.starts_with(' ')), "{}", key.name);
        assert!(Key::find(key.name).is_some_and(|found| std::ptr::eq(found, key)), "{} twice", key.name);
        let same = KEYS.iter().filter(|other| other.variable() == key.variable()).count();
        assert_eq!(same, 1, "{} is no variable of its own", key.variable());
    }
    for rule in rules::RULES {
        assert!(Key::find(rule.key).is_some(), "{}", rule.key);
        assert!((rule.holds)(&defaults), "the default of {}", rule.key);
    }
}

#[test]
fn later_layers_win() {
    let file = file("cpu_unit = \"percent\"\n[collector]\nreceivers = 3\npast = \"1w\"\nallow = [\"10.0.0.0/8\"]\n");
    let set = strings(&["collector.past=3w", "collector.ahead = 1h"]);
    let flags = vec![Override { flag: "--past", key: "collector.past", value: "4w".to_owned() }];
    let named = variables(&[("VITALS_COLLECTOR_PAST", "2w"), ("VITALS_COLLECTOR_RATE_LIMIT", "9"), ("PATH", "/bin")]);
    let settings = Settings::resolve(Some(&file), &Layers { variables: named, set: &set, flags }).expect("right");

    let check = |key: &str, value: &str, origin: &str| {
        let found = Key::find(key).expect(key);
        assert_eq!(((found.toml)(&settings.config), settings.origin(key).to_string()), (value.into(), origin.into()));
    };
    check("cpu_unit", "\"percent\"", "vitals.toml, line 1");
    check("collector.receivers", "3", "vitals.toml, line 3");
    check("collector.allow", "[\"10.0.0.0/8\"]", "vitals.toml, line 5");
    check("collector.rate_limit", "9", "VITALS_COLLECTOR_RATE_LIMIT");
    check("collector.ahead", "\"1h\"", "--set");
    check("collector.past", "\"4w\"", "--past");
    check("udp", "\"0.0.0.0:3500\"", "default");
    assert_eq!(settings.count_set(), 6);
}

#[test]
fn what_a_file_gets_wrong() {
    let check = |text: &str, expect: &str| {
        let error = Settings::resolve(Some(&file(text)), &Layers::default()).expect_err(text);
        assert_eq!((error.to_string().as_str(), error.exit()), (expect, Exit::Error), "{text}");
    };
    check(
        "# first\n[journal]\ndurabilty = \"always\"\n",
        "vitals.toml, line 3: there is no key journal.durabilty; did you mean journal.durability? `vitals config \
         print` shows them all",
    );
    check(
        "durability = \"always\"",
        "vitals.toml, line 1: there is no key durability; did you mean journal.durability? `vitals config print` shows \
         them all",
    );
    check(
        "[journal]\ndurability = \"sometimes\"",
        "vitals.toml, line 2: journal.durability is \"sometimes\", it must be one of always, interval, never",
    );
    check(
        "[collector]\nreceivers = \"2\"",
        "vitals.toml, line 2: collector.receivers is \"2\", it must be a whole number from 0",
    );
    check(
        "journal.sync_interval = 200",
        "vitals.toml, line 1: journal.sync_interval is 200, it must be a duration such as 200ms, 10s, 5m, 6h, 2d or 1w",
    );
    check("udp = true", "vitals.toml, line 1: udp is true, it must be an address and a port such as 0.0.0.0:3500");
    check(
        "collector = 5",
        "vitals.toml, line 1: collector is a section, not a key; set one of its keys, such as collector.receivers",
    );
    check("[views]\nthreads = 0", "vitals.toml, line 2: views.threads is 0, it must be from 1 to 256");
    check(
        "collector.allow = [\"10.0.0.0/33\"]",
        "vitals.toml, line 1: collector.allow is [\"10.0.0.0/33\"], it must be a list of networks such as \
         [\"10.0.0.0/8\", \"192.0.2.7\"]",
    );
    check(
        "jobs.zone = \"Mars\"",
        "vitals.toml, line 1: jobs.zone is \"Mars\", it must be a time zone such as UTC or Europe/Berlin",
    );
    check(
        "[jobs]\nbatch = \"hourly\"",
        "vitals.toml, line 2: jobs.batch is \"hourly\", it must be a cron expression such as \"*/5 * * * *\"",
    );
    check(
        "[retention]\nraw = \"90d\"\nminute = \"30d\"",
        "vitals.toml, line 3: retention.minute is \"30d\", it must be at least as long as retention.raw, which is \
         forever unless set",
    );
    check(
        "[retention]\nhour = \"30d\"",
        "vitals.toml, line 2: retention.hour is \"30d\", it must be at least as long as retention.minute, which is \
         forever unless set",
    );
    check(
        "[retention]\nraw = \"1h\"",
        "vitals.toml, line 2: retention.raw is \"1h\", it must be forever, or at least 1d",
    );
    check(
        "[retention]\nraw = \"a while\"",
        "vitals.toml, line 2: retention.raw is \"a while\", it must be forever, or a duration such as 90d or 52w",
    );
    check("udp = \n", "vitals.toml, line 1: string values must be quoted, expected literal string; mend the line");
}

#[test]
fn what_other_layers_get_wrong() {
    let check = |layers: Layers<'_>, exit: Exit, expect: &str| {
        let error = Settings::resolve(None, &layers).expect_err(expect);
        assert_eq!((error.to_string().as_str(), error.exit()), (expect, exit));
    };
    let variable = |name, value| Layers { variables: variables(&[(name, value)]), ..Layers::default() };
    check(
        variable("VITALS_JOURNAL_DURABILTY", "always"),
        Exit::Error,
        "there is no variable VITALS_JOURNAL_DURABILTY; did you mean VITALS_JOURNAL_DURABILITY? `vitals config print` \
         shows the keys",
    );
    check(
        variable("VITALS_BATCH_MEMORY", "much"),
        Exit::Error,
        "VITALS_BATCH_MEMORY: batch.memory is \"much\", it must be a size such as 512KiB, 64MiB or 1GiB",
    );
    let set = |text: &str, expect: &str| {
        check(Layers { set: &strings(&[text]), ..Layers::default() }, Exit::Usage, expect);
    };
    set("verbose", "--set \"verbose\" is no key=value; write it like --set journal.durability=always");
    set(
        "limits.service=5",
        "--set: there is no key limits.service; did you mean limits.services? `vitals config print` shows them all",
    );
    set("views.memory=1MiB", "--set: views.memory is \"1MiB\", it must be at least 64MiB");
    let flags = vec![Override { flag: "--receivers", key: "collector.receivers", value: "65".to_owned() }];
    check(
        Layers { flags, ..Layers::default() },
        Exit::Usage,
        "--receivers: collector.receivers is 65, it must be from 1 to 64",
    );
}

#[test]
fn variables_of_arguments_are_known() {
    let named = variables(&[("VITALS_CONFIG", "vitals.toml"), ("VITALS_SERVER", "127.0.0.1:3501")]);
    let settings = Settings::resolve(None, &Layers { variables: named, ..Layers::default() }).expect("right");
    assert_eq!(settings, Settings::default());
}

#[test]
fn lists_are_words_between_commas() {
    let named = variables(&[("VITALS_COLLECTOR_ALLOW", "10.0.0.0/8, ::1")]);
    let settings = Settings::resolve(None, &Layers { variables: named, ..Layers::default() }).expect("right");
    let allowed: Vec<String> = settings.config.collector.allow.iter().map(ToString::to_string).collect();
    assert_eq!(allowed, ["10.0.0.0/8", "::1/128"]);
}

#[test]
fn what_is_printed_reads_back() {
    let set = strings(&[
        "udp=[::1]:7",
        "retention.raw=90d",
        "retention.minute=52w",
        "collector.allow=10.0.0.0/8,::1",
        "data=/a \"b\"\\c",
        "batch.memory=70000001",
    ]);
    for layers in [Layers::default(), Layers { set: &set, ..Layers::default() }] {
        let settings = Settings::resolve(None, &layers).expect("right");
        let printed = settings.to_toml();
        let again = Settings::resolve(Some(&file(&printed)), &Layers::default()).expect(&printed);
        assert_eq!(again.config, settings.config, "{printed}");
        assert_eq!(again.count_set(), KEYS.len(), "every key is printed");
    }
}

#[test]
fn files_are_found_in_the_data_folder_or_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let set = vec![format!("data={}", folder.path().display())];
    let layers = Layers { set: &set, ..Layers::default() };
    assert_eq!(Settings::load(None, &layers).expect("no file").file, None);

    let inside = folder.path().join("vitals.toml");
    std::fs::write(&inside, "http = \"127.0.0.1:1\"").expect("written");
    let found = Settings::load(None, &layers).expect("a file");
    assert_eq!((found.file.as_ref(), found.config.http.port()), (Some(&inside), 1));

    let named = folder.path().join("other.toml");
    let error = Settings::load(Some(&named), &layers).expect_err("no such file");
    assert!(error.to_string().ends_with("name a readable file with --config, or leave it out"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_set_is_refused_or_prints_as_it_reads(
        items in prop::collection::vec((any::<prop::sample::Index>(), "\\PC{0,12}|[0-9]{1,20}(ms|s|d|MiB|GB)?|always|debug"), 0..4),
        noise in "\\PC{0,40}",
    ) {
        let set: Vec<String> = items.iter().map(|(key, value)| format!("{}={value}", key.get(KEYS).name)).collect();
        let layers = Layers { set: &set, ..Layers::default() };
        if let Ok(settings) = Settings::resolve(None, &layers) {
            let printed = settings.to_toml();
            let again = Settings::resolve(Some(&file(&printed)), &Layers::default()).expect(&printed);
            prop_assert_eq!(again.config, settings.config);
        }
        let _ = Settings::resolve(Some(&file(&noise)), &Layers::default());
    }
}
