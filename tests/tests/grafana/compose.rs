//! docker-compose.yml, and what Grafana and Prometheus are given by it.

use std::fs;
use std::process::Command;

use serde_json::Value;
use system_tests::inputs::{python, repository};
use system_tests::{Output, Site};

fn yaml(path: &std::path::Path) -> Value {
    Output::of(python("yaml_as_json.py").arg(path)).json()
}

fn list(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
}

/// What docker-compose makes of the file; Debian's takes what newer ones take.
fn composed(site: &Site) -> Value {
    let mut command = Command::new("docker-compose");
    let text = Output::of(command.arg("--file").arg(repository("docker-compose.yml")).arg("config")).ok().stdout;
    fs::write(site.path("composed.yml"), text).unwrap();
    yaml(&site.path("composed.yml"))
}

#[test]
fn docker_compose_takes_the_file_and_everything_it_mounts_is_there() {
    let site = Site::new();
    let composed = composed(&site);
    let services = composed["services"].as_object().unwrap();
    let names: Vec<&str> = services.keys().map(String::as_str).collect();
    assert_eq!(names, ["collector", "grafana", "mock-services", "prometheus", "server", "tokens"]);
    for (name, service) in services {
        // a foreign image is one, for ever; ours is built here
        let image = service["image"].as_str().unwrap();
        let tag = image.split_once(':').map(|(_, tag)| tag);
        assert_eq!(
            service["build"].is_null(),
            tag.is_some_and(|tag| tag.chars().any(|c| c.is_ascii_digit())),
            "{name}: {image}"
        );
        for port in service["ports"].as_array().into_iter().flatten() {
            let published = port.as_str().map(str::to_owned).unwrap_or_else(|| port.to_string());
            assert!(published.starts_with("127.0.0.1:") || published.contains("udp"), "{name}: {published}");
        }
        for volume in service["volumes"].as_array().into_iter().flatten() {
            let source = volume.as_str().unwrap().split(':').next().unwrap();
            let is_there = if source.starts_with('/') {
                fs::exists(source).unwrap()
            } else {
                composed["volumes"].get(source).is_some()
            };
            assert!(is_there, "{name}: {source}");
        }
    }
    for name in ["server", "prometheus", "grafana"] {
        assert!(services[name]["healthcheck"]["test"].is_array(), "{name} has a health check");
    }
    assert_eq!(list(&services["server"]["healthcheck"]["test"]), ["CMD", "vitals", "status", "--check"]);
    // who reads tokens is of the group that they are for
    for name in ["prometheus", "grafana"] {
        assert_eq!(services[name]["group_add"][0].as_str(), Some("3500"), "{name}");
    }
    assert_eq!(services["tokens"]["user"].as_str(), Some("3500:3500"));
}

#[test]
fn grafana_and_prometheus_are_told_of_the_server_as_compose_names_it() {
    let compose = yaml(&repository("docker-compose.yml"));
    let environment = &compose["services"]["server"]["environment"];
    assert_eq!(
        (environment["VITALS_HTTP"].as_str(), environment["VITALS_POSTGRES"].as_str()),
        (Some("0.0.0.0:3501"), Some("0.0.0.0:5433"))
    );
    let mounts = |name: &str| list(&compose["services"][name]["volumes"]).join(" ");
    let token = "/run/vitals/tokens/read";
    for name in ["prometheus", "grafana"] {
        assert!(mounts(name).contains("tokens:/run/vitals/tokens:ro"), "{name}");
    }
    let sources = yaml(&repository("deploy/grafana/provisioning/datasources/vitals.yml"));
    let [postgres, prometheus] = [0, 1].map(|at| sources["datasources"][at].clone());
    assert_eq!(
        (postgres["type"].as_str(), postgres["url"].as_str()),
        (Some("grafana-postgresql-datasource"), Some("server:5433"))
    );
    assert_eq!(postgres["secureJsonData"]["password"], format!("$__file{{{token}}}"));
    assert_eq!(
        (prometheus["type"].as_str(), prometheus["url"].as_str()),
        (Some("prometheus"), Some("http://prometheus:9090"))
    );
    let provider = yaml(&repository("deploy/grafana/provisioning/dashboards/vitals.yml"));
    let path = provider["providers"][0]["options"]["path"].as_str().unwrap();
    assert!(mounts("grafana").contains(&format!("./deploy/grafana/dashboards:{path}:ro")), "{path}");
    let scraping = yaml(&repository("deploy/prometheus/prometheus.yml"));
    let jobs = scraping["scrape_configs"].as_array().unwrap();
    assert_eq!(jobs.len(), 2);
    for job in jobs {
        assert_eq!(
            (&job["authorization"]["credentials_file"], &job["static_configs"][0]["targets"][0]),
            (&token.into(), &"server:3501".into())
        );
    }
    assert_eq!(
        scraping["global"]["scrape_interval"], prometheus["jsonData"]["timeInterval"],
        "Grafana's rates go by it"
    );
}
