//! A list in front of everything to choose one row from: tasks, or earlier prompts. Typing narrows it down, arrows and
//! Enter choose.

use crate::design::{size, tokens};
use crate::live::Doing;
use crate::window::{Action, Studio, move_in_list};
use egui::{Button, Id, Key, Modal, RichText, ScrollArea, TextEdit, Ui};

/// Which list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choosing {
    Tasks,
    Prompts,
}

/// The list, where it is open.
#[derive(Default)]
pub(crate) struct Chooser {
    of: Option<Choosing>,
    text: String,
    at: usize,
}

/// A row: its number in the whole list, what it says, and what is said of it.
struct Row {
    index: usize,
    title: String,
    tip: String,
}

impl Chooser {
    pub(crate) fn open(&mut self, of: Choosing) {
        *self = Self { of: Some(of), ..Self::default() };
    }

    pub(crate) fn is_open(&self) -> bool {
        self.of.is_some()
    }
}

/// Shows the list, if it is open.
pub(crate) fn choose(ui: &Ui, studio: &mut Studio) {
    let Some(of) = studio.chooser.of else { return };
    let (title, empty) = match of {
        Choosing::Tasks => ("Find a task", "No task of this name"),
        Choosing::Prompts => ("Find an earlier prompt", "No such prompt; those that you ran are listed here"),
    };
    let rows = rows(studio, of);
    let chooser = &mut studio.chooser;
    let modal = Modal::new(Id::unique("chooser")).show(ui.ctx(), |ui| {
        ui.set_width(size::PALETTE_WIDTH);
        let field = TextEdit::singleline(&mut chooser.text).hint_text(title).desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name(title);
        field.request_focus();
        if field.changed() {
            chooser.at = 0;
        }
        move_in_list(ui, &mut chooser.at, rows.len());
        if rows.is_empty() {
            ui.weak(empty);
        }
        let clicked = list(ui, &rows, chooser.at);
        let entered = ui.input(|input| input.key_pressed(Key::Enter));
        clicked.or_else(|| rows.get(chooser.at).filter(|_| entered).map(|row| row.index))
    });
    if modal.inner.is_some() || modal.should_close() {
        studio.chooser.of = None;
    }
    studio.actions.extend(modal.inner.map(|row| Action::Pick(of, row)));
}

/// The rows with all typed words in them.
fn rows(studio: &Studio, of: Choosing) -> Vec<Row> {
    let all: Vec<Row> = match of {
        Choosing::Tasks => {
            let tasks = studio.presets.tasks.iter().enumerate();
            tasks
                .map(|(index, task)| Row { index, title: task.name.clone(), tip: task.tip.clone() })
                .collect()
        }
        Choosing::Prompts => {
            let earlier = studio.wish.earlier().iter().enumerate().rev();
            earlier.map(|(index, prompt)| Row { index, title: prompt.clone(), tip: String::new() }).collect()
        }
    };
    let typed: Vec<String> =
        studio.chooser.text.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let fits = |row: &Row| {
        let text = format!("{} {}", row.title, row.tip).to_lowercase();
        typed.iter().all(|word| text.contains(word))
    };
    all.into_iter().filter(fits).collect()
}

fn list(ui: &mut Ui, rows: &[Row], at: usize) -> Option<usize> {
    let mut clicked = None;
    ScrollArea::vertical().max_height(size::PALETTE_HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
        for (place, row) in rows.iter().enumerate() {
            let button = Button::selectable(place == at, row.title.replace('\n', " "))
                .truncate()
                .min_size(egui::vec2(ui.available_width(), size::ROW));
            let response = ui.add(button);
            if !row.tip.is_empty() {
                let tip = RichText::new(&row.tip).small().color(tokens(ui).weak);
                ui.horizontal(|ui| {
                    ui.add_space(size::PAD);
                    ui.add(egui::Label::new(tip).wrap());
                });
            }
            if place == at {
                response.scroll_to_me(None);
            }
            if response.clicked() {
                clicked = Some(row.index);
            }
        }
    });
    clicked
}

impl Studio {
    /// Does what a chosen row means.
    pub(crate) fn pick(&mut self, list: Choosing, row: usize) {
        (self.look.focus_prompt, self.look.panels) = (true, true);
        match list {
            Choosing::Prompts => self.wish.recall(row),
            Choosing::Tasks => {
                let Some(task) = self.presets.tasks.get(row) else { return };
                self.look.select = self.wish.take_task(task);
                let is_marked = matches!(self.doing(), Doing::EditSelection(_));
                let task = self.presets.tasks.get(row).filter(|task| task.needs_marks && !is_marked);
                if let Some(tip) = task.map(|task| task.tip.clone()) {
                    self.say(tip);
                }
            }
        }
    }
}
