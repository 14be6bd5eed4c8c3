//! Reading golden files and comparing with them.

use burn::tensor::{Device, Tensor, TensorData};
use engine::kernels::read;
use safetensors::SafeTensors;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A path inside `tests/golden/qwen_image`.
pub fn path(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/qwen_image").join(inside)
}

pub fn json(inside: &str) -> Value {
    serde_json::from_slice(&bytes(inside)).unwrap()
}

fn bytes(inside: &str) -> Vec<u8> {
    let path = path(inside);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Runs `check` on every case of a kind in `blocks/about.json`.
pub fn for_each_case(kind: &str, check: impl Fn(&str, &Value)) {
    let about = json("blocks/about.json");
    let cases = about[kind].as_object().unwrap();
    assert!(!cases.is_empty());
    cases.iter().for_each(|(name, about)| check(name, about));
}

pub fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

pub fn floats(value: &Value) -> Vec<f32> {
    let values = value.as_array().unwrap().iter();
    values.map(|v| v.as_f64().unwrap() as f32).collect()
}

/// A golden file of f32 tensors.
pub struct Tensors(BTreeMap<String, (Vec<usize>, Vec<f32>)>);

impl Tensors {
    pub fn read(inside: &str) -> Self {
        let bytes = bytes(inside);
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let floats = file.iter().filter(|(_, view)| view.dtype() == safetensors::Dtype::F32);
        let entry = |(name, view): (&str, safetensors::tensor::TensorView)| {
            let numbers = view.data().chunks_exact(4);
            let values = numbers.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            (name.to_string(), (view.shape().to_vec(), values.collect()))
        };
        Self(floats.map(entry).collect())
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub fn values(&self, name: &str) -> &[f32] {
        &self.entry(name).1
    }

    pub fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let (shape, values) = self.entry(name);
        Tensor::from_data(TensorData::new(values.clone(), shape.clone()), device)
    }

    /// Compares a tensor with a golden one; of tokens, the golden one may have more at the end.
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

pub fn largest_difference(got: &[f32], expected: &[f32]) -> f32 {
    let differences = got.iter().zip(expected).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, f32::max)
}

pub fn compare(what: &str, got: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(got.len(), expected.len(), "{what}: number of values");
    let finite = got.iter().all(|v| v.is_finite());
    assert!(finite, "{what}: not all numbers are finite");
    let off = largest_difference(got, expected);
    println!("{what}: off by {off:.1e}");
    assert!(off <= tolerance, "{what}: off by {off:e}, allowed {tolerance:e}");
}
