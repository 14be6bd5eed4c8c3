//! Why a command would do nothing at this moment, in one sentence: menus show it weaker and say why, and a key that does
//! nothing says the same.

use super::commands::Menu;
use super::{Command, Earlier, Open, Pending, Studio, commands};
use crate::document::{Layer, LayerKind};

pub(super) const NO_PICTURE: &str = "Open a picture first";
pub(super) const NO_LAYER: &str = "Choose a layer first";
const NO_RESULT: &str = "No result is waiting";

impl Studio {
    /// What stands in the way of a command; `None` when it can do something.
    pub(crate) fn obstacle(&self, command: Command) -> Option<&'static str> {
        if self.open.is_none() && works_on_a_picture(command) {
            return Some(NO_PICTURE);
        }
        let in_picture = self.open.as_ref().and_then(|open| self.obstacle_in(open, command));
        in_picture.or_else(|| self.obstacle_in_work(command)).or_else(|| self.obstacle_in_hand(command))
    }

    /// History, marks and layers.
    fn obstacle_in(&self, open: &Open, command: Command) -> Option<&'static str> {
        let history = &open.history;
        let chosen = open.chosen().and_then(|id| history.document().layer(id).ok());
        let is_end = |up: bool| chosen.is_some_and(|layer| open.place_beside(layer.id(), up).is_none());
        let is_last = |above: bool| chosen.is_some_and(|layer| open.beside(layer.id(), above).is_none());
        match command {
            Command::Redo => {
                (history.steps().len() <= history.position()).then_some("There is nothing to redo")
            }
            // Marks may be on their way.
            Command::Deselect | Command::Grow | Command::Shrink | Command::Feather | Command::Border => {
                (open.marks_nothing() && !self.is_changing()).then_some("Nothing is marked")
            }
            Command::Duplicate
            | Command::MergeDown
            | Command::DeleteLayer
            | Command::GroupLayers
            | Command::ToggleLayer
            | Command::LockLayer
            | Command::RenameLayer
            | Command::RaiseLayer
            | Command::LowerLayer
                if chosen.is_none() =>
            {
                Some(NO_LAYER)
            }
            Command::RaiseLayer if is_end(true) => Some("This layer is at the top already"),
            Command::LowerLayer if is_end(false) => Some("This layer is at the bottom already"),
            Command::LayerAbove | Command::AlsoAbove if is_last(true) => {
                Some("There is no layer above this one")
            }
            Command::LayerBelow | Command::AlsoBelow if is_last(false) => {
                Some("There is no layer below this one")
            }
            Command::UngroupLayers => {
                let is_group = chosen.is_some_and(|layer| layer.kind() == LayerKind::Group);
                (!is_group).then_some("Choose a group first")
            }
            Command::FoldGroup => {
                let is_in_group = chosen.is_some_and(|layer| open.is_in_group(layer));
                (!is_in_group).then_some("Choose a group first, or a layer in one")
            }
            Command::UseRecipe | Command::MakeAgain => {
                chosen.and_then(Layer::made).is_none().then_some("Choose a result layer first")
            }
            _ => None,
        }
    }

    /// The line of jobs, results, earlier prompts.
    fn obstacle_in_work(&self, command: Command) -> Option<&'static str> {
        let shown = self.review.shown();
        match command {
            Command::Accept
            | Command::Discard
            | Command::AcceptAll
            | Command::Changes
            | Command::SplitLeft
            | Command::SplitRight
            | Command::NextResult
            | Command::PreviousResult
                if shown.is_none() =>
            {
                Some(NO_RESULT)
            }
            Command::Changes if !self.compare.changes && !shown.is_some_and(Pending::can_be_compared) => {
                Some("What this result was made from is not at hand to compare it with")
            }
            Command::Split => (self.compare.split.is_none() && shown.is_none()).then_some(NO_RESULT),
            Command::NextResult | Command::PreviousResult => {
                (self.review.len() < 2).then_some("There is only one result")
            }
            Command::BringBack => {
                (!self.review.can_bring_back()).then_some("No result was discarded that could come back")
            }
            Command::StopNow | Command::StopAndKeep | Command::CancelJob if self.jobs.list().is_empty() => {
                Some("No job is running or waiting")
            }
            Command::StopAndKeep => {
                let draws = self.jobs.running().is_some_and(|job| job.progress.share().is_some());
                (!draws).then_some("Nothing is drawn yet that could be kept")
            }
            Command::NextJob | Command::PreviousJob => {
                self.jobs.list().is_empty().then_some("The queue is empty")
            }
            Command::JobForward | Command::JobBack | Command::ClearLine => {
                (self.jobs.waiting() == 0).then_some("No job is waiting")
            }
            Command::RestoreLine => {
                self.jobs.cleared().is_empty().then_some("No job was taken out that could be put back")
            }
            Command::ContinueEarlier | Command::DiscardEarlier => {
                (self.earlier == Earlier::default()).then_some("Nothing is left from last time")
            }
            Command::EarlierPrompts | Command::EarlierPrompt | Command::LaterPrompt => {
                self.wish.earlier().is_empty().then_some("There are no earlier prompts yet")
            }
            _ => None,
        }
    }

    /// The tool in hand.
    fn obstacle_in_hand(&self, command: Command) -> Option<&'static str> {
        let tool = self.toolbox.current();
        match command {
            Command::Undo => {
                let has_steps = self
                    .open
                    .as_ref()
                    .is_some_and(|open| open.history.position() > 0 || open.history.is_open());
                let is_busy = self.is_busy_beside() || tool.is_pending();
                (!has_steps && !is_busy).then_some("There is nothing to undo")
            }
            Command::LargerBrush | Command::SmallerBrush | Command::HarderBrush | Command::SofterBrush => {
                tool.diameter(&self.toolbox.settings).is_none().then_some("Take a brush first")
            }
            Command::Apply => (!tool.is_pending()).then_some("The tool shows nothing that could be applied"),
            Command::Nudge(..) => (self.pen.is_none() && !tool.nudges())
                .then_some("Arrow keys do nothing with this tool; K takes a pen that they carry"),
            _ => None,
        }
    }

    /// Says what was done, and how to undo it.
    pub(super) fn say_undone_by(&mut self, done: &str, command: Command) {
        let entry = commands::of(command);
        let key = entry.key.map(|key| key.format(&egui::ModifierNames::NAMES, cfg!(target_os = "macos")));
        let key = key.map(|key| format!(" ({key})")).unwrap_or_default();
        self.say(format!("{done}. \u{201c}{}\u{201d}{key} undoes this", entry.name));
    }
}

/// Whether a command means nothing without a picture.
fn works_on_a_picture(command: Command) -> bool {
    let works_on_pixels = matches!(commands::of(command).menu, Menu::Select | Menu::Layer);
    let looks = matches!(
        command,
        Command::Fit
            | Command::ZoomIn
            | Command::ZoomOut
            | Command::ActualPixels
            | Command::TurnLeft
            | Command::TurnRight
            | Command::Upright
            | Command::ToggleMasks
    );
    let works = matches!(
        command,
        Command::Export
            | Command::Fill
            | Command::Redo
            | Command::Apply
            | Command::KeyboardPen
            | Command::Nudge(..)
    );
    // How new marks meet old ones can be chosen before there are any.
    (works_on_pixels && !matches!(command, Command::Combine(_))) || looks || works
}
