//! Doing what a command says.

use super::{Action, Command, Open, Purpose, Question, Studio};
use crate::document::{DocumentError, MaskChange};
use crate::live::Changed;
use crate::panels::Choosing;
use crate::tools::mask_of;
use egui::{Context, Theme};
use std::sync::Arc;

impl Studio {
    pub(super) fn act(&mut self, ctx: &Context, action: Action) {
        match action {
            Action::Do(command) => self.command(ctx, command),
            Action::Layer(id, change) => self.change_layer(id, change),
            Action::GoTo(position) => self.change(|open| open.history.go_to(position)),
            Action::Stop(job, mode) => self.stop_job(job, mode),
            Action::Line(job, change) => self.change_line(job, change),
            Action::ShowResult(place) => self.review.show(place),
            Action::Start(size) => match Open::empty(size) {
                Ok(open) => self.replace(open),
                Err(error) => self.complain(&error),
            },
            Action::Pick(list, row) => self.pick(list, row),
            Action::Answer(yes) => self.answer(ctx, yes),
            Action::CloseMessage => self.message = None,
            Action::Named(goes_on) => self.named(goes_on),
        }
    }

    fn command(&mut self, ctx: &Context, command: Command) {
        if let Some(open) = &mut self.open {
            open.look_at_marks();
        }
        if let Some(why) = self.obstacle(command) {
            // What is under way is not a step yet, and can be taken back all the same.
            if command != Command::Undo || !self.take_back() {
                self.say(why);
            }
            return;
        }
        match command {
            Command::Open => self.doors.files.ask_open(Purpose::Document),
            Command::AddAsLayer => self.doors.files.ask_open(Purpose::Layer),
            Command::AddReference => self.doors.files.ask_open(Purpose::Reference),
            Command::FindModels => self.find_models(),
            Command::NewCanvas => self.question = Some(Question::NewCanvas),
            Command::Quit => {
                if self.may_close() {
                    self.may_close = true;
                    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                }
            }
            Command::Tasks => self.chooser.open(Choosing::Tasks),
            Command::EarlierPrompts => self.chooser.open(Choosing::Prompts),
            Command::EarlierPrompt => self.wish.look_back(true),
            Command::LaterPrompt => self.wish.look_back(false),
            other if self.hand_command(other) => {}
            other => {
                self.work_command(other);
                self.document_command(other);
                self.layer_command(other);
                self.again_command(other);
                self.view_command(ctx, other);
            }
        }
    }

    fn document_command(&mut self, command: Command) {
        let (grow, feather) = (self.toolbox.settings.grow, self.toolbox.settings.feather);
        match command {
            // What is under way is not a step yet: it alone is taken back.
            Command::Undo if self.give_up_changes() || self.take_back() => {}
            Command::Undo => self.change(|open| open.history.undo().map(drop)),
            Command::Redo => self.change(|open| open.history.redo().map(drop)),
            Command::SelectAll => self.change_marks(MaskChange::Fill),
            Command::Deselect => self.change_marks(MaskChange::Clear),
            Command::Invert => self.change_marks(MaskChange::Invert),
            Command::Grow => self.change_marks(MaskChange::Grow(grow)),
            Command::Shrink => self.change_marks(MaskChange::Shrink(grow)),
            Command::Feather => self.change_marks(MaskChange::Feather(feather)),
            Command::Border => self.change_marks(MaskChange::Border(grow)),
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
            Command::FocusPrompt => {
                (look.focus_prompt, look.panels) = (true, true);
                if let Some(prompt) = look.prompt {
                    ctx.memory_mut(|memory| memory.request_focus(prompt));
                }
            }
            Command::Palette => self.palette.open(),
            Command::Theme => {
                ctx.set_theme(if ctx.theme() == Theme::Dark { Theme::Light } else { Theme::Dark });
            }
            Command::LargerInterface => ctx.set_zoom_factor((ctx.zoom_factor() + 0.1).min(3.0)),
            Command::SmallerInterface => ctx.set_zoom_factor((ctx.zoom_factor() - 0.1).max(0.6)),
            Command::ZoomIn | Command::ZoomOut | Command::ActualPixels => {
                let Some(sight) = self.canvas.sight else { return };
                let at = self.canvas.pointer.unwrap_or(sight.rect.center());
                match command {
                    Command::ActualPixels => self.canvas.view.actual_pixels(&sight, at),
                    _ => self.canvas.view.step(&sight, at, command == Command::ZoomIn),
                }
            }
            _ => {}
        }
    }

    fn change_marks(&mut self, change: MaskChange) {
        let active = self.open.as_ref().and_then(|open| open.active);
        self.change_at_length(Arc::new(move |history| {
            let mask = mask_of(history, active)?;
            history.change_mask(mask, change).map(|()| Changed::NOTHING)
        }));
    }

    /// Changes the document, if there is one, and tells what it refused.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Open) -> Result<(), DocumentError>) {
        let Some(open) = &mut self.open else { return };
        // A gesture under way would be torn apart.
        self.toolbox.in_hand().0.cancel(&mut open.history);
        if let Err(error) = change(open) {
            open.history.abort();
            self.complain(&error);
        }
    }
}

impl Open {
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
}
