cd /work/wt/soak; export CARGO_TARGET_DIR=/work/target-soak CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=2
cargo build --offline --release -p wf-tests --bin soak 2>&1 | grep -E "^error|^warning: unus|Finished" -A7 | tail -60; date
