//! The files themselves.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use system_tests::inputs::repository;

pub(crate) const NAMES: [&str; 4] = ["fleet", "host", "pipeline", "service"];

/// A dashboard by its name.
pub(crate) fn dashboard(name: &str) -> Value {
    let path = repository("deploy/grafana/dashboards").join(format!("{name}.json"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Its panels but for rows.
pub(crate) fn panels(dashboard: &Value) -> impl Iterator<Item = &Value> {
    dashboard["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row")
}

pub(crate) fn targets(panel: &Value) -> &[Value] {
    panel["targets"].as_array().unwrap()
}

fn variables(dashboard: &Value) -> &[Value] {
    dashboard["templating"]["list"].as_array().unwrap()
}

/// The variable that holds services: its statement, and whether several can be chosen.
pub(crate) fn service_variable(dashboard: &Value) -> Option<(&str, bool)> {
    let found = variables(dashboard).iter().find(|variable| variable["type"] == "query")?;
    Some((found["query"].as_str().unwrap(), found["multi"].as_bool().unwrap()))
}

#[test]
fn every_file_is_one_of_them_and_has_what_grafana_wants() {
    let files = fs::read_dir(repository("deploy/grafana/dashboards")).unwrap();
    let files: BTreeSet<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(files, NAMES.iter().map(|name| format!("{name}.json")).collect());
    for name in NAMES {
        let dashboard = dashboard(name);
        assert_eq!(dashboard["uid"], format!("vitals-{name}"));
        assert!(dashboard["schemaVersion"].as_u64() >= Some(39), "{name}");
        assert_eq!(
            (dashboard["timezone"].as_str(), dashboard["tags"][0].as_str()),
            (Some("utc"), Some("vitals")),
            "{name}"
        );
        // the others are reached from each
        assert_eq!(dashboard["links"][0]["tags"][0], "vitals", "{name}");
        let ids: BTreeSet<u64> =
            dashboard["panels"].as_array().unwrap().iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
        assert_eq!(
            ids.len(),
            dashboard["panels"].as_array().unwrap().len(),
            "{name}: each panel has a number of its own"
        );
        let names: BTreeSet<&str> =
            variables(&dashboard).iter().map(|variable| variable["name"].as_str().unwrap()).collect();
        for panel in panels(&dashboard) {
            let title = panel["title"].as_str().unwrap();
            let place = ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_u64().unwrap());
            assert!(place[0] + place[2] <= 24 && place[3] > 0, "{name}, {title}: {place:?}");
            let sources = targets(panel).iter().map(|target| &target["datasource"]).chain([&panel["datasource"]]);
            for source in sources {
                let uid = source["uid"].as_str().unwrap().trim_start_matches("${").trim_end_matches('}');
                let kind = source["type"].as_str().unwrap();
                assert!(names.contains(uid), "{name}, {title}: {source}");
                assert_eq!(kind, if uid == "postgres" { "grafana-postgresql-datasource" } else { "prometheus" });
            }
            let references: BTreeSet<&str> =
                targets(panel).iter().map(|target| target["refId"].as_str().unwrap()).collect();
            assert_eq!(references.len(), targets(panel).len(), "{name}, {title}");
        }
    }
}

#[test]
fn panels_do_not_lie_on_each_other() {
    for name in NAMES {
        let dashboard = dashboard(name);
        let places: Vec<[u64; 4]> = dashboard["panels"]
            .as_array()
            .unwrap()
            .iter()
            .map(|panel| ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_u64().unwrap()))
            .collect();
        for (index, [x, y, w, h]) in places.iter().enumerate() {
            let over = |[x2, y2, w2, h2]: &[u64; 4]| x < &(x2 + w2) && x2 < &(x + w) && y < &(y2 + h2) && y2 < &(y + h);
            assert_eq!(places[index + 1..].iter().find(|place| over(place)), None, "{name}: {x} {y}");
        }
    }
}

#[test]
fn what_links_to_a_dashboard_names_one() {
    let known = NAMES.map(|name| format!("/d/vitals-{name}?"));
    for name in NAMES {
        let text = dashboard(name).to_string();
        for (at, _) in text.match_indices("/d/") {
            assert!(known.iter().any(|known| text[at..].starts_with(known)), "{name}: {}", &text[at..at + 40]);
        }
    }
}
