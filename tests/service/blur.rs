//! A runner that does real arithmetic: it blurs noise, four blocks per step.

use crate::studio::PATIENCE;
use engine::pipelines::report::Report;
use engine::service::Runner;
use engine_api::{
    EngineError, ErrorKind, ImageRequest, Outcome, Part, Picture, Plan, Preview, Settings, Size, Stage,
};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, Mutex};
use std::time::Instant;

pub const BLOCKS_PER_STEP: u32 = 4;
pub const SIDE: usize = 32;
/// Blurs noise for as many steps as asked, four blocks each. The words of the prompt choose what goes wrong.
pub struct Blur {
    pub probe: Arc<Probe>,
}

/// What the tests see of the runner, and the gate at which it can be held.
#[derive(Default)]
pub struct Probe {
    pub made: AtomicUsize,
    pub dropped: AtomicUsize,
    pub blocks: AtomicU64,
    pub gate: Mutex<Option<Gate>>,
}

/// The runner says that it has arrived, and waits to be let through.
pub struct Gate {
    pub arrived: SyncSender<()>,
    pub go: Receiver<()>,
}

impl Runner for Blur {
    fn run(&mut self, request: &ImageRequest, report: &dyn Report) -> Result<Outcome, EngineError> {
        let steps = request.steps.unwrap_or(4);
        let work_size = Size { width: SIDE as u32, height: SIDE as u32 };
        report.planned(plan(steps, work_size));
        report.stage(Stage::Drawing, None);
        self.wait_at_gate();
        match request.prompt.as_str() {
            "panic" => panic!("the brush broke"),
            "until stopped" => return until_stopped(report),
            "lost device" => return Err(EngineError::new(ErrorKind::Device, "The graphics card was lost")),
            "note" => (0..3).for_each(|_| report.note("The prompt was cut".into())),
            _ => {}
        }
        let mut values = noise(request.seed);
        let mut stopped_after = None;
        for index in 1..=steps {
            for _ in 0..BLOCKS_PER_STEP {
                if report.stop_now() {
                    return Err(EngineError::cancelled());
                }
                values = blurred(&values);
                self.probe.blocks.fetch_add(1, Ordering::SeqCst);
                self.wait_at_gate();
            }
            report.step(index, steps);
            if report.wants_preview(index, steps) {
                report.preview(Preview { picture: picture(&values), step: index, total: steps });
            }
            if report.stop_after_step() && index < steps {
                stopped_after = Some(index);
                break;
            }
        }
        report.stage(Stage::Developing, Some(Part { index: 1, total: 1 }));
        Ok(Outcome {
            picture: picture(&values),
            settings: Settings {
                family: "Blur".into(),
                negative: None,
                steps,
                guidance: 1.0,
                strength: None,
                work_size,
            },
            changed_outside_mask: None,
            registration: None,
            peak_vram: 0,
            stopped_after,
        })
    }
}

impl Blur {
    fn wait_at_gate(&self) {
        let gate = self.probe.gate.lock().unwrap();
        if let Some(gate) = gate.as_ref() {
            // Ends when the test opens the gate for good by dropping its side.
            let _ = gate.arrived.send(());
            let _ = gate.go.recv();
        }
    }
}

impl Drop for Blur {
    fn drop(&mut self) {
        self.probe.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

/// Works on without an end of its own, until it is stopped.
fn until_stopped(report: &dyn Report) -> Result<Outcome, EngineError> {
    let deadline = Instant::now() + PATIENCE;
    let mut values = noise(0);
    while Instant::now() < deadline {
        if report.stop_now() {
            return Err(EngineError::cancelled());
        }
        values = blurred(&values);
    }
    panic!("nobody stopped the job");
}

fn plan(steps: u32, work_size: Size) -> Plan {
    Plan {
        device: "toy".into(),
        ram_bytes: 1 << 20,
        vram_bytes: 0,
        steps,
        tiles: 1,
        work_size,
        notes: Vec::new(),
    }
}

pub fn noise(seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_add(1);
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    (0..SIDE * SIDE).map(next).collect()
}

/// Each pixel becomes the mean of itself and its four neighbours, around the corner at the edges.
pub fn blurred(values: &[f32]) -> Vec<f32> {
    let at = |y: usize, x: usize| values[(y % SIDE) * SIDE + x % SIDE];
    let mean = |i: usize| {
        let (y, x) = (i / SIDE, i % SIDE);
        (at(y, x) + at(y + 1, x) + at(y + SIDE - 1, x) + at(y, x + 1) + at(y, x + SIDE - 1)) / 5.0
    };
    (0..values.len()).map(mean).collect()
}

pub fn picture(values: &[f32]) -> Picture {
    let rgba: Vec<u8> =
        values.iter().flat_map(|v| [(v * 255.0).round() as u8; 3].into_iter().chain([255])).collect();
    Picture::new(SIDE as u32, SIDE as u32, rgba).unwrap()
}
