//! The one place, beside `main.rs`, that knows the crate `engine`: each door of [`EngineLink`], opened.
//!
//! It is a file of its own only because `main.rs` would be long otherwise; nothing but `main.rs` names it. What
//! happens here is conversion between the engine's own types and the plain data of `engine-api`.

mod clips;
mod priority;

use crate::link::{
    Embedded, EngineLink, FrameTaker, Inspected, JobService, OpenedMask, OpenedPicture, Verified, Waker,
};
use engine::device;
use engine::kernels;
use engine::picture::{self, PictureError, Rgba8};
use engine::pipelines;
use engine::service::{ImageRunner, Service};
use engine::weights::{self, WeightError};
use engine_api::{
    Adapter, CancelMode, DeviceChoice, EngineError, ErrorKind, Event, ImageRequest, JobId, KernelCheck,
    KernelTiming, Machine, Mask, Picture, Preview, VideoRequest,
};
use std::io;
use std::path::Path;
use std::time::Duration;

/// Every door.
pub fn link() -> EngineLink {
    EngineLink {
        start,
        start_behind_window,
        open_picture,
        open_mask,
        read_recipe: |file| picture::read_metadata(file).map_err(|error| input_error(&error)),
        save_picture,
        save_new_picture,
        keeps_every_pixel: picture::keeps_every_pixel,
        open_clip: clips::open,
        read_clip_recipe: clips::recipe,
        check_clip: clips::check,
        create_clip: clips::create,
        keep_latents: |clip, latents| {
            pipelines::video::keep_latents(clip, latents).map_err(EngineError::from)
        },
        plan_clip: clips::plan,
        inspect_model,
        verify_model,
        foresee: |prospect| pipelines::foresee(prospect).map_err(EngineError::from),
        machine,
        selftest,
        bench_kernels,
    }
}

fn start(waker: Waker) -> Result<Box<dyn JobService>, EngineError> {
    let service = Service::start(ImageRunner::maker(), waker)?;
    Ok(Box::new(Running(service)))
}

fn start_behind_window(waker: Waker) -> Result<Box<dyn JobService>, EngineError> {
    priority::computing_goes_behind();
    let mut make = ImageRunner::maker();
    let make_behind = move || {
        priority::go_behind();
        make()
    };
    Ok(Box::new(Running(Service::start(Box::new(make_behind), waker)?)))
}

/// The engine's service as the library of this program wants it.
struct Running(Service);

impl JobService for Running {
    fn submit(&self, request: ImageRequest) -> Result<(), EngineError> {
        self.0.submit(request)
    }

    fn try_event(&self) -> Option<Event> {
        self.0.try_event()
    }

    fn take_preview(&self, job: JobId) -> Option<Preview> {
        self.0.take_preview(job)
    }

    fn submit_clip(&self, request: VideoRequest, taker: Box<dyn FrameTaker>) -> Result<(), EngineError> {
        self.0.submit_clip(request, Box::new(clips::Sink(taker)))
    }

    fn next_event(&self, patience: Duration) -> Option<Event> {
        self.0.next_event(patience)
    }

    fn is_alive(&self) -> bool {
        self.0.is_alive()
    }

    fn cancel(&self, job: JobId, mode: CancelMode) {
        self.0.cancel(job, mode);
    }
}

fn open_picture(file: &Path) -> Result<OpenedPicture, EngineError> {
    let opened = picture::read_picture(file).map_err(|error| input_error(&error))?;
    let (width, height) = size(opened.picture.size())?;
    let picture = Picture::new(width, height, opened.picture.into_pixels())?;
    Ok(OpenedPicture { picture, profile: opened.profile, notes: opened.notes })
}

fn open_mask(file: &Path) -> Result<OpenedMask, EngineError> {
    let opened = picture::read_mask(file).map_err(|error| input_error(&error))?;
    let (width, height) = size(opened.mask.size())?;
    let mask = Mask::new(width, height, opened.mask.into_pixels())?;
    Ok(OpenedMask { mask, notes: opened.notes })
}

fn save_picture(file: &Path, picture: &Picture, embedded: &Embedded<'_>) -> Result<(), EngineError> {
    let written = picture::write_picture(file, &raster(picture)?, &to_embed(embedded));
    written.map_err(|error| output_error(&error))
}

fn save_new_picture(file: &Path, picture: &Picture, embedded: &Embedded<'_>) -> Result<bool, EngineError> {
    let written = picture::write_new_picture(file, &raster(picture)?, &to_embed(embedded));
    written.map_err(|error| output_error(&error))
}

fn raster(picture: &Picture) -> Result<Rgba8, EngineError> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    Rgba8::new(width, height, picture.rgba().to_vec()).map_err(|error| output_error(&error))
}

fn to_embed<'a>(embedded: &Embedded<'a>) -> picture::Embedded<'a> {
    picture::Embedded {
        settings: embedded.recipe,
        description: embedded.description,
        parameters: embedded.parameters,
        profile: embedded.profile,
    }
}

fn inspect_model(model: &Path) -> Result<Inspected, EngineError> {
    let probe = weights::probe(model).map_err(|error| model_error(&error))?;
    let mut fields = serde_json::to_value(&probe).map_err(|error| {
        EngineError::new(
            ErrorKind::Internal,
            format!("What is known of the model cannot be written ({error})"),
        )
    })?;
    let said = pipelines::model::said_of(model);
    let report = said.iter().cloned().chain(probe.to_string().lines().map(str::to_owned)).collect();
    let trouble = if probe.complete {
        // Nothing is missing; whether the parts can work together is known where they do.
        pipelines::model::check(model).err().map(EngineError::from)
    } else {
        Some(incomplete(model, &probe))
    };
    fields["usable"] = trouble.is_none().into();
    fields["says"] = said.clone().into();
    let summary = said.map_or(probe.summary.clone(), |said| format!("{said} {}", probe.summary));
    Ok(Inspected { summary, trouble, report, fields })
}

/// What is wrong with a model, with the first detail that is known.
fn incomplete(model: &Path, probe: &weights::probe::Probe) -> EngineError {
    let summary = probe.summary.trim_end_matches('.');
    let mut message = format!("{} cannot be used: {summary}", model.display());
    let problem =
        probe.components.iter().filter(|part| !part.state.is_usable()).find_map(|part| part.trouble());
    if let Some(problem) = problem {
        message += &format!(" ({problem})");
    }
    let is_there = probe.components.iter().all(|part| part.state != weights::probe::State::Missing);
    let hint = match (probe.source, is_there) {
        (weights::probe::Source::Pipeline, true) => "Download the damaged or wrong part again",
        (weights::probe::Source::Pipeline, false) => "Download what is missing into the same folder",
        _ => "Name the folder that holds model_index.json",
    };
    EngineError::new(ErrorKind::Model, message).with_hint(hint)
}

fn verify_model(model: &Path, reading: &mut dyn FnMut(&Path)) -> Result<Verified, EngineError> {
    let verified = weights::verify(model, &mut |file| {
        reading(file);
        true
    });
    let weights::Verified { files, tensors, not_decoded, bytes } =
        verified.map_err(|error| model_error(&error))?;
    // Files may be whole and yet be too few, or not those of one model.
    let whole_model = model.join("model_index.json").exists();
    if let Some(trouble) = if whole_model { inspect_model(model)?.trouble } else { None } {
        return Err(trouble);
    }
    Ok(Verified { files, tensors, not_decoded, bytes })
}

fn machine() -> Machine {
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u32);
    let adapters =
        device::adapters().iter().enumerate().map(|(number, facts)| adapter(number as u32, facts)).collect();
    Machine { threads, memory: device::host_memory().map(|[total, _]| total), adapters }
}

fn selftest(choice: DeviceChoice, listener: &mut dyn FnMut(KernelCheck)) -> Result<(), EngineError> {
    let device = open_device(choice)?;
    for report in kernels::selftest(&device) {
        let ran = report.skipped.is_none();
        listener(KernelCheck {
            kernel: report.kernel.into(),
            variant: report.variant,
            problem: if ran { format!("{} problems", report.cases) } else { "not run".into() },
            error: f64::from(report.worst_error),
            tolerance: f64::from(report.allowed),
            passed: report.ok || !ran,
            remark: report.skipped.or(report.failure),
        });
    }
    Ok(())
}

fn bench_kernels(
    choice: DeviceChoice,
    quick: bool,
    listener: &mut dyn FnMut(KernelTiming),
) -> Result<(), EngineError> {
    let device = open_device(choice)?;
    let told = kernels::bench(&device, quick, &mut |row| {
        listener(KernelTiming {
            kernel: row.kernel.into(),
            problem: row.shape,
            device: row.device,
            ours: row.ours_seconds,
            burn: row.burn_seconds,
            gflops: row.gflops,
            remark: row.remark,
        });
    });
    told.map_err(|error| EngineError::new(ErrorKind::Device, error.to_string()))
}

fn open_device(choice: DeviceChoice) -> Result<device::Device, EngineError> {
    let choice = match choice {
        DeviceChoice::Auto => device::DeviceChoice::Auto,
        DeviceChoice::Cpu => device::DeviceChoice::Cpu,
        DeviceChoice::Gpu(number) => device::DeviceChoice::Gpu(number.map(|number| number as usize)),
    };
    device::Device::open(choice).map_err(|error| EngineError::new(ErrorKind::Device, error.to_string()))
}

fn adapter(number: u32, facts: &device::AdapterFacts) -> Adapter {
    let [smallest, largest] = facts.subgroup_sizes;
    let cooperative = facts.cooperative.iter().map(|side| format!("cooperative matrices of {side}"));
    let features = facts.f16.then(|| "16-bit floats".to_owned()).into_iter();
    let features = features.chain(facts.subgroups.then(|| format!("subgroups of {smallest} to {largest}")));
    Adapter {
        number,
        name: facts.name.clone(),
        interface: facts.api.clone(),
        driver: facts.driver.clone(),
        software: !facts.kind.is_hardware(),
        features: features.chain(cooperative).collect(),
        limits: vec![
            ("binding bytes".into(), facts.binding_bytes),
            ("workgroup bytes".into(), u64::from(facts.workgroup_bytes)),
            ("workgroup threads".into(), u64::from(facts.workgroup_threads)),
        ],
    }
}

fn size((width, height): (usize, usize)) -> Result<(u32, u32), EngineError> {
    let side = |side: usize| u32::try_from(side).ok();
    side(width).zip(side(height)).ok_or_else(|| {
        EngineError::new(ErrorKind::Input, format!("A picture of {width} x {height} pixels is too large"))
    })
}

/// These errors say themselves what to do.
fn model_error(error: &WeightError) -> EngineError {
    EngineError::new(ErrorKind::Model, error.to_string())
}

fn input_error(error: &PictureError) -> EngineError {
    let hint = match error {
        PictureError::Open { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            "Check who may read it"
        }
        PictureError::Open { .. } | PictureError::Folder { .. } => "Check the name",
        PictureError::EmptyFile { .. } | PictureError::Damaged { .. } => "Copy or export it again",
        PictureError::UnknownFormat { .. } => "Save it as PNG",
        PictureError::TooLarge { .. } | PictureError::FileTooLarge { .. } => "Make it smaller first",
        PictureError::NoPixels { .. } => "Choose another picture",
        PictureError::OutOfMemory { .. } => "Close other programs, or make the picture smaller",
        _ => return EngineError::new(ErrorKind::Input, error.to_string()),
    };
    EngineError::new(ErrorKind::Input, error.to_string()).with_hint(hint)
}

fn is_about_room(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

fn output_error(error: &PictureError) -> EngineError {
    let hint = match error {
        PictureError::Write { source, .. } if is_about_room(source) => {
            "Make room, or choose another folder with -o"
        }
        PictureError::Write { .. } => "Choose another folder or name with -o",
        PictureError::FolderMissing { .. } => "Make the folder, or choose another with -o",
        PictureError::Encode { .. } => "Choose another kind of file with -o",
        _ => return EngineError::new(ErrorKind::Output, error.to_string()),
    };
    EngineError::new(ErrorKind::Output, error.to_string()).with_hint(hint)
}
