//! Doing what a command says.

use super::{Action, Command, Open, Purpose, Question, SaveDetails, Studio, review};
use crate::document::{DocumentError, LayerId, Made, MaskChange};
use crate::live::{Asked, Canvas, Doing};
use crate::panels::Choosing;
use crate::tools::mask_of;
use egui::{Context, Theme};
use engine_api::{CancelMode, EngineError, ErrorKind, Picture};
use std::time::SystemTime;

/// Pixels by which the commands grow and shrink marks.
const GROW: f32 = 8.0;
const FEATHER: f32 = 16.0;

impl Studio {
    pub(super) fn act(&mut self, ctx: &Context, action: Action) {
        match action {
            Action::Do(command) => self.command(ctx, command),
            Action::Layer(id, change) => self.change_layer(id, change),
            Action::GoTo(position) => self.change(|open| open.history.go_to(position)),
            Action::Stop(job, mode) => self.jobs.cancel(self.doors.service.as_ref(), job, mode),
            Action::Start(size) => match Open::empty(size) {
                Ok(open) => self.replace(open),
                Err(error) => self.complain(&error),
            },
            Action::Pick(list, row) => self.pick(list, row),
            Action::Answer(yes) => self.answer(ctx, yes),
            Action::CloseMessage => self.message = None,
        }
    }

    fn command(&mut self, ctx: &Context, command: Command) {
        match command {
            Command::Open => self.doors.files.ask_open(Purpose::Document),
            Command::AddAsLayer => self.doors.files.ask_open(Purpose::Layer),
            Command::AddReference => self.doors.files.ask_open(Purpose::Reference),
            Command::NewCanvas => self.question = Some(Question::NewCanvas),
            Command::Export => self.export(),
            Command::Generate => self.generate(),
            Command::StopNow => self.stop(CancelMode::Now),
            Command::StopAndKeep => self.stop(CancelMode::KeepStep),
            Command::Accept => self.accept(),
            Command::Discard => {
                if self.review.discard() {
                    self.say("Discarded. \u{201c}Bring back the discarded result\u{201d} undoes this");
                }
            }
            Command::BringBack => drop(self.review.bring_back()),
            Command::NextResult => self.review.turn(true),
            Command::PreviousResult => self.review.turn(false),
            Command::Tool(kind) => {
                self.toolbox.choose(kind, self.open.as_mut().map(|open| &mut open.history));
            }
            Command::LargerBrush => self.toolbox.resize_brush(true),
            Command::SmallerBrush => self.toolbox.resize_brush(false),
            Command::HarderBrush => self.toolbox.harden_brush(true),
            Command::SofterBrush => self.toolbox.harden_brush(false),
            Command::Tasks => self.chooser.open(Choosing::Tasks),
            Command::EarlierPrompts => self.chooser.open(Choosing::Prompts),
            Command::EarlierPrompt => self.wish.look_back(true),
            Command::LaterPrompt => self.wish.look_back(false),
            other => {
                self.document_command(other);
                self.layer_command(other);
                self.again_command(other);
                self.view_command(ctx, other);
            }
        }
    }

    fn document_command(&mut self, command: Command) {
        let marks = |change| move |open: &mut Open| open.change_marks(change);
        match command {
            Command::Undo => self.change(|open| open.history.undo().map(drop)),
            Command::Redo => self.change(|open| open.history.redo().map(drop)),
            Command::SelectAll => self.change(marks(MaskChange::Fill)),
            Command::Deselect => self.change(marks(MaskChange::Clear)),
            Command::Invert => self.change(marks(MaskChange::Invert)),
            Command::Grow => self.change(marks(MaskChange::Grow(GROW))),
            Command::Shrink => self.change(marks(MaskChange::Shrink(GROW))),
            Command::Feather => self.change(marks(MaskChange::Feather(FEATHER))),
            Command::Border => self.change(marks(MaskChange::Border(GROW))),
            Command::NewPaintLayer => self.change(|open| open.add_layer(false)),
            Command::NewMaskLayer => self.change(|open| open.add_layer(true)),
            _ => {}
        }
    }

    fn view_command(&mut self, ctx: &Context, command: Command) {
        let look = &mut self.look;
        match command {
            Command::Fit => self.canvas.view.fit(),
            Command::ToggleMasks => look.masks = !look.masks,
            Command::TogglePanels => look.panels = !look.panels,
            Command::FrameTimes => look.frame_times = !look.frame_times,
            Command::FocusPrompt => (look.focus_prompt, look.panels) = (true, true),
            Command::Palette => self.palette.open(),
            Command::Theme => {
                ctx.set_theme(if ctx.theme() == Theme::Dark { Theme::Light } else { Theme::Dark });
            }
            Command::LargerInterface => ctx.set_zoom_factor((ctx.zoom_factor() + 0.1).min(3.0)),
            Command::SmallerInterface => ctx.set_zoom_factor((ctx.zoom_factor() - 0.1).max(0.6)),
            Command::ZoomIn | Command::ZoomOut | Command::ActualPixels => {
                let Some(sight) = self.canvas.sight else { return };
                match command {
                    Command::ActualPixels => self.canvas.view.actual_pixels(&sight),
                    _ => self.canvas.view.step(&sight, command == Command::ZoomIn),
                }
            }
            _ => {}
        }
    }

    /// Changes the document, if there is one, and tells what it refused.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Open) -> Result<(), DocumentError>) {
        let Some(open) = &mut self.open else { return };
        // A gesture under way would be torn apart.
        self.toolbox.in_hand().0.cancel(&mut open.history);
        if let Err(error) = change(open) {
            self.complain(&error);
        }
    }

    fn stop(&mut self, mode: CancelMode) {
        let job = self.jobs.running().or(self.jobs.list().first()).map(|job| job.id);
        if let Some(job) = job {
            self.jobs.cancel(self.doors.service.as_ref(), job, mode);
        }
    }

    fn export(&mut self) {
        let Some(open) = &self.open else { return self.say("Open a picture first") };
        match open.snapshot() {
            Ok(snapshot) => {
                let name = format!("{}-edited", open.name);
                let details = SaveDetails { name, recipe: open.recipe(), profile: open.profile.clone() };
                self.doors.files.ask_save(snapshot.picture, details);
            }
            Err(error) => self.complain(&error),
        }
    }

    fn generate(&mut self) {
        if let Err(error) = self.submit(None) {
            self.complain(&error);
        }
    }

    /// Sends one request per variant: for what the canvas shows, or for an earlier result that is made again on the
    /// layers below it.
    pub(super) fn submit(&mut self, earlier: Option<LayerId>) -> Result<(), EngineError> {
        let model = self.models.iter().find(|model| Some(&model.name) == self.wish.model.as_ref());
        let Some(model) = model.cloned() else {
            let error = EngineError::new(ErrorKind::Model, "No model is chosen");
            return Err(error.with_hint("Choose one in the prompt panel"));
        };
        if self.open.is_none() {
            let open = Open::empty(self.look.new_size).map_err(|error| input(&error))?;
            self.show(open);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        self.toolbox.in_hand().0.cancel(&mut open.history);
        open.look_at_marks();
        let (doing, canvas) = match earlier {
            Some(layer) => open.below(layer)?,
            None => open.shown()?,
        };
        let marks = open.history.document().marks().map_err(|error| input(&error))?;
        let kept = self.wish.kept(marks.filter(|_| !matches!(doing, Doing::Generate(_))));
        let mask = match &canvas {
            Canvas::Picture { mask, .. } => mask.clone(),
            Canvas::Empty(_) => None,
        };
        for variant in 0..self.wish.variants.max(1) {
            let asked = Asked {
                doing: doing.clone(),
                model: model.name.clone(),
                document: self.documents,
                mask: mask.clone(),
                kept: kept.clone(),
                earlier,
            };
            let id = self.jobs.next_id();
            let request = self.wish.request(id, model.path.clone(), canvas.clone(), variant);
            self.jobs.submit(self.doors.service.as_ref(), request, asked)?;
        }
        self.wish.asked();
        self.message = None;
        Ok(())
    }

    fn accept(&mut self) {
        let Some(result) = self.review.take() else { return };
        let fits = |open: &Open| {
            let size = open.history.document().size();
            (size.width, size.height) == (result.picture.width(), result.picture.height())
        };
        if !self.open.as_ref().is_some_and(fits) || result.document != self.documents {
            let opened =
                crate::link::OpenedPicture { picture: result.picture, profile: None, notes: Vec::new() };
            match Open::picture("Result", opened) {
                Ok(open) => self.replace(open),
                Err(error) => self.complain(&error),
            }
            return;
        }
        let Some(part) = review::cut(&result.picture, result.part) else { return };
        self.change(|open| open.place(&part, result));
    }
}

impl Open {
    fn change_marks(&mut self, change: MaskChange) -> Result<(), DocumentError> {
        let mask = mask_of(&mut self.history, self.active)?;
        self.history.change_mask(mask, change)
    }

    fn add_layer(&mut self, mask: bool) -> Result<(), DocumentError> {
        let document = self.history.document();
        let place = self.chosen().and_then(|id| document.above(id).ok()).unwrap_or_else(|| document.top());
        let layer = if mask {
            self.history.add_mask("Mask", place)?
        } else {
            self.history.add_paint("Paint", place)?
        };
        self.active = Some(layer);
        Ok(())
    }

    /// What the canvas shows, as the source of a request, and what will happen to it.
    fn shown(&self) -> Result<(Doing, Canvas), EngineError> {
        let doing = self.doing();
        if let Doing::Generate(size) = doing {
            return Ok((doing, Canvas::Empty(size)));
        }
        let snapshot = self.snapshot().map_err(|error| input(&error))?;
        Ok((doing, Canvas::Picture { picture: snapshot.picture, mask: snapshot.mask }))
    }

    fn place(&mut self, part: &Picture, result: super::Pending) -> Result<(), DocumentError> {
        let when = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok();
        let made = Made { recipe: result.recipe, kept: result.kept, when: when.map(|since| since.as_secs()) };
        let earlier = result.earlier.filter(|&layer| self.history.document().layer(layer).is_ok());
        let layer = match earlier {
            Some(earlier) => self.history.place_again(part, result.part, made, earlier)?,
            None => self.history.place_result(part, result.part, made)?,
        };
        self.active = Some(layer);
        self.also.clear();
        Ok(())
    }
}

fn input(error: &DocumentError) -> EngineError {
    EngineError::new(ErrorKind::Input, error.to_string())
}
