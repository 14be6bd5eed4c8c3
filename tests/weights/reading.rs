//! Good files: every format and layout gives the numbers that were written.

use crate::drafts::{Draft, Folder, bf16s, f16s, f32s, file};
use burn::tensor::{Device, Tensor, TensorData};
use engine::kernels::{
    ConvolutionOptions, ConvolutionWeight, Epilogue, MatrixWeight, Padding, WeightFormat, convolution,
    matmul, read,
};
use engine::weights::{Scope, TensorStore, WeightError};

/// 1, -2, 0.5, 3 as f16.
const HALVES: [u16; 4] = [0x3C00, 0xC000, 0x3800, 0x4200];
const VALUES: [f32; 4] = [1.0, -2.0, 0.5, 3.0];

/// Reads a weight back by multiplying the identity with it.
fn numbers(weight: &MatrixWeight) -> Vec<f32> {
    let columns = weight.columns();
    let eye: Vec<f32> = (0..columns * columns).map(|i| f32::from(u8::from(i % (columns + 1) == 0))).collect();
    let eye: Tensor<2> = Tensor::from_data(TensorData::new(eye, [columns, columns]), &Device::flex());
    let product = matmul(&eye, weight, &Epilogue::default()).expect("shapes fit");
    read(&product.transpose()).expect("on the host")
}

#[test]
fn every_format_is_read_by_every_method() {
    for make in
        [f32s as fn(&str, &[usize], &[f32]) -> Draft, bf16s, |name, shape, _| f16s(name, shape, &HALVES)]
    {
        let folder = Folder::new();
        let path = folder
            .write("any.safetensors", file(&[make("w", &[2, 2], &VALUES), make("b", &[4, 1, 1], &VALUES)]));
        let (store, device) = (TensorStore::open_file(&path).expect("a good file"), Device::flex());
        let scope = Scope::root(&store, &device);
        assert_eq!(scope.table("w", [2, 2]).expect("w"), VALUES);
        assert_eq!(numbers(&scope.matrix("w", [2, 2]).expect("w")), VALUES);
        assert_eq!(read(&scope.vector("b", 4).expect("b")).expect("on the host"), VALUES);
        let rows = scope.rows("w", [2, 2], &[1, 0, 1]).expect("w");
        assert_eq!(rows.dims(), [3, 2]);
        assert_eq!(read(&rows).expect("on the host"), [0.5, 3.0, 1.0, -2.0, 0.5, 3.0]);
        assert_eq!(scope.rows("w", [2, 2], &[]).expect("no rows").dims(), [0, 2]);
    }
}

#[test]
fn scopes_join_paths() {
    let folder = Folder::new();
    let path = folder.write("m.safetensors", file(&[f32s("blocks.3.norm.weight", &[1], &[7.0])]));
    let (store, device) = (TensorStore::open_file(&path).expect("a good file"), Device::flex());
    let block = Scope::root(&store, &device).at("blocks").at(3);
    assert!(block.has("norm.weight") && !block.has("norm"));
    let norm = block.at("norm").vector("weight", 1).expect("the norm");
    assert_eq!(read(&norm).expect("on the host"), [7.0]);
    assert!(
        block
            .at("norm")
            .matrix("bias", [1, 1])
            .is_err_and(|error| { error.to_string().contains("has no tensor `blocks.3.norm.bias`") })
    );
}

#[test]
fn kernels_of_convolutions_may_be_read_as_matrices() {
    let folder = Folder::new();
    let path = folder.write("m.safetensors", file(&[f32s("w", &[2, 1, 1, 2], &VALUES)]));
    let (store, device) = (TensorStore::open_file(&path).expect("a good file"), Device::flex());
    let scope = Scope::root(&store, &device);
    assert_eq!(numbers(&scope.matrix("w", [2, 2]).expect("joined dimensions")), VALUES);
    assert!(matches!(scope.matrix("w", [1, 4]), Err(WeightError::Shape { .. })));
    assert!(matches!(scope.matrix("w", [2, 1]), Err(WeightError::Shape { .. })));
}

#[test]
fn the_last_temporal_slice_is_cut_from_every_kernel() {
    let shape = [2, 2, 3, 1, 2];
    let values: Vec<f32> = (0..24).map(|i| i as f32).collect();
    // The slice of index 2 out of each run of three.
    let last: Vec<f32> = values.chunks(6).flat_map(|kernel| kernel[4..].to_vec()).collect();
    let folder = Folder::new();
    let drafts = [bf16s("w", &shape, &values), f32s("flat", &[2, 2, 1, 2], &last)];
    let path = folder.write("m.safetensors", file(&drafts));
    let (store, device) = (TensorStore::open_file(&path).expect("a good file"), Device::flex());
    let scope = Scope::root(&store, &device);
    let bytes: Vec<u8> = last.iter().flat_map(|v| v.to_le_bytes()).collect();
    let expected = ConvolutionWeight::new(WeightFormat::F32, &bytes, [2, 2, 1, 1, 2], &device).expect("fits");
    let expected = apply(&expected, &device);
    for weight in [
        scope.convolution_last_tap("w", shape).expect("five dimensions"),
        scope.convolution_last_tap("flat", shape).expect("already cut"),
        scope.convolution("flat", [2, 2, 1, 1, 2]).expect("without frames"),
    ] {
        assert_eq!(weight.kernel(), [1, 1, 2]);
        assert_eq!(apply(&weight, &device), expected);
    }
    assert_eq!(scope.convolution("w", shape).expect("whole").kernel(), [3, 1, 2]);
    assert!(matches!(scope.convolution("flat", shape), Err(WeightError::Shape { .. })));
}

/// Runs a weight over a small ramp, which no two different weights map alike.
fn apply(weight: &ConvolutionWeight, device: &Device) -> Vec<f32> {
    let ramp: Vec<f32> = (0..8).map(|i| 1.0 + (i * i) as f32).collect();
    let x: Tensor<4> = Tensor::from_data(TensorData::new(ramp, [1, 1, 4, 2]), device);
    let options = ConvolutionOptions::padded(Padding::default());
    read(&convolution(&x, weight, None, None, &options).expect("shapes fit")).expect("on the host")
}

#[test]
fn slices_that_are_not_kept_must_hold_numbers_too() {
    let folder = Folder::new();
    let values = [f32::NAN, 1.0, 2.0, 3.0];
    let path = folder.write("m.safetensors", file(&[f32s("w", &[2, 1, 2, 1, 1], &values)]));
    let (store, device) = (TensorStore::open_file(&path).expect("a good file"), Device::flex());
    let scope = Scope::root(&store, &device);
    let kept = scope.convolution_last_tap("w", [2, 1, 2, 1, 1]);
    assert!(matches!(kept, Err(WeightError::NotFinite { position: 0, value, .. }) if value.is_nan()));
    let whole = scope.convolution("w", [2, 1, 2, 1, 1]);
    assert!(matches!(whole, Err(WeightError::NotFinite { position: 0, value, .. }) if value.is_nan()));
}

#[test]
fn files_of_the_reference_writer_are_read() {
    let bytes: Vec<u8> = VALUES.iter().flat_map(|v| v.to_le_bytes()).collect();
    let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![4], &bytes).expect("fits");
    let metadata = std::collections::HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let whole = safetensors::serialize([("w", view)], Some(metadata)).expect("serialises");
    let folder = Folder::new();
    let store = TensorStore::open_file(&folder.write("m.safetensors", whole)).expect("a good file");
    assert_eq!(store.names().collect::<Vec<_>>(), ["w"]);
    assert_eq!(store.get("w").expect("w").bytes, bytes);
}

#[test]
fn shards_are_found_by_index_by_number_and_alone() {
    let one = file(&[f32s("a", &[1], &[1.0])]);
    let two = file(&[f32s("b", &[1], &[2.0])]);
    let index =
        br#"{"metadata": {"total_size": 8}, "weight_map": {"a": "x.safetensors", "b": "sub/y.safetensors"}}"#;
    let layouts: [&[(&str, &[u8])]; 4] = [
        &[("x.safetensors", &one), ("sub/y.safetensors", &two), ("model.safetensors.index.json", index)],
        &[("x-00001-of-00002.safetensors", &one), ("x-00002-of-00002.safetensors", &two)],
        &[("x.safetensors", &one), ("sub/y.safetensors", &two), ("m.safetensors.index.fp16.json", index)],
        &[("model.safetensors", &one), ("model.fp16.safetensors", &two), ("._model.safetensors", b"junk")],
    ];
    for (number, layout) in layouts.iter().enumerate() {
        let folder = Folder::new();
        layout.iter().for_each(|(name, bytes)| drop(folder.write(name, bytes)));
        let store = TensorStore::open(folder.path()).expect("a good folder");
        let names: Vec<&str> = store.names().collect();
        let expected: &[&str] = if number == 3 { &["a"] } else { &["a", "b"] };
        assert_eq!(names, expected, "layout {number}");
    }
}

#[cfg(unix)]
#[test]
fn links_to_files_elsewhere_are_followed() {
    let (folder, blobs) = (Folder::new(), Folder::new());
    let blob = blobs.write("blobs/0123", file(&[f32s("a", &[1], &[1.0])]));
    std::os::unix::fs::symlink(blob, folder.path().join("model.safetensors")).expect("a link");
    let store = TensorStore::open(folder.path()).expect("the cache of Hugging Face is made of links");
    assert!(store.contains("a"));
}

#[test]
fn renames_give_models_one_spelling_and_refuse_two() {
    let folder = Folder::new();
    let drafts = [f32s("model.visual.a", &[1], &[1.0]), f32s("lm_head", &[1], &[2.0])];
    let path = folder.write("m.safetensors", file(&drafts));
    let strip = |name: &str| name.replace("model.visual.", "visual.");
    let store =
        TensorStore::open_file(&path).and_then(|store| store.with_renames(strip)).expect("unique names");
    assert_eq!(store.names().collect::<Vec<_>>(), ["lm_head", "visual.a"]);
    assert_eq!(store.get("visual.a").expect("renamed").bytes, 1.0_f32.to_le_bytes());
    let clash = TensorStore::open_file(&path).and_then(|store| store.with_renames(|_| "x".to_owned()));
    let message = clash.expect_err("two tensors of one name").to_string();
    assert!(message.contains("`x` twice, as `lm_head` and as `model.visual.a`"), "{message}");
}
