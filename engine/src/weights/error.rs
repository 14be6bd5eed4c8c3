//! What can go wrong between a file and a tensor, in words for the person who chose the file.

use super::wording;
use crate::kernels::KernelError;
use std::{io, path::PathBuf};

/// A weight file could not be read, is not what it should be, or does not hold what a model asks for.
///
/// Every message says what is wrong, in which file (and tensor), and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum WeightError {
    /// The operating system refused.
    #[error("Cannot read {}: {}", path.display(), wording::system(source))]
    Read { path: PathBuf, source: io::Error },
    /// A folder without a single weight file that could be read.
    #[error("{} holds no weights: a *.safetensors file is needed{found}", path.display())]
    NoWeights { path: PathBuf, found: String },
    /// A folder with several weight files and nothing that says which belong together.
    #[error(
        "{} holds several weight files ({files}) and no index; keep one, or name the file itself",
        path.display()
    )]
    Ambiguous { path: PathBuf, files: String },
    /// The file is of another kind.
    #[error("{} is not a safetensors file: {reason}; only safetensors files are read", path.display())]
    NotSafetensors { path: PathBuf, reason: String },
    /// A safetensors file that contradicts itself or broke off.
    #[error("{} is damaged: {reason}; download it again", path.display())]
    Damaged { path: PathBuf, reason: String },
    /// One tensor's entry contradicts itself or the file.
    #[error("{} is damaged: tensor `{tensor}` {reason}; download the file again", path.display())]
    DamagedTensor { path: PathBuf, tensor: String, reason: String },
    /// A JSON file is far larger than such files are.
    #[error(
        "{} is {bytes} bytes large, more than the {limit} allowed for such a file; download it again",
        path.display()
    )]
    TooLarge { path: PathBuf, bytes: u64, limit: u64 },
    /// A JSON file does not say what it should.
    #[error("{} cannot be understood: {reason}; download it again", path.display())]
    Json { path: PathBuf, reason: String },
    /// An index of shards names something that is not a file of its folder, or disagrees with a shard.
    #[error("{} is not a usable index: {reason}; download the model again", path.display())]
    Index { path: PathBuf, reason: String },
    /// The index, or the numbering of the files, asks for a file that is not there.
    #[error("{} is missing: {named_by} names it; download it into the same folder", path.display())]
    MissingShard { path: PathBuf, named_by: String },
    /// Two files of one component hold a tensor of the same name.
    #[error(
        "Tensor `{tensor}` is both in {} and in {}; remove the file that does not belong there",
        first.display(),
        second.display()
    )]
    Duplicate { tensor: String, first: PathBuf, second: PathBuf },
    /// Two tensors mean the same one under different spellings.
    #[error(
        "{} holds `{tensor}` twice, as `{first}` and as `{second}`; use the model's original files",
        path.display()
    )]
    Spelling { path: PathBuf, tensor: String, first: String, second: String },
    /// The model needs a tensor that no file holds.
    #[error(
        "{} has no tensor `{tensor}`: it is another model or incomplete; check it with `rostrum \
         models inspect`",
        path.display()
    )]
    MissingTensor { path: PathBuf, tensor: String },
    /// A tensor of another shape than the model's.
    #[error(
        "{}: `{tensor}` has the shape {}, expected {}; this file belongs to another model",
        path.display(),
        wording::shape(got),
        wording::shape(expected)
    )]
    Shape { path: PathBuf, tensor: String, expected: Vec<usize>, got: Vec<usize> },
    /// A number format that this version cannot decode.
    #[error(
        "{}: `{tensor}` is stored as {format}, and this format is not supported yet; use a BF16, F16 \
         or F32 version of the model",
        path.display()
    )]
    Format { path: PathBuf, tensor: String, format: String },
    /// A weight that is no number would turn every picture black.
    #[error(
        "{}: `{tensor}` holds {value} at position {position}; the file is damaged or was saved \
         wrongly, download it again",
        path.display()
    )]
    NotFinite { path: PathBuf, tensor: String, position: usize, value: f32 },
    /// A row was asked for that the table does not have.
    #[error(
        "{}: `{tensor}` has {rows} rows, row {row} was asked for; the tokenizer belongs to another \
         model",
        path.display()
    )]
    Row { path: PathBuf, tensor: String, row: u32, rows: usize },
    /// The device refused a weight.
    #[error("{}: `{tensor}` could not be placed on the device: {source}", path.display())]
    Device { path: PathBuf, tensor: String, source: Box<KernelError> },
    /// A file or folder that is no model at all.
    #[error("{} is not a model: {reason}", path.display())]
    NotAModel { path: PathBuf, reason: String },
}
