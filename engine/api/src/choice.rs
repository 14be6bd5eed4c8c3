//! Choices that are typed as a word: which device, how much memory, how much care.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Where the work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum DeviceChoice {
    /// A real graphics card if there is one, else the processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// A graphics adapter: the given number in the list of `rostrum selftest`, or the best one.
    Gpu(Option<u32>),
}

/// How much care is taken; a model turns it into its own number of steps and guidance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Few steps: to try an idea.
    Draft,
    /// The model's usual number of steps.
    #[default]
    Standard,
    /// As many steps as its makers advise.
    Best,
}

/// An upper bound for memory, in bytes; typed as `8G`, `512M` or a plain number of bytes (powers of 1024).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MemoryLimit {
    /// Bytes, at least 1.
    pub bytes: u64,
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim().to_ascii_lowercase();
        match text.as_str() {
            "auto" => return Ok(Self::Auto),
            "cpu" => return Ok(Self::Cpu),
            "gpu" => return Ok(Self::Gpu(None)),
            _ => {}
        }
        let number = text.strip_prefix("gpu:").and_then(|number| number.parse().ok());
        number.map(|number| Self::Gpu(Some(number))).ok_or_else(|| {
            format!("`{text}` is not a device; use auto, cpu, gpu or gpu:N, where N is a number from `rostrum selftest`")
        })
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu(None) => f.write_str("gpu"),
            Self::Gpu(Some(number)) => write!(f, "gpu:{number}"),
        }
    }
}

impl From<DeviceChoice> for String {
    fn from(choice: DeviceChoice) -> Self {
        choice.to_string()
    }
}

impl TryFrom<String> for DeviceChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for MemoryLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("`{text}` is not an amount of memory; write for example 8G, 1.5G or 512M");
        let upper = text.trim().to_ascii_uppercase();
        let short = upper.strip_suffix("IB").or_else(|| upper.strip_suffix('B')).unwrap_or(&upper);
        let (number, unit) = match short.char_indices().next_back() {
            Some((at, 'K')) => (&short[..at], 1u64 << 10),
            Some((at, 'M')) => (&short[..at], 1 << 20),
            Some((at, 'G')) => (&short[..at], 1 << 30),
            Some((at, 'T')) => (&short[..at], 1 << 40),
            _ => (short, 1),
        };
        let plain = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.');
        let value: f64 = number.parse().ok().filter(|_| plain).ok_or_else(refused)?;
        let bytes = value * unit as f64;
        if !(1.0..1e18).contains(&bytes) {
            return Err(refused());
        }
        Ok(Self { bytes: bytes as u64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_and_written_the_same_way() {
        for text in ["auto", "cpu", "gpu", "gpu:0", "gpu:12"] {
            assert_eq!(text.parse::<DeviceChoice>().unwrap().to_string(), text);
        }
        for text in ["", "gpu:", "gpu:x", "gpu:-1", "cuda", "gpu:4294967296"] {
            assert!(text.parse::<DeviceChoice>().is_err(), "{text}");
        }
    }

    #[test]
    fn memory_is_read_in_powers_of_1024() {
        let bytes = |text: &str| text.parse::<MemoryLimit>().map(|limit| limit.bytes);
        assert_eq!(bytes("8G"), Ok(8 << 30));
        assert_eq!(bytes("8GiB"), Ok(8 << 30));
        assert_eq!(bytes("1.5g"), Ok(3 << 29));
        assert_eq!(bytes("512MB"), Ok(512 << 20));
        assert_eq!(bytes("1000"), Ok(1000));
        for text in ["", "G", "-1G", "0", "8X", "1e9G", "inf", "NaN", "1..2G", "8 G G", "é"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
