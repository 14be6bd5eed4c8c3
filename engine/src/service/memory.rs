//! How much memory the process has taken.

/// Most bytes of main memory that this process has had resident since it began, weights mapped from disk
/// included: `VmHWM` of `/proc/self/status`.
///
/// `None` on systems other than Linux, which have no such file.
pub fn peak_rss() -> Option<u64> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    high_water_mark(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_high_water_mark() {
        let status = "Name:\trostrum\nVmPeak:\t  900 kB\nVmHWM:\t     120 kB\nVmRSS:\t 100 kB\n";
        assert_eq!(high_water_mark(status), Some(120 * 1024));
        assert_eq!(high_water_mark("Name:\trostrum\n"), None);
        assert_eq!(high_water_mark("VmHWM:\t many kB\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_peak_covers_what_was_just_touched() {
        let touched = vec![1u8; 32 << 20];
        assert!(peak_rss().unwrap() >= touched.iter().map(|&byte| u64::from(byte)).sum());
    }
}
