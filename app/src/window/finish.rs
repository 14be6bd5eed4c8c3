//! What comes back from outside: files that were opened or saved, pictures dropped on the window.

use super::{Action, Answer, Message, Open, Purpose, Question, Studio};
use crate::ahead::Times;
use crate::document::{DocumentError, Stop};
use crate::link::OpenedPicture;
use crate::live::{Changed, Errand, Job, Reference};
use crate::words;
use egui::Context;
use engine_api::Finished;
use std::path::Path;
use std::sync::Arc;

/// A picture that is being cut into tiles to become the document.
pub(super) struct Tiling {
    open: Errand<Result<Open, DocumentError>>,
    /// Calls it off.
    pub stop: Stop,
    /// The number of the result that it is.
    result: Option<u64>,
    /// What is to be said when it is shown.
    note: Option<String>,
}

impl Studio {
    pub(super) fn take_answers(&mut self) {
        self.take_tiled();
        // What comes after a picture may belong on top of it, and waits until it is there.
        while self.tiling.is_none()
            && let Some(answer) = self.doors.files.try_answer()
        {
            match answer {
                Answer::Opened { file, purpose, result: Ok(opened) } => self.opened(&file, purpose, opened),
                Answer::Saved { file, moment, result: Ok(()) } => {
                    if let Some(open) = self.open.as_mut().filter(|_| moment.document == self.documents) {
                        open.saved(moment.revision);
                    }
                    self.say(format!("Saved as {}", file.display()));
                }
                Answer::NoDialog { wanted, folder } => self.name_file(wanted, &folder),
                Answer::Opened { result: Err(error), .. } | Answer::Saved { result: Err(error), .. } => {
                    self.complain(&error);
                }
            }
        }
    }

    /// Looks for models again, beside the window's thread.
    pub(super) fn find_models(&mut self) {
        let look = std::sync::Arc::clone(&self.doors.models);
        match Errand::start(self.doors.aside.as_ref(), move || look()) {
            Ok(searching) => self.searching = Some(searching),
            Err(error) => self.complain(&error),
        }
    }

    /// Takes the models that were found. The chosen one stays chosen where it is still there.
    pub(super) fn take_models(&mut self) {
        let Some(found) = self.searching.as_ref().and_then(Errand::try_take) else { return };
        self.searching = None;
        match found {
            Ok(models) => {
                let is_there = |name: &String| models.iter().any(|model| model.name == *name);
                if !self.wish.model.as_ref().is_some_and(is_there) {
                    self.wish.model = models.first().map(|model| model.name.clone());
                }
                self.say(match (models.len(), &self.doors.model_folder) {
                    (0, Some(folder)) => format!("There is no model in {} yet", folder.display()),
                    (0, None) => "There is no model yet".into(),
                    (number, _) => format!("{} found", words::count(number as u64, "model")),
                });
                self.models = models;
            }
            Err(error) => self.complain(&error),
        }
    }

    /// The user's own presets, and how long runs took.
    pub(super) fn take_notes(&mut self) {
        while let Some(noted) = self.doors.notes.try_answer() {
            if let Some(text) = noted.times {
                self.times = Times::read(&text);
            }
            if let Some(trouble) = self.presets.add_files(noted.presets) {
                self.complain(&trouble);
            }
        }
    }

    /// Pictures dropped on the window: the first opens, where nothing is open; others become layers.
    pub(super) fn take_dropped(&mut self, ctx: &Context) {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        let mut purpose = if self.open.is_some() { Purpose::Layer } else { Purpose::Document };
        for file in
            dropped.into_iter().map(|file| file.path().to_owned()).filter(|file| !file.as_os_str().is_empty())
        {
            self.doors.files.open(file, purpose);
            purpose = Purpose::Layer;
        }
    }

    /// Remembers how long a whole run took, for the next one like it.
    pub(super) fn note_time(&mut self, job: &Job, finished: &Finished) {
        let (settings, step) = (&finished.outcome.settings, job.progress.step_seconds());
        if finished.outcome.stopped_after.is_none() && step > 0.0 {
            let model = &job.asked.model;
            self.times.note(model, settings.work_size, settings.steps, step, finished.seconds);
            self.doors.notes.keep_times(self.times.written());
        }
    }

    fn opened(&mut self, file: &Path, purpose: Purpose, opened: OpenedPicture) {
        let name =
            file.file_stem().map_or_else(|| "Picture".to_owned(), |name| name.to_string_lossy().into_owned());
        let note = opened.notes.first().cloned();
        match purpose {
            Purpose::Reference => {
                self.wish.references.push(Reference { name, picture: opened.picture, pin: None });
            }
            Purpose::Layer if self.open.is_some() => {
                self.change_at_length(Arc::new(move |history| {
                    let place = history.document().top();
                    let layer = history.add_picture(&name, &opened.picture, [0, 0], place)?;
                    Ok(Changed::choosing(layer))
                }));
            }
            Purpose::Document | Purpose::Layer => return self.open_picture(name, opened, None),
        }
        if let Some(text) = note {
            self.message = Some(Message { text, is_trouble: false });
        }
    }

    /// Makes a document of a picture, beside the window where it is large; `result` is the number of the one that it was.
    pub(super) fn open_picture(&mut self, name: String, mut opened: OpenedPicture, result: Option<u64>) {
        let note = std::mem::take(&mut opened.notes).into_iter().next();
        let pixels = u64::from(opened.picture.width()) * u64::from(opened.picture.height());
        if self.doors.aside.at_once(pixels) {
            return self.tiled(Open::picture(&name, opened, &Stop::default()), result, note);
        }
        let stop = Stop::default();
        let cut = {
            let stop = stop.clone();
            move || Open::picture(&name, opened, &stop)
        };
        match Errand::start(self.doors.aside.as_ref(), cut) {
            Ok(open) => self.tiling = Some(Tiling { open, stop, result, note }),
            Err(error) => self.complain(&error),
        }
    }

    pub(super) fn take_tiled(&mut self) {
        let Some(Tiling { open, stop, result, note }) = self.tiling.take() else { return };
        match open.try_take() {
            None => self.tiling = Some(Tiling { open, stop, result, note }),
            Some(Ok(open)) => self.tiled(open, result, note),
            Some(Err(error)) => self.complain(&error),
        }
    }

    fn tiled(&mut self, open: Result<Open, DocumentError>, result: Option<u64>, note: Option<String>) {
        match open {
            Ok(open) => self.replace(open),
            Err(error) => return self.complain(&error),
        }
        if result.is_some() {
            self.opening = result;
            // Where nothing is unsaved there was nothing to ask.
            if self.question.is_none() {
                self.opened_result();
            }
        }
        if let Some(text) = note {
            self.message = Some(Message { text, is_trouble: false });
        }
    }

    /// Shows another document; asks first where something is unsaved.
    pub(super) fn replace(&mut self, open: Open) {
        if self.is_changing() || self.open.as_ref().is_some_and(Open::is_unsaved) {
            self.question = Some(Question::Replace(Box::new(open)));
        } else {
            self.show(open);
        }
    }

    pub(super) fn show(&mut self, open: Open) {
        self.forget_changes();
        self.open = Some(open);
        self.documents += 1;
        self.canvas.reset();
        self.message = None;
    }

    pub(super) fn answer(&mut self, ctx: &Context, yes: bool) {
        match self.question.take() {
            Some(Question::Replace(open)) if yes => {
                self.show(*open);
                self.opened_result();
            }
            // The result goes on waiting.
            Some(Question::Replace(_)) => self.opening = None,
            Some(Question::DiscardEarlier) if yes => self.discard_earlier(),
            Some(Question::NewCanvas) if yes => self.act(ctx, Action::Start(self.look.new_size)),
            Some(Question::Close) if yes => {
                self.may_close = true;
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
            _ => {}
        }
    }
}
