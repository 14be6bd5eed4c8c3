//! The work of the shelf, file by file. Everything appears whole under its name or not at all.

use super::paper::{Enclosed, Paper, RESULT, ResultPaper, Sheet, damaged};
use super::session::Session;
use super::{Codec, Kept, KeptResult, Restored, Told};
use crate::live::Asked;
use engine_api::{EngineError, ErrorKind, JobId, Mask, Picture, system_words};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Longest text of a job; a prompt is far shorter.
const MOST_TEXT: u64 = 1 << 20;
/// Most jobs that are read from one folder.
const MOST_JOBS: usize = 10_000;
/// Where the order of all jobs is written.
const ORDER: &str = "order.json";

/// The written line of this session, and those that were left behind.
pub struct Keeper {
    base: PathBuf,
    codec: Codec,
    /// Made with the first job.
    own: Option<Session>,
    earlier: Vec<Session>,
    /// What lies in the folders of earlier sessions and has no number yet, in order.
    found: Vec<Written>,
    written: BTreeMap<JobId, Written>,
}

/// A job on disk, or what it brought back.
struct Written {
    folder: PathBuf,
    /// Its folder's number and its own name: how the order names it.
    name: String,
    file: PathBuf,
    sheet: Sheet,
}

impl Keeper {
    pub fn new(base: PathBuf, codec: Codec) -> Self {
        let (own, written) = (None, BTreeMap::new());
        Self { base, codec, own, earlier: Vec::new(), found: Vec::new(), written }
    }

    /// Looks what earlier sessions left behind.
    pub fn look(&mut self) -> Vec<Told> {
        let mut troubles = Vec::new();
        self.earlier = Session::left_behind(&self.base);
        for session in &self.earlier {
            for file in papers_in(&session.folder) {
                let name = format!("{}/{}", session.number(), name_of(&file));
                match read_text(&file).and_then(|text| Sheet::parse(&name_of(&file), &text)) {
                    Ok(sheet) => {
                        self.found.push(Written { folder: session.folder.clone(), name, file, sheet });
                    }
                    Err(error) => {
                        set_aside(&file);
                        troubles.push(error);
                    }
                }
            }
        }
        let order = self.earlier.iter().rev().find_map(|session| read_order(&session.folder));
        let order = order.unwrap_or_default();
        let place = |written: &Written| order.iter().position(|name| *name == written.name);
        self.found.sort_by_key(|written| place(written).unwrap_or(usize::MAX));
        if self.found.is_empty() {
            self.earlier.drain(..).for_each(Session::remove);
        }
        let results = self.found.iter().filter(|found| matches!(found.sheet, Sheet::Result(_))).count();
        let jobs = self.found.len() - results;
        let found = (!self.found.is_empty()).then_some(Told::Found { jobs, results });
        found.into_iter().chain(summed_up(&troubles)).collect()
    }

    /// Writes a job: its pictures first, so that nobody finds a job without them.
    ///
    /// # Errors
    /// [`ErrorKind::Output`].
    pub fn keep(&mut self, job: &Kept) -> Result<(), EngineError> {
        let (paper, enclosed) = Paper::of(job);
        self.write(job.request.job, "job-", &Sheet::Job(Box::new(paper)), &enclosed)
    }

    /// Writes a result in the place of its job.
    ///
    /// # Errors
    /// [`ErrorKind::Output`].
    pub fn keep_result(&mut self, result: &KeptResult) -> Result<(), EngineError> {
        let (paper, enclosed) = ResultPaper::of(result);
        let job = self.written.remove(&result.job);
        let done = self.write(result.job, RESULT, &Sheet::Result(Box::new(paper)), &enclosed);
        match (job, &done) {
            (Some(job), Ok(())) => self.remove(&job),
            // Better to be drawn once more than to be lost.
            (Some(job), Err(_)) => drop(self.written.insert(result.job, job)),
            (None, _) => {}
        }
        done
    }

    fn write(
        &mut self,
        number: JobId,
        kind: &str,
        sheet: &Sheet,
        enclosed: &[Enclosed],
    ) -> Result<(), EngineError> {
        if self.own.is_none() {
            let session = Session::new(&self.base).map_err(|error| not_written(&self.base, &error))?;
            self.own = Some(session);
        }
        let Some(session) = &self.own else { return Ok(()) };
        for enclosed in enclosed {
            let file = session.folder.join(enclosed.name());
            if file.exists() {
                continue;
            }
            match enclosed {
                Enclosed::Picture(_, picture) => self.codec.write_picture(&file, picture)?,
                Enclosed::Mask(_, mask) => self.codec.write_mask(&file, mask)?,
            }
        }
        let file = session.folder.join(format!("{kind}{:08}.json", number.0));
        let text = match sheet {
            Sheet::Job(paper) => serde_json::to_string_pretty(paper),
            Sheet::Result(paper) => serde_json::to_string_pretty(paper),
        };
        let text = text.map_err(|error| not_written(&file, &error.into()))?;
        write_whole(&file, text.as_bytes()).map_err(|error| not_written(&file, &error))?;
        let name = format!("{}/{}", session.number(), name_of(&file));
        self.written
            .insert(number, Written { folder: session.folder.clone(), name, file, sheet: sheet.clone() });
        Ok(())
    }

    /// Removes a job, then the pictures that no other job in the folder needs, then the folder if that was the last.
    pub fn forget(&mut self, number: JobId) {
        if let Some(gone) = self.written.remove(&number) {
            self.remove(&gone);
        }
    }

    fn remove(&mut self, gone: &Written) {
        let _ = fs::remove_file(&gone.file);
        let rest = || self.written.values().chain(&self.found).filter(|other| other.folder == gone.folder);
        let needed: Vec<String> = rest().flat_map(|other| other.sheet.pictures()).collect();
        for picture in gone.sheet.pictures().iter().filter(|picture| !needed.contains(picture)) {
            let _ = fs::remove_file(gone.folder.join(picture));
        }
        if rest().next().is_none() {
            let at = self.earlier.iter().position(|session| session.folder == gone.folder);
            at.map(|at| self.earlier.remove(at)).into_iter().for_each(Session::remove);
        }
    }

    /// Writes the order down. Without it jobs come back in the order in which they were asked for.
    pub fn order(&self, numbers: &[JobId]) {
        let names: Vec<&str> = numbers
            .iter()
            .filter_map(|number| self.written.get(number))
            .map(|job| job.name.as_str())
            .collect();
        let Ok(text) = serde_json::to_vec(&names) else { return };
        // Into every folder, so that it does not matter which of them is left behind. Losing the order loses no job.
        for session in self.own.iter().chain(&self.earlier) {
            let _ = write_whole(&session.folder.join(ORDER), &text);
        }
    }

    /// Reads the jobs of earlier sessions, pictures and all.
    pub fn take_over(&mut self, numbers: &[JobId], tell: &mut dyn FnMut(Told)) {
        let mut troubles = Vec::new();
        // The pictures of the job before: variants share them.
        let mut pictures: BTreeMap<PathBuf, Picture> = BTreeMap::new();
        let found = std::mem::take(&mut self.found);
        let mut numbers = numbers.iter().copied();
        for written in found {
            let Some(number) = numbers.next() else {
                self.found.push(written);
                continue;
            };
            match self.read(&written, number, &mut pictures) {
                Ok(told) => {
                    self.written.insert(number, written);
                    tell(told);
                }
                Err(error) => {
                    set_aside(&written.file);
                    troubles.push(error);
                }
            }
        }
        let needed = |folder: &Path| self.written.values().any(|written| written.folder == folder);
        let (needed, empty) = self.earlier.drain(..).partition(|session| needed(&session.folder));
        self.earlier = needed;
        let empty: Vec<Session> = empty;
        empty.into_iter().for_each(Session::remove);
        summed_up(&troubles).into_iter().for_each(tell);
    }

    /// Reads a job again that was written.
    pub fn fetch(&self, number: JobId) -> Told {
        let missing = || EngineError::new(ErrorKind::Input, "The job is not on disk any more");
        let written = self.written.get(&number).ok_or_else(missing);
        match written.and_then(|written| self.read(written, number, &mut BTreeMap::new())) {
            Ok(Told::Restored(job)) => Told::Fetched(job),
            // Somebody asked for a job that is over.
            Ok(_) => Told::Gone(number, missing()),
            Err(error) => Told::Gone(number, error.with_hint("Ask for it once more")),
        }
    }

    /// Removes the jobs of earlier sessions that have not been taken over.
    pub fn throw_away(&mut self) {
        while let Some(gone) = self.found.pop() {
            self.remove(&gone);
        }
    }

    fn read(
        &self,
        written: &Written,
        number: JobId,
        kept: &mut BTreeMap<PathBuf, Picture>,
    ) -> Result<Told, EngineError> {
        let wanted: Vec<PathBuf> =
            written.sheet.pictures().iter().map(|name| written.folder.join(name)).collect();
        kept.retain(|file, _| wanted.contains(file));
        let mut picture = |name: &str| -> Result<Picture, EngineError> {
            let file = written.folder.join(name);
            if let Some(picture) = kept.get(&file) {
                return Ok(picture.clone());
            }
            let picture = (self.codec.read)(&file)?.picture;
            kept.insert(file, picture.clone());
            Ok(picture)
        };
        let mut mask = |name: &str| -> Result<Mask, EngineError> {
            Ok((self.codec.read_mask)(&written.folder.join(name))?.mask)
        };
        Ok(match written.sheet.clone() {
            Sheet::Job(paper) => {
                let Kept { request, model } = paper.job(number, &mut picture, &mut mask)?;
                let asked = Asked::of_earlier(model, &request);
                Told::Restored(Box::new(Restored { request, asked }))
            }
            Sheet::Result(paper) => Told::Result(Box::new(paper.result(number, &mut picture, &mut mask)?)),
        })
    }
}

impl Drop for Keeper {
    /// An empty folder is not left behind.
    fn drop(&mut self) {
        let is_used =
            |folder: &Path| self.written.values().chain(&self.found).any(|written| written.folder == folder);
        let own = self.own.take().filter(|own| !is_used(&own.folder));
        own.into_iter().for_each(Session::remove);
    }
}

/// Files of jobs in a folder, in the order in which they were asked for.
fn papers_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_file = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_file());
    let files = entries.filter(is_file).map(|entry| entry.path());
    let is_job = |file: &PathBuf| {
        let name = name_of(file);
        (name.starts_with("job-") || name.starts_with(RESULT)) && name.ends_with(".json")
    };
    let mut files: Vec<PathBuf> = files.filter(is_job).take(MOST_JOBS).collect();
    files.sort();
    files
}

fn name_of(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn read_text(file: &Path) -> Result<String, EngineError> {
    let refused = |error: io::Error| damaged(&system_words(&error));
    let mut text = String::new();
    let read = File::open(file).map_err(refused)?.take(MOST_TEXT + 1).read_to_string(&mut text);
    match read {
        Ok(length) if length as u64 <= MOST_TEXT => Ok(text),
        Ok(_) => Err(damaged("it is far too long")),
        Err(error) => Err(refused(error)),
    }
}

fn read_order(folder: &Path) -> Option<Vec<String>> {
    serde_json::from_str(&read_text(&folder.join(ORDER)).ok()?).ok()
}

/// A damaged job is not offered a second time, and goes with its folder.
fn set_aside(file: &Path) {
    let _ = fs::rename(file, file.with_extension("damaged"));
}

/// One sentence about all that could not be read.
fn summed_up(troubles: &[EngineError]) -> Option<Told> {
    let first = troubles.first()?;
    let jobs = crate::words::count(troubles.len() as u64, "job");
    let reason = first.message.trim_end_matches('.');
    let message = format!("{jobs} from last time cannot be read again ({reason})");
    Some(Told::Trouble(EngineError::new(ErrorKind::Input, message).with_hint("Ask for it once more")))
}

/// Writes a file under another name first, so that it appears whole or not at all.
fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = file.with_file_name(format!(".{}.part", name_of(file)));
    let written = File::create(&part).and_then(|mut out| {
        out.write_all(bytes)?;
        out.sync_all()
    });
    let done = written.and_then(|()| fs::rename(&part, file));
    if done.is_err() {
        let _ = fs::remove_file(&part);
    }
    done
}

fn not_written(file: &Path, error: &io::Error) -> EngineError {
    let message = format!("The job cannot be written to {} ({})", file.display(), system_words(error));
    EngineError::new(ErrorKind::Output, message).with_hint("It runs, but would not survive Rostrum's end")
}
