//! What statements ask of a connection, as drivers write them.

use super::*;
use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError};

fn check(text: &str) -> PgWireResult<Vec<Command>> {
    read(&Dialect::new(), text)
}

fn one(text: &str) -> Command {
    let mut commands = check(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(commands.len(), 1, "{text}");
    commands.remove(0)
}

fn code(error: PgWireError) -> String {
    ErrorInfo::from(error).code
}

#[test]
fn what_would_change_something_is_refused() {
    for text in [
        "INSERT INTO minute VALUES (1)",
        "UPDATE minute SET count = 0",
        "DELETE FROM minute",
        "TRUNCATE minute",
        "CREATE TABLE t (a int)",
        "CREATE VIEW v AS SELECT 1",
        "DROP TABLE minute",
        "ALTER TABLE minute ADD a int",
        "COPY minute FROM STDIN",
        "COPY minute FROM '/etc/passwd'",
        "COPY minute TO '/tmp/out'",
        "COPY (SELECT 1) TO PROGRAM 'sh'",
        "GRANT SELECT ON minute TO PUBLIC",
        "VACUUM",
        "MERGE INTO minute USING hour ON true WHEN MATCHED THEN DELETE",
    ] {
        let refused = check(text).expect_err(text);
        assert_eq!(code(refused), state::READ_ONLY_SQL_TRANSACTION, "{text}");
    }
}

#[test]
fn what_drivers_send_around_questions_is_understood() {
    let quiet = |text: &str| matches!(one(text), Command::Nothing(_));
    for text in [
        "SAVEPOINT a",
        "RELEASE SAVEPOINT a",
        "UNLISTEN *",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "DISCARD TEMP",
    ] {
        assert!(quiet(text), "{text}: {:?}", one(text));
    }
    assert!(matches!(one("BEGIN READ ONLY"), Command::Begin));
    assert!(matches!(one("START TRANSACTION ISOLATION LEVEL REPEATABLE READ"), Command::Begin));
    assert!(matches!(one("end"), Command::Commit));
    assert!(matches!(one("abort"), Command::Rollback));
    assert!(matches!(one("ROLLBACK TO SAVEPOINT a"), Command::RollbackTo));
    assert!(matches!(one("DISCARD ALL"), Command::DiscardAll));
    assert!(matches!(one("DEALLOCATE ALL"), Command::Deallocate(None)));
    assert!(
        matches!(one("SHOW TRANSACTION ISOLATION LEVEL"), Command::Show(Some(name)) if name == "transaction_isolation")
    );
    assert!(matches!(one("close all"), Command::Close(None)));
    let set = |text: &str| match one(text) {
        Command::Set { settings, transaction_only } => (settings[0].clone(), transaction_only),
        other => panic!("{text}: {other:?}"),
    };
    let some = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    assert_eq!(set("SET extra_float_digits = 3"), (some("extra_float_digits", "3"), false));
    assert_eq!(set("SET LOCAL statement_timeout TO '5s'"), (some("statement_timeout", "5s"), true));
    assert_eq!(set("SET DateStyle = ISO, MDY"), (some("DateStyle", "ISO, MDY"), false));
    assert_eq!(set("SET TIME ZONE 'UTC'"), (some("TimeZone", "UTC"), false));
    assert_eq!(set("set names 'utf8'"), (some("client_encoding", "utf8"), false));
    assert_eq!(set("SET jit TO DEFAULT"), (("jit".to_owned(), None), false));
}

#[test]
fn cursors_go_forward() {
    let rows = |text: &str| match one(text) {
        Command::Fetch { cursor, rows, shown } => (cursor, rows, shown),
        other => panic!("{text}: {other:?}"),
    };
    let c = || "c".to_owned();
    assert_eq!(rows("FETCH NEXT FROM c"), (c(), Some(1), true));
    assert_eq!(rows("FETCH FORWARD 100 FROM c"), (c(), Some(100), true));
    assert_eq!(rows("FETCH 7 IN \"c\""), (c(), Some(7), true));
    assert_eq!(rows("FETCH ALL FROM c"), (c(), None, true));
    assert_eq!(rows("MOVE FORWARD 10 FROM c"), (c(), Some(10), false));
    for text in ["FETCH PRIOR FROM c", "FETCH BACKWARD 2 FROM c", "FETCH FIRST FROM c", "MOVE ABSOLUTE 3 FROM c"] {
        assert_eq!(code(check(text).expect_err(text)), state::OBJECT_NOT_IN_PREREQUISITE_STATE, "{text}");
    }
    assert!(matches!(one("DECLARE c CURSOR FOR SELECT 1"), Command::Declare { binary: false, .. }));
    assert!(matches!(one("DECLARE c NO SCROLL CURSOR WITHOUT HOLD FOR SELECT 1"), Command::Declare { .. }));
    assert!(matches!(one("DECLARE \"c\" BINARY CURSOR FOR SELECT 1"), Command::Declare { binary: true, .. }));
    for text in ["DECLARE c SCROLL CURSOR FOR SELECT 1", "DECLARE c CURSOR WITH HOLD FOR SELECT 1"] {
        assert_eq!(code(check(text).expect_err(text)), state::FEATURE_NOT_SUPPORTED, "{text}");
    }
}

#[test]
fn a_text_holds_any_number_of_statements() {
    assert_eq!(check("").expect("nothing").len(), 0);
    assert_eq!(check(" ;; ").expect("nothing").len(), 0);
    assert_eq!(check("BEGIN; SELECT 1; COMMIT").expect("three").len(), 3);
    assert_eq!(code(check("SELEC 1").expect_err("a typo")), state::SYNTAX_ERROR);
}
