//! Prompts to conditioning: cleaning, tokens, distances, blocks.

use crate::golden::{Tensors, compare, count, for_each_case, json, path, tensors};
use crate::{TOLERANCE, never};
use burn::tensor::{Device, Tensor};
use engine::kernels::read;
use engine::models::umt5::{TextEncoder, clean, position::bucket, tokenizer::PromptTokenizer};
use engine::nn::{ModelError, Watch};
use serde_json::Value;
use std::cell::Cell;

#[test]
fn prompts_are_cleaned_and_spelled_as_in_the_reference() {
    let rows = json("numbers/tokens.json");
    // The second one carries padding and truncation of an earlier call.
    for checkpoint in ["t2v", "i2v"] {
        let tokenizer = PromptTokenizer::open(&path(checkpoint)).unwrap();
        for row in rows.as_array().unwrap() {
            let text = clean(row["raw"].as_str().unwrap());
            assert_eq!(text, row["clean"].as_str().unwrap());
            let tokens = tokenizer.tokens(&text).unwrap();
            let expected: Vec<u32> =
                row["ids"].as_array().unwrap().iter().map(|id| count(id) as u32).collect();
            assert_eq!(tokens.ids, expected, "{text:?}");
            let whole = count(&row["whole"]);
            assert_eq!(tokens.cut_from, (whole > 512).then_some(whole), "{text:?}");
        }
    }
}

#[test]
fn distances_fall_into_the_reference_s_buckets() {
    for (checkpoint, farthest) in [("t2v", 128), ("i2v", 40), ("ti2v", 128)] {
        let bytes = tests::golden::bytes(&path(&format!("blocks/umt5/{checkpoint}_positions.safetensors")));
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let numbers = |name: &str| -> Vec<i32> {
            let view = file.tensor(name).unwrap();
            view.data().chunks_exact(4).map(|b| i32::from_le_bytes(b.try_into().unwrap())).collect()
        };
        for (distance, expected) in numbers("distances").into_iter().zip(numbers("buckets")) {
            let got = bucket(i64::from(distance), 32, farthest);
            assert_eq!(got, expected as usize, "{checkpoint}: distance {distance}");
        }
    }
}

#[test]
fn encoders_match() {
    for device in tests::tensor_devices() {
        for_each_case("umt5", |name, about| matches(&device, name, about));
    }
}

fn matches(device: &Device, name: &str, about: &Value) {
    let encoder = TextEncoder::load(&path(about["checkpoint"].as_str().unwrap()), device).unwrap();
    let expected = tensors(&format!("blocks/umt5/{name}.safetensors"));
    let stages = Stages { case: name, expected: &expected, seen: Cell::new(0) };
    // A second prompt passes along, as a negative one would; only the first one's stages are compared.
    let prompt = about["prompt"].as_str().unwrap();
    let encoded = encoder.encode(&[prompt, "the fox"], &stages).unwrap();
    let tokens = encoded[0].tokens.clone();
    assert_eq!(tokens.dims()[0], count(&about["tokens"]), "{name}");
    if expected.has("conditioning") {
        assert_eq!(stages.seen.get(), 2 * encoder.config().blocks, "{name}: a stage was not shown");
        expected.check(name, "conditioning", &tokens, TOLERANCE);
    } else {
        assert!(encoded[0].cut_from > Some(512), "{name}: the long prompt was not cut");
        let [count, width] = tokens.dims();
        let values = read(&tokens).unwrap();
        compare(&format!("{name}: first rows"), &values[..6 * width], expected.values("first"), TOLERANCE);
        let last = (count - 6) * width;
        compare(&format!("{name}: last rows"), &values[last..], expected.values("last"), TOLERANCE);
    }
}

/// Compares every stage of the first sequence that the golden file has.
struct Stages<'a> {
    case: &'a str,
    expected: &'a Tensors,
    seen: Cell<usize>,
}

impl Watch for Stages<'_> {
    fn cancelled(&self) -> bool {
        false
    }

    fn stage(&self, name: &str, values: &Tensor<2>) {
        if self.expected.has(name) && self.seen.get().is_multiple_of(2) {
            self.expected.check(self.case, name, values, TOLERANCE);
        }
        self.seen.set(self.seen.get() + 1);
    }
}

#[test]
fn an_encoder_stops_when_asked_and_refuses_strange_folders() {
    let device = Device::flex();
    let encoder = TextEncoder::load(&path("t2v"), &device).unwrap();
    assert!(matches!(encoder.encode(&["a fox"], &|| true), Err(ModelError::Cancelled)));
    assert_eq!(encoder.encode(&[], &never).unwrap().len(), 0);
    let other = tests::golden::folder("qwen_image/generate");
    let message = TextEncoder::load(&other, &device).unwrap_err().to_string();
    assert!(message.contains("Qwen2_5_VL"), "{message}");
}
