//! Forward passes of all three kinds of transformer, with every block laid open.

use crate::golden::{Tensors, count, for_each_case, json, path, tensors};
use crate::{TOLERANCE, never};
use burn::tensor::{Device, Tensor};
use engine::kernels::read;
use engine::models::wan::{Modulation, Pass, Transformer, TransformerConfig};
use engine::nn::{ModelError, Watch};
use engine::weights::{Scope, TensorStore};
use safetensors::tensor::TensorView;
use serde_json::Value;
use std::cell::Cell;

/// A case's part of its checkpoint: settings and tensors.
fn open(about: &Value) -> (TransformerConfig, TensorStore) {
    let folder = format!("{}/{}", about["checkpoint"].as_str().unwrap(), about["part"].as_str().unwrap());
    let folder = path(&folder);
    (TransformerConfig::read(&folder).unwrap(), TensorStore::open(&folder).unwrap())
}

#[test]
fn transformers_match() {
    for device in tests::tensor_devices() {
        for_each_case("transformer", |name, about| {
            let (config, store) = open(about);
            let scope = Scope::root(&store, &device);
            config.check_against(&scope).unwrap();
            matches(&scope, &config, name, about, [usize::MAX; 2]);
        });
    }
}

#[test]
fn runs_of_tokens_compute_what_the_whole_clip_does() {
    for device in tests::tensor_devices() {
        for name in ["ti2v_picture", "i2v_high"] {
            let about = &json("blocks/about.json")["transformer"][name];
            let (config, store) = open(about);
            for run in [1, 3, 5] {
                matches(&Scope::root(&store, &device), &config, name, about, [usize::MAX, run]);
            }
        }
    }
}

#[test]
fn blocks_that_stay_in_the_files_compute_the_same() {
    let device = Device::flex();
    let name = "ti2v_picture";
    let about = &json("blocks/about.json")["transformer"][name];
    let (config, store) = open(about);
    for kept in [0, 1] {
        matches(&Scope::root(&store, &device), &config, name, about, [kept, usize::MAX]);
    }
}

/// One forward pass and every stage on its way; so many blocks stay on the device, so many tokens pass at once.
fn matches(scope: &Scope, config: &TransformerConfig, name: &str, about: &Value, [kept, run]: [usize; 2]) {
    let device = scope.device();
    let expected = tensors(&format!("blocks/transformer/{name}.safetensors"));
    let timestep = about["timestep"].as_f64().unwrap() as f32;
    // Three steps, of which the second is the one in question: rows of different steps must not mix.
    let modulation = Modulation::for_schedule(scope, config, &[333.0, timestep, 20.0]).unwrap();
    let transformer = Transformer::load(scope, config, kept, &never).unwrap().in_runs_of(run);
    let text: Tensor<2> = expected.tensor("text", device);
    let rows = text.dims()[0];
    let conditioning = transformer.condition(&text.narrow(0, 0, count(&about["filled"])), rows).unwrap();
    let latents: Tensor<4> = expected.tensor("latents", device);
    let frame = transformer.frame(latents.dims(), device).unwrap();
    let clean_frames = count(&about["clean_frames"]);
    let pass =
        Pass { conditioning: &conditioning, frame: &frame, modulation: &modulation, step: 1, clean_frames };
    let stages = Stages { case: name, expected: &expected, seen: Cell::new(0) };
    let velocity = transformer.forward(scope, &latents, &pass, &stages).unwrap();
    assert_eq!(stages.seen.get(), 3 + config.blocks, "{name}: a stage was not shown");
    expected.check(name, "velocity", &velocity, TOLERANCE);
}

/// Compares every stage with the golden file.
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
        self.expected.check(self.case, name, values, TOLERANCE);
        self.seen.set(self.seen.get() + 1);
    }
}

/// The names of the makers' files, as single files have them behind a prefix.
#[test]
fn a_single_file_in_the_makers_names_is_understood() {
    const NAMES: [(&str, &str); 18] = [
        ("condition_embedder.time_embedder.linear_1", "time_embedding.0"),
        ("condition_embedder.time_embedder.linear_2", "time_embedding.2"),
        ("condition_embedder.text_embedder.linear_1", "text_embedding.0"),
        ("condition_embedder.text_embedder.linear_2", "text_embedding.2"),
        ("condition_embedder.time_proj", "time_projection.1"),
        ("proj_out", "head.head"),
        ("ffn.net.0.proj", "ffn.0"),
        ("ffn.net.2", "ffn.2"),
        ("norm2", "norm3"),
        ("attn1.to_q", "self_attn.q"),
        ("attn1.to_k", "self_attn.k"),
        ("attn1.to_v", "self_attn.v"),
        ("attn1.to_out.0", "self_attn.o"),
        ("attn2.to_q", "cross_attn.q"),
        ("attn2.to_k", "cross_attn.k"),
        ("attn2.to_v", "cross_attn.v"),
        ("attn2.to_out.0", "cross_attn.o"),
        ("scale_shift_table", "modulation"),
    ];
    let device = Device::flex();
    let name = "t2v_high";
    let about = &json("blocks/about.json")["transformer"][name];
    let (config, _) = open(about);
    let bytes = tests::golden::bytes(&path("t2v/transformer/diffusion_pytorch_model.safetensors"));
    let stored = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let renamed: Vec<(String, TensorView)> = stored
        .iter()
        .map(|(name, view)| {
            let mut own =
                if name == "scale_shift_table" { "head.modulation".into() } else { name.to_owned() };
            for (theirs, makers) in NAMES {
                own = own.replace(theirs, makers);
            }
            own = own.replace("attn1.norm", "self_attn.norm").replace("attn2.norm", "cross_attn.norm");
            (format!("model.diffusion_model.{own}"), view)
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.safetensors");
    safetensors::serialize_to_file(renamed, None, &file).unwrap();
    let store = TensorStore::open_file(&file).unwrap();
    let scope = Scope::root(&store, &device);
    config.check_against(&scope).unwrap();
    matches(&scope, &config, name, about, [usize::MAX; 2]);
}

#[test]
fn a_transformer_stops_when_asked_and_refuses_what_does_not_fit() {
    let device = Device::flex();
    let about = &json("blocks/about.json")["transformer"]["t2v_high"];
    let (config, store) = open(about);
    let scope = Scope::root(&store, &device);
    assert!(matches!(Transformer::load(&scope, &config, 9, &|| true), Err(ModelError::Cancelled)));
    let transformer = Transformer::load(&scope, &config, 9, &never).unwrap();
    assert!(transformer.resident_bytes() > 0);
    let modulation = Modulation::for_schedule(&scope, &config, &[5.0]).unwrap();
    assert!(Modulation::for_schedule(&scope, &config, &[]).is_err());
    assert!(transformer.condition(&Tensor::zeros([3, 31], &device), 8).is_err());
    assert!(transformer.condition(&Tensor::zeros([9, 32], &device), 8).is_err());
    assert!(transformer.frame([16, 1, 3, 2], &device).is_err());
    let conditioning = transformer.condition(&Tensor::zeros([1, 32], &device), 8).unwrap();
    let frame = transformer.frame([16, 1, 2, 2], &device).unwrap();
    let pass = Pass {
        conditioning: &conditioning,
        frame: &frame,
        modulation: &modulation,
        step: 0,
        clean_frames: 0,
    };
    let latents = |shape: [usize; 4]| Tensor::<4>::zeros(shape, &device);
    let right = latents([16, 1, 2, 2]);
    let stopped = transformer.forward(&scope, &right, &pass, &|| true);
    assert!(matches!(stopped, Err(ModelError::Cancelled)));
    for shape in [[15, 1, 2, 2], [16, 2, 2, 2], [16, 1, 2, 4]] {
        let refused = transformer.forward(&scope, &latents(shape), &pass, &never);
        assert!(matches!(refused, Err(ModelError::Shape { .. })), "{shape:?}");
    }
    for pass in [Pass { step: 1, ..pass }, Pass { clean_frames: 2, ..pass }] {
        let refused = transformer.forward(&scope, &right, &pass, &never);
        assert!(matches!(refused, Err(ModelError::Shape { .. })));
    }
    let velocity = transformer.forward(&scope, &right, &pass, &never).unwrap();
    assert!(read(&velocity).unwrap().iter().all(|v| v.is_finite()));
}
