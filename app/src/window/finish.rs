//! What comes back from outside: files that were opened or saved, pictures dropped on the window.

use super::{Action, Answer, Message, Open, Purpose, Question, Studio};
use crate::ahead::Times;
use crate::link::OpenedPicture;
use crate::live::{Errand, Job, Reference};
use crate::words;
use egui::Context;
use engine_api::Finished;
use std::path::Path;

impl Studio {
    pub(super) fn take_answers(&mut self) {
        while let Some(answer) = self.doors.files.try_answer() {
            match answer {
                Answer::Opened { file, purpose, result: Ok(opened) } => self.opened(&file, purpose, opened),
                Answer::Saved { file, moment, result: Ok(()) } => {
                    if let Some(open) = self.open.as_mut().filter(|_| moment.document == self.documents) {
                        open.saved(moment.revision);
                    }
                    self.say(format!("Saved as {}", file.display()));
                }
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
                self.change(|open| {
                    let document = open.history.document();
                    let place = document.top();
                    open.active = Some(open.history.add_picture(&name, &opened.picture, [0, 0], place)?);
                    Ok(())
                });
            }
            Purpose::Document | Purpose::Layer => match Open::picture(&name, opened) {
                Ok(open) => self.replace(open),
                Err(error) => self.complain(&error),
            },
        }
        if let Some(text) = note {
            self.message = Some(Message { text, is_trouble: false });
        }
    }

    /// Shows another document; asks first where something is unsaved.
    pub(super) fn replace(&mut self, open: Open) {
        if self.open.as_ref().is_some_and(Open::is_unsaved) {
            self.question = Some(Question::Replace(Box::new(open)));
        } else {
            self.show(open);
        }
    }

    pub(super) fn show(&mut self, open: Open) {
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
