//! Names that a target of ours must not have. When a target folder passes to another checkout, what is ours is removed
//! from it, and cargo removes by the name of the target: a test that is called like a dependency takes that dependency
//! and everything above it along, which is twenty minutes of compiling for whoever comes next.

use anyhow::{Context, Result};
use serde_json::Value;

/// Targets of the workspace that are called like a package in the lock file, which is in `lock`.
///
/// # Errors
/// When `metadata` is not what `cargo metadata` prints.
pub(crate) fn taken(metadata: &Value, lock: &str) -> Result<Vec<String>> {
    let packages = metadata["packages"].as_array().context("`cargo metadata` gave no packages")?;
    let ours: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let locked = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    let others: Vec<String> = locked.filter(|name| !ours.contains(name)).map(|name| name.replace('-', "_")).collect();
    let targets = packages.iter().flat_map(|package| package["targets"].as_array().into_iter().flatten());
    let names = targets.filter_map(|target| target["name"].as_str());
    let taken = names.filter(|name| others.contains(&name.replace('-', "_")));
    Ok(taken.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::taken;

    #[test]
    fn a_test_called_like_a_dependency_is_found() {
        let metadata = serde_json::json!({"packages": [
            {"name": "web", "targets": [{"name": "web"}]},
            {"name": "tests", "targets": [{"name": "ledger"}, {"name": "http-body"}]},
        ]});
        let lock = "[[package]]\nname = \"web\"\n\n[[package]]\nname = \"http_body\"\n\n[[package]]\nname = \"http\"\n";
        assert_eq!(taken(&metadata, lock).expect("packages"), ["http-body"]);
    }
}
