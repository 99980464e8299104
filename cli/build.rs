//! Links the `wf` program to a fixed address where that is known to work.
//!
//! A program that can be loaded anywhere has tens of thousands of addresses in its tables, which the
//! loader writes whenever it starts: a third of what `wf run` of a small file cost. Stack, heap and the
//! libraries of the system are at random addresses as before.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let is_static = features.split(',').any(|feature| feature == "crt-static");
    // Sanitizers need a program that can be loaded anywhere.
    let is_sanitized = env::var_os("CARGO_CFG_SANITIZE").is_some();
    if is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && is("CARGO_CFG_TARGET_ARCH", "x86_64")
        && is("PROFILE", "release")
        && !is_static
        && !is_sanitized
    {
        println!("cargo:rustc-link-arg-bin=wf=-no-pie");
    }
}
