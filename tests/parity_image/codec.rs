//! Pictures to latents and back, with the stages between.

use crate::golden::{Tensors, compare, for_each_case, path, tensors};
use crate::{TOLERANCE, never};
use burn::tensor::{Device, Tensor};
use engine::kernels::read;
use engine::models::qwen_image::LatentFormat;
use engine::models::wan_codec::{Codec, CodecConfig};
use engine::nn::{ModelError, Watch};
use engine::weights::{Scope, TensorStore};
use serde_json::Value;
use std::cell::{Cell, RefCell};

pub fn load(checkpoint: &str, device: &Device) -> Codec {
    let folder = path(&format!("{checkpoint}/vae"));
    let config = CodecConfig::read(&folder).unwrap();
    let store = TensorStore::open(&folder).unwrap();
    Codec::load(&Scope::root(&store, device), &config).unwrap()
}

#[test]
fn codecs_match() {
    for device in tests::tensor_devices() {
        for_each_case("codec", |name, about| matches(&device, name, about));
    }
}

fn matches(device: &Device, name: &str, about: &Value) {
    let codec = load(about["checkpoint"].as_str().unwrap(), device);
    let expected = tensors(&format!("blocks/codec/{name}.safetensors"));
    let stages = Stages::new(name, &expected);
    let config = codec.config();
    let format = LatentFormat::new(&config.latents_mean, &config.latents_std, device);
    let picture: Tensor<4> = expected.tensor("encode_input", device);
    let posterior = codec.encode(&picture.permute([1, 2, 3, 0]), None, &stages).unwrap();
    expected.check(name, "encode_mean", &posterior.mean, TOLERANCE);
    expected.check(name, "encode_log_variance", &posterior.log_variance, TOLERANCE);
    let normalised = format.normalise(posterior.mode());
    expected.check(name, "encode_latents", &normalised, TOLERANCE);
    let sample = posterior.sample(&Tensor::ones(posterior.mean.dims(), device));
    let added = sample.unwrap() - posterior.mean;
    let deviation = posterior.log_variance.mul_scalar(0.5).exp();
    let deviation = read(&deviation).unwrap();
    compare(&format!("{name}: sample"), &read(&added).unwrap(), &deviation, 1e-6);

    let latents: Tensor<4> = expected.tensor("decode_latents", device);
    let decoded = codec.decode(&format.denormalise(latents), None, &stages);
    let decoded = decoded.unwrap().permute([3, 0, 1, 2]);
    expected.check(name, "decode_output", &decoded, TOLERANCE);
    let seen = stages.seen.get();
    assert!(seen >= 8, "{name}: only {seen} stages were compared");
}

/// Compares every stage that the golden file has; there, channels come first.
struct Stages<'a> {
    case: &'a str,
    expected: &'a Tensors,
    seen: Cell<usize>,
}

impl<'a> Stages<'a> {
    fn new(case: &'a str, expected: &'a Tensors) -> Self {
        let seen = Cell::new(0);
        Self { case, expected, seen }
    }
}

impl Watch for Stages<'_> {
    fn cancelled(&self) -> bool {
        false
    }

    fn stage(&self, name: &str, values: &Tensor<2>) {
        if !self.expected.has(name) {
            return;
        }
        let what = format!("{}: {name}", self.case);
        let got = read(&values.clone().transpose()).unwrap();
        compare(&what, &got, self.expected.values(name), TOLERANCE);
        self.seen.set(self.seen.get() + 1);
    }
}

#[test]
fn a_codec_stops_when_asked() {
    let device = Device::flex();
    let codec = load("generate", &device);
    let asked = RefCell::new(0);
    let third_time = || {
        *asked.borrow_mut() += 1;
        *asked.borrow() == 3
    };
    let picture = Tensor::zeros([1, 16, 16, 3], &device);
    let stopped = codec.encode(&picture, None, &third_time);
    assert!(matches!(stopped, Err(ModelError::Cancelled)));
    assert_eq!(asked.take(), 3, "the encoder went on after it was asked to stop");
    let latents = Tensor::zeros([16, 1, 2, 2], &device);
    let stopped = codec.decode(&latents, None, &third_time);
    assert!(matches!(stopped, Err(ModelError::Cancelled)));
    assert_eq!(asked.take(), 3, "the decoder went on after it was asked to stop");
}

#[test]
fn pictures_that_do_not_fit_are_refused() {
    let device = Device::flex();
    let codec = load("generate", &device);
    for shape in [[1, 12, 16, 3], [1, 16, 16, 4], [2, 16, 16, 3], [1, 0, 16, 3]] {
        let refused = codec.encode(&Tensor::zeros(shape, &device), None, &never);
        assert!(matches!(refused, Err(ModelError::Shape { .. })), "{shape:?}");
    }
    let refused = codec.decode(&Tensor::zeros([15, 1, 2, 2], &device), None, &never);
    assert!(matches!(refused, Err(ModelError::Shape { .. })));
}
