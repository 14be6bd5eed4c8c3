//! Rough pictures between steps: the middle frame's clean latents through a small linear map, or through a tiny decoder
//! where the user has one.

use crate::kernels::{Epilogue, MatrixWeight, WeightFormat, matmul, read};
use crate::models::tiny_decoder::{Growth, TinyDecoder};
use crate::models::wan::colour_map;
use crate::picture::Rgb8;
use crate::pipelines::{PipelineError, convert};
use burn::tensor::{Device, Tensor};
use engine_api::{Picture, Preview};

/// Latent channels to red, green and blue.
pub(super) struct Colours {
    /// `[3, channels]`; none where no map is known for so many channels.
    map: Option<(MatrixWeight, Tensor<1>)>,
    tiny: Option<TinyDecoder>,
}

impl Colours {
    /// The map for latents of so many channels, and the decoder that goes before it.
    pub(super) fn new(
        device: &Device,
        channels: usize,
        tiny: Option<TinyDecoder>,
    ) -> Result<Self, PipelineError> {
        let Some((factors, bias)) = colour_map(channels) else { return Ok(Self { map: None, tiny }) };
        let rows = (0..3).flat_map(|colour| factors.iter().map(move |factors| factors[colour]));
        let bytes: Vec<u8> = rows.flat_map(f32::to_le_bytes).collect();
        let weight = MatrixWeight::new(WeightFormat::F32, &bytes, [3, channels], device)?;
        Ok(Self { map: Some((weight, Tensor::from_floats(bias, device))), tiny })
    }

    /// The middle frame of normalised, clean latents: one pixel per latent, grey where no map is known; with a tiny decoder
    /// half the clip's size.
    pub(super) fn preview(
        &self,
        latents: &Tensor<4>,
        [step, total]: [u32; 2],
    ) -> Result<Preview, PipelineError> {
        let [channels, frames, rows, columns] = latents.dims();
        if let Some(tiny) = &self.tiny {
            return Ok(Preview { picture: decoded(tiny, latents)?, step, total });
        }
        let bytes = match &self.map {
            None => vec![128; rows * columns * 3],
            Some((weight, bias)) => {
                let frame = latents.clone().narrow(1, frames / 2, 1);
                let pixels = frame.reshape([channels, rows * columns]).permute([1, 0]);
                let epilogue = Epilogue { bias: Some(bias), ..Epilogue::default() };
                let colours = read(&matmul(&pixels, weight, &epilogue)?)?;
                colours.into_iter().map(|v| ((v * 0.5 + 0.5).clamp(0.0, 1.0) * 255.0).round() as u8).collect()
            }
        };
        Ok(Preview { picture: convert::opaque(&Rgb8::new(columns, rows, bytes)?)?, step, total })
    }
}

/// The middle frame through a tiny decoder, with the frame before it for a memory.
fn decoded(tiny: &TinyDecoder, latents: &Tensor<4>) -> Result<Picture, PipelineError> {
    let middle = latents.dims()[1] / 2;
    let first = middle.saturating_sub(1);
    let frames = tiny.decode(&latents.clone().narrow(1, first, middle + 1 - first), Growth::Rough)?;
    let [count, rows, columns, _] = frames.dims();
    let values = read(&frames.narrow(0, count - 1, 1))?;
    let bytes = values.into_iter().map(|value| (value * 255.0).round() as u8).collect();
    convert::opaque(&Rgb8::new(columns, rows, bytes)?)
}
