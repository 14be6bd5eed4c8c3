//! What an edit promises whatever the model: sizes, untouched pixels, transparency, repeatability, clear refusals.

use super::{edit, request};
use engine::pipelines::report::{Report, Unheard};
use engine::pipelines::{PipelineError, run};
use engine_api::{
    CancelMode, Edit, EngineError, Expansion, ImageRequest, Intent, Mask, Part, Picture, Plan, Preview, Size,
    Stage,
};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// A soft gradient with a hole in its alpha.
fn source(width: u32, height: u32) -> Picture {
    let pixel = |i: u32| {
        let (x, y) = (i % width, i / width);
        let alpha = if x < width / 4 { 0 } else { 255 };
        [(x * 255 / width) as u8, (y * 255 / height) as u8, ((x * 7 + y * 13) % 256) as u8, alpha]
    };
    let bytes: Vec<u8> = (0..width * height).flat_map(pixel).collect();
    Picture::new(width, height, bytes).unwrap()
}

fn painted(width: u32, height: u32, inside: impl Fn(u32, u32) -> bool) -> Mask {
    let bytes: Vec<u8> =
        (0..width * height).map(|i| if inside(i % width, i / width) { 255 } else { 0 }).collect();
    Mask::new(width, height, bytes).unwrap()
}

fn done(request: &ImageRequest) -> engine_api::Outcome {
    run(request, &Unheard).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn nothing_outside_the_blend_mask_changes_alpha_included() {
    let image = source(131, 97);
    let mut wanted = edit(image.clone());
    wanted.mask = Some(painted(131, 97, |x, y| (60..80).contains(&x) && (30..50).contains(&y)));
    wanted.mask_settings.feather = Some(6);
    wanted.register = true;
    let outcome = done(&request("edit_plus", Intent::Edit(Box::new(wanted))));
    assert_eq!(outcome.changed_outside_mask, Some(0));
    let far = |x: u32, y: u32| !(48..92).contains(&x) || !(18..62).contains(&y);
    let mut changed_inside = 0;
    for (i, (a, b)) in image.rgba().chunks(4).zip(outcome.picture.rgba().chunks(4)).enumerate() {
        let (x, y) = (i as u32 % 131, i as u32 / 131);
        if far(x, y) {
            assert_eq!(a, b, "pixel {x}, {y}");
        } else if a != b {
            changed_inside += 1;
        }
    }
    assert!(changed_inside > 300, "only {changed_inside} pixels changed inside the mask");
}

#[test]
fn unless_asked_otherwise_nothing_changes_where_nothing_is_painted() {
    let image = source(131, 97);
    let mask = painted(131, 97, |x, y| (x * x + y * 3) % 400 < 150 && x > 40);
    let wanted = Edit { mask: Some(mask.clone()), register: true, ..edit(image.clone()) };
    let outcome = done(&request("edit_plus", Intent::Edit(Box::new(wanted))));
    assert_eq!(outcome.changed_outside_mask, Some(0));
    let pixels = image.rgba().chunks(4).zip(outcome.picture.rgba().chunks(4)).zip(mask.gray());
    let (mut inside, mut outside) = (0, 0);
    for ((before, after), &value) in pixels {
        *(if value == 0 { &mut outside } else { &mut inside }) += usize::from(before != after);
    }
    assert!(outside == 0 && inside > 300, "{outside} changed outside, {inside} inside");
}

#[test]
fn a_picture_has_exactly_the_size_asked_for() {
    for (width, height) in [(1, 1), (17, 33), (50, 16)] {
        let outcome = done(&request("generate", Intent::Generate(Some(Size { width, height }))));
        assert_eq!((outcome.picture.width(), outcome.picture.height()), (width, height));
    }
    for (width, height) in [(37, 21), (48, 32)] {
        let mut wanted = edit(source(64, 40));
        wanted.work_size = Some(Size { width, height });
        let outcome = done(&request("edit_plus", Intent::Edit(Box::new(wanted))));
        assert_eq!((outcome.picture.width(), outcome.picture.height()), (width, height));
    }
}

#[test]
fn a_larger_canvas_keeps_the_old_picture_and_fills_the_rest() {
    let image = source(40, 30);
    let mut wanted = edit(image.clone());
    wanted.expand = Expansion { left: 8, top: 0, right: 17, bottom: 5 };
    wanted.mask_settings.grow = 0;
    wanted.mask_settings.feather = Some(0);
    let outcome = done(&request("edit", Intent::Edit(Box::new(wanted))));
    assert_eq!((outcome.picture.width(), outcome.picture.height()), (65, 35));
    assert_eq!(outcome.changed_outside_mask, Some(0));
    for y in 0..30usize {
        let new = &outcome.picture.rgba()[(y * 65 + 8) * 4..(y * 65 + 48) * 4];
        assert_eq!(new, &image.rgba()[y * 160..(y + 1) * 160], "row {y}");
    }
    assert!(outcome.picture.rgba().chunks(4).all(|p| p[3] == 255 || p[3] == 0));
}

#[test]
fn the_same_seed_gives_the_same_picture_and_another_seed_another() {
    let wanted = || request("generate", Intent::Generate(Some(Size { width: 32, height: 32 })));
    let first = done(&wanted()).picture;
    assert!(first == done(&wanted()).picture);
    assert!(first != done(&ImageRequest { seed: 2, ..wanted() }).picture);
}

#[test]
fn a_noise_file_replaces_the_seed() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = |seed| ImageRequest {
        seed,
        ..request("generate", Intent::Generate(Some(Size { width: 32, height: 16 })))
    };
    let first = done(&ImageRequest { dump: Some(folder.path().into()), ..wanted(5) });
    let noise = folder.path().join("noise.safetensors");
    let second = done(&ImageRequest { noise: Some(noise.clone()), ..wanted(6) });
    assert!(first.picture == second.picture);
    let larger = request("generate", Intent::Generate(Some(Size { width: 48, height: 16 })));
    let refused = run(&ImageRequest { noise: Some(noise), ..larger }, &Unheard).unwrap_err();
    assert!(matches!(refused, PipelineError::File { .. }), "{refused}");
}

/// Keeps what a pipeline tells, and stops it at a chosen step.
#[derive(Default)]
pub struct Listener {
    steps: AtomicU32,
    pub plans: Mutex<Vec<Plan>>,
    pub notes: Mutex<Vec<String>>,
    stages: Mutex<Vec<Stage>>,
    previews: Mutex<Vec<Preview>>,
    stop: Option<(u32, CancelMode)>,
}

impl Report for Listener {
    fn planned(&self, plan: Plan) {
        self.plans.lock().unwrap().push(plan);
    }
    fn stage(&self, stage: Stage, _: Option<Part>) {
        self.stages.lock().unwrap().push(stage);
    }
    fn step(&self, index: u32, _: u32) {
        self.steps.store(index, Ordering::SeqCst);
    }
    fn wants_preview(&self, _: u32, _: u32) -> bool {
        true
    }
    fn preview(&self, preview: Preview) {
        self.previews.lock().unwrap().push(preview);
    }
    fn note(&self, note: String) {
        self.notes.lock().unwrap().push(note);
    }
    fn cancelled(&self) -> Option<CancelMode> {
        self.stop.filter(|(step, _)| self.steps.load(Ordering::SeqCst) >= *step).map(|(_, mode)| mode)
    }
}

#[test]
fn a_job_tells_its_plan_its_steps_and_shows_previews() {
    let listener = Listener::default();
    let wanted = ImageRequest {
        steps: Some(3),
        ..request("generate", Intent::Generate(Some(Size { width: 64, height: 32 })))
    };
    run(&wanted, &listener).unwrap();
    assert_eq!(listener.steps.load(Ordering::SeqCst), 3);
    let plans = listener.plans.lock().unwrap();
    assert_eq!((plans.len(), plans[0].steps), (1, 3));
    let previews = listener.previews.lock().unwrap();
    assert_eq!(previews.len(), 3);
    assert_eq!((previews[0].picture.width(), previews[0].picture.height()), (8, 4));
    assert_eq!(listener.stages.lock().unwrap().last(), Some(&Stage::Developing));
}

#[test]
fn a_job_stops_at_once_or_after_the_step_as_asked() {
    let wanted = || ImageRequest {
        steps: Some(6),
        ..request("generate", Intent::Generate(Some(Size { width: 32, height: 32 })))
    };
    let at_once = Listener { stop: Some((2, CancelMode::Now)), ..Listener::default() };
    assert!(matches!(run(&wanted(), &at_once), Err(PipelineError::Cancelled)));
    assert_eq!(at_once.steps.load(Ordering::SeqCst), 2);
    let kept = Listener { stop: Some((2, CancelMode::KeepStep)), ..Listener::default() };
    let outcome = run(&wanted(), &kept).unwrap();
    assert_eq!(outcome.stopped_after, Some(2));
    assert_eq!(outcome.picture.width(), 32);
    let before = Listener { stop: Some((0, CancelMode::Now)), ..Listener::default() };
    assert!(matches!(run(&wanted(), &before), Err(PipelineError::Cancelled)));
}

#[test]
fn what_a_model_cannot_do_is_said_in_words() {
    let refused = |request: &ImageRequest| {
        let error: EngineError = run(request, &Unheard).map(|_| ()).unwrap_err().into();
        error.to_string()
    };
    let mut two = edit(source(32, 32));
    two.references = vec![source(16, 16)];
    let text = refused(&request("edit", Intent::Edit(Box::new(two.clone()))));
    assert!(text.contains("reference"), "{text}");
    let text = refused(&request("generate", Intent::Edit(Box::new(two))));
    assert!(text.contains("reference"), "{text}");
    let text = refused(&request("no such folder", Intent::Generate(None)));
    assert!(text.contains("there is no such file or folder"), "{text}");
    let text = refused(&request("generate/vae", Intent::Generate(None)));
    assert!(text.contains("not a whole model"), "{text}");
    let mut tight = request("generate", Intent::Generate(Some(Size { width: 64, height: 64 })));
    tight.memory = Some("1M".parse().unwrap());
    let text = refused(&tight);
    assert!(text.contains("memory"), "{text}");
}
