//! Every golden run of clips, on every device: conditioning, latents after each step, the finished frames.

use super::{devices, picture};
use engine::pipelines::report::{Report, Unheard};
use engine::pipelines::video::{FrameSink, run};
use engine_api::{
    CancelMode, ClipFacts, ClipSource, Continuation, DeviceChoice, EngineError, ErrorKind, Fit, JobId, Part,
    Picture, Plan, Preview, Quality, SamplerChoice, SigmaChoice, Size, Stage, VideoRequest, Walk,
};
use safetensors::SafeTensors;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Largest difference of a stage, absolute.
const STAGE: f32 = 2e-4;

fn folder(inside: &str) -> PathBuf {
    tests::golden::folder("wan").join(inside)
}

/// One entry of `cases.json`.
#[derive(Deserialize)]
struct Case {
    name: String,
    model: String,
    prompt: String,
    negative: Option<String>,
    width: u32,
    height: u32,
    frames: u32,
    steps: u32,
    seed: u64,
    shift: f64,
    guidance: f32,
    guidance_low: Option<f32>,
    sampler: String,
    schedule: String,
    sigmas: Option<Vec<f64>>,
    first: Option<String>,
    last: Option<String>,
    video: Vec<String>,
    strength: Option<f32>,
    known: usize,
    timesteps: Vec<f32>,
    experts: Vec<String>,
    frames_made: u32,
}

impl Case {
    fn picture(&self, name: &str) -> Picture {
        picture(&folder("runs").join(&self.name).join(name))
    }

    fn source(&self) -> ClipSource {
        let frames = || -> Vec<Picture> { self.video.iter().map(|name| self.picture(name)).collect() };
        match (&self.first, self.strength, self.known) {
            (Some(first), _, _) => ClipSource::Stills {
                first: self.picture(first),
                last: self.last.as_ref().map(|name| self.picture(name)),
            },
            (None, Some(strength), _) => ClipSource::Clip { frames: frames(), strength },
            (None, None, 0) => ClipSource::Words,
            (None, None, known) => {
                let frames = frames();
                let frames = frames[frames.len() - known..].to_vec();
                ClipSource::Continuation(Continuation { frames, ..Continuation::default() })
            }
        }
    }

    fn request(&self, device: DeviceChoice, dump: &Path) -> VideoRequest {
        let walk = Walk {
            steps: Some(self.steps),
            guidance: Some(self.guidance),
            guidance_low: self.guidance_low,
            sampler: match self.sampler.as_str() {
                "unipc" => SamplerChoice::UniPc,
                "dpmpp" => SamplerChoice::DpmPlusPlus,
                "euler" => SamplerChoice::Euler,
                other => panic!("no sampler {other}"),
            },
            line: Some(match self.schedule.as_str() {
                "diffusers" => SigmaChoice::Diffusers,
                "wan" => SigmaChoice::Makers,
                "linear" => SigmaChoice::Straight,
                other => panic!("no schedule {other}"),
            }),
            shift: Some(self.shift),
            sigmas: self.sigmas.clone(),
        };
        VideoRequest {
            source: self.source(),
            prompt: self.prompt.clone(),
            negative: self.negative.clone(),
            size: Some(Size { width: self.width, height: self.height }),
            frames: self.strength.is_none().then_some(self.frames),
            walk,
            seed: self.seed,
            device,
            dump: Some(dump.into()),
            ..request(&self.model)
        }
    }
}

/// A clip with nothing chosen.
pub fn request(model: &str) -> VideoRequest {
    VideoRequest {
        job: JobId(1),
        model: folder(model),
        source: ClipSource::Words,
        fit: Fit::default(),
        prompt: "a red fox".into(),
        negative: None,
        size: Some(Size { width: 32, height: 32 }),
        frames: Some(5),
        walk: Walk { steps: Some(2), guidance: Some(1.0), ..Walk::default() },
        seed: 1,
        quality: Quality::Standard,
        preview_every: 0,
        device: DeviceChoice::Cpu,
        memory: None,
        noise: None,
        dump: None,
    }
}

/// A tensor's bytes from a safetensors file.
fn bytes(file: &[u8], name: &str) -> Vec<u8> {
    SafeTensors::deserialize(file)
        .unwrap()
        .tensor(name)
        .unwrap_or_else(|e| panic!("{name}: {e}"))
        .data()
        .to_vec()
}

fn values(file: &[u8], name: &str) -> Vec<f32> {
    bytes(file, name).chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

fn worst(got: &[f32], expected: &[f32], at: &str) -> f32 {
    assert_eq!(got.len(), expected.len(), "{at}: length");
    let off = got.iter().zip(expected).map(|(g, e)| (g - e).abs()).fold(0.0, f32::max);
    println!("{at}: off by {off:.1e}");
    off
}

fn check(case: &Case, device: DeviceChoice) {
    let dump = tempfile::tempdir().unwrap();
    let request = case.request(device, dump.path());
    request.check().or_else(|e| if case.prompt.is_empty() { Ok(()) } else { Err(e) }).unwrap();
    let mut frames: Vec<Picture> = Vec::new();
    let outcome =
        run(&request, &mut frames, &Unheard).unwrap_or_else(|e| panic!("{} on {device}: {e}", case.name));
    let stages = std::fs::read(folder("runs").join(&case.name).join("stages.safetensors")).unwrap();
    let dumped =
        |name: &str| values(&std::fs::read(dump.path().join(format!("{name}.safetensors"))).unwrap(), name);
    let at = |stage: &str| format!("{} on {device}: {stage}", case.name);
    assert_eq!(dumped("noise"), values(&stages, "noise"), "{}", at("noise"));
    let mut compared = vec![("conditioning".to_owned(), "conditioning".to_owned())];
    if outcome.settings.negative.is_some() {
        compared.push(("negative_conditioning".into(), "negative_conditioning".into()));
    }
    for step in 0..case.experts.len() {
        compared.push((format!("latents_{step:04}"), format!("latents_after_step.{step}")));
    }
    for (own, theirs) in compared {
        let off = worst(&dumped(&own), &values(&stages, &theirs), &at(&theirs));
        assert!(off <= STAGE, "{}: off by {off}", at(&theirs));
    }
    let high = case.experts.iter().filter(|expert| *expert == "high").count() as u32;
    if let Some(steps) = outcome.settings.high_noise_steps {
        assert_eq!((steps, outcome.settings.steps), (high, case.timesteps.len() as u32), "{}", at("experts"));
    }
    assert_eq!(outcome.facts.frames, case.frames_made, "{}", at("frames"));
    assert_eq!(outcome.overlap as usize, case.known, "{}", at("overlap"));
    let finished = bytes(&stages, "video");
    assert_eq!(frames.len() as u32, case.frames_made, "{}", at("frames handed over"));
    let got: Vec<u8> =
        frames.iter().flat_map(|f| f.rgba().chunks_exact(4).flat_map(|p| p[..3].to_vec())).collect();
    assert_eq!(got.len(), finished.len(), "{}", at("size"));
    let levels = got.iter().zip(&finished).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(levels <= Some(1), "{}: off by {levels:?} levels", at("finished frames"));
    if SafeTensors::deserialize(&stages).unwrap().tensor("values").is_ok() {
        let clip: Vec<f32> = dumped("clip").iter().map(|v| (v / 2.0 + 0.5).clamp(0.0, 1.0)).collect();
        let off = worst(&clip, &values(&stages, "values"), &at("values"));
        assert!(off <= STAGE, "{}: off by {off}", at("values"));
    }
}

fn check_all(chosen: impl Fn(&Case) -> bool) {
    let text = std::fs::read_to_string(folder("runs/cases.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    let chosen: Vec<&Case> = cases.iter().filter(|case| chosen(case)).collect();
    assert!(chosen.len() > 1, "no golden runs");
    for device in devices() {
        chosen.iter().for_each(|case| check(case, device));
    }
}

#[test]
fn clips_from_words_equal_the_reference() {
    check_all(|case| case.first.is_none() && case.video.is_empty());
}

#[test]
fn clips_from_stills_equal_the_reference() {
    check_all(|case| case.first.is_some());
}

#[test]
fn clips_from_clips_equal_the_reference() {
    check_all(|case| !case.video.is_empty());
}

/// A taker that refuses a frame, and keeps those before it.
struct FullDisk {
    room: u32,
    kept: Vec<u32>,
    facts: Option<ClipFacts>,
}

impl FrameSink for FullDisk {
    fn begin(&mut self, facts: ClipFacts) -> Result<(), EngineError> {
        self.facts = Some(facts);
        Ok(())
    }

    fn frame(&mut self, index: u32, _: Picture) -> Result<(), EngineError> {
        if index >= self.room {
            return Err(EngineError::new(ErrorKind::Output, "No space left"));
        }
        self.kept.push(index);
        Ok(())
    }
}

#[test]
fn a_full_disk_ends_the_job_and_keeps_what_was_handed_over() {
    let mut sink = FullDisk { room: 2, kept: Vec::new(), facts: None };
    let failed = run(&request("t2v"), &mut sink, &Unheard).unwrap_err();
    let error = EngineError::from(failed);
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Output, "No space left"));
    assert_eq!(sink.kept, [0, 1]);
    let facts = sink.facts.unwrap();
    assert_eq!((facts.frames, facts.frame_rate, facts.size), (5, 16, Size { width: 32, height: 32 }));
}

/// Stops a job when a stage or a step is reached, and writes down what it was told.
#[derive(Default)]
pub struct Stopping {
    at: Option<Stage>,
    after_step: Option<u32>,
    seen: Mutex<(Vec<Stage>, u32, u32, Vec<String>)>,
}

impl Stopping {
    pub fn notes(&self) -> Vec<String> {
        self.seen.lock().unwrap().3.clone()
    }
}

impl Report for Stopping {
    fn planned(&self, plan: Plan) {
        assert!(plan.ram_bytes > 0);
    }
    fn stage(&self, stage: Stage, _: Option<Part>) {
        self.seen.lock().unwrap().0.push(stage);
    }
    fn step(&self, index: u32, _: u32) {
        self.seen.lock().unwrap().1 = index;
    }
    fn wants_preview(&self, _: u32, _: u32) -> bool {
        true
    }
    fn preview(&self, preview: Preview) {
        assert!(preview.picture.width() > 1);
        self.seen.lock().unwrap().2 += 1;
    }
    fn note(&self, text: String) {
        self.seen.lock().unwrap().3.push(text);
    }
    fn cancelled(&self) -> Option<CancelMode> {
        let seen = self.seen.lock().unwrap();
        if self.at.is_some_and(|stage| seen.0.contains(&stage)) {
            return Some(CancelMode::Now);
        }
        self.after_step.filter(|step| seen.1 >= *step).map(|_| CancelMode::KeepStep)
    }
}

#[test]
fn a_job_is_called_off_in_every_stage_and_keeps_a_step_when_asked() {
    let still = Picture::new(32, 32, vec![90; 32 * 32 * 4]).unwrap();
    let source = ClipSource::Stills { first: still, last: None };
    for stage in [Stage::ReadingPictures, Stage::ReadingPrompt, Stage::Drawing, Stage::Developing] {
        let report = Stopping { at: Some(stage), ..Stopping::default() };
        let wanted = VideoRequest { source: source.clone(), ..request("i2v") };
        let mut frames: Vec<Picture> = Vec::new();
        let failed = EngineError::from(run(&wanted, &mut frames, &report).unwrap_err());
        assert_eq!(failed.kind, ErrorKind::Cancelled, "{stage:?}: {failed}");
        assert!(frames.len() < 5, "{stage:?}");
    }
    let report = Stopping { after_step: Some(2), ..Stopping::default() };
    let mut wanted = request("ti2v");
    wanted.walk.steps = Some(4);
    let mut frames: Vec<Picture> = Vec::new();
    let outcome = run(&wanted, &mut frames, &report).unwrap();
    assert_eq!((outcome.stopped_after, frames.len()), (Some(2), 5));
    assert_eq!(report.seen.lock().unwrap().2, 2, "previews");
}

/// Three steps at 999, 960 and 857: whoever is at the boundary draws with the expert for high noise, as in diffusers.
#[test]
fn experts_change_at_the_boundary_that_the_folder_names() {
    let copy = tempfile::tempdir().unwrap();
    for part in
        std::fs::read_dir(folder("t2v")).unwrap().map(Result::unwrap).filter(|part| part.path().is_dir())
    {
        let to = copy.path().join(part.file_name());
        std::fs::create_dir(&to).unwrap();
        for file in std::fs::read_dir(part.path()).unwrap().map(Result::unwrap) {
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
    let index = std::fs::read_to_string(folder("t2v/model_index.json")).unwrap();
    for (boundary, high) in
        [("0.9991", 0), ("0.999", 1), ("0.961", 1), ("0.96", 2), ("0.857", 3), ("0.001", 3)]
    {
        std::fs::write(copy.path().join("model_index.json"), index.replace("0.875", boundary)).unwrap();
        let mut wanted = VideoRequest { model: copy.path().into(), ..request("t2v") };
        wanted.walk = Walk { steps: Some(3), guidance: Some(1.0), shift: Some(12.0), ..Walk::default() };
        let outcome = run(&wanted, &mut Vec::<Picture>::new(), &Unheard).unwrap();
        assert_eq!(outcome.settings.high_noise_steps, Some(high), "boundary {boundary}");
    }
}

#[test]
fn what_a_model_cannot_do_is_said_before_any_work() {
    let still = || Picture::new(32, 32, vec![90; 32 * 32 * 4]).unwrap();
    let refused = |model: &str, source: ClipSource, word: &str| {
        let wanted = VideoRequest { source, ..request(model) };
        let error = EngineError::from(run(&wanted, &mut Vec::new(), &Unheard).unwrap_err());
        assert!(error.to_string().contains(word), "{model}: {error}");
        assert_eq!(error.kind, ErrorKind::Request, "{error}");
    };
    let stills = |last| ClipSource::Stills { first: still(), last };
    refused("t2v", stills(None), "from words alone");
    refused("i2v", ClipSource::Words, "needs a picture");
    refused("ti2v", stills(Some(still())), "how a clip ends");
    refused("i2v", ClipSource::Clip { frames: vec![still()], strength: 0.5 }, "anew");
    let over = Continuation { frames: vec![still(); 5], ..Continuation::default() };
    refused("i2v", ClipSource::Continuation(over), "nothing left");
    let other = VideoRequest { model: tests::golden::folder("qwen_image/generate"), ..request("t2v") };
    let error = EngineError::from(run(&other, &mut Vec::new(), &Unheard).unwrap_err());
    assert!(error.to_string().contains("no video model"), "{error}");
}
