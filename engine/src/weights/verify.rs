//! Reads every weight of a model once, to find out whether its files are whole.

use super::probe::Role;
use super::{Scope, TensorStore, WeightError};
use burn::tensor::Device;
use std::path::{Path, PathBuf};

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verified {
    pub files: u64,
    pub tensors: u64,
    /// Tensors in formats that cannot be decoded yet; of these only the place in the file was checked.
    pub not_decoded: u64,
    /// Length of all tensors in the files.
    pub bytes: u64,
}

/// Reads every tensor of a diffusers folder, a component's folder or a single file, and refuses NaN and infinity.
/// `reading` is told each file before it is read and answers whether to go on.
///
/// # Errors
/// Whatever [`TensorStore::open`] finds, and [`WeightError::NotFinite`].
pub fn verify(path: &Path, reading: &mut dyn FnMut(&Path) -> bool) -> Result<Verified, WeightError> {
    let mut verified = Verified::default();
    for component in components(path) {
        let store = TensorStore::open(&component)?;
        if !component_is_whole(&store, &mut verified, reading)? {
            break;
        }
    }
    Ok(verified)
}

/// The folders of a diffusers folder that hold weights, or else the path itself.
fn components(path: &Path) -> Vec<PathBuf> {
    let roles = Role::ALL.iter().filter(|role| role.has_weights());
    let folders: Vec<PathBuf> =
        roles.map(|role| path.join(role.folder())).filter(|folder| folder.is_dir()).collect();
    if folders.is_empty() { vec![path.to_owned()] } else { folders }
}

/// Reads one component, file by file; false when it was told to stop.
fn component_is_whole(
    store: &TensorStore,
    verified: &mut Verified,
    reading: &mut dyn FnMut(&Path) -> bool,
) -> Result<bool, WeightError> {
    let host = Device::flex();
    let scope = Scope::root(store, &host);
    let mut tensors: Vec<(&Path, &str, u64)> =
        store.facts().map(|facts| (store.file_of(facts.name), facts.name, facts.bytes as u64)).collect();
    tensors.sort_unstable();
    let mut file = None;
    for (held_by, name, bytes) in tensors {
        if file != Some(held_by) {
            if !reading(held_by) {
                return Ok(false);
            }
            file = Some(held_by);
            verified.files += 1;
        }
        match scope.check(name) {
            Err(WeightError::Format { .. }) => verified.not_decoded += 1,
            checked => checked?,
        }
        verified.tensors += 1;
        verified.bytes += bytes;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::{Dtype, tensor::TensorView};
    use tempfile::TempDir;

    fn model(values: [f32; 4]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for part in ["transformer", "vae"] {
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            let tensors = [
                ("a", TensorView::new(Dtype::F32, vec![4], &bytes).unwrap()),
                ("count", TensorView::new(Dtype::I64, vec![2], &bytes).unwrap()),
            ];
            std::fs::create_dir(folder.path().join(part)).unwrap();
            let file = folder.path().join(part).join("model.safetensors");
            safetensors::serialize_to_file(tensors, None, &file).unwrap();
        }
        folder
    }

    #[test]
    fn counts_what_it_read_and_names_the_files() {
        let folder = model([0.0, 1.0, -2.0, f32::MAX]);
        let mut files = Vec::new();
        let verified = verify(folder.path(), &mut |file| {
            files.push(file.strip_prefix(folder.path()).unwrap().to_owned());
            true
        });
        let expected = Verified { files: 2, tensors: 4, not_decoded: 2, bytes: 64 };
        assert_eq!(verified.unwrap(), expected);
        assert_eq!(files, [Path::new("transformer/model.safetensors"), Path::new("vae/model.safetensors")]);
    }

    #[test]
    fn a_weight_that_is_no_number_is_found() {
        let folder = model([0.0, 1.0, f32::NAN, 0.0]);
        let found = verify(folder.path(), &mut |_| true).unwrap_err();
        assert!(matches!(&found, WeightError::NotFinite { position: 2, .. }), "{found}");
        let file = folder.path().join("vae/model.safetensors");
        assert!(verify(&file, &mut |_| true).is_err());
    }

    #[test]
    fn a_listener_that_says_no_ends_it() {
        let folder = model([0.0; 4]);
        let verified = verify(folder.path(), &mut |_| false).unwrap();
        assert_eq!(verified, Verified::default());
    }
}
