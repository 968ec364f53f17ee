//! Takes in the page, where `BUILD_VITALS_PAGE` names the folder that it was built into (`cargo xtask build` does): a table of
//! its files, each with its compressed forms beside it. Without the variable there is no page, and `/` says so.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=BUILD_VITALS_PAGE");
    let folder = env::var_os("BUILD_VITALS_PAGE").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let mut files = Vec::new();
    if let Some(folder) = &folder {
        println!("cargo::rerun-if-changed={}", folder.display());
        if !folder.join("index.html").is_file() {
            let told = format!(
                "BUILD_VITALS_PAGE: there is no index.html in {}; unset it to leave the page out",
                folder.display()
            );
            return Err(io::Error::other(told));
        }
        collect(folder, folder, &mut files)?;
    }
    files.sort();
    let entries = files.iter().map(|(path, file)| entry(path, file)).collect::<io::Result<String>>()?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?);
    fs::write(out.join("page.rs"), format!("&[\n{entries}]\n"))
}

/// Files by the path under which they are asked for; compressed forms go with the file that they are of.
fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for found in fs::read_dir(folder)? {
        let path = found?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if is_hidden {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if !path.extension().is_some_and(|ending| ending == "br" || ending == "gz") {
            let below = path.strip_prefix(root).map_err(io::Error::other)?;
            files.push((format!("/{}", below.display()), path));
        }
    }
    Ok(())
}

fn entry(path: &str, file: &Path) -> io::Result<String> {
    let bytes = fs::read(file)?;
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let (brotli, gzip) = (compressed(file, "br"), compressed(file, "gz"));
    Ok(format!(
        "    File {{ path: {path:?}, tag: {tag:?}, plain: include_bytes!({file:?}), brotli: {brotli}, gzip: {gzip} }},\n"
    ))
}

fn compressed(file: &Path, ending: &str) -> String {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    if Path::new(&name).is_file() { format!("Some(include_bytes!({name:?}))") } else { "None".to_owned() }
}
