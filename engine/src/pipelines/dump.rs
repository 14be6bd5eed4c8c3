//! Stage tensors as safetensors files, for comparing with other implementations; and noise brought along.

use super::PipelineError;
use crate::kernels::read;
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

/// The tensor `noise` of a file, as latents of the given shape; leading axes of one are allowed.
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
    let count: usize = shape.iter().product();
    let got: usize = view.shape.iter().product();
    let values = view.format.decode(view.bytes);
    if got != count || values.len() != count || values.iter().any(|v| !v.is_finite()) {
        return Err(PipelineError::File {
            message: format!(
                "{} holds noise of the shape {}; this job needs {} finite numbers",
                path.display(),
                wording::shape(view.shape),
                wording::shape(&shape)
            ),
        });
    }
    Ok(Tensor::from_data(TensorData::new(values, shape), device))
}
