//! Parquet as SQL: paths and columns of what publications bring.
//!
//! Times arrive with a zone and are stored without. `epoch_us` and `make_timestamp` convert by their integer; a cast
//! would go through the session's zone when the ICU extension is in the library, and fail when it is not.

use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// A table function that reads exactly these files, of which there is at least one.
pub(crate) fn read_parquet(files: &[&PathBuf]) -> Result<String> {
    let paths = files.iter().map(|file| literal(file)).collect::<Result<Vec<String>>>()?;
    // a folder called day=2026-11-21 is no column
    Ok(format!("read_parquet([{}], hive_partitioning = false)", paths.join(", ")))
}

/// A path as an SQL text that DuckDB takes for itself and not for a pattern.
fn literal(file: &Path) -> Result<String> {
    let absolute = std::path::absolute(file).map_err(Error::io(file))?;
    let path = absolute.to_str().ok_or_else(|| Error::PathNotUtf8(absolute.clone()))?;
    let escaped: String = path
        .chars()
        .map(|c| match c {
            '*' | '?' | '[' => format!("[{c}]"),
            '\'' => "''".to_owned(),
            c => c.to_string(),
        })
        .collect();
    Ok(format!("'{escaped}'"))
}

/// A column of times with a zone as times without.
pub(crate) fn time(column: &str) -> String {
    format!("make_timestamp(epoch_us({column}))")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_texts_and_no_patterns() {
        let check = |path: &str, expect: &str| assert_eq!(literal(Path::new(path)).expect(path), expect);
        check("/data/a.parquet", "'/data/a.parquet'");
        check("/it's/a.parquet", "'/it''s/a.parquet'");
        check("/d*[1]/a?.parquet", "'/d[*][[]1]/a[?].parquet'");
        let relative = literal(Path::new("a.parquet")).expect("a path");
        assert!(relative.starts_with("'/"), "{relative}");
    }
}
