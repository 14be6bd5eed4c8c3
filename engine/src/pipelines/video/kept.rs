//! The last latents of a finished clip, in a file beside it: a clip that goes on takes them over without the way through
//! pixels and back.
//!
//! A safetensors file with the tensor `latents` and, in its metadata, the sum of the clip's bytes: once the clip is cut or
//! exported anew, what it was made from says nothing about it any more.

use crate::pipelines::PipelineError;
use crate::weights::wording;
use engine_api::Latents;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

const NAME: &str = "latents";
const SUM: &str = "clip";
/// Longest file that is looked at; seventeen frames of the largest clips take less.
const MOST_BYTES: u64 = 256 << 20;

/// Where they lie: `sea.mp4` → `sea.mp4.latents`, and inside a folder of frames.
fn place(clip: &Path) -> PathBuf {
    if clip.is_dir() {
        return clip.join("rostrum.latents");
    }
    let mut name = clip.as_os_str().to_owned();
    name.push(".latents");
    name.into()
}

/// FNV-1a of the clip's bytes; of a folder, of its last picture's.
fn sum(clip: &Path) -> Option<String> {
    let mut file = clip.to_owned();
    if clip.is_dir() {
        let names = fs::read_dir(clip).ok()?.flatten().map(|entry| entry.path());
        file = names.filter(|name| name.extension().is_some_and(|ending| ending == "png")).max()?;
    }
    let step = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    let sum = fs::read(file).ok()?.iter().fold(0xcbf2_9ce4_8422_2325, step);
    Some(format!("{sum:016x}"))
}

/// Writes the latents beside a finished clip, and says where.
///
/// # Errors
/// [`PipelineError::File`].
pub fn keep_latents(clip: &Path, latents: &Latents) -> Result<PathBuf, PipelineError> {
    let path = place(clip);
    let failed = |reason: String| PipelineError::File {
        message: format!("{} cannot be written: {reason}", path.display()),
    };
    let bytes: Vec<u8> = latents.values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let view = TensorView::new(Dtype::F32, latents.shape.to_vec(), &bytes)
        .map_err(|error| failed(error.to_string()))?;
    let about = sum(clip).map(|sum| HashMap::from([(SUM.to_owned(), sum)]));
    let content = safetensors::serialize([(NAME, view)], about).map_err(|error| failed(error.to_string()))?;
    fs::write(&path, content).map_err(|error| {
        let _ = fs::remove_file(&path);
        failed(wording::system(&error))
    })?;
    Ok(path)
}

/// The latents beside a clip; none where there are none, they are damaged, or the clip is another one by now.
pub fn kept_latents(clip: &Path) -> Option<Latents> {
    let path = place(clip);
    if fs::metadata(&path).ok().filter(|about| about.is_file())?.len() > MOST_BYTES {
        return None;
    }
    let bytes = fs::read(&path).ok()?;
    let (_, about) = SafeTensors::read_metadata(&bytes).ok()?;
    if about.metadata().as_ref()?.get(SUM) != sum(clip).as_ref() {
        return None;
    }
    let file = SafeTensors::deserialize(&bytes).ok()?;
    let view = file.tensor(NAME).ok().filter(|view| view.dtype() == Dtype::F32)?;
    let shape = <[usize; 4]>::try_from(view.shape()).ok()?;
    let values: Vec<f32> =
        view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    values.iter().all(|value| value.is_finite()).then_some(Latents { shape, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latents_stay_with_their_clip_and_with_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let latents = Latents { shape: [2, 1, 1, 2], values: vec![0.1, -2.0, 3.5, 1e-7] };
        for name in ["a.mp4", "frames"] {
            let clip = folder.path().join(name);
            let file = if name == "frames" { clip.join("00001.png") } else { clip.clone() };
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, b"a clip").unwrap();
            assert_eq!(kept_latents(&clip), None, "{name}");
            let kept = keep_latents(&clip, &latents).unwrap();
            assert_eq!(kept_latents(&clip), Some(latents.clone()), "{name}");
            fs::write(&file, b"another clip").unwrap();
            assert_eq!(kept_latents(&clip), None, "{name}");
            fs::write(&file, b"a clip").unwrap();
            for damaged in [&b""[..], b"\xff\xff\xff\xff\xff\xff\xff\xff{}", b"{}"] {
                fs::write(&kept, damaged).unwrap();
                assert_eq!(kept_latents(&clip), None, "{name}");
            }
        }
        let nowhere = keep_latents(&folder.path().join("no/clip.mp4"), &latents).unwrap_err();
        assert!(nowhere.to_string().contains("cannot be written"), "{nowhere}");
    }
}
