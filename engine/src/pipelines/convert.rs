//! Between the pictures of a request and those that the engine works on.

use super::PipelineError;
use crate::device::DeviceChoice;
use crate::picture::{Expansion, Gray8, Rgb8, Rgba8};
use engine_api::{Mask, Picture};

/// A request's picture as the engine's.
pub(super) fn rgba(picture: &Picture) -> Result<Rgba8, PipelineError> {
    Ok(Rgba8::new(picture.width() as usize, picture.height() as usize, picture.rgba().to_vec())?)
}

/// A request's mask as the engine's.
pub(super) fn gray(mask: &Mask) -> Result<Gray8, PipelineError> {
    Ok(Gray8::new(mask.width() as usize, mask.height() as usize, mask.gray().to_vec())?)
}

/// The engine's picture as an answer.
pub(super) fn picture(picture: Rgba8) -> Result<Picture, PipelineError> {
    let (width, height) = picture.size();
    Picture::new(width as u32, height as u32, picture.into_pixels())
        .map_err(|e| PipelineError::File { message: e.to_string() })
}

/// An opaque picture as an answer.
pub(super) fn opaque(source: &Rgb8) -> Result<Picture, PipelineError> {
    picture(source.opaque())
}

/// A request's device as the device floor's.
pub(super) fn device(choice: engine_api::DeviceChoice) -> DeviceChoice {
    match choice {
        engine_api::DeviceChoice::Auto => DeviceChoice::Auto,
        engine_api::DeviceChoice::Cpu => DeviceChoice::Cpu,
        engine_api::DeviceChoice::Gpu(index) => DeviceChoice::Gpu(index.map(|i| i as usize)),
    }
}

/// A request's expansion as the picture floor's.
pub(super) fn expansion(by: engine_api::Expansion) -> Expansion {
    Expansion {
        left: by.left as usize,
        top: by.top as usize,
        right: by.right as usize,
        bottom: by.bottom as usize,
    }
}
