//! Clips and single frames through both codecs: in chunks of any length, whole, and in tiles.

use crate::golden::{Tensors, compare, count, for_each_case, json, path, tensors};
use crate::{TOLERANCE, never};
use burn::tensor::{Device, Tensor};
use engine::kernels::read;
use engine::models::wan_codec::{ClipCodec, ClipSize, Codec, CodecConfig, Passage, Posterior, Tiling};
use engine::nn::{ModelError, Watch};
use engine::weights::{Scope, TensorStore};
use serde_json::Value;
use std::cell::{Cell, RefCell};

fn open(checkpoint: &str) -> (CodecConfig, TensorStore) {
    let folder = path(&format!("{checkpoint}/vae"));
    (CodecConfig::read(&folder).unwrap(), TensorStore::open(&folder).unwrap())
}

fn load(checkpoint: &str, device: &Device) -> ClipCodec {
    let (config, store) = open(checkpoint);
    ClipCodec::load(&Scope::root(&store, device), &config).unwrap()
}

/// Channels first, as golden files have clips, to channels last.
fn clip(expected: &Tensors, device: &Device) -> Tensor<4> {
    let clip: Tensor<4> = expected.tensor("clip", device);
    clip.permute([1, 2, 3, 0])
}

fn encode(codec: &ClipCodec, clip: &Tensor<4>, passage: Passage) -> Posterior {
    let [frames, rows, columns, _] = clip.dims();
    let size = ClipSize { frames, rows, columns };
    codec.encode(size, &|run| clip.clone().narrow(0, run.start, run.len()), passage, &never).unwrap()
}

/// All frames of a clip, and how many came at once.
fn decode(
    codec: &ClipCodec,
    latents: &Tensor<4>,
    passage: Passage,
    watch: &dyn Watch,
) -> (Tensor<4>, Vec<usize>) {
    let (mut parts, mut counts) = (Vec::new(), Vec::new());
    let taken = codec.decode(latents, passage, watch, |frames| {
        counts.push(frames.dims()[0]);
        parts.push(frames);
        Ok::<_, ModelError>(())
    });
    taken.unwrap();
    (Tensor::cat(parts, 0), counts)
}

#[test]
fn clips_match_in_chunks_of_any_length() {
    for device in tests::tensor_devices() {
        for_each_case("codec", |name, about| {
            if about.get("tile").is_none() {
                matches(&device, name, about);
            }
        });
    }
}

fn matches(device: &Device, name: &str, about: &Value) {
    let codec = load(about["checkpoint"].as_str().unwrap(), device);
    let expected = tensors(&format!("blocks/codec/{name}.safetensors"));
    let (clip, latents) = (clip(&expected, device), expected.tensor("latents", device));
    for chunk in [1, 2, 99] {
        let passage = Passage { chunk, tiling: None };
        let at = format!("{name} in chunks of {chunk}");
        let posterior = encode(&codec, &clip, passage);
        expected.check(&at, "mean", &posterior.mean, TOLERANCE);
        expected.check(&at, "log_variance", &posterior.log_variance, TOLERANCE);
        let stages =
            Stages { case: name, expected: &expected, seen: RefCell::default(), shown: Cell::new(0) };
        let (decoded, counts) = match chunk {
            1 => decode(&codec, &latents, passage, &stages),
            _ => decode(&codec, &latents, passage, &never),
        };
        expected.check(&at, "decoded", &decoded.permute([3, 0, 1, 2]), TOLERANCE);
        let frames = count(&about["frames"]);
        assert_eq!(counts.iter().sum::<usize>(), frames, "{at}");
        if chunk == 1 {
            assert_eq!(counts.len(), (frames - 1) / 4 + 1, "{at}: frames were not handed over as they came");
            assert!(frames == 1 || stages.shown.get() == 4, "{at}: {} stages", stages.shown.get());
        }
    }
}

/// Compares what the decoder's parts hand on for the second latent frame; golden ones have channels first.
struct Stages<'a> {
    case: &'a str,
    expected: &'a Tensors,
    seen: RefCell<Vec<String>>,
    shown: Cell<usize>,
}

impl Watch for Stages<'_> {
    fn cancelled(&self) -> bool {
        false
    }

    fn stage(&self, name: &str, values: &Tensor<2>) {
        let mut seen = self.seen.borrow_mut();
        seen.push(name.into());
        if seen.iter().filter(|s| *s == name).count() != 2 || !self.expected.has(name) {
            return;
        }
        let got = read(&values.clone().transpose()).unwrap();
        compare(&format!("{}: {name}", self.case), &got, self.expected.values(name), TOLERANCE);
        self.shown.set(self.shown.get() + 1);
    }
}

#[test]
fn tiles_match_and_leave_the_trace_of_the_reference() {
    for device in tests::tensor_devices() {
        for name in ["wan21_tiled", "wan22_tiled"] {
            let about = &json("blocks/about.json")["codec"][name];
            let codec = load(about["checkpoint"].as_str().unwrap(), &device);
            let expected = tensors(&format!("blocks/codec/{name}.safetensors"));
            let latents = expected.tensor("latents", &device);
            let tiling = Tiling { tile: count(&about["tile"]), stride: count(&about["stride"]) };
            for chunk in [1, 2] {
                let passage = Passage { chunk, tiling: Some(tiling) };
                let (decoded, _) = decode(&codec, &latents, passage, &never);
                expected.check(name, "decoded", &decoded.permute([3, 0, 1, 2]), TOLERANCE);
            }
            let (whole, _) = decode(&codec, &latents, Passage::default(), &never);
            let whole = read(&whole.permute([3, 0, 1, 2])).unwrap();
            let trace = crate::golden::largest_difference(&whole, expected.values("decoded"));
            assert!(trace > 1e-3, "{name}: the tiles left no trace to test: {trace:e}");
        }
    }
}

#[test]
fn tiles_of_a_clip_are_encoded_like_tiles_of_its_frames() {
    let device = Device::flex();
    for (checkpoint, rows, columns, tiling) in
        [("t2v", 48, 64, Tiling { tile: 32, stride: 24 }), ("ti2v", 96, 64, Tiling { tile: 32, stride: 16 })]
    {
        let (config, store) = open(checkpoint);
        let picture = Tensor::<4>::random(
            [1, rows, columns, 3],
            burn::tensor::Distribution::Uniform(-1.0, 1.0),
            &device,
        );
        let pictures = Codec::load(&Scope::root(&store, &device), &config).unwrap();
        let one = pictures.encode(&picture, Some(tiling), &never).unwrap();
        let clip = encode(&load(checkpoint, &device), &picture, Passage { chunk: 1, tiling: Some(tiling) });
        compare(checkpoint, &read(&clip.mean).unwrap(), &read(&one.mean).unwrap(), 1e-5);
        let whole = encode(&load(checkpoint, &device), &picture, Passage::default());
        let trace = crate::golden::largest_difference(&read(&whole.mean).unwrap(), &read(&one.mean).unwrap());
        assert!(trace > 1e-3, "{checkpoint}: the tiles left no trace to test: {trace:e}");
    }
}

/// The codec for pictures keeps a third of the weights, of both kinds.
#[test]
fn single_frames_need_the_last_slice_of_every_kernel_only() {
    for device in tests::tensor_devices() {
        for (name, checkpoint) in [("wan21_single", "t2v"), ("wan22_single", "ti2v")] {
            let (config, store) = open(checkpoint);
            let codec = Codec::load(&Scope::root(&store, &device), &config).unwrap();
            let expected = tensors(&format!("blocks/codec/{name}.safetensors"));
            let posterior = codec.encode(&clip(&expected, &device), None, &never).unwrap();
            expected.check(name, "mean", &posterior.mean, TOLERANCE);
            let decoded = codec.decode(&expected.tensor("latents", &device), None, &never).unwrap();
            expected.check(name, "decoded", &decoded.permute([3, 0, 1, 2]), TOLERANCE);
        }
    }
}

#[test]
fn a_codec_stops_when_asked_and_refuses_what_does_not_fit() {
    let device = Device::flex();
    let codec = load("t2v", &device);
    let asked = Cell::new(0);
    let third_time = || {
        asked.set(asked.get() + 1);
        asked.get() == 3
    };
    let frames = |run: std::ops::Range<usize>| Tensor::<4>::zeros([run.len(), 16, 16, 3], &device);
    let size = ClipSize { frames: 9, rows: 16, columns: 16 };
    let stopped = codec.encode(size, &frames, Passage::default(), &third_time);
    assert!(matches!(stopped, Err(ModelError::Cancelled)));
    assert_eq!(asked.take(), 3);
    let latents = |shape: [usize; 4]| Tensor::<4>::zeros(shape, &device);
    let mut none = |_: Tensor<4>| Ok(());
    let stopped = codec.decode(&latents([16, 2, 2, 2]), Passage::default(), &third_time, &mut none);
    assert!(matches!(stopped, Err(ModelError::Cancelled)));
    for size in
        [ClipSize { frames: 8, ..size }, ClipSize { rows: 12, ..size }, ClipSize { columns: 0, ..size }]
    {
        let refused = codec.encode(size, &frames, Passage::default(), &never);
        assert!(matches!(refused, Err(ModelError::Shape { .. })), "{size:?}");
    }
    let refused = codec.decode(&latents([15, 2, 2, 2]), Passage::default(), &never, &mut none);
    assert!(matches!(refused, Err(ModelError::Shape { .. })));
    let tiling = Some(Tiling { tile: 12, stride: 8 });
    let refused = codec.decode(&latents([16, 1, 4, 4]), Passage { chunk: 1, tiling }, &never, &mut none);
    assert!(matches!(refused, Err(ModelError::Configuration { .. })));
}

/// Chunks of any length give the numbers of the whole clip, not only those of the reference within its tolerance.
#[test]
fn chunks_equal_the_whole_clip() {
    for device in tests::tensor_devices() {
        for checkpoint in ["t2v", "ti2v"] {
            let codec = load(checkpoint, &device);
            let scale = codec.config().scale();
            let noise = burn::tensor::Distribution::Normal(0.0, 1.0);
            let latents = Tensor::<4>::random([codec.config().z_dim, 4, 2, 3], noise, &device);
            let clip = Tensor::<4>::random([13, 2 * scale, 3 * scale, 3], noise, &device).clamp(-1.0, 1.0);
            let pass = |chunk| {
                let passage = Passage { chunk, tiling: None };
                let decoded = decode(&codec, &latents, passage, &never).0;
                (read(&encode(&codec, &clip, passage).mean).unwrap(), read(&decoded).unwrap())
            };
            let whole = pass(99);
            for chunk in [1, 2, 3] {
                let (mean, decoded) = pass(chunk);
                compare(&format!("{checkpoint}: encoded in chunks of {chunk}"), &mean, &whole.0, 2e-5);
                compare(&format!("{checkpoint}: decoded in chunks of {chunk}"), &decoded, &whole.1, 2e-5);
            }
        }
    }
}
