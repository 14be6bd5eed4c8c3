//! Memory of the machine and of this process.

/// Main memory in bytes: all of it, and what is free for use. None where the system does not tell.
pub fn host_memory() -> Option<[u64; 2]> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    Some([field(&text, "MemTotal:")?, field(&text, "MemAvailable:")?])
}

/// Largest resident set of this process so far, in bytes. None where the system does not tell (it is read from
/// `/proc` and so known on Linux only).
pub fn peak_resident() -> Option<u64> {
    field(&std::fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
}

/// A `Name:   123 kB` line in bytes.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_in_kilobytes() {
        assert_eq!(field("A: 1 kB\nVmHWM:\t  12 kB\n", "VmHWM:"), Some(12 * 1024));
        assert_eq!(field("VmHWM: x kB", "VmHWM:"), None);
        assert_eq!(field("", "VmHWM:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_a_peak() {
        assert!(peak_resident().unwrap() > 1 << 20);
        let [total, free] = host_memory().unwrap();
        assert!(free <= total);
    }
}
