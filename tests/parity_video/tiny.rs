//! Tiny decoders for previews, whole and rough, and files that are none.

use crate::TOLERANCE;
use crate::golden::{Tensors, path, tensors};
use burn::tensor::{Device, Tensor};
use engine::models::tiny_decoder::{Growth, TinyDecoder};
use engine::weights::TensorStore;

fn open(name: &str, device: &Device) -> (TinyDecoder, Tensors) {
    let store = TensorStore::open_file(&path(&format!("tiny/{name}.safetensors"))).unwrap();
    (TinyDecoder::load(&store, device).unwrap(), tensors(&format!("tiny/{name}_frames.safetensors")))
}

#[test]
fn tiny_decoders_match() {
    for device in tests::tensor_devices() {
        for (name, channels, side) in [("taew2_1", 16, 8), ("taew2_2", 48, 16)] {
            let (decoder, expected) = open(name, &device);
            assert_eq!(decoder.channels(), channels);
            let latents: Tensor<4> = expected.tensor("latents", &device);
            for (stage, growth, shape) in [
                ("whole", Growth::Whole, [9, 2 * side, 3 * side, 3]),
                ("rough", Growth::Rough, [3, side, 3 * side / 2, 3]),
            ] {
                let frames = decoder.decode(&latents, growth).unwrap();
                assert_eq!(frames.dims(), shape, "{name}: {stage}");
                expected.check(name, stage, &frames, TOLERANCE);
            }
            let alone = decoder.decode(&latents.narrow(1, 0, 1), Growth::Whole).unwrap();
            assert_eq!(alone.dims()[0], 1, "the first latent frame stands for one");
            assert!(decoder.decode(&Tensor::zeros([3, 1, 2, 2], &device), Growth::Rough).is_err());
        }
    }
}

#[test]
fn other_files_are_refused_in_words() {
    let store = TensorStore::open(&path("t2v/vae")).unwrap();
    let refused = TinyDecoder::load(&store, &Device::flex()).unwrap_err().to_string();
    assert!(refused.contains("decoder.1.weight"), "{refused}");
}
