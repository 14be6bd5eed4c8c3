//! Which commands can do something at this moment, for menus that show the others weaker.

use super::commands::Menu;
use super::{Command, Earlier, Studio, commands};

impl Studio {
    /// Whether a command would do anything now. Commands that say themselves what they miss count as possible.
    pub(crate) fn is_possible(&self, command: Command) -> bool {
        let has_jobs = !self.jobs.list().is_empty();
        match command {
            Command::Undo => {
                self.open.as_ref().is_some_and(|open| open.history.position() > 0 || open.history.is_open())
            }
            Command::Redo => {
                self.open.as_ref().is_some_and(|open| open.history.steps().len() > open.history.position())
            }
            Command::Accept | Command::Discard | Command::AcceptAll | Command::Changes => {
                !self.review.is_empty()
            }
            Command::Split => self.compare.split.is_some() || !self.review.is_empty(),
            Command::NextResult | Command::PreviousResult => self.review.len() > 1,
            Command::BringBack => self.review.can_bring_back(),
            Command::StopNow
            | Command::StopAndKeep
            | Command::NextJob
            | Command::PreviousJob
            | Command::CancelJob => has_jobs,
            Command::JobForward | Command::JobBack | Command::ClearLine => self.jobs.waiting() > 0,
            Command::RestoreLine => !self.jobs.cleared().is_empty(),
            Command::ContinueEarlier | Command::DiscardEarlier => self.earlier != Earlier::default(),
            Command::EarlierPrompts | Command::EarlierPrompt | Command::LaterPrompt => {
                !self.wish.earlier().is_empty()
            }
            Command::Export | Command::Fill => self.open.is_some(),
            other => {
                let works_on_a_picture = matches!(commands::of(other).menu, Menu::Select | Menu::Layer);
                self.open.is_some() || !works_on_a_picture
            }
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
