//! Links the `wf` program to run where it is linked to: its tables of functions then need no
//! relocation when it starts, which costs more than compiling and running a small workflow.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}"));
    let is = |what: &str, value: &str| target(what).is_ok_and(|found| found == value);
    if is("OS", "linux") && is("ENV", "gnu") && is("ARCH", "x86_64") {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
