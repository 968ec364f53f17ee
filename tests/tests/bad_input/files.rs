//! Files that cannot be imported, or not to their end.

use std::fs;

use system_tests::inputs::repository;
use system_tests::{Output, Site};

use crate::{said, says, unescaped};

#[test]
fn files_that_are_no_import() {
    let site = Site::new();
    let check = |name: &str, content: Option<&[u8]>, words: &[&str]| {
        let path = site.path(name);
        if let Some(content) = content {
            fs::write(&path, content).expect("the test's folder can be written");
        }
        let path = path.to_str().expect("a path in UTF-8");
        says(&site, &["import", path], 1, &[&[path], words].concat());
    };
    check("none.csv", None, &["No such file"]);
    check(".", None, &["is a folder", "name the files in it"]);
    check("empty.csv", Some(b""), &["is empty", "nothing to import"]);
    check("blank.json", Some(b" \n\n"), &["is empty"]);
    check("binary", Some(&[0x1f, 0x8b, 8, 0, 0, 1, 2, 3]), &["neither CSV", "nor JSON", "it is compressed"]);
    check("table.csv.gz", Some(b"\x1f\x8b\x08\x00"), &["gzip -dc FILE | vitals import -"]);
    check("semicolons.csv", Some(b"a;1;0.5;16;8;512;256\n"), &["semicolons; write commas"]);
    check("short.parquet", Some(b"PAR1"), &["cannot be read as Parquet", "nothing of it was imported"]);
    check("other.csv", Some(b"a,b,c\n1,2,3\n"), &["service,timestamp,CPU,total_ram,free_ram,total_disk,free_disk"]);
    let empty = Output::of(&mut site.command(&["import", "-"]));
    said(empty, "nothing on standard input", 1, &["standard input is empty"]);
    let messages = repository("data/sample/messages.txt");
    let as_csv = ["import", "--format", "csv", messages.to_str().expect("a path in UTF-8")];
    says(&site, &as_csv, 1, &["neither CSV with the columns"]);
    assert!(!site.data().join("journal").exists(), "no journal was begun");
}

#[test]
fn a_truncated_file_gives_everything_whole() {
    for name in ["messages.csv", "messages.ndjson", "messages.txt"] {
        let site = Site::new();
        let whole = fs::read(repository(&format!("data/sample/{name}"))).expect("the sample is there");
        let path = site.path(name);
        fs::write(&path, &whole[..whole.len() - 30]).expect("the test's folder can be written");
        let output = site.run(&["import", path.to_str().expect("a path in UTF-8")]).ok();
        for words in ["499 accepted, 1 rejected", "the file ends in the middle of a record", "vitals rejects"] {
            assert!(output.stdout.contains(words), "{name}: {output:?}");
        }
        assert_eq!(site.query(&[]).total(), 499, "{name}");
        let kept = site.json(&["rejects"]);
        let kept = &kept.as_array().expect("a list")[..];
        let [kept] = kept else { panic!("{name}: {kept:?}") };
        let source = kept["source"].as_str().expect("text");
        let offset: usize = source.rsplit_once(", byte ").expect(source).1.parse().expect(source);
        assert!(source.contains(name), "{source}");
        let bytes = unescaped(kept["bytes"].as_str().expect("text"));
        assert_eq!(bytes, whole[offset..whole.len() - 30], "{name}");
    }
}
