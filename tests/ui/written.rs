//! The written line of jobs on a real disk, with real PNG files: it comes back after the program's end, hostile and
//! damaged files keep no other job from coming back, and nothing is left behind.

use crate::fake::wish;
use app::document::{Ingredients, Tiles};
use app::library::Installed;
use app::link::{Embedded, OpenedMask, OpenedPicture};
use app::live::{Canvas, Codec, Disk, Kept, KeptResult, Restored, Shelf, Told};
use engine::picture::{self, Rgba8};
use engine_api::{
    EngineError, ErrorKind, Expansion, Intent, JobId, Mask, MaskSettings, Picture, Quality, Recipe, Size,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

pub fn codec() -> Codec {
    fn write(file: &Path, picture: &Picture, _: &Embedded<'_>) -> Result<(), EngineError> {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let raster = Rgba8::new(width, height, picture.rgba().to_vec()).expect("it is a picture");
        let written = picture::write_picture(file, &raster, &picture::Embedded::default());
        written.map_err(|error| EngineError::new(ErrorKind::Output, error.to_string()))
    }
    fn read(file: &Path) -> Result<OpenedPicture, picture::PictureError> {
        let picture::Opened { picture, profile, notes } = picture::read_picture(file)?;
        let (width, height) = (picture.width() as u32, picture.height() as u32);
        let picture = Picture::new(width, height, picture.into_pixels()).expect("it is a picture");
        Ok(OpenedPicture { picture, profile, notes })
    }
    fn read_mask(file: &Path) -> Result<OpenedMask, picture::PictureError> {
        let picture::OpenedMask { mask, notes } = picture::read_mask(file)?;
        let (width, height) = (mask.width() as u32, mask.height() as u32);
        Ok(OpenedMask { mask: Mask::new(width, height, mask.into_pixels()).expect("it is a mask"), notes })
    }
    Codec {
        write,
        read: |file| read(file).map_err(|error| EngineError::new(ErrorKind::Input, error.to_string())),
        read_mask: |file| {
            read_mask(file).map_err(|error| EngineError::new(ErrorKind::Input, error.to_string()))
        },
    }
}

fn open(base: &Path) -> Disk {
    Disk::open(Some(base.to_owned()), codec(), Arc::new(|| {}))
}

/// What is told until `enough`.
fn told(disk: &mut Disk, enough: impl Fn(&[Told]) -> bool) -> Vec<Told> {
    let (mut told, deadline) = (Vec::new(), Instant::now() + PATIENCE);
    while !enough(&told) {
        assert!(Instant::now() < deadline, "nothing more is told than {told:?}");
        match disk.try_tell() {
            Some(answer) => told.push(answer),
            None => std::thread::yield_now(),
        }
    }
    told
}

fn restored(told: Vec<Told>) -> Vec<Restored> {
    let restored = |told| if let Told::Restored(restored) = told { Some(*restored) } else { None };
    told.into_iter().filter_map(restored).collect()
}

/// An edit of a picture with all values, half-transparent colours among them.
fn job(number: u64, prompt: &str) -> Kept {
    let pixels: Vec<u8> = (0..24 * 20 * 4u32).map(|value| (value * 37 % 256) as u8).collect();
    let mask: Vec<u8> = (0..24 * 20u32).map(|value| (value % 256) as u8).collect();
    let mut wish = wish(prompt);
    (wish.seed, wish.strength) = (u64::MAX - 1, Some(0.7));
    let canvas = Canvas::Picture {
        picture: Picture::new(24, 20, pixels).expect("four bytes per pixel"),
        mask: Some(Mask::new(24, 20, mask).expect("one byte per pixel")),
        expand: Expansion { left: 3, top: 0, right: 1, bottom: 2 },
    };
    let model = Installed { name: "Toy".into(), path: "models/toy".into() };
    Kept { request: wish.request(JobId(number), model.path, canvas, 0), model: model.name }
}

/// All files below the folder, without the locks.
fn files(base: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(base).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_none_or(|ending| ending != "lock") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn file_of(base: &Path, start: &str) -> PathBuf {
    let is_it =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start));
    files(base).into_iter().find(is_it).expect("it was written")
}

#[test]
fn jobs_come_back_whole_and_in_their_order() {
    let folder = TempDir::new().expect("there is room");
    let mut disk = open(folder.path());
    (1..=3).for_each(|number| disk.keep(job(number, &format!("job {number}"))));
    let mut generate = wish("a lighthouse");
    generate.steps = Some(7);
    let size = Size { width: 640, height: 480 };
    let request = generate.request(JobId(4), "models/toy".into(), Canvas::Empty(size), 0);
    disk.keep(Kept { request, model: "Toy".into() });
    disk.order([1, 4, 3, 2].map(JobId).to_vec());
    disk.forget(JobId(1));
    drop(disk);
    let names = files(folder.path());
    assert_eq!(names.len(), 6, "three jobs, the order, one picture and one mask that are shared: {names:?}");

    let mut disk = open(folder.path());
    assert!(matches!(told(&mut disk, |told| !told.is_empty())[..], [Told::Found { jobs: 3, results: 0 }]));
    disk.take_over([7, 8, 9].map(JobId).to_vec());
    let back = restored(told(&mut disk, |told| told.len() == 3));
    let prompts: Vec<&str> = back.iter().map(|job| job.request.prompt.as_str()).collect();
    assert_eq!(prompts, ["a lighthouse", "job 3", "job 2"]);
    assert!(matches!(back[0].request.intent, Intent::Generate(Some(drawn)) if drawn == size));
    assert_eq!((back[0].request.steps, back[1].request.job), (Some(7), JobId(8)));
    let original = job(3, "job 3");
    let (Intent::Edit(was), Intent::Edit(is)) = (&original.request.intent, &back[1].request.intent) else {
        panic!("both are edits")
    };
    assert_eq!((&was.image, &was.mask, was.strength), (&is.image, &is.mask, is.strength));
    assert_eq!((back[1].request.seed, back[1].asked.model.as_str()), (u64::MAX - 1, "Toy"));
    assert_eq!(back[1].asked.document, None);

    // Moved again, and the program ends again: the last order counts.
    disk.order([9, 7, 8].map(JobId).to_vec());
    disk.fetch(JobId(8));
    let fetched = told(&mut disk, |told| told.len() == 1).pop();
    let Some(Told::Fetched(fetched)) = fetched else { panic!("{fetched:?}") };
    assert_eq!((fetched.request.job, fetched.request.prompt.as_str()), (JobId(8), "job 3"));
    disk.fetch(JobId(99));
    assert!(matches!(told(&mut disk, |told| told.len() == 1)[..], [Told::Gone(JobId(99), _)]));
    drop(disk);
    let mut disk = open(folder.path());
    assert!(matches!(told(&mut disk, |told| !told.is_empty())[..], [Told::Found { jobs: 3, results: 0 }]));
    // Nobody decided: they are offered once more.
    drop(disk);
    let mut disk = open(folder.path());
    told(&mut disk, |told| !told.is_empty());
    disk.take_over([7, 8, 9].map(JobId).to_vec());
    let back = restored(told(&mut disk, |told| told.len() == 3));
    let prompts: Vec<&str> = back.iter().map(|job| job.request.prompt.as_str()).collect();
    assert_eq!(prompts, ["job 2", "a lighthouse", "job 3"]);
    [7, 8, 9].map(JobId).into_iter().for_each(|number| disk.forget(number));
    drop(disk);
    assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 0, "nothing is left behind");
}

#[test]
fn a_result_takes_the_place_of_its_job_until_it_is_decided_on() {
    let folder = TempDir::new().expect("there is room");
    let mut disk = open(folder.path());
    disk.keep(job(1, "edit"));
    disk.keep(job(2, "edit"));
    let pixels: Vec<u8> = (0..24 * 20 * 4u32).map(|value| (value * 91 % 256) as u8).collect();
    let values: Vec<u8> = (0..24 * 20u32).map(|at| (at % 7) as u8).collect();
    let marks = Mask::new(24, 20, values).expect("it is a mask");
    let recipe = Recipe {
        version: "1".into(),
        model: "Toy".into(),
        family: "Toy".into(),
        prompt: "edit".into(),
        negative: None,
        seed: 7,
        steps: 4,
        guidance: 1.5,
        quality: Quality::Draft,
        size: Size { width: 24, height: 20 },
        noise: None,
        edit: None,
    };
    let result = KeptResult {
        job: JobId(1),
        picture: Picture::new(24, 20, pixels).expect("four bytes per pixel"),
        part: [2, 3, 10, 9],
        recipe,
        ingredients: Ingredients {
            marks: Some(Tiles::from_mask(&marks).expect("small enough")),
            mask_settings: MaskSettings { grow: 3, ..MaskSettings::default() },
            strength: Some(0.5),
            references: vec![("hat".into(), Picture::new(2, 1, vec![7; 8]).expect("four bytes per pixel"))],
        },
        seconds: 1.25,
        changed_outside: Some(0),
        notes: vec!["The change fades out".into()],
    };
    disk.keep_result(result.clone());
    drop(disk);
    assert_eq!(
        files(folder.path()).len(),
        7,
        "job and result with its marks and reference, and what both jobs share stays for the second"
    );
    let mut disk = open(folder.path());
    assert!(matches!(told(&mut disk, |told| !told.is_empty())[..], [Told::Found { jobs: 1, results: 1 }]));
    disk.take_over([5, 6].map(JobId).to_vec());
    let back = told(&mut disk, |told| told.len() == 2);
    let [Told::Restored(job), Told::Result(back)] = &back[..] else { panic!("{back:?}") };
    assert_eq!((job.request.job, &**back), (JobId(5), &KeptResult { job: JobId(6), ..result }));
    disk.forget(JobId(5));
    drop(disk);
    assert_eq!(
        files(folder.path()).len(),
        4,
        "the pictures of the job are gone, those of the result are not"
    );
    let mut disk = open(folder.path());
    told(&mut disk, |told| !told.is_empty());
    disk.throw_away();
    drop(disk);
    assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 0);
}

#[test]
fn the_jobs_of_a_program_that_runs_are_not_offered_to_another() {
    let folder = TempDir::new().expect("there is room");
    let mut first = open(folder.path());
    first.keep(job(1, "mine"));
    let deadline = Instant::now() + PATIENCE;
    while !files(folder.path()).iter().any(|file| file.extension().is_some_and(|ending| ending == "json")) {
        assert!(Instant::now() < deadline, "it is never written");
        std::thread::yield_now();
    }
    let mut second = open(folder.path());
    second.keep(job(1, "yours"));
    drop(second);
    drop(first);
    let mut third = open(folder.path());
    assert!(
        matches!(told(&mut third, |told| !told.is_empty())[..], [Told::Found { jobs: 2, results: 0 }]),
        "now both are"
    );
    third.throw_away();
    drop(third);
    assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 0);
}

#[test]
fn damaged_and_hostile_files_are_one_sentence_and_the_others_come_back() {
    let folder = TempDir::new().expect("there is room");
    let mut disk = open(folder.path());
    (1..=4).for_each(|number| disk.keep(job(number, &format!("job {number}"))));
    drop(disk);
    let good = fs::read_to_string(file_of(folder.path(), "job-00000001")).expect("it is there");
    let session = file_of(folder.path(), "job-00000001").parent().expect("it lies in a folder").to_owned();
    let secret = folder.path().join("secret.png");
    fs::write(&secret, "not yours").expect("there is room");
    let image = good.split('"').find(|part| part.starts_with("picture-")).expect("it names one").to_owned();
    let hostile = [
        ("job-00000002.json", good[..good.len() / 2].to_owned()),
        ("job-00000003.json", good.replace(&image, "../secret.png")),
        ("job-00000005.json", "[".repeat(1 << 16)),
        ("job-00000006.json", " ".repeat((1 << 20) + 1)),
        ("job-00000007.json", good.replace("\"version\": 1", "\"version\": 99")),
    ];
    for (name, text) in hostile {
        fs::write(session.join(name), text).expect("there is room");
    }
    let mut disk = open(folder.path());
    let mut sentences = told(&mut disk, |told| told.len() == 2);
    assert!(matches!(sentences[0], Told::Found { jobs: 2, results: 0 }));
    let Some(Told::Trouble(error)) = sentences.pop() else { panic!("damage is told") };
    assert!(error.to_string().starts_with("5 jobs from last time cannot be read again (it "), "{error}");
    disk.take_over([1, 2].map(JobId).to_vec());
    let back = restored(told(&mut disk, |told| told.len() == 2));
    let prompts: Vec<&str> = back.iter().map(|job| job.request.prompt.as_str()).collect();
    assert_eq!(prompts, ["job 1", "job 4"]);
    [1, 2].map(JobId).into_iter().for_each(|number| disk.forget(number));
    drop(disk);
    assert_eq!(files(folder.path()), [secret], "what is not ours stays");
}

#[test]
fn a_damaged_picture_loses_its_own_jobs_only() {
    let folder = TempDir::new().expect("there is room");
    let mut disk = open(folder.path());
    disk.keep(job(1, "edit"));
    let request =
        wish("new").request(JobId(2), "toy".into(), Canvas::Empty(Size { width: 64, height: 64 }), 0);
    disk.keep(Kept { request, model: "Toy".into() });
    drop(disk);
    let picture = file_of(folder.path(), "picture-");
    let bytes = fs::read(&picture).expect("it is there");
    fs::write(&picture, &bytes[..bytes.len() / 2]).expect("there is room");
    let mut disk = open(folder.path());
    told(&mut disk, |told| !told.is_empty());
    disk.take_over([1, 2].map(JobId).to_vec());
    let mut answers = told(&mut disk, |told| told.len() == 2);
    let Some(Told::Trouble(error)) = answers.pop() else { panic!("damage is told") };
    assert!(error.to_string().starts_with("1 job from last time cannot be read again ("), "{error}");
    assert_eq!(restored(answers)[0].request.prompt, "new");
    disk.forget(JobId(2));
    drop(disk);
    assert_eq!(files(folder.path()).len(), 0);
}

#[test]
#[cfg(unix)]
fn nobody_else_may_look_into_the_queue() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().expect("there is room");
    let base = folder.path().join("data").join("queue");
    let mut disk = open(&base);
    disk.keep(job(1, "secret"));
    drop(disk);
    for folder in [base.clone(), base.join("1")] {
        let mode = fs::metadata(folder).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}

#[test]
fn what_was_half_written_when_the_program_was_killed_goes_with_its_folder() {
    let folder = TempDir::new().expect("there is room");
    let mut disk = open(folder.path());
    disk.keep(job(1, "edit"));
    drop(disk);
    for name in [".job-00000002.json.part", ".rostrum-x1y2z3.part", "picture-1x1-0000000000000000.png"] {
        fs::write(folder.path().join("1").join(name), "half").expect("there is room");
    }
    let mut disk = open(folder.path());
    assert!(matches!(told(&mut disk, |told| !told.is_empty())[..], [Told::Found { jobs: 1, results: 0 }]));
    disk.throw_away();
    drop(disk);
    assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 0);
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_stops_nothing() {
    let folder = TempDir::new().expect("there is room");
    let blocked = folder.path().join("queue");
    fs::write(&blocked, "a file where the folder should be").expect("there is room");
    let mut disk = open(&blocked);
    disk.keep(job(1, "edit"));
    let answers = told(&mut disk, |told| !told.is_empty());
    let [Told::Trouble(error)] = &answers[..] else { panic!("trouble is told: {answers:?}") };
    assert!(error.kind == ErrorKind::Output && error.hint.is_some());
}
