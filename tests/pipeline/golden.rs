//! Every golden run of the reference, on every device: latents after each step, the finished picture.

use super::{devices, edit, golden_folder, mask, picture, request};
use engine::pipelines::{report::Unheard, run};
use engine_api::{DeviceChoice, ImageRequest, Intent, MaskSettings, Size};
use safetensors::SafeTensors;
use serde::Deserialize;
use std::path::Path;

/// Largest difference of a stage, absolute.
const STAGE: f32 = 2e-4;

/// One entry of `cases.json`.
#[derive(Deserialize)]
struct Case {
    name: String,
    pipeline: String,
    model: String,
    prompt: String,
    negative: Option<String>,
    width: u32,
    height: u32,
    steps: u32,
    guidance: f32,
    seed: u64,
    strength: Option<f32>,
    pictures: Vec<String>,
    mask: Option<String>,
    start_step: usize,
}

impl Case {
    fn request(&self, device: DeviceChoice, dump: &Path) -> ImageRequest {
        let folder = golden_folder().join("runs").join(&self.name);
        let size = Size { width: self.width, height: self.height };
        let intent = match self.pictures.split_first() {
            None => Intent::Generate(Some(size)),
            Some((first, others)) => {
                let mut wanted = edit(picture(&folder.join(first)));
                wanted.references = others.iter().map(|name| picture(&folder.join(name))).collect();
                wanted.work_size = Some(size);
                wanted.strength = self.strength;
                // The reference works on the whole picture with the mask as it is.
                wanted.mask = self.mask.as_ref().map(|name| mask(&folder.join(name)));
                wanted.mask_settings = MaskSettings { grow: 0, feather: Some(0), context: 1e6 };
                // With registration on, random pictures must be left where they are.
                wanted.register = true;
                Intent::Edit(Box::new(wanted))
            }
        };
        ImageRequest {
            prompt: self.prompt.clone(),
            negative: self.negative.clone(),
            steps: Some(self.steps),
            guidance: Some(self.guidance),
            seed: self.seed,
            device,
            dump: Some(dump.into()),
            ..request(&self.model, intent)
        }
    }
}

/// A tensor's values from a safetensors file.
fn values(bytes: &[u8], name: &str) -> Vec<f32> {
    let file = SafeTensors::deserialize(bytes).unwrap();
    let view = file.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(view.dtype(), safetensors::Dtype::F32, "{name}");
    view.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

fn worst(got: &[f32], expected: &[f32], at: &str) -> f32 {
    assert_eq!(got.len(), expected.len(), "{at}: length");
    got.iter().zip(expected).map(|(g, e)| (g - e).abs()).fold(0.0, f32::max)
}

fn check(case: &Case, device: DeviceChoice) {
    let dump = tempfile::tempdir().unwrap();
    let outcome = run(&case.request(device, dump.path()), &Unheard)
        .unwrap_or_else(|e| panic!("{} on {device}: {e}", case.name));
    let folder = golden_folder().join("runs").join(&case.name);
    let stages = std::fs::read(folder.join("stages.safetensors")).unwrap();
    let dumped = |name: &str| {
        let bytes = std::fs::read(dump.path().join(format!("{name}.safetensors"))).unwrap();
        values(&bytes, name)
    };
    let at = |stage: &str| format!("{} on {device}: {stage}", case.name);
    assert_eq!(dumped("noise"), values(&stages, "noise"), "{}", at("noise"));
    let taken = case.steps as usize - case.start_step;
    for step in 0..taken {
        let expected = values(&stages, &format!("latents_after_step.{step}"));
        let off = worst(&dumped(&format!("latents_{step:04}")), &expected, &at("latents"));
        assert!(off <= STAGE, "{}: off by {off}", at(&format!("latents after step {step}")));
    }
    let image: Vec<f32> = dumped("image").iter().map(|v| (v / 2.0 + 0.5).clamp(0.0, 1.0)).collect();
    let off = worst(&image, &values(&stages, "image"), &at("image"));
    assert!(off <= STAGE, "{}: off by {off}", at("image"));
    if case.mask.is_some() {
        assert_eq!(outcome.changed_outside_mask, Some(0), "{}", at("outside the mask"));
        return;
    }
    let finished = picture(&folder.join("finished.png"));
    assert_eq!(
        (outcome.picture.width(), outcome.picture.height()),
        (finished.width(), finished.height()),
        "{}",
        at("size")
    );
    let levels = outcome.picture.rgba().iter().zip(finished.rgba()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(levels <= Some(1), "{}: off by {levels:?} levels", at("finished picture"));
}

fn check_all(pipelines: &[&str]) {
    let text = std::fs::read_to_string(golden_folder().join("runs/cases.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    let chosen: Vec<&Case> = cases.iter().filter(|c| pipelines.contains(&c.pipeline.as_str())).collect();
    assert!(!chosen.is_empty(), "no golden run of {pipelines:?}");
    for device in devices() {
        chosen.iter().for_each(|case| check(case, device));
    }
}

#[test]
fn pictures_from_words_equal_the_reference() {
    check_all(&["QwenImagePipeline"]);
}

#[test]
fn pictures_from_pictures_equal_the_reference() {
    check_all(&["QwenImageImg2ImgPipeline", "QwenImageInpaintPipeline"]);
}

#[test]
fn edits_of_one_picture_equal_the_reference() {
    check_all(&["QwenImageEditPipeline", "QwenImageEditInpaintPipeline"]);
}

#[test]
fn edits_with_references_equal_the_reference() {
    check_all(&["QwenImageEditPlusPipeline"]);
}
