//! That the document and the router say the same.

use super::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn document() -> Value {
    serde_json::from_str(text()).expect("JSON")
}

/// Methods and paths as the router itself shows them: `RouteId(3): MethodRouter(… allow_header: Bytes(b"GET,HEAD") …)`
/// and `RouteId(3): "/api/v1/jobs"`.
fn routed() -> BTreeSet<String> {
    let (router, _) = front::routes(&Arc::new(Access::default())).split_for_parts();
    let shown = format!("{router:?}");
    let (routes, _) = shown.split_once("fallback_router").expect("routes come before what is none");
    let (mut methods, mut paths) = (BTreeMap::new(), BTreeMap::new());
    for part in routes.split("RouteId(").skip(1) {
        let (id, about) = part.split_once("): ").expect("an id and what is of it");
        if let Some(path) = about.strip_prefix('"') {
            paths.insert(id, path.split('"').next().expect("the end of a string"));
        } else {
            let (_, allowed) = about.split_once("Bytes(b\"").expect("the methods of a route");
            methods.insert(id, allowed.split('"').next().expect("the end of a string"));
        }
    }
    let of = |(id, path): (&&str, &&str)| {
        let methods = methods[*id].split(',').filter(|method| *method != "HEAD");
        methods.map(|method| format!("{method} {path}")).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

#[test]
fn every_route_is_in_the_document() {
    let document = document();
    let paths = document["paths"].as_object().expect("paths").iter();
    let written = paths.flat_map(|(path, item)| {
        let methods = item.as_object().expect("operations").keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    let (routed, written) = (routed(), written.collect::<BTreeSet<_>>());
    assert_eq!(routed, written);
    assert!(written.contains("GET /api/v1/summary") && written.contains("GET /healthz"), "{written:?}");
}

#[test]
fn every_operation_says_what_is_answered() {
    let document = document();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let at = format!("{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{at} has a summary");
            assert!(operation["operationId"].is_string(), "{at}");
            assert!(operation["tags"][0].is_string(), "{at}");
            for status in ["200", "400", "500", "503"] {
                assert!(operation["responses"][status].is_object(), "{at} says {status}");
            }
            let open = path.ends_with('z');
            assert_eq!(operation["security"].is_array(), !open, "{at}");
            assert_eq!(operation["responses"]["401"].is_object(), !open, "{at}");
        }
    }
    assert_eq!(document["openapi"], "3.1.0");
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let references = text()
        .match_indices("#/components/schemas/")
        .map(|(at, prefix)| text()[at + prefix.len()..].split('"').next().expect("the end of a string"));
    for name in references.collect::<BTreeSet<_>>() {
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
}
