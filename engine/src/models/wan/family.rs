//! The checkpoints of the family, told apart by what their transformer takes in.

use super::TransformerConfig;

/// How known frames reach the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownFrames {
    /// Not at all: words alone.
    None,
    /// Beside the noisy latents: which frames are known, and the known clip's latents.
    Beside,
    /// In place of noisy latents, with timestep 0.
    InPlace,
}

/// What a pipeline needs to know of a kind of checkpoint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VideoSpec {
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
    pub known_frames: KnownFrames,
    /// Steps for draft, standard and best.
    pub steps: [u32; 3],
    /// Guidance of the expert for high noise, and for low noise.
    pub guidance: [f32; 2],
    pub shift: f64,
    /// The negative prompt that the authors advise.
    pub negative: &'static str,
    pub frames: u32,
    /// Frames per second.
    pub frame_rate: u32,
    /// Width and height when nothing else is said; their product is the usual area.
    pub size: [usize; 2],
}

/// What the makers steer away from, for all kinds.
const NEGATIVE: &str = "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，JPEG压缩残留，丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，形态畸形的肢体，手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走";

/// Wan 2.2 and 2.1 as the makers set them, sizes as their smaller ones.
const WORDS: VideoSpec = VideoSpec {
    id: "wan_t2v",
    title: "Wan text-to-video",
    known_frames: KnownFrames::None,
    steps: [20, 40, 50],
    guidance: [4.0, 3.0],
    shift: 12.0,
    negative: NEGATIVE,
    frames: 81,
    frame_rate: 16,
    size: [832, 480],
};

const PICTURES: VideoSpec = VideoSpec {
    id: "wan_i2v",
    title: "Wan image-to-video",
    known_frames: KnownFrames::Beside,
    guidance: [3.5, 3.5],
    shift: 5.0,
    ..WORDS
};

const BOTH: VideoSpec = VideoSpec {
    id: "wan_ti2v",
    title: "Wan 2.2 text-and-image-to-video",
    known_frames: KnownFrames::InPlace,
    steps: [20, 50, 60],
    guidance: [5.0, 5.0],
    shift: 5.0,
    frames: 121,
    frame_rate: 24,
    size: [1280, 704],
    ..WORDS
};

/// The pipeline classes of `model_index.json` that mean this family.
pub const CLASSES: [&str; 3] = ["WanPipeline", "WanImageToVideoPipeline", "WanVideoToVideoPipeline"];

/// The kind of a checkpoint: `per_token` is what `expand_timesteps` in `model_index.json` says, `time` how many frames a
/// latent one stands for. None when the transformer takes in what no kind does.
pub fn spec_of(config: &TransformerConfig, per_token: bool, time: usize) -> Option<&'static VideoSpec> {
    let (inputs, outputs) = (config.in_channels, config.out_channels());
    match per_token {
        true => (inputs == outputs).then_some(&BOTH),
        false if inputs == outputs => Some(&WORDS),
        false => (inputs == 2 * outputs + time).then_some(&PICTURES),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_channels() {
        let of = |inputs, outputs, per_token| {
            let config = TransformerConfig {
                in_channels: inputs,
                out_channels: Some(outputs),
                ..TransformerConfig::default()
            };
            spec_of(&config, per_token, 4).map(|spec| spec.id)
        };
        assert_eq!(of(16, 16, false), Some("wan_t2v"));
        assert_eq!(of(36, 16, false), Some("wan_i2v"));
        assert_eq!(of(48, 48, true), Some("wan_ti2v"));
        assert_eq!((of(20, 16, false), of(36, 16, true)), (None, None));
    }
}
