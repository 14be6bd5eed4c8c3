//! Quantities in words.

/// Bytes with a unit of 1024: "1.5 GiB".
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let power = (bytes.ilog2() / 10).min(UNITS.len() as u32);
    let value = bytes as f64 / 2f64.powi(10 * power as i32);
    let unit = UNITS[power as usize - 1];
    if value < 10.0 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// Seconds, or minutes and hours where there are many: "0.42 s", "12.3 s", "3 min 20 s", "2 h 5 min".
pub fn seconds(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..10 => format!("{seconds:.2} s"),
        10..120 => format!("{seconds:.1} s"),
        120..7200 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// How long ago something was, from seconds: "just now", "5 minutes ago", "3 days ago".
pub fn ago(seconds: u64) -> String {
    let (number, noun) = match seconds {
        0..60 => return "just now".to_owned(),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{} ago", count(number, noun))
}

/// "1 step", "2 steps".
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_naturally() {
        assert_eq!(bytes(0), "0 bytes");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(40 << 30), "40 GiB");
        assert_eq!(bytes(u64::MAX), "16777216 TiB");
        assert_eq!(seconds(0.4249), "0.42 s");
        assert_eq!(seconds(200.2), "3 min 20 s");
        assert_eq!(seconds(7500.0), "2 h 5 min");
        assert_eq!(
            ["just now", "1 minute ago", "23 hours ago", "2 days ago"],
            [59, 119, 86_399, 172_800].map(ago)
        );
        assert_eq!(count(1, "step"), "1 step");
        assert_eq!(count(0, "step"), "0 steps");
    }
}
