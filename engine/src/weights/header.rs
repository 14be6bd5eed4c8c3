//! The header of a safetensors file, read with distrust: every number in it is checked before it is used.
//!
//! Layout (github.com/huggingface/safetensors): eight bytes of header length, little-endian; a JSON object of
//! `name: { dtype, shape, data_offsets }`; then the tensors' bytes without holes. The `safetensors` crate
//! reads the same, but rejects a whole file for one number format it does not know, does not name the tensor
//! at fault and adds up offsets unchecked; so the entries are read here, and the crate supplies the formats.

use super::{WeightError, wording};
use crate::kernels::WeightFormat;
use safetensors::Dtype;
use serde::de::{self, Deserialize, Deserializer, IntoDeserializer, MapAccess, Visitor};
use std::{collections::HashSet, fmt, ops::Range, path::Path};

/// The largest header that is read, in bytes; those of real checkpoints stay below 1 MiB.
pub const HEADER_LIMIT: usize = 16 << 20;

/// Bytes before the header.
const LENGTH_BYTES: usize = 8;

/// The most dimensions a tensor may have.
const RANK_LIMIT: usize = 16;

/// How a tensor's numbers are stored, known to this version or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredFormat {
    /// One of the formats that the safetensors crate lists.
    Known(Dtype),
    /// A name that came into use later.
    Unknown(String),
}

impl StoredFormat {
    /// The format as a weight, or none when it cannot be decoded yet.
    pub fn weight(&self) -> Option<WeightFormat> {
        match self {
            Self::Known(Dtype::F32) => Some(WeightFormat::F32),
            Self::Known(Dtype::F16) => Some(WeightFormat::F16),
            Self::Known(Dtype::BF16) => Some(WeightFormat::Bf16),
            _ => None,
        }
    }

    /// Bits of one number, where that is known.
    fn bits(&self) -> Option<u64> {
        match self {
            Self::Known(dtype) => u64::try_from(dtype.bitsize()).ok(),
            Self::Unknown(_) => None,
        }
    }
}

impl fmt::Display for StoredFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(dtype) => dtype.fmt(f),
            Self::Unknown(name) => f.write_str(name),
        }
    }
}

/// One tensor of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub name: String,
    pub format: StoredFormat,
    pub shape: Vec<usize>,
    /// Where its bytes lie, counted from the start of the file; always inside of it.
    pub range: Range<usize>,
}

/// Reads and checks the header of a whole file given as bytes. `path` is for messages only.
///
/// # Errors
/// [`WeightError::NotSafetensors`] for files of another kind, [`WeightError::Damaged`] and
/// [`WeightError::DamagedTensor`] when the header contradicts itself or the file.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Vec<Entry>, WeightError> {
    let (text, data_start) = locate(path, bytes)?;
    let header: RawHeader = serde_json::from_slice(text).map_err(|error| WeightError::Damaged {
        path: path.into(),
        reason: format!("its header cannot be understood: {}", wording::json(text, &error)),
    })?;
    let mut entries = header.0;
    entries.sort_by_key(|(_, raw)| raw.data_offsets);
    let data_bytes = (bytes.len() - data_start) as u64;
    let mut cursor = 0_u64;
    let mut checked = Vec::with_capacity(entries.len());
    for (name, raw) in entries {
        let (start, end) = raw.data_offsets;
        match check(raw, cursor) {
            Ok((format, shape)) => {
                // The sum is compared with the file's length below, before any range is used.
                let at =
                    |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).saturating_add(data_start);
                checked.push(Entry { name, format, shape, range: at(start)..at(end) });
            }
            Err(reason) => {
                return Err(WeightError::DamagedTensor { path: path.into(), tensor: name, reason });
            }
        }
        cursor = end;
    }
    let damaged = |reason| Err(WeightError::Damaged { path: path.into(), reason });
    if cursor > data_bytes {
        return damaged(format!("it breaks off after {data_bytes} of {cursor} bytes of weights"));
    }
    if cursor < data_bytes {
        return damaged(format!("{} bytes after its last tensor belong to nothing", data_bytes - cursor));
    }
    Ok(checked)
}

/// Finds the header's text and where the tensors' bytes begin.
fn locate<'a>(path: &Path, bytes: &'a [u8]) -> Result<(&'a [u8], usize), WeightError> {
    let other = |reason: &str| WeightError::NotSafetensors { path: path.into(), reason: reason.into() };
    let damaged = |reason| WeightError::Damaged { path: path.into(), reason };
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH_BYTES>() else {
        if let Some(kind) = foreign_kind(bytes) {
            return Err(other(kind));
        }
        let reason = if bytes.is_empty() { "it is empty" } else { "it is only a few bytes long" };
        return Err(damaged(reason.into()));
    };
    let length = u64::from_le_bytes(*length);
    let is_header = rest.first().is_none_or(|first| *first == b'{');
    // A header of 640 bytes begins like a pickle, so other kinds are only looked for where no header can be.
    let can_be = is_header && length <= HEADER_LIMIT as u64;
    if let Some(kind) = foreign_kind(bytes).filter(|_| !can_be) {
        return Err(other(kind));
    }
    if !is_header {
        // A header may be as long as the character code of `<`, so this is asked only when it is none.
        return Err(match wording::failed_download(bytes) {
            Some(reason) => damaged(reason.into()),
            None => other("it is of another kind"),
        });
    }
    let usable = usize::try_from(length).ok().filter(|n| *n <= HEADER_LIMIT);
    let Some(usable) = usable else {
        return Err(damaged(format!(
            "it claims a header of {length} bytes, and at most {HEADER_LIMIT} are read"
        )));
    };
    let Some(text) = rest.get(..usable) else {
        return Err(damaged(format!("it breaks off inside its header ({} of {length} bytes)", rest.len())));
    };
    Ok((text, LENGTH_BYTES + usable))
}

/// Says what a file is that people take for weights, from its first bytes.
fn foreign_kind(bytes: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 3] = [
        (b"PK\x03\x04", "it is a zip archive or a PyTorch pickle (.bin, .pt, .ckpt)"),
        (b"\x80\x02", "it is a PyTorch pickle (.bin, .pt, .ckpt), which could run code"),
        (b"GGUF", "it is a GGUF file, which is not supported yet"),
    ];
    KINDS.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, kind)| *kind)
}

/// Checks one entry against the end of the one before; returns its format and shape, or what is wrong.
fn check(raw: RawEntry, cursor: u64) -> Result<(StoredFormat, Vec<usize>), String> {
    let (start, end) = raw.data_offsets;
    let format = match Dtype::deserialize(raw.dtype.as_str().into_deserializer()) {
        Ok(dtype) => StoredFormat::Known(dtype),
        Err(de::value::Error { .. }) => StoredFormat::Unknown(raw.dtype),
    };
    let Some(length) = end.checked_sub(start) else {
        return Err(format!("ends (at {end}) before it begins (at {start})"));
    };
    if raw.shape.len() > RANK_LIMIT {
        return Err(format!("has {} dimensions", raw.shape.len()));
    }
    let numbers = raw.shape.iter().try_fold(1_u64, |n, d| n.checked_mul(*d));
    let shape: Option<Vec<usize>> = raw.shape.iter().map(|d| usize::try_from(*d).ok()).collect();
    let (Some(numbers), Some(shape)) = (numbers, shape) else {
        return Err(format!("has the impossible shape {}", wording::shape(&raw.shape)));
    };
    if let Some(bits) = format.bits() {
        let needed = numbers.checked_mul(bits).filter(|bits| bits % 8 == 0).map(|bits| bits / 8);
        if needed != Some(length) {
            let shape = wording::shape(&shape);
            return Err(format!("of shape {shape} in {format} does not fit its {length} bytes"));
        }
    }
    if start < cursor {
        return Err(format!("overlaps the one before it (begins at {start}, before {cursor})"));
    }
    if start > cursor {
        return Err(format!("leaves a hole before it (begins at {start}, not at {cursor})"));
    }
    Ok((format, shape))
}

/// An entry as the file states it.
#[derive(serde::Deserialize)]
struct RawEntry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

/// The header's tensors in file order; refuses a name that comes twice.
struct RawHeader(Vec<(String, RawEntry)>);

impl<'de> Deserialize<'de> for RawHeader {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = RawHeader;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawHeader, A::Error> {
        let mut seen = HashSet::new();
        let mut entries = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == "__metadata__" {
                map.next_value::<de::IgnoredAny>()?;
                continue;
            }
            if !seen.insert(name.clone()) {
                return Err(de::Error::custom(format_args!("tensor `{name}` is listed twice")));
            }
            let entry = map.next_value()?;
            entries.push((name, entry));
        }
        Ok(RawHeader(entries))
    }
}
