//! What is foreseen from sizes alone is what the job itself plans.

use super::{edit, request};
use engine::pipelines::report::Report;
use engine::pipelines::{PipelineError, foresee, run};
use engine_api::{
    CancelMode, EditProspect, Expansion, ImageRequest, Intent, Mask, MaskSettings, MemoryLimit, Part,
    Picture, Plan, Preview, Prospect, Room, Size, Stage,
};
use std::sync::Mutex;

/// Stops a job as soon as its plan is known.
#[derive(Default)]
struct UntilPlanned(Mutex<Option<Plan>>);

impl Report for UntilPlanned {
    fn planned(&self, plan: Plan) {
        *self.0.lock().unwrap() = Some(plan);
    }
    fn stage(&self, _: Stage, _: Option<Part>) {}
    fn step(&self, _: u32, _: u32) {}
    fn wants_preview(&self, _: u32, _: u32) -> bool {
        false
    }
    fn preview(&self, _: Preview) {}
    fn note(&self, _: String) {}
    fn cancelled(&self) -> Option<CancelMode> {
        self.0.lock().unwrap().is_some().then_some(CancelMode::Now)
    }
}

fn planned(request: &ImageRequest) -> Plan {
    let report = UntilPlanned::default();
    assert!(matches!(run(request, &report), Err(PipelineError::Cancelled)));
    report.0.into_inner().unwrap().expect("a plan")
}

fn prospect(request: &ImageRequest, canvas: Size, edit: Option<EditProspect>) -> Prospect {
    Prospect {
        model: request.model.clone(),
        canvas,
        edit,
        prompt_bytes: request.prompt.len(),
        negative: request.negative.clone(),
        steps: request.steps,
        guidance: request.guidance,
        quality: request.quality,
        device: request.device,
        memory: request.memory,
    }
}

#[test]
fn a_new_picture_is_foreseen_as_it_is_planned() {
    for size in [Size { width: 64, height: 48 }, Size { width: 37, height: 500 }] {
        for (steps, guidance) in [(Some(3), Some(1.0)), (None, None)] {
            let mut request = request("generate", Intent::Generate(Some(size)));
            (request.steps, request.guidance) = (steps, guidance);
            let foreseen = foresee(&prospect(&request, size, None)).unwrap();
            assert_eq!(foreseen.plan, planned(&request));
            assert_eq!((foreseen.room, foreseen.edits), (Room::Fits, false));
        }
    }
}

#[test]
fn an_edit_is_foreseen_as_it_is_planned() {
    let (width, height) = (300, 200);
    let canvas = Size { width, height };
    let image = Picture::new(width, height, [90, 120, 160, 255].repeat(300 * 200)).unwrap();
    let none = Expansion::default();
    let right = Expansion { right: 40, ..none };
    let all = Expansion { left: 8, top: 9, right: 10, bottom: 11 };
    let usual = MaskSettings::default();
    let wide = MaskSettings { grow: 12, feather: Some(20), context: 100.0 };
    let narrow = MaskSettings { grow: -4, feather: None, context: 0.0 };
    let small = Some(Size { width: 64, height: 48 });
    let cases = [
        (None, none, usual, small),
        (Some([100, 60, 30, 20]), none, usual, small),
        (Some([100, 60, 30, 20]), none, wide, None),
        (Some([0, 0, 130, 190]), none, narrow, small),
        (Some([290, 190, 10, 10]), none, wide, small),
        (None, right, usual, small),
        (Some([100, 60, 30, 20]), all, wide, small),
    ];
    for (marked, expand, mask_settings, work_size) in cases {
        let inside = |i: u32, [x, y, w, h]: [u32; 4]| {
            (x..x + w).contains(&(i % width)) && (y..y + h).contains(&(i / width))
        };
        let values = |marked| (0..width * height).map(move |i| if inside(i, marked) { 255u8 } else { 0 });
        let mask = marked.map(|marked| Mask::new(width, height, values(marked).collect::<Vec<_>>()).unwrap());
        let mut wanted = edit(image.clone());
        (wanted.mask, wanted.expand) = (mask, expand);
        (wanted.mask_settings, wanted.work_size) = (mask_settings, work_size);
        wanted.references = vec![Picture::new(20, 40, vec![9; 20 * 40 * 4]).unwrap()];
        let request = request("edit_plus", Intent::Edit(Box::new(wanted)));
        let references = vec![Size { width: 20, height: 40 }];
        let part = EditProspect { marked, mask_settings, expand, work_size, references };
        let foreseen = foresee(&prospect(&request, canvas, Some(part))).unwrap();
        assert_eq!(foreseen.plan, planned(&request), "{marked:?} {expand:?} {mask_settings:?}");
        assert!(foreseen.edits);
    }
}

#[test]
fn too_little_memory_is_told_and_is_no_error() {
    let size = Size { width: 64, height: 48 };
    let mut request = request("generate", Intent::Generate(Some(size)));
    request.memory = Some(MemoryLimit { bytes: 1 << 20 });
    let foreseen = foresee(&prospect(&request, size, None)).unwrap();
    assert_eq!((foreseen.room, foreseen.free), (Room::TooBig, Some(1 << 20)));
    assert!(foreseen.needed > 1 << 20);
    request.memory = Some(MemoryLimit { bytes: foreseen.needed });
    assert_eq!(foresee(&prospect(&request, size, None)).unwrap().room, Room::Tight);
    request.model = "nowhere".into();
    assert!(foresee(&prospect(&request, size, None)).is_err());
}
