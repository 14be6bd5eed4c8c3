//! Stage tensors as safetensors files, for comparing with other implementations; and noise brought along.

use super::PipelineError;
use super::latents::unpack;
use crate::kernels::read;
use crate::models::qwen_image::PictureGrid;
use crate::weights::{TensorStore, WeightError, wording};
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::{Dtype, TensorView};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A folder that receives stage tensors, or nothing.
pub(super) struct Dump(Option<PathBuf>);

impl Dump {
    /// Makes the folder when there is one to make.
    pub(super) fn new(folder: Option<&Path>) -> Result<Self, PipelineError> {
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder).map_err(|e| PipelineError::File {
                message: format!("The folder {} cannot be made: {}", folder.display(), wording::system(&e)),
            })?;
        }
        Ok(Self(folder.map(Path::to_path_buf)))
    }

    /// Whether anything is written.
    pub(super) fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Writes `name.safetensors` with the one tensor `name`.
    pub(super) fn save<const D: usize>(&self, name: &str, tensor: &Tensor<D>) -> Result<(), PipelineError> {
        if self.0.is_none() {
            return Ok(());
        }
        self.save_values(name, &read(tensor)?, &tensor.dims())
    }

    /// As [`Self::save`], from values on the host.
    pub(super) fn save_values(
        &self,
        name: &str,
        values: &[f32],
        shape: &[usize],
    ) -> Result<(), PipelineError> {
        let Some(folder) = &self.0 else { return Ok(()) };
        let path = folder.join(format!("{name}.safetensors"));
        let failed =
            |e: String| PipelineError::File { message: format!("{} cannot be written: {e}", path.display()) };
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let view = TensorView::new(Dtype::F32, shape.to_vec(), &bytes).map_err(|e| failed(e.to_string()))?;
        let content = safetensors::serialize([(name, view)], None).map_err(|e| failed(e.to_string()))?;
        write_whole(folder, &path, &content).map_err(|e| failed(wording::system(&e)))
    }
}

/// Under another name first, so that a full disk leaves no half tensor.
fn write_whole(folder: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

/// The tensor `noise` of a file, as latents `[channel, frame, row, column]` of the given shape. Axes of length 1 may
/// stand anywhere, one flat axis will do, and diffusers' packed `[token, 4 · channel]` is unpacked.
pub(super) fn noise_from(
    path: &Path,
    shape: [usize; 4],
    device: &Device,
) -> Result<Tensor<4>, PipelineError> {
    let store = TensorStore::open_file(path)
        .map_err(|error| PipelineError::File { message: format!("The noise cannot be used: {error}") })?;
    let view = store.view("noise").map_err(|error| match error {
        WeightError::MissingTensor { .. } => PipelineError::File {
            message: format!("{} holds no noise: a tensor named `noise` is needed", path.display()),
        },
        other => other.into(),
    })?;
    let values = view.format.decode(view.bytes);
    let long = |axes: &[usize]| axes.iter().copied().filter(|axis| *axis != 1).collect::<Vec<_>>();
    let [channels, frames, rows, columns] = shape;
    let grid = PictureGrid { rows: rows / 2, columns: columns / 2 };
    let packed = [grid.tokens(), 4 * channels];
    let is_packed = frames == 1 && long(view.shape) == long(&packed);
    let is_plain = long(view.shape) == long(&shape) || view.shape == [shape.iter().product::<usize>()];
    if !(is_packed || is_plain) || values.iter().any(|v| !v.is_finite()) {
        return Err(PipelineError::File {
            message: format!(
                "{} holds noise of the shape {}; this job needs {} finite numbers",
                path.display(),
                wording::shape(view.shape),
                wording::shape(&shape)
            ),
        });
    }
    if is_packed {
        return unpack(&Tensor::from_data(TensorData::new(values, packed), device), grid);
    }
    Ok(Tensor::from_data(TensorData::new(values, shape), device))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipelines::latents::pack;

    #[test]
    fn noise_may_be_packed_and_never_scrambled() {
        let (device, folder) = (Device::flex(), tempfile::tempdir().unwrap());
        let dump = Dump(Some(folder.path().into()));
        let path = folder.path().join("noise.safetensors");
        let shape = [2, 1, 4, 6];
        let values: Vec<f32> = (0..48u8).map(f32::from).collect();
        let packed =
            read(&pack(&Tensor::from_data(TensorData::new(values.clone(), shape), &device)).unwrap().1);
        let packed = packed.unwrap();
        for (values, axes) in [
            (&values, &[1, 1, 2, 4, 6][..]),
            (&values, &[2, 4, 6]),
            (&values, &[48]),
            (&packed, &[1, 6, 8]),
            (&packed, &[6, 8]),
        ] {
            dump.save_values("noise", values, axes).unwrap();
            let noise = noise_from(&path, shape, &device).unwrap();
            assert_eq!(read(&noise).unwrap(), (0..48u8).map(f32::from).collect::<Vec<_>>(), "{axes:?}");
        }
        for axes in [&[2, 6, 4][..], &[8, 6], &[2, 24], &[1, 4, 6, 2]] {
            dump.save_values("noise", &values, axes).unwrap();
            assert!(noise_from(&path, shape, &device).is_err(), "{axes:?}");
        }
    }
}
