//! How long runs took: per model and size, so that the next one can be foretold.

use engine_api::Size;
use serde::{Deserialize, Serialize};

/// Most models and sizes that are remembered; beyond, the oldest are forgotten.
const MOST: usize = 100;
/// How much the newest run counts.
const NEWEST: f64 = 0.5;
/// How many times larger or smaller a size nearby may be.
const NEARBY: f64 = 1.25;
/// Longest run that is believed: a week.
const LONGEST: f64 = 7.0 * 86_400.0;

/// The latest runs, the newest last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Times {
    runs: Vec<Run>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Run {
    model: String,
    /// At which the model worked.
    size: Size,
    /// Seconds of one step.
    step: f64,
    /// Seconds of everything else.
    rest: f64,
}

impl Times {
    /// What was kept. Text that cannot be understood means that nothing is known.
    pub fn read(text: &str) -> Self {
        let mut times: Self = serde_json::from_str(text).unwrap_or_default();
        let is_time = |seconds: f64| (0.0..=LONGEST).contains(&seconds);
        times.runs.retain(|run| is_time(run.step) && is_time(run.rest));
        let more = times.runs.len().saturating_sub(MOST);
        times.runs.drain(..more);
        times
    }

    /// The same as text.
    pub fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Remembers a run of so many seconds in all, of which each of `steps` took `step`.
    pub fn note(&mut self, model: &str, size: Size, steps: u32, step: f64, seconds: f64) {
        let mut run =
            Run { model: model.to_owned(), size, step, rest: (seconds - f64::from(steps) * step).max(0.0) };
        if let Some(at) = self.at(model, size) {
            let before = self.runs.remove(at);
            let mean = |before: f64, now: f64| before + NEWEST * (now - before);
            (run.step, run.rest) = (mean(before.step, run.step), mean(before.rest, run.rest));
        }
        self.runs.push(run);
        if self.runs.len() > MOST {
            self.runs.remove(0);
        }
    }

    /// Seconds that a run is likely to take; `None` before the first one of this model at about this size. A size
    /// nearby counts by its pixels.
    pub fn expected(&self, model: &str, size: Size, steps: u32) -> Option<f64> {
        let pixels = |size: Size| size.pixels() as f64;
        let runs = self.runs.iter().filter(|run| run.model == model && run.size.pixels() > 0);
        let shared = runs.map(|run| (pixels(size) / pixels(run.size), run));
        let away = |share: f64| share.max(f64::MIN_POSITIVE).ln().abs();
        let (share, run) = shared.min_by(|(one, _), (other, _)| away(*one).total_cmp(&away(*other)))?;
        let seconds = run.rest + f64::from(steps) * run.step;
        (away(share) <= NEARBY.ln()).then_some(seconds * share)
    }

    fn at(&self, model: &str, size: Size) -> Option<usize> {
        self.runs.iter().position(|run| run.model == model && run.size == size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 64, height: 48 };

    #[test]
    fn the_next_run_takes_as_long_as_the_last_ones_by_its_steps() {
        let mut times = Times::default();
        assert_eq!(times.expected("toy", SIZE, 4), None);
        times.note("toy", SIZE, 4, 2.0, 10.0);
        assert_eq!(times.expected("toy", SIZE, 4), Some(10.0));
        assert_eq!(times.expected("toy", SIZE, 20), Some(42.0));
        times.note("toy", SIZE, 4, 4.0, 18.0);
        assert_eq!(times.expected("toy", SIZE, 4), Some(14.0));
        assert_eq!(times.expected("toy", Size { width: 72, ..SIZE }, 4), Some(14.0 * 72.0 / 64.0));
        assert_eq!(times.expected("toy", Size { width: 128, ..SIZE }, 4), None);
        times.note("toy", Size { width: 68, ..SIZE }, 4, 1.0, 4.0);
        assert_eq!(times.expected("toy", SIZE, 4), Some(14.0), "the same size comes first");
        assert_eq!(times.expected("other", SIZE, 4), None);
    }

    #[test]
    fn times_come_back_from_their_text_and_nonsense_is_dropped() {
        let mut times = Times::default();
        for number in 0..MOST as u32 + 5 {
            times.note("toy", Size { width: number, height: 1 }, 1, 1.0, 2.0);
        }
        assert_eq!(times.runs.len(), MOST);
        assert_eq!(Times::read(&times.written()), times);
        for text in ["", "[]", "{\"runs\": 5}", "{\"runs\": [{\"model\": \"a\"}]}"] {
            assert_eq!(Times::read(text), Times::default(), "{text}");
        }
        let odd =
            r#"{"runs": [{"model": "a", "size": {"width": 1, "height": 1}, "step": -1.0, "rest": 1.0}]}"#;
        assert_eq!(Times::read(odd), Times::default());
    }
}
