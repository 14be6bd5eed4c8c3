//! Colours of a clip that goes on: how far they went, and holding them to those of the first clip of the chain.
//!
//! Every way through codec and model moves colours a little, and always to the same side: after some clips they are wrong.
//! What the codec did is seen in the frames that were taken over, which come back from it: at the join they are moved to
//! where they were, mean and contrast of each channel. From there on all frames glide to the first clip's.

use engine_api::{Colours, Drift};

/// Difference of means up to which it is drift, in levels; what is further off is another scene.
const DRIFT: f32 = 24.0;
/// Contrast is changed by no more than this.
const GAINS: [f32; 2] = [0.8, 1.25];
/// Deviation, in levels, below which there is no contrast to compare.
const FLAT: f32 = 1.0;
/// Frames of the way from the join to the first clip's colours.
const WAY: f32 = 16.0;

/// What mean and deviation are made of, in levels.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    count: f64,
    sums: [f64; 3],
    squares: [f64; 3],
}

impl Sums {
    /// Adds a frame in levels, red, green, blue by turns.
    pub(super) fn add(&mut self, levels: impl Iterator<Item = f32>) {
        for (index, level) in levels.enumerate() {
            let (channel, level) = (index % 3, f64::from(level));
            self.sums[channel] += level;
            self.squares[channel] += level * level;
            self.count += 1.0 / 3.0;
        }
    }

    /// Mean and deviation; of nothing, zero.
    pub(super) fn colours(&self) -> Colours {
        let count = self.count.max(1.0);
        let mean = self.sums.map(|sum| sum / count);
        let deviation =
            |channel: usize| (self.squares[channel] / count - mean[channel].powi(2)).max(0.0).sqrt();
        Colours { mean: mean.map(|mean| mean as f32), deviation: [0, 1, 2].map(|c| deviation(c) as f32) }
    }
}

/// A value of −1 to 1 as a level.
fn level(value: f32) -> f32 {
    (value.clamp(-1.0, 1.0) + 1.0) * 127.5
}

fn levels(values: &[f32]) -> impl Iterator<Item = f32> + '_ {
    values.iter().copied().map(level)
}

/// Largest difference of a channel's mean.
fn off(one: &Colours, other: &Colours) -> f32 {
    one.mean.iter().zip(other.mean).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
}

/// What is done to a channel: a factor, and what is added, in levels.
type Map = [[f32; 2]; 3];

const UNCHANGED: Map = [[1.0, 0.0]; 3];

/// Brings mean and contrast of `from` to those of `to`.
fn map(from: &Colours, to: &Colours) -> Map {
    if off(from, to) > DRIFT {
        return UNCHANGED;
    }
    [0, 1, 2].map(|channel| {
        let [was, shall] = [from, to].map(|colours| colours.deviation[channel]);
        let gain = if was < FLAT || shall < FLAT { 1.0 } else { (shall / was).clamp(GAINS[0], GAINS[1]) };
        [gain, to.mean[channel] - gain * from.mean[channel]]
    })
}

/// Somewhere on the way between two maps.
fn between(one: &Map, other: &Map, share: f32) -> Map {
    let mix = |channel: usize, part: usize| {
        one[channel][part] + share * (other[channel][part] - one[channel][part])
    };
    [0, 1, 2].map(|channel| [mix(channel, 0), mix(channel, 1)])
}

/// A clip that goes on, on its way out.
#[derive(Debug)]
pub(super) struct Holding {
    /// Of the frames that were taken over, as they were given.
    pub given: Colours,
    /// Of the first clip of the chain.
    pub first: Colours,
    /// Whether colours are changed, and not only measured.
    pub held: bool,
    /// Frames that were taken over, and all that come.
    pub frames: [usize; 2],
    came: Sums,
    waiting: Vec<Vec<f32>>,
    /// At the join, and to the first clip.
    maps: [Map; 2],
    index: usize,
    /// Of as many frames at the end as were taken over: as they came, and as they went.
    ends: [Sums; 2],
}

impl Holding {
    /// Of `overlap` frames with the colours `given`; `first` are those of the first clip, where these are not its own.
    pub(super) fn new(
        given: Colours,
        first: Option<Colours>,
        held: bool,
        [overlap, total]: [usize; 2],
    ) -> Self {
        Self {
            given,
            first: first.unwrap_or(given),
            held,
            frames: [overlap.max(1), total],
            came: Sums::default(),
            waiting: Vec::new(),
            maps: [UNCHANGED; 2],
            index: 0,
            ends: [Sums::default(); 2],
        }
    }

    /// Takes the next frame, values of −1 to 1, and gives those that can go. The frames that were taken over wait for one
    /// another: only all of them together tell what became of them.
    pub(super) fn push(&mut self, frame: Vec<f32>) -> Vec<Vec<f32>> {
        let [overlap, _] = self.frames;
        self.index += 1;
        if self.index > overlap {
            return vec![self.moved(frame, self.index)];
        }
        self.came.add(levels(&frame));
        self.waiting.push(frame);
        if self.index < overlap && self.held {
            return Vec::new();
        }
        if self.held {
            let came = self.came.colours();
            self.maps = [map(&came, &self.given), map(&came, &self.first)];
            if self.maps[1] == UNCHANGED {
                // Another scene: what the first clip looked like says nothing about it.
                self.maps[1] = self.maps[0];
            }
        }
        let first = self.index + 1 - self.waiting.len();
        std::mem::take(&mut self.waiting)
            .into_iter()
            .enumerate()
            .map(|(place, frame)| self.moved(frame, first + place))
            .collect()
    }

    /// Frame `number`, from 1, with its colours changed.
    fn moved(&mut self, mut frame: Vec<f32>, number: usize) -> Vec<f32> {
        let [overlap, total] = self.frames;
        let is_end = number + overlap > total;
        if is_end {
            self.ends[0].add(levels(&frame));
        }
        if self.held {
            let share = number.saturating_sub(overlap) as f32 / WAY;
            let map = between(&self.maps[0], &self.maps[1], share.min(1.0));
            for (index, value) in frame.iter_mut().enumerate() {
                let [gain, shift] = map[index % 3];
                *value = (gain * level(*value) + shift) / 127.5 - 1.0;
            }
        }
        if is_end {
            self.ends[1].add(levels(&frame));
        }
        frame
    }

    /// How far colours went.
    pub(super) fn drift(&self) -> Drift {
        let [free, end] = self.ends.map(|sums| off(&sums.colours(), &self.first));
        Drift { join: off(&self.came.colours(), &self.given), end, free }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame with two pixels around a mean, in levels.
    fn frame(mean: f32, reach: f32) -> Vec<f32> {
        let value = |level: f32| level / 127.5 - 1.0;
        [[value(mean - reach); 3], [value(mean + reach); 3]].concat()
    }

    fn colours(mean: f32, deviation: f32) -> Colours {
        Colours { mean: [mean; 3], deviation: [deviation; 3] }
    }

    fn mean(frame: &[f32]) -> f32 {
        let levels: Vec<f32> = levels(frame).collect();
        levels.iter().sum::<f32>() / levels.len() as f32
    }

    fn run(holding: &mut Holding, frames: usize, mean: impl Fn(usize) -> f32) -> Vec<Vec<f32>> {
        (0..frames).flat_map(|index| holding.push(frame(mean(index), 20.0))).collect()
    }

    #[test]
    fn the_join_is_seamless_and_the_end_looks_like_the_first_clip() {
        // The second clip ended 6 levels above the first one, and the codec adds 3.
        let mut holding = Holding::new(colours(106.0, 20.0), Some(colours(100.0, 22.0)), true, [5, 41]);
        let out = run(&mut holding, 41, |_| 109.0);
        assert_eq!(out.len(), 41);
        let means: Vec<f32> = out.iter().map(|frame| mean(frame)).collect();
        assert!((means[0] - 106.0).abs() < 1e-3 && (means[4] - 106.0).abs() < 1e-3, "{means:?}");
        assert!((means[40] - 100.0).abs() < 1e-3, "{means:?}");
        // No step on the way is visible.
        assert!(means.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.5), "{means:?}");
        let drift = holding.drift();
        assert!((drift.join - 3.0).abs() < 1e-3 && (drift.free - 9.0).abs() < 1e-3, "{drift:?}");
        assert!(drift.end < 1e-3, "{drift:?}");
        // Contrast comes along.
        let last: Vec<f32> = levels(&out[40]).collect();
        assert!((last[3] - last[0] - 44.0).abs() < 1e-3, "{last:?}");
    }

    #[test]
    fn what_is_only_measured_goes_at_once_and_unchanged() {
        let mut holding = Holding::new(colours(100.0, 20.0), None, false, [5, 9]);
        for index in 0..9 {
            let sent = frame(101.0 + index as f32, 20.0);
            assert_eq!(holding.push(sent.clone()), [sent]);
        }
        let drift = holding.drift();
        assert!((drift.join - 3.0).abs() < 1e-3 && (drift.end - 7.0).abs() < 1e-3, "{drift:?}");
        assert_eq!(drift.end, drift.free);
    }

    #[test]
    fn another_scene_is_not_painted_over() {
        let mut holding = Holding::new(colours(40.0, 20.0), Some(colours(160.0, 20.0)), true, [1, 30]);
        let out = run(&mut holding, 30, |_| 42.0);
        assert!((mean(&out[29]) - 40.0).abs() < 1e-3, "{}", mean(&out[29]));
        let mut holding = Holding::new(colours(200.0, 20.0), None, true, [1, 3]);
        assert_eq!(run(&mut holding, 3, |_| 90.0)[2], frame(90.0, 20.0));
    }

    #[test]
    fn a_chain_without_an_anchor_wanders_and_with_one_it_stays() {
        let chain = |held: bool| {
            let mut given = colours(120.0, 20.0);
            let first = given;
            for _ in 0..6 {
                let mut holding = Holding::new(given, Some(first), held, [5, 41]);
                // The model adds a level on the way through every clip, the codec one at its beginning.
                let out = run(&mut holding, 41, |index| given.mean[0] + 1.0 + index as f32 / 40.0);
                let mut sums = Sums::default();
                out[36..].iter().for_each(|frame| sums.add(levels(frame)));
                given = sums.colours();
            }
            off(&given, &first)
        };
        assert!(chain(false) > 10.0 && chain(true) < 1.5, "{} and {}", chain(false), chain(true));
    }
}
