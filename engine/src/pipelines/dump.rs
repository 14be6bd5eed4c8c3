//! Stage tensors as safetensors files, for comparing with other implementations; and noise brought along.

use super::PipelineError;
use crate::kernels::read;
use crate::weights::TensorStore;
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::{Dtype, TensorView};
use std::path::{Path, PathBuf};

/// A folder that receives stage tensors, or nothing.
pub(super) struct Dump(Option<PathBuf>);

impl Dump {
    /// Makes the folder when there is one to make.
    pub(super) fn new(folder: Option<&Path>) -> Result<Self, PipelineError> {
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder).map_err(|e| PipelineError::File {
                message: format!("the folder {} cannot be made: {e}", folder.display()),
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
        safetensors::serialize_to_file([(name, view)], None, &path).map_err(|e| failed(e.to_string()))
    }
}

/// The tensor `noise` of a file, as latents of the given shape; leading axes of one are allowed.
pub(super) fn noise_from(
    path: &Path,
    shape: [usize; 4],
    device: &Device,
) -> Result<Tensor<4>, PipelineError> {
    let store = TensorStore::open_file(path)?;
    let view = store.view("noise")?;
    let count: usize = shape.iter().product();
    let got: usize = view.shape.iter().product();
    let values = view.format.decode(view.bytes);
    if got != count || values.len() != count || values.iter().any(|v| !v.is_finite()) {
        return Err(PipelineError::File {
            message: format!(
                "{} holds noise of shape {:?}; this job needs {shape:?} finite numbers",
                path.display(),
                view.shape
            ),
        });
    }
    Ok(Tensor::from_data(TensorData::new(values, shape), device))
}
