//! Floor 3: clip files, out frame by frame and back in. Knows no tensors and no models.
//!
//! Tour: [`Kind`] says by a name's ending what a file shall be; [`ClipWriter`] (`write`) takes frames one by one and keeps
//! what it has on disk, so that a crash at frame 70 leaves 69; `mp4` (H.264), `gif`, `apng`, `webp` and `sequence` are the
//! kinds, each a producer of bytes that knows no file; `foreign` asks
//! FFmpeg, where there is one; `colour` goes between RGB and BT.709. [`read_clip`] and
//! [`read_recipe`] (`read`) are the way back.

mod apng;
mod colour;
mod error;
mod foreign;
mod frame;
mod gif;
mod kind;
mod mp4;
mod read;
mod sequence;
mod webp;
mod write;

pub use error::ClipError;
pub use frame::{Frame, MOST_FRAME_BYTES, Shape};
pub use kind::Kind;
pub use read::{Clip, Span, read_clip, read_recipe};
pub use write::{ClipWriter, Kept, unfinished_name};

/// What goes into a clip's file beside the frames.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'a> {
    /// Settings as JSON, from which the clip can be made again.
    pub recipe: Option<&'a str>,
    /// What was asked for, for players that show it.
    pub description: Option<&'a str>,
}

/// Key of the settings, as in picture files.
const RECIPE_KEY: &str = "rostrum";

/// How a file grows: bytes at its end, then bytes over what is there.
#[derive(Debug, Default, PartialEq, Eq)]
struct Growth {
    append: Vec<u8>,
    /// Where and what.
    patches: Vec<(u64, Vec<u8>)>,
}

/// One kind of file while it grows. Makes bytes and touches no file, so that any of them can be cut off at any frame.
trait Encoder: Send {
    /// The next frame, rows of red, green, blue, alpha; with the first one comes the file's beginning.
    ///
    /// # Errors
    /// The encoder's own words.
    fn frame(&mut self, rgba: &[u8]) -> Result<Growth, String>;

    /// Makes a file of `length` bytes that holds `frames` frames a whole one; `frames` is at least 1, and fewer than were
    /// given when the disk did not take the last one.
    fn end(&mut self, frames: usize, length: u64, about: &About) -> Growth;
}

impl Growth {
    fn append(append: Vec<u8>) -> Self {
        Self { append, patches: Vec::new() }
    }
}

/// Time from the clip's start to the end of frame `index`, in units of which `per_second` make a second: rounded, so that
/// a format with coarse units is right at every frame and not only on average.
fn rounded_time(index: usize, frame_rate: u32, per_second: u64) -> u64 {
    let rate = u64::from(frame_rate.max(1));
    ((index as u64 + 1) * per_second + rate / 2) / rate
}

/// How long frame `index` is shown, in those units.
fn rounded_delay(index: usize, frame_rate: u32, per_second: u64) -> u64 {
    let before = index.checked_sub(1).map_or(0, |before| rounded_time(before, frame_rate, per_second));
    rounded_time(index, frame_rate, per_second) - before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coarse_delays_add_up_to_the_exact_time() {
        let delays: Vec<u64> = (0..16).map(|index| rounded_delay(index, 16, 100)).collect();
        assert!(delays.iter().all(|delay| (6..=7).contains(delay)), "{delays:?}");
        assert_eq!(delays.iter().sum::<u64>(), 100);
        assert_eq!((0..24).map(|index| rounded_delay(index, 24, 1000)).sum::<u64>(), 1000);
    }
}
