//! Forward passes, with every block and the modulation laid open.

use crate::golden::{Tensors, compare, count, for_each_case, json, path, tensors};
use crate::{TOLERANCE, never};
use burn::tensor::{Device, Tensor};
use engine::kernels::read;
use engine::models::qwen_image::{
    ConditioningInput, Modulation, Pass, PictureGrid, Transformer, TransformerConfig,
};
use engine::nn::{ModelError, Watch};
use engine::weights::{Scope, TensorStore};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;
use std::cell::Cell;

#[test]
fn transformers_match() {
    for device in tests::tensor_devices() {
        for_each_case("transformer", |name, about| {
            let folder = path(&format!("{}/transformer", about["checkpoint"].as_str().unwrap()));
            let config = TransformerConfig::read(&folder).unwrap();
            let store = TensorStore::open(&folder).unwrap();
            matches(&Scope::root(&store, &device), &config, name, about);
        });
    }
}

/// The same tensors behind a single file's prefix, with the empty tensor that stands for `zero_cond_t`.
#[test]
fn a_single_file_with_a_prefix_and_a_marker_is_understood() {
    const CASE: &str = "edit_plus_one_reference";
    let device = Device::flex();
    let about = &json("blocks/about.json")["transformer"][CASE];
    let folder = path(&format!("{}/transformer", about["checkpoint"].as_str().unwrap()));
    let written = folder.join("diffusion_pytorch_model.safetensors");
    let bytes = std::fs::read(written).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut renamed: Vec<(String, TensorView)> = Vec::new();
    for (name, view) in tensors.iter() {
        renamed.push((format!("model.diffusion_model.{name}"), view));
    }
    let marker = TensorView::new(Dtype::F32, vec![0], &[]).unwrap();
    renamed.push(("model.diffusion_model.__index_timestep_zero__".into(), marker));
    let single = tempfile::tempdir().unwrap();
    let file = single.path().join("model.safetensors");
    safetensors::serialize_to_file(renamed, None, &file).unwrap();

    let store = TensorStore::open_file(&file).unwrap();
    let scope = Scope::root(&store, &device);
    let mut config = TransformerConfig::read(&folder).unwrap();
    config.noise_free_references = false;
    let config = config.with_markers(&scope);
    assert!(config.noise_free_references);
    matches(&scope, &config, CASE, about);
}

/// One forward pass and every stage on its way.
fn matches(scope: &Scope, config: &TransformerConfig, name: &str, about: &Value) {
    let device = scope.device();
    let expected = tensors(&format!("blocks/transformer/{name}.safetensors"));
    let noise_free = about["zero_cond_t"].as_bool().unwrap();
    assert_eq!(config.noise_free_references, noise_free, "{name}");
    // Two steps, of which the second is the one in question: rows of different steps must not mix.
    let timestep = expected.values("sigma")[0] * 1000.0;
    let modulation = Modulation::for_schedule(scope, config, &[333.0, timestep], &never).unwrap();
    let transformer = Transformer::load(scope, config).unwrap();

    let grids: Vec<PictureGrid> = about["grids"].as_array().unwrap().iter().map(grid).collect();
    let tokens: Tensor<2> = expected.tensor("latent_tokens", device);
    let mut references = Vec::new();
    let mut start = grids[0].tokens();
    for grid in &grids[1..] {
        references.push((*grid, tokens.clone().narrow(0, start, grid.tokens())));
        start += grid.tokens();
    }
    let text = expected.tensor("text", device);
    let input = ConditioningInput { text: &text, target: grids[0], references: &references };
    let conditioning = transformer.condition(&input).unwrap();
    check_modulation(name, &expected, &modulation, &grids);
    let pass = Pass { conditioning: &conditioning, modulation: &modulation, step: 1 };
    let stages = Stages { case: name, expected: &expected, seen: Cell::new(0) };
    let target = tokens.narrow(0, 0, grids[0].tokens());
    let velocity = transformer.forward(&target, &pass, &stages).unwrap();
    assert_eq!(stages.seen.get(), 3 + 2 * config.blocks, "{name}: a stage was not shown");
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

/// The first block's modulation against the reference's, row by row.
fn check_modulation(name: &str, expected: &Tensors, modulation: &Modulation, grids: &[PictureGrid]) {
    let split = (grids.len() > 1).then_some(grids[0].tokens());
    let block = modulation.block(0, 1, split).unwrap();
    for (stream, rows) in [("img_mod", &block.picture), ("txt_mod", &block.text)] {
        let (attention, mlp) = (rows.before_attention(), rows.before_mlp());
        let attention = [attention.shift, attention.scale, rows.attention_gate()];
        let parts = [attention, [mlp.shift, mlp.scale, rows.mlp_gate()]].concat();
        let stage = format!("transformer_blocks.0.{stream}");
        let values = expected.values(&stage);
        for (index, part) in parts.iter().enumerate() {
            let [_, width] = part.rows.dims();
            for (row, got) in read(part.rows).unwrap().chunks(width).enumerate() {
                let from = (row * parts.len() + index) * width;
                let what = format!("{name}: {stage} row {row} part {index}");
                compare(&what, got, &values[from..from + width], TOLERANCE);
            }
        }
    }
}

fn grid(value: &Value) -> PictureGrid {
    PictureGrid { rows: count(&value[0]), columns: count(&value[1]) }
}

#[test]
fn a_transformer_stops_when_asked_and_refuses_what_does_not_fit() {
    let device = Device::flex();
    let folder = path("generate/transformer");
    let config = TransformerConfig::read(&folder).unwrap();
    let store = TensorStore::open(&folder).unwrap();
    let scope = Scope::root(&store, &device);
    let asked = Cell::new(0);
    let second_time = || {
        asked.set(asked.get() + 1);
        asked.get() == 2
    };
    let stopped = Modulation::for_schedule(&scope, &config, &[1000.0], &second_time);
    assert!(matches!(stopped, Err(ModelError::Cancelled)));
    assert_eq!(asked.replace(0), 2);
    let empty = Modulation::for_schedule(&scope, &config, &[], &never);
    assert!(matches!(empty, Err(ModelError::Configuration { .. })));
    let modulation = Modulation::for_schedule(&scope, &config, &[1000.0], &never).unwrap();
    // One step of two streams of six rows per block, and two rows for the head, four bytes each.
    assert_eq!(modulation.bytes(), (12 * config.blocks + 2) * config.width() * 4);

    let transformer = Transformer::load(&scope, &config).unwrap();
    let vectors = config.resident_parameters() - transformer.resident_bytes() / 4;
    assert!(vectors > 0 && vectors < config.resident_parameters() / 20, "{vectors}");
    let text = Tensor::zeros([2, config.text_channels], &device);
    let target = PictureGrid { rows: 2, columns: 2 };
    let input = ConditioningInput { text: &text, target, references: &[] };
    let conditioning = transformer.condition(&input).unwrap();
    let pass = Pass { conditioning: &conditioning, modulation: &modulation, step: 0 };
    let latents = Tensor::zeros([4, config.in_channels], &device);
    let stopped = transformer.forward(&latents, &pass, &second_time);
    assert!(matches!(stopped, Err(ModelError::Cancelled)));
    assert_eq!(asked.get(), 2, "the transformer went on after it was asked to stop");
    let refused = transformer.forward(&latents, &Pass { step: 1, ..pass }, &never);
    assert!(matches!(refused, Err(ModelError::Shape { .. })));
    let latents = Tensor::zeros([3, config.in_channels], &device);
    let refused = transformer.forward(&latents, &pass, &never);
    assert!(matches!(refused, Err(ModelError::Shape { .. })));
    let misfit = [(target, Tensor::zeros([5, config.in_channels], &device))];
    let refused = transformer.condition(&ConditioningInput { references: &misfit, ..input });
    assert!(matches!(refused, Err(ModelError::Shape { .. })));
}
