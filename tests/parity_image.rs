//! Parity of Qwen-Image's transformer, its codec and its schedules with diffusers.
//!
//! `tests/golden/qwen_image.py` makes the results compared with; see the README beside it. Every check takes the
//! device, so that the same checks run on each.

use burn::tensor::{Device, Tensor, TensorData};
use engine::kernels::read;
use engine::models::qwen_image::{
    ConditioningInput, LatentFormat, Modulation, Pass, PictureGrid, Transformer, TransformerConfig, patchify,
    unpatchify,
};
use engine::models::wan_codec::{Codec, CodecConfig, Tiling};
use engine::nn::ModelError;
use engine::pipelines::sampling::schedule::{Schedule, SchedulerConfig};
use engine::weights::{Scope, TensorStore};
use safetensors::SafeTensors;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Allowed inside and at the end of one model, absolute.
const BLOCK_TOLERANCE: f32 = 5e-5;

const NEVER: &dyn Fn() -> bool = &|| false;

#[test]
fn transformers_match_on_the_cpu() {
    for_each_case("transformer", |name, about| transformer_matches(&Device::flex(), name, about));
}

#[test]
fn codecs_match_on_the_cpu() {
    for_each_case("codec", |name, about| codec_matches(&Device::flex(), name, about));
}

#[test]
fn tiles_of_a_codec_match_on_the_cpu() {
    tiles_are_blended_as_in_the_reference(&Device::flex());
}

#[test]
fn a_transformer_stops_when_asked() {
    let device = Device::flex();
    let folder = golden("generate/transformer");
    let config = TransformerConfig::read(&folder).unwrap();
    let store = TensorStore::open(&folder).unwrap();
    let scope = Scope::root(&store, &device);
    let asked = std::cell::Cell::new(0);
    let second_time = || {
        asked.set(asked.get() + 1);
        asked.get() == 2
    };
    let refused = Modulation::for_schedule(&scope, &config, &[1000.0], &second_time);
    assert!(matches!(refused, Err(ModelError::Cancelled)));
    asked.set(0);
    let modulation = Modulation::for_schedule(&scope, &config, &[1000.0], NEVER).unwrap();
    let transformer = Transformer::load(&scope, &config).unwrap();
    let text = Tensor::zeros([2, config.text_channels], &device);
    let target = PictureGrid { rows: 2, columns: 2 };
    let input = ConditioningInput { text: &text, target, references: &[] };
    let conditioning = transformer.condition(&input).unwrap();
    let pass = Pass { conditioning: &conditioning, modulation: &modulation, step: 0 };
    let latents = Tensor::zeros([4, config.in_channels], &device);
    assert!(matches!(transformer.forward(&latents, &pass, &second_time), Err(ModelError::Cancelled)));
    assert_eq!(asked.get(), 2, "the transformer went on after it was asked to stop");
    let wrong_step = Pass { step: 1, ..pass };
    assert!(matches!(transformer.forward(&latents, &wrong_step, NEVER), Err(ModelError::Shape { .. })));
    let latents = Tensor::zeros([3, config.in_channels], &device);
    assert!(matches!(transformer.forward(&latents, &pass, NEVER), Err(ModelError::Shape { .. })));
}

#[test]
fn a_codec_stops_when_asked() {
    let device = Device::flex();
    let codec = load_codec("generate", &device);
    let picture = Tensor::zeros([1, 16, 16, 3], &device);
    let asked = std::cell::Cell::new(0);
    let third_time = || {
        asked.set(asked.get() + 1);
        asked.get() == 3
    };
    assert!(matches!(codec.encode(&picture, None, &third_time), Err(ModelError::Cancelled)));
    assert_eq!(asked.get(), 3);
    let latents = Tensor::zeros([16, 1, 2, 2], &device);
    assert!(matches!(codec.decode(&latents, None, &|| true), Err(ModelError::Cancelled)));
    let picture = Tensor::zeros([1, 12, 16, 3], &device);
    assert!(matches!(codec.encode(&picture, None, NEVER), Err(ModelError::Shape { .. })));
}

#[test]
fn schedules_match() {
    let numbers = json("numbers/schedule.json");
    let settings = |name: &str| -> SchedulerConfig {
        serde_json::from_value(numbers["settings"][name].clone()).unwrap()
    };
    let cases = numbers["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let config = settings(case["settings"].as_str().unwrap());
        let (steps, tokens) = (count(&case["steps"]), count(&case["tokens"]));
        let schedule = Schedule::new(&config, steps, tokens).unwrap();
        assert_eq!(schedule.len(), steps);
        let name = format!("{steps} steps for {tokens} tokens");
        // One f32 step below 1 and below 1000: libraries may differ in the last bit of an exponential.
        compare(&format!("{name}: sigmas"), &schedule.sigmas, &floats(&case["sigmas"]), 1.2e-7);
        compare(&format!("{name}: timesteps"), &schedule.timesteps, &floats(&case["timesteps"]), 1.3e-4);
    }
    for case in numbers["start_steps"].as_array().unwrap() {
        let schedule = Schedule::new(&settings("base"), count(&case["steps"]), 256).unwrap();
        let first = schedule.first_step(case["strength"].as_f64().unwrap()).unwrap();
        assert_eq!(first, count(&case["start"]), "{case}");
    }
}

/// One forward pass and every stage on its way.
fn transformer_matches(device: &Device, name: &str, about: &Value) {
    let expected = Tensors::read(&format!("blocks/transformer/{name}.safetensors"));
    let folder = golden(&format!("{}/transformer", about["checkpoint"].as_str().unwrap()));
    let config = TransformerConfig::read(&folder).unwrap();
    assert_eq!(config.noise_free_references, about["zero_cond_t"].as_bool().unwrap(), "{name}");
    let store = TensorStore::open(&folder).unwrap();
    let scope = Scope::root(&store, device);
    // Two steps, of which the second is the one in question: rows of different steps must not mix.
    let timestep = expected.values("sigma")[0] * 1000.0;
    let modulation = Modulation::for_schedule(&scope, &config, &[333.0, timestep], NEVER).unwrap();
    let transformer = Transformer::load(&scope, &config).unwrap();
    assert!(transformer.resident_bytes() > 0 && modulation.bytes() > 0);

    let grids: Vec<PictureGrid> = about["grids"].as_array().unwrap().iter().map(grid).collect();
    let tokens: Tensor<2> = expected.tensor("latent_tokens", device);
    let rows = |start: usize, count: usize| tokens.clone().narrow(0, start, count);
    let mut references = Vec::new();
    let mut start = grids[0].tokens();
    for grid in &grids[1..] {
        references.push((*grid, rows(start, grid.tokens())));
        start += grid.tokens();
    }
    let text = expected.tensor("text", device);
    let input = ConditioningInput { text: &text, target: grids[0], references: &references };
    let conditioning = transformer.condition(&input).unwrap();
    check_rows(name, &expected, &modulation, &grids);
    let pass = Pass { conditioning: &conditioning, modulation: &modulation, step: 1 };
    let mut stages = 0;
    let velocity = transformer.observed(&rows(0, grids[0].tokens()), &pass, NEVER, &mut |stage, x| {
        stages += 1;
        expected.check(&format!("{name}: {stage}"), stage, x, BLOCK_TOLERANCE);
    });
    assert_eq!(stages, 3 + 2 * config.blocks, "{name}: a stage was not shown");
    expected.check(name, "velocity", &velocity.unwrap(), BLOCK_TOLERANCE);
}

/// The first block's modulation against the reference's, row by row.
fn check_rows(name: &str, expected: &Tensors, modulation: &Modulation, grids: &[PictureGrid]) {
    let split = (grids.len() > 1).then_some(grids[0].tokens());
    let block = modulation.block(0, 1, split).unwrap();
    for (stream, rows) in [("img_mod", &block.picture), ("txt_mod", &block.text)] {
        let (attention, mlp) = (rows.before_attention(), rows.before_mlp());
        let parts = [attention.shift, attention.scale, rows.attention_gate(), mlp.shift, mlp.scale, rows.mlp_gate()];
        let stage = format!("transformer_blocks.0.{stream}");
        let values = expected.values(&stage);
        let [count, width] = parts[0].rows.dims();
        for (index, part) in parts.iter().enumerate() {
            let got = read(part.rows).unwrap();
            for row in 0..count {
                let from = (row * parts.len() + index) * width;
                let (got, expected) = (&got[row * width..(row + 1) * width], &values[from..from + width]);
                compare(&format!("{name}: {stage} row {row} part {index}"), got, expected, BLOCK_TOLERANCE);
            }
        }
    }
}

/// One picture encoded, one decoded.
fn codec_matches(device: &Device, name: &str, about: &Value) {
    let checkpoint = about["checkpoint"].as_str().unwrap();
    let expected = Tensors::read(&format!("blocks/codec/{name}.safetensors"));
    let codec = load_codec(checkpoint, device);
    let config = codec.config();
    let format = LatentFormat::new(&config.latents_mean, &config.latents_std, device);
    let picture: Tensor<4> = expected.tensor("encode_input", device);
    let posterior = codec.encode(&picture.permute([1, 2, 3, 0]), None, NEVER).unwrap();
    expected.check(name, "encode_mean", &posterior.mean, BLOCK_TOLERANCE);
    expected.check(name, "encode_log_variance", &posterior.log_variance, BLOCK_TOLERANCE);
    expected.check(name, "encode_latents", &format.normalise(posterior.mode()), BLOCK_TOLERANCE);
    let noise = Tensor::ones(posterior.mean.dims(), device);
    let sample = posterior.sample(&noise).unwrap() - posterior.mean;
    let deviation = posterior.log_variance.mul_scalar(0.5).exp();
    compare(name, &read(&sample).unwrap(), &read(&deviation).unwrap(), 1e-6);
    let latents: Tensor<4> = expected.tensor("decode_latents", device);
    let decoded = codec.decode(&format.denormalise(latents), None, NEVER).unwrap();
    expected.check(name, "decode_output", &decoded.permute([3, 0, 1, 2]), BLOCK_TOLERANCE);
}

/// Tiles against a plain restatement of the reference's blending, over tiles that pass on their own.
fn tiles_are_blended_as_in_the_reference(device: &Device) {
    let codec = load_codec("edit_plus", device);
    let tiling = Tiling { tile: 48, stride: 32 };
    let expected = Tensors::read("blocks/codec/edit_plus.safetensors");
    let latents: Tensor<4> = expected.tensor("decode_latents", device);
    // A quarter of the values keeps every pixel inside of the clamp, which only single tiles meet.
    let latents = Tensor::cat(vec![latents; 3], 3).narrow(3, 0, 6).mul_scalar(0.25);
    let latents = Tensor::cat(vec![latents; 2], 2);
    let [_, _, rows, columns] = latents.dims();
    let tile = |row: usize, column: usize| {
        let part = latents.clone().narrow(2, row, 6.min(rows - row)).narrow(3, column, 6.min(columns - column));
        let decoded = codec.decode(&part, None, NEVER).unwrap();
        let [_, rows, columns, _] = decoded.dims();
        let values = read(&decoded).unwrap();
        assert!(values.iter().all(|v| v.abs() < 1.0), "the clamp hides differences");
        Plane { rows, columns, values }
    };
    let whole = blend_plainly([rows, columns], 8, tiling, tile);
    let decoded = codec.decode(&latents, Some(tiling), NEVER).unwrap();
    assert_eq!(decoded.dims(), [1, whole.rows, whole.columns, 3]);
    compare("tiled decode", &read(&decoded).unwrap(), &whole.values, 1e-5);
    let untiled = read(&codec.decode(&latents, None, NEVER).unwrap()).unwrap();
    assert!(largest_difference(&untiled, &whole.values) > 1e-4, "the tiles left no trace to test");
}

/// Channels-last pixels of three colours.
struct Plane {
    rows: usize,
    columns: usize,
    values: Vec<f32>,
}

impl Plane {
    fn at(&self, row: usize, column: usize, colour: usize) -> f32 {
        self.values[(row * self.columns + column) * 3 + colour]
    }

    /// Fades from the end of `before` into this tile over `overlap` rows or columns.
    fn fade(&mut self, before: &Plane, overlap: usize, down: bool) {
        let (length, extent) = if down { (before.rows, self.rows) } else { (before.columns, self.columns) };
        let overlap = overlap.min(length).min(extent);
        for row in 0..self.rows {
            for column in 0..self.columns {
                let along = if down { row } else { column };
                if along >= overlap {
                    continue;
                }
                let from = length - overlap + along;
                let (r, c) = if down { (from, column) } else { (row, from) };
                let weight = along as f32 / overlap as f32;
                for colour in 0..3 {
                    let index = (row * self.columns + column) * 3 + colour;
                    self.values[index] = before.at(r, c, colour) * (1.0 - weight) + self.values[index] * weight;
                }
            }
        }
    }
}

fn blend_plainly(
    [rows, columns]: [usize; 2],
    scale: usize,
    tiling: Tiling,
    tile: impl Fn(usize, usize) -> Plane,
) -> Plane {
    let (overlap, step) = (tiling.tile - tiling.stride, tiling.stride / scale);
    let mut whole =
        Plane { rows: rows * scale, columns: columns * scale, values: vec![f32::NAN; rows * columns * 3 * scale * scale] };
    let mut above: Vec<Plane> = Vec::new();
    for row in (0..rows).step_by(step) {
        let mut line: Vec<Plane> = Vec::new();
        for (index, column) in (0..columns).step_by(step).enumerate() {
            let mut plane = tile(row, column);
            if let Some(upper) = above.get(index) {
                plane.fade(upper, overlap, true);
            }
            if let Some(left) = line.last() {
                plane.fade(left, overlap, false);
            }
            for r in 0..plane.rows.min(tiling.stride) {
                for c in 0..plane.columns.min(tiling.stride) {
                    for colour in 0..3 {
                        let at = ((row * scale + r) * whole.columns + column * scale + c) * 3 + colour;
                        whole.values[at] = plane.at(r, c, colour);
                    }
                }
            }
            line.push(plane);
        }
        above = line;
    }
    whole
}

#[test]
fn tokens_of_odd_pictures_unfold_again() {
    let device = Device::flex();
    let latents = Tensor::<1, burn::tensor::Int>::arange(0..16 * 6 * 10, &device).float().reshape([16, 1, 6, 10]);
    let (grid, tokens) = patchify(&latents).unwrap();
    assert_eq!((grid, tokens.dims()), (PictureGrid { rows: 3, columns: 5 }, [15, 64]));
    assert_eq!(read(&unpatchify(&tokens, grid).unwrap()).unwrap(), read(&latents).unwrap());
}

fn load_codec(checkpoint: &str, device: &Device) -> Codec {
    let folder = golden(&format!("{checkpoint}/vae"));
    let config = CodecConfig::read(&folder).unwrap();
    let store = TensorStore::open(&folder).unwrap();
    Codec::load(&Scope::root(&store, device), &config).unwrap()
}

/// Runs `check` on every case of a kind in `blocks/about.json`.
fn for_each_case(kind: &str, check: impl Fn(&str, &Value)) {
    let about = json("blocks/about.json");
    let cases = about[kind].as_object().unwrap();
    assert!(!cases.is_empty());
    cases.iter().for_each(|(name, about)| check(name, about));
}

fn golden(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/qwen_image").join(path)
}

fn json(path: &str) -> Value {
    let path = golden(path);
    let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn floats(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

fn grid(value: &Value) -> PictureGrid {
    PictureGrid { rows: count(&value[0]), columns: count(&value[1]) }
}

/// A golden file of f32 tensors.
struct Tensors(BTreeMap<String, (Vec<usize>, Vec<f32>)>);

impl Tensors {
    fn read(path: &str) -> Self {
        let path = golden(path);
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let decode = |bytes: &[u8]| {
            bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
        };
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let floats = file.iter().filter(|(_, view)| view.dtype() == safetensors::Dtype::F32);
        Self(floats.map(|(name, view)| (name.to_string(), (view.shape().to_vec(), decode(view.data())))).collect())
    }

    fn entry(&self, name: &str) -> &(Vec<usize>, Vec<f32>) {
        self.0.get(name).unwrap_or_else(|| panic!("the golden file has no {name}"))
    }

    fn values(&self, name: &str) -> &[f32] {
        &self.entry(name).1
    }

    fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let (shape, values) = self.entry(name);
        Tensor::from_data(TensorData::new(values.clone(), shape.clone()), device)
    }

    /// Compares a tensor with a golden one; of tokens, the golden one may have more at the end.
    fn check<const D: usize>(&self, case: &str, name: &str, got: &Tensor<D>, tolerance: f32) {
        let (shape, values) = self.entry(name);
        assert_eq!(shape[1..], got.dims()[1..], "{case}: shape of {name}");
        let got = read(got).unwrap();
        assert!(got.len() <= values.len() && !got.is_empty(), "{case}: {name} has {} numbers", got.len());
        compare(&format!("{case}: {name}"), &got, &values[..got.len()], tolerance);
    }
}

fn largest_difference(got: &[f32], expected: &[f32]) -> f32 {
    got.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn compare(what: &str, got: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(got.len(), expected.len(), "{what}: number of values");
    assert!(got.iter().all(|v| v.is_finite()), "{what}: not all numbers are finite");
    let off = largest_difference(got, expected);
    println!("{what}: off by {off:.1e}");
    assert!(off <= tolerance, "{what}: off by {off:e}, allowed {tolerance:e}");
}
