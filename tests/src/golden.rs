//! Reading golden files and comparing with them.

use burn::tensor::{Device, Tensor, TensorData};
use engine::kernels::read;
use safetensors::SafeTensors;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A path inside `tests/golden`.
pub fn folder(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(inside)
}

/// A golden file's bytes.
///
/// # Panics
/// When it cannot be read.
pub fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A golden JSON file.
///
/// # Panics
/// When it cannot be read.
pub fn json(path: &Path) -> Value {
    serde_json::from_slice(&bytes(path)).unwrap()
}

/// A whole number.
///
/// # Panics
/// When it is none.
pub fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// A list of numbers.
///
/// # Panics
/// When it is none.
pub fn floats(value: &Value) -> Vec<f32> {
    let values = value.as_array().unwrap().iter();
    values.map(|v| v.as_f64().unwrap() as f32).collect()
}

/// A golden file of f32 tensors.
pub struct Tensors(BTreeMap<String, (Vec<usize>, Vec<f32>)>);

impl Tensors {
    /// Reads the f32 tensors of a file.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn read(path: &Path) -> Self {
        let bytes = bytes(path);
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let floats = file.iter().filter(|(_, view)| view.dtype() == safetensors::Dtype::F32);
        let entry = |(name, view): (&str, safetensors::tensor::TensorView)| {
            let numbers = view.data().chunks_exact(4);
            let values = numbers.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            (name.to_string(), (view.shape().to_vec(), values.collect()))
        };
        Self(floats.map(entry).collect())
    }

    /// Whether there is such a tensor.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A tensor's numbers.
    pub fn values(&self, name: &str) -> &[f32] {
        &self.entry(name).1
    }

    /// A tensor on a device.
    pub fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let (shape, values) = self.entry(name);
        Tensor::from_data(TensorData::new(values.clone(), shape.clone()), device)
    }

    /// Compares a tensor with a golden one; of tokens, the golden one may have more at the end.
    ///
    /// # Panics
    /// When they differ.
    pub fn check<const D: usize>(&self, case: &str, name: &str, got: &Tensor<D>, tolerance: f32) {
        let (shape, values) = self.entry(name);
        assert_eq!(shape[1..], got.dims()[1..], "{case}: shape of {name}");
        let got = read(got).unwrap();
        let enough = !got.is_empty() && got.len() <= values.len();
        assert!(enough, "{case}: {name} has {} numbers", got.len());
        compare(&format!("{case}: {name}"), &got, &values[..got.len()], tolerance);
    }

    fn entry(&self, name: &str) -> &(Vec<usize>, Vec<f32>) {
        let entry = self.0.get(name);
        entry.unwrap_or_else(|| panic!("the golden file has no {name}"))
    }
}

/// The largest absolute difference.
pub fn largest_difference(got: &[f32], expected: &[f32]) -> f32 {
    let differences = got.iter().zip(expected).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, f32::max)
}

/// Fails when a value is off by more than `tolerance`, absolute.
///
/// # Panics
/// Then.
pub fn compare(what: &str, got: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(got.len(), expected.len(), "{what}: number of values");
    let finite = got.iter().all(|v| v.is_finite());
    assert!(finite, "{what}: not all numbers are finite");
    let off = largest_difference(got, expected);
    println!("{what}: off by {off:.1e}");
    assert!(off <= tolerance, "{what}: off by {off:e}, allowed {tolerance:e}");
}
