//! The memory of this process, as far as the system tells.

/// The bytes that the process has held at most.
pub fn peak() -> Option<u64> {
    line("VmHWM:")
}

/// The bytes that the process holds now.
pub fn resident() -> Option<u64> {
    line("VmRSS:")
}

fn line(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1_024)
}
