//! What somebody meets who arrives with messages: looking at one, bringing in what was refused, tables that other
//! programs wrote, pipes.

mod check;
mod pipe;
mod rejects;
mod tables;

use system_tests::Site;

/// `vitals query` over all time as a series, as its rows are printed.
pub(crate) fn minutes(site: &Site) -> Vec<serde_json::Value> {
    let document = site.query(&["--every", "minute"]).document;
    document["rows"].as_array().expect("rows").clone()
}
