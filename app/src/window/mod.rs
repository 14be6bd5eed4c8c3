//! The window: the document, the tools, the panels and the running work, together.
//!
//! [`Studio::ui`] is one frame. Panels do not change the document themselves; they leave an [`Action`], and after
//! everything is drawn the actions are performed (`perform.rs`, `layers.rs`). Nothing in a frame waits: files and
//! the engine answer through [`Doors`].

mod again;
pub mod commands;
mod doors;
mod finish;
mod hand;
mod layers;
mod lengthy;
mod naming;
mod open;
mod palette;
mod perform;
mod possible;
mod stage;
mod work;

pub use commands::Command;
pub use doors::{Answer, Doors, Files, Moment, Noted, Notes, Planner, Purpose, SaveDetails};
pub use layers::LayerChange;
pub use naming::Wanted;
pub use open::Open;
pub use work::{Earlier, LineChange, Pending, Review};

use crate::ahead::{Ahead, Times};
use crate::canvas::{Canvas, Sight, Uploads};
use crate::design;
use crate::document::{Document, LayerId, Step};
use crate::library::Installed;
use crate::live::{Doing, Errand, Jobs, Wish};
use crate::panels::{self, Chooser, Choosing, LayerList};
use crate::presets::Presets;
use crate::tools::{ToolKind, ToolSettings, Toolbox};
use egui::{Context, Ui};
use engine_api::{CancelMode, JobId, Prospect, Size};
use palette::Palette;
pub(crate) use palette::move_in_list;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

/// Everything that the window holds.
pub struct Studio {
    pub(crate) doors: Doors,
    /// The document; `None` before the first picture.
    pub(crate) open: Option<Open>,
    pub(crate) wish: Wish,
    pub(crate) jobs: Jobs,
    /// Requests whose pictures are being put together.
    batches: Vec<work::Batch>,
    /// Changes that take longer than a frame.
    lengthy: lengthy::Lengthy,
    /// A large picture that is being opened.
    tiling: Option<finish::Tiling>,
    pub(crate) earlier: Earlier,
    /// The result that becomes the document, if the user agrees.
    opening: Option<u64>,
    /// The job that is chosen in the list.
    pub(crate) chosen_job: Option<JobId>,
    pub(crate) review: Review,
    pub(crate) compare: work::Compare,
    pub(crate) toolbox: Toolbox,
    pub(crate) canvas: Canvas,
    pub(crate) models: Vec<Installed>,
    /// The models, while they are being looked for.
    searching: Option<Errand<Vec<Installed>>>,
    pub(crate) presets: Presets,
    /// What the next press of the button will take.
    pub(crate) ahead: Ahead,
    /// How long runs took.
    pub(crate) times: Times,
    /// The list of tasks or of earlier prompts, where it is open.
    pub(crate) chooser: Chooser,
    pub(crate) message: Option<Message>,
    /// The message of the last frame, and when it was first seen, in seconds of the window's clock.
    told: Option<(Message, f64)>,
    pub(crate) look: Look,
    /// What to do after this frame.
    pub(crate) actions: Vec<Action>,
    /// A question that has to be answered first.
    pub(crate) question: Option<Question>,
    pub(crate) palette: Palette,
    /// The field for a file's name, where the system has no dialog.
    naming: Option<naming::Naming>,
    /// What the list of layers remembers from frame to frame.
    pub(crate) layer_list: LayerList,
    /// A tool that is held by its key.
    pub(crate) borrowed: Option<hand::Borrowed>,
    /// The keyboard's pen, while it is out.
    pub(crate) pen: Option<hand::KeyPen>,
    pub(crate) frames: VecDeque<f32>,
    /// Documents opened so far; the number of the one that is open.
    pub(crate) documents: u64,
    /// Whether the window may close.
    pub(crate) may_close: bool,
    /// The window's title as it was set last.
    title: String,
}

/// One sentence for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub text: String,
    pub is_trouble: bool,
}

/// How the window looks; not part of the document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Look {
    pub panels: bool,
    pub masks: bool,
    pub frame_times: bool,
    /// The picture as it was opened is shown, for as long as a key or button is held.
    pub before: bool,
    /// The button for it is down.
    pub held: bool,
    /// Text was typed in the last frame.
    pub was_typing: bool,
    /// The prompt takes the keyboard in the next frame.
    pub focus_prompt: bool,
    /// Characters of the prompt that are selected in the next frame, from and to.
    pub select: Option<[usize; 2]>,
    /// The hint about movement has been read.
    pub hint_closed: bool,
    /// References in the last frame.
    pub references: usize,
    /// A result came that the user may not have seen.
    pub has_news: bool,
    /// The prompt's field, once it was shown.
    pub prompt: Option<egui::Id>,
    /// Size of the next empty canvas.
    pub new_size: Size,
}

/// What a panel asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    Do(Command),
    Layer(LayerId, LayerChange),
    /// To a number of steps of the history.
    GoTo(usize),
    Stop(JobId, CancelMode),
    Line(JobId, LineChange),
    /// The result at this place.
    ShowResult(usize),
    /// An empty canvas.
    Start(Size),
    Answer(bool),
    /// A row of a list was chosen.
    Pick(Choosing, usize),
    /// The message has been read.
    CloseMessage,
    /// Whether the file that was named shall be opened or written.
    Named(bool),
}

/// A question with two answers.
pub(crate) enum Question {
    /// Whether unsaved work may be replaced by a new document.
    Replace(Box<Open>),
    /// How large a new canvas shall be.
    NewCanvas,
    /// Whether the jobs of earlier sessions may be removed.
    DiscardEarlier,
    /// Whether the window may close although something is unsaved.
    Close,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            panels: true,
            masks: true,
            frame_times: false,
            before: false,
            held: false,
            was_typing: false,
            focus_prompt: false,
            select: None,
            hint_closed: false,
            references: 0,
            has_news: false,
            prompt: None,
            new_size: Size { width: 1024, height: 1024 },
        }
    }
}

impl Drop for Studio {
    /// What was asked for is written down, also when its picture is not ready yet.
    fn drop(&mut self) {
        // Nobody sees what would become of a change that is under way; results that it was to place are on disk.
        self.forget_changes();
        self.doors.aside.finish();
        self.take_batches();
        self.forget_cleared();
    }
}

impl Studio {
    /// A window before its first frame; `files` are opened at once.
    pub fn new(ctx: &Context, mut doors: Doors, files: Vec<PathBuf>) -> Self {
        design::apply(ctx);
        // Ctrl and plus zoom the picture, not the letters.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let mut files = files.into_iter();
        if let Some(first) = files.next() {
            doors.files.open(first, Purpose::Document);
        }
        files.for_each(|file| doors.files.open(file, Purpose::Layer));
        doors.notes.load();
        let models = (doors.models)();
        let mut wish = Wish::default();
        wish.model = models.first().map(|model| model.name.clone());
        Self {
            doors,
            open: None,
            wish,
            jobs: Jobs::default(),
            batches: Vec::new(),
            lengthy: lengthy::Lengthy::default(),
            tiling: None,
            earlier: Earlier::default(),
            opening: None,
            chosen_job: None,
            compare: work::Compare::default(),
            review: Review::default(),
            toolbox: Toolbox::default(),
            canvas: Canvas::default(),
            models,
            searching: None,
            presets: Presets::bundled(),
            ahead: Ahead::default(),
            times: Times::default(),
            chooser: Chooser::default(),
            message: None,
            told: None,
            look: Look::default(),
            actions: Vec::new(),
            question: None,
            palette: Palette::default(),
            naming: None,
            layer_list: LayerList::default(),
            borrowed: None,
            pen: None,
            frames: VecDeque::new(),
            documents: 0,
            may_close: false,
            title: String::new(),
        }
    }

    /// What has to go on while the window is hidden, too: takes what files and engine have told, and hands the engine
    /// its next job.
    pub fn logic(&mut self, ctx: &Context) {
        self.take_answers();
        self.take_changes();
        self.take_work();
        self.take_models();
        // Who went to another window meanwhile is told by the system's own sign.
        if std::mem::take(&mut self.look.has_news) && !ctx.input(|input| input.focused) {
            let news = egui::UserAttentionType::Informational;
            ctx.send_viewport_cmd(egui::ViewportCommand::RequestUserAttention(news));
        }
        let title = self.title();
        if title != self.title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    /// One frame.
    pub fn ui(&mut self, ui: &mut Ui) {
        self.count_frame(ui.ctx());
        self.logic(ui.ctx());
        self.take_notes();
        self.take_dropped(ui.ctx());
        self.take_keys(ui.ctx());
        if let Some(open) = &mut self.open {
            open.look_at_marks();
        }
        self.let_go_of_sliders(ui.ctx());
        self.let_messages_go(ui.ctx());
        self.look_ahead(ui.ctx());
        panels::show(ui, self);
        self.ask(ui);
        self.show_naming(ui);
        self.show_palette(ui);
        panels::choose(ui, self);
        self.look.was_typing = ui.ctx().text_edit_focused();
        for action in std::mem::take(&mut self.actions) {
            self.act(ui.ctx(), action);
            // What was drawn before the action is out of date.
            ui.ctx().request_repaint();
        }
    }

    /// The open document, for whoever looks from outside.
    pub fn document(&self) -> Option<&Document> {
        self.open.as_ref().map(|open| open.history.document())
    }

    /// Steps that can be undone.
    pub fn steps(&self) -> usize {
        self.open.as_ref().map_or(0, |open| open.history.position())
    }

    /// Results that wait for a decision.
    pub fn results(&self) -> usize {
        self.review.len()
    }

    /// What was done, oldest first, and what was undone at the end.
    pub fn history(&self) -> Vec<Step<'_>> {
        self.open.as_ref().map(|open| open.history.steps()).unwrap_or_default()
    }

    /// The sentence that is shown.
    pub fn message(&self) -> Option<&Message> {
        self.message.as_ref()
    }

    /// The tool in hand.
    pub fn tool(&self) -> ToolKind {
        self.toolbox.current().meta().kind
    }

    /// What the last frame sent to the graphics card.
    pub fn uploads(&self) -> Uploads {
        self.canvas.uploads
    }

    /// Whether the engine draws at this moment.
    pub fn is_drawing(&self) -> bool {
        self.jobs.running().is_some_and(|job| job.progress.share().is_some())
    }

    /// How the document lies on the screen; `None` before it was drawn.
    pub fn sight(&self) -> Option<Sight> {
        self.canvas.sight
    }

    /// What the tools are set to.
    pub fn tool_settings(&self) -> &ToolSettings {
        &self.toolbox.settings
    }

    /// Does what a menu entry would do.
    pub fn perform(&mut self, ctx: &Context, command: Command) {
        self.act(ctx, Action::Do(command));
    }

    /// Writes into the prompt, as typing would.
    pub fn write_prompt(&mut self, prompt: &str) {
        prompt.clone_into(&mut self.wish.prompt);
    }

    /// Whether the window may close now; asks the user where something is unsaved.
    pub fn may_close(&mut self) -> bool {
        let is_unsaved = self.is_changing() || self.open.as_ref().is_some_and(Open::is_unsaved);
        if !self.may_close && is_unsaved {
            self.question = Some(Question::Close);
            return false;
        }
        true
    }

    /// What the button of the prompt panel would do now.
    pub fn doing(&self) -> Doing {
        self.open.as_ref().map_or(Doing::Generate(self.look.new_size), Open::doing)
    }

    pub(crate) fn ask_for(&mut self, command: Command) {
        self.actions.push(Action::Do(command));
    }

    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.message = Some(Message { text: text.into(), is_trouble: false });
    }

    pub(crate) fn complain(&mut self, error: &dyn std::fmt::Display) {
        self.message = Some(Message { text: error.to_string(), is_trouble: true });
    }

    /// The picture without the result, for as long as a button is held.
    pub(crate) fn hold_before(&mut self, held: bool) {
        self.look.held = held;
    }

    fn take_keys(&mut self, ctx: &Context) {
        let is_typing = ctx.text_edit_focused();
        let has_focus = ctx.memory(|memory| memory.focused().is_some());
        let is_down = ctx.input(|input| input.key_down(egui::Key::Backslash) && !input.modifiers.any());
        self.look.before = self.look.held || (is_down && !is_typing);
        let asks = self.question.is_some() || self.naming.is_some();
        if asks || self.palette.is_open() || self.chooser.is_open() {
            return;
        }
        self.take_tool_keys(ctx, is_typing);
        // Enter does what the tool shows before it accepts a result.
        let pending = self.toolbox.current().is_pending();
        for command in ctx.input_mut(|input| commands::pressed(input, is_typing, has_focus)) {
            match command {
                // What is drawn or typed in the same frame is meant for the tool or field that was just asked for.
                Command::Tool(_) | Command::FocusPrompt | Command::Palette => {
                    self.act(ctx, Action::Do(command));
                }
                Command::Accept if pending => self.ask_for(Command::Apply),
                Command::Nudge([across, 0], false) if self.arrows_turn_results() => {
                    self.ask_for(if across > 0 { Command::NextResult } else { Command::PreviousResult });
                }
                // The others work on what is drawn and typed before.
                _ => self.ask_for(command),
            }
        }
        // A field or list that Escape closes takes it for itself; a field has let go of the keyboard by now.
        let is_taken = is_typing || self.look.was_typing || egui::Popup::is_any_open(ctx);
        if ctx.input(|input| input.key_pressed(egui::Key::Escape)) && !is_taken {
            self.escape();
        }
    }

    /// Whether left and right go through the results: where neither the tool nor the pen has a use for them.
    fn arrows_turn_results(&self) -> bool {
        self.review.len() > 1 && self.pen.is_none() && !self.toolbox.current().nudges()
    }

    /// A slider that vanished while it was held must not leave its gesture open.
    fn let_go_of_sliders(&mut self, ctx: &Context) {
        let is_held = ctx.input(|input| input.pointer.any_down() || input.pointer.any_released());
        if let Some(open) = self.open.as_mut().filter(|_| !is_held)
            && let Err(error) = open.end_sliding()
        {
            self.complain(&error);
        }
    }

    /// What went well is said for a while; trouble stays until it is read.
    fn let_messages_go(&mut self, ctx: &Context) {
        let now = ctx.input(|input| input.time);
        if self.message.as_ref() != self.told.as_ref().map(|(message, _)| message) {
            self.told = self.message.clone().map(|message| (message, now));
        }
        let Some((_, since)) = self.told.as_ref().filter(|(message, _)| !message.is_trouble) else { return };
        let left = since + design::size::MESSAGE_FOR - now;
        if left > 0.0 {
            ctx.request_repaint_after(Duration::from_secs_f64(left));
        } else {
            (self.message, self.told) = (None, None);
        }
    }

    /// Asks what the next press of the button would take, where that may have changed.
    fn look_ahead(&mut self, ctx: &Context) {
        let now = ctx.input(|input| input.time);
        let wanted = self.prospect();
        if let Some(seconds) = self.ahead.update(now, wanted, self.doors.planner.as_mut()) {
            ctx.request_repaint_after(Duration::from_secs_f64(seconds));
        }
    }

    /// The sizes and numbers that a request would have now.
    fn prospect(&self) -> Option<Prospect> {
        let model = self.models.iter().find(|model| Some(&model.name) == self.wish.model.as_ref())?;
        let canvas = self.document().map_or(self.look.new_size, Document::size);
        let expand = self.open.as_ref().map(|open| open.expansion).unwrap_or_default();
        let doing = match (self.doing(), &self.open) {
            // Marks count there, too.
            (Doing::Expand(_), Some(open)) => open.edit(),
            (doing, _) => doing,
        };
        Some(self.wish.prospect(model.path.clone(), &doing, canvas, expand))
    }

    fn count_frame(&mut self, ctx: &Context) {
        const KEPT: usize = 120;
        if self.look.frame_times {
            self.frames.push_back(ctx.input(|input| input.unstable_dt));
            if self.frames.len() > KEPT {
                self.frames.pop_front();
            }
            ctx.request_repaint();
        }
    }
}
