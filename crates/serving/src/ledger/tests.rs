//! The ledger through publication, merge and fold.

use crate::fixture::{Folder, range, time};
use crate::{Publication, Versions};
use model::{Counts, LedgerRow, LedgerRowKind, Reason, Time};
use std::collections::BTreeMap;

fn counts(accepted: u64, dropped: Option<u64>) -> Counts {
    let rejected = BTreeMap::from([(Reason::NotJson, accepted), (Reason::TooOld, 1)]);
    Counts { accepted, duplicate: 1, shed: 2, rejected, kernel_dropped: dropped }
}

fn minute_counts(source: &str, minute: &str, accepted: u64, dropped: Option<u64>) -> LedgerRow {
    LedgerRow::counts(source, time(minute), counts(accepted, dropped))
}

fn other(from: &str, to: &str, kind: LedgerRowKind) -> LedgerRow {
    LedgerRow { source: "collector".into(), from: time(from), to: time(to), kind }
}

fn ledger_rows() -> Vec<LedgerRow> {
    let damage = LedgerRowKind::Damage { journal: "some journal".into(), segment: 42 };
    vec![
        minute_counts("http", "2026-11-21T12:01", 1, Some(0)),
        other("2026-11-21T12:01:30", "2026-11-21T12:03", LedgerRowKind::Gap { clean: false }),
        other("2026-11-21T12:03", "2026-11-21T12:03", LedgerRowKind::Gap { clean: true }),
        minute_counts("collector", "2026-11-21T12:01", 5, Some(3)),
        other("2026-11-21T12:01", "2026-11-21T12:02", damage),
        LedgerRow::counts("collector", time("2026-11-21T12:05"), Counts::default()),
    ]
}

#[test]
fn ledger_counts_merge_and_the_rest_is_read_back() {
    let folder = Folder::new();
    let views = folder.views();
    let partial = [
        minute_counts("collector", "2026-11-21T12:01", 2, None),
        minute_counts("http", "2026-11-21T12:01", 2, Some(2)),
    ];
    let files = [folder.ledger(&ledger_rows()), folder.ledger(&partial)];
    for (file, version) in files.into_iter().zip(0..) {
        let versions = Versions { messages: -1, ledger: version };
        let publication = Publication { ledger: vec![file], versions, ..Publication::default() };
        views.publish(&publication).expect("published");
    }
    let (mut collector, mut http) = (counts(5, Some(3)), counts(1, Some(0)));
    collector.merge(&counts(2, None));
    http.merge(&counts(2, Some(2)));
    let rows = ledger_rows();
    let (http, collector) =
        (LedgerRow::counts("http", rows[0].from, http), LedgerRow::counts("collector", rows[3].from, collector));
    let all = [collector, rows[4].clone(), http, rows[1].clone(), rows[2].clone(), rows[5].clone()];

    let check = |from: &str, to: &str, expect: &[LedgerRow]| {
        let found = views.begin().expect("begins").ledger(&range(from, to)).expect("ledger");
        assert_eq!(found, expect, "{from} to {to}");
    };
    for fold in [false, true] {
        if fold {
            assert_ne!(views.fold_partials(Time::MAX).expect("folded").rows_before, 0);
        }
        check("2026-01-01", "2027-01-01", &all);
        check("2026-11-21T12:01:59.999999Z", "2026-11-21T12:02", &all[..4]);
        check("2026-11-21T12:02", "2026-11-21T12:03", &all[3..4]);
        check("2026-11-21T12:03", "2026-11-21T12:05", &all[4..5]);
        check("2026-11-21T12:06", "2026-11-21T12:07", &[]);
    }
}
