//! Lets `vitals` find the DuckDB library in its own folder, wherever that is put.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // the bundled lane needs no library, and a path to none does no harm
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo::rustc-link-arg-bins=-Wl,-rpath,$ORIGIN");
    }
}
