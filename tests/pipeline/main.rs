//! Whole jobs through the pipelines, against the reference's golden runs and against the rules of an edit.

mod foresight;
mod going_on;
mod golden;
mod native;
mod rules;
mod size_of_clips;
mod video;

use engine::device::{Device, adapters};
use engine_api::{
    DeviceChoice, Edit, Expansion, ImageRequest, Intent, JobId, Mask, MaskSettings, Picture, Quality, Size,
};
use std::path::{Path, PathBuf};

/// The golden checkpoints and runs.
fn golden_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/qwen_image")
}

/// The devices that every job runs on: the processor, and the first graphics adapter (lavapipe will do).
fn devices() -> Vec<DeviceChoice> {
    assert!(!adapters().is_empty(), "no graphics adapter; install a Vulkan driver (lavapipe will do)");
    Device::open(engine::device::DeviceChoice::Gpu(None)).expect("the adapter opens");
    vec![DeviceChoice::Cpu, DeviceChoice::Gpu(None)]
}

/// A job with nothing chosen.
fn request(model: &str, intent: Intent) -> ImageRequest {
    ImageRequest {
        job: JobId(1),
        model: golden_folder().join(model),
        intent,
        prompt: "a red balloon".into(),
        negative: None,
        steps: Some(2),
        guidance: Some(1.0),
        seed: 1,
        quality: Quality::Standard,
        preview_every: 0,
        device: DeviceChoice::Cpu,
        memory: None,
        noise: None,
        dump: None,
    }
}

/// An edit of `image` with nothing chosen.
fn edit(image: Picture) -> Edit {
    Edit {
        image,
        references: Vec::new(),
        mask: None,
        mask_settings: MaskSettings::default(),
        expand: Expansion::default(),
        work_size: Some(Size { width: 64, height: 48 }),
        register: false,
        strength: None,
    }
}

fn picture(path: &Path) -> Picture {
    let opened = image::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).into_rgba8();
    Picture::new(opened.width(), opened.height(), opened.into_raw()).unwrap()
}

fn mask(path: &Path) -> Mask {
    let opened = image::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).into_luma8();
    Mask::new(opened.width(), opened.height(), opened.into_raw()).unwrap()
}
