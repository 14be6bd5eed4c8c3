//! Safetensors files made by hand, right or deliberately wrong.

use engine::weights::probe::TensorList;
use serde_json::{Map, Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A temporary folder that tests fill.
pub struct Folder(pub tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        replace(&path, bytes);
        path
    }
}

/// Writes a file anew. Some file systems flush a file that is cut and rewritten, which takes milliseconds.
pub fn replace(path: &Path, bytes: impl AsRef<[u8]>) {
    drop(fs::remove_file(path));
    fs::write(path, bytes).expect("a file");
}

/// A tensor for [`file`].
pub struct Draft {
    pub name: String,
    pub format: &'static str,
    pub shape: Vec<usize>,
    pub bytes: Vec<u8>,
}

/// A tensor of f32 numbers.
pub fn f32s(name: &str, shape: &[usize], values: &[f32]) -> Draft {
    let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    Draft { name: name.to_owned(), format: "F32", shape: shape.to_vec(), bytes }
}

/// A tensor of bf16 numbers; the values must be exact in bf16.
pub fn bf16s(name: &str, shape: &[usize], values: &[f32]) -> Draft {
    let bytes = values.iter().flat_map(|v| ((v.to_bits() >> 16) as u16).to_le_bytes()).collect();
    Draft { name: name.to_owned(), format: "BF16", shape: shape.to_vec(), bytes }
}

/// A tensor of f16 numbers given as bits.
pub fn f16s(name: &str, shape: &[usize], bits: &[u16]) -> Draft {
    let bytes = bits.iter().flat_map(|b| b.to_le_bytes()).collect();
    Draft { name: name.to_owned(), format: "F16", shape: shape.to_vec(), bytes }
}

/// A valid file.
pub fn file(drafts: &[Draft]) -> Vec<u8> {
    let mut header = Map::new();
    let mut data = Vec::new();
    for draft in drafts {
        let start = data.len();
        data.extend_from_slice(&draft.bytes);
        let entry =
            json!({ "dtype": draft.format, "shape": draft.shape, "data_offsets": [start, data.len()] });
        header.insert(draft.name.clone(), entry);
    }
    with_header(&Value::Object(header).to_string(), &data)
}

/// A file with any header and data.
pub fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), data].concat()
}

/// Writes a file of bf16 zeros with these names and shapes. It is sparse: real sizes take no room on disk.
pub fn zeros(path: &Path, tensors: &TensorList) {
    let mut header = Map::new();
    let mut end = 0_u64;
    for (name, shape) in tensors {
        let start = end;
        end += 2 * shape.iter().map(|d| *d as u64).product::<u64>();
        let entry = json!({ "dtype": "BF16", "shape": shape, "data_offsets": [start, end] });
        header.insert(name.clone(), entry);
    }
    let front = with_header(&Value::Object(header).to_string(), &[]);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, &front).expect("a file");
    let file = fs::OpenOptions::new().write(true).open(path).expect("the file just written");
    file.set_len(front.len() as u64 + end).expect("a sparse file");
}
