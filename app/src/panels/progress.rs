//! What floats at the foot of the canvas: running work, the result that waits, the last message.

use super::parts::{floating, icon_button, with_key};
use crate::design::icon::Icon;
use crate::design::{size, tokens};
use crate::live::Job;
use crate::window::{Action, Command, Pending, Studio};
use crate::words;
use egui::{Align2, Area, Button, Id, Order, ProgressBar, RichText, Ui};
use engine_api::CancelMode;

pub(super) fn bars(ui: &Ui, studio: &mut Studio) {
    let foot = ui.max_rect().center_bottom() - egui::vec2(0.0, size::PAD_LARGE);
    let width = (ui.max_rect().width() - 2.0 * size::PAD_LARGE).min(size::FOOT);
    let area =
        Area::new(Id::unique("foot")).order(Order::Middle).pivot(Align2::CENTER_BOTTOM).fixed_pos(foot);
    let shown = area.show(ui.ctx(), |ui| {
        ui.set_width(width);
        message(ui, studio);
        jobs(ui, studio);
        review(ui, studio);
    });
    // The place follows from the height of the last frame; a bar that came or went needs one more.
    let height = shown.response.rect.height();
    let before = ui.data_mut(|data| data.get_temp_mut_or_default::<f32>(shown.response.id).to_owned());
    if before != height {
        ui.data_mut(|data| data.insert_temp(shown.response.id, height));
        ui.ctx().request_repaint();
    }
}

fn message(ui: &mut Ui, studio: &mut Studio) {
    let Some(message) = &studio.message else { return };
    let colour = if message.is_trouble { tokens(ui).alarm } else { tokens(ui).text };
    let mut closes = false;
    floating(ui).show(ui, |ui| {
        ui.horizontal(|ui| {
            let room = ui.available_width() - size::ROW - size::PAD;
            ui.allocate_ui(egui::vec2(room, size::ROW), |ui| {
                ui.add(egui::Label::new(RichText::new(&message.text).color(colour)).wrap());
            });
            closes = icon_button(ui, Icon::Close, "Close the message", false, size::ROW).clicked();
        });
    });
    studio.actions.extend(closes.then_some(Action::CloseMessage));
}

/// The running job, and how many wait behind it.
fn jobs(ui: &mut Ui, studio: &mut Studio) {
    let Some(job) = studio.jobs.running().or(studio.jobs.list().first()).cloned() else { return };
    let waiting = studio.jobs.list().len() - 1;
    floating(ui).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(job.words()).strong());
            if waiting > 0 {
                ui.weak(format!("{waiting} more in line"));
            }
        });
        let share = job.progress.share();
        let bar = ProgressBar::new(share.unwrap_or_default())
            .desired_height(size::PAD_SMALL)
            .fill(tokens(ui).accent);
        ui.add(bar).accessible_name("Progress");
        ui.horizontal(|ui| {
            if let Some(seconds) = job.progress.elapsed() {
                ui.weak(format!("{seconds:.0} s"));
            }
            plan(ui, &job);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| stops(ui, &job, studio));
        });
    });
    // The clock goes on between the engine's signs of life.
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(500));
}

/// What the job takes, once it is known.
fn plan(ui: &mut Ui, job: &Job) {
    let Some(plan) = &job.plan else { return };
    let memory = plan.vram_bytes.max(plan.ram_bytes);
    let text = format!("{} \u{d7} {}, {}", plan.work_size.width, plan.work_size.height, words::bytes(memory));
    let label = ui.add(egui::Label::new(RichText::new(text).color(tokens(ui).weak)).truncate());
    let notes = plan.notes.join("\n");
    label.on_hover_text(format!("{}, {}\n{notes}", plan.device, words::count(u64::from(plan.steps), "step")));
}

fn stops(ui: &mut Ui, job: &Job, studio: &mut Studio) {
    let is_stopping = job.stopping.is_some();
    let choices = [
        (CancelMode::Now, "Cancel", Command::StopNow),
        (CancelMode::KeepStep, "Stop and keep", Command::StopAndKeep),
    ];
    for (mode, name, command) in choices {
        // What has not begun has nothing to keep.
        let makes_sense = mode == CancelMode::Now || job.progress.share().is_some();
        let tip = with_key(ui, command);
        if ui.add_enabled(!is_stopping && makes_sense, Button::new(name)).on_hover_text(tip).clicked() {
            studio.actions.push(Action::Stop(job.id, mode));
        }
    }
}

fn review(ui: &mut Ui, studio: &mut Studio) {
    let Some(result) = studio.review.shown() else { return };
    let facts = facts(result);
    let (place, number) = (studio.review.place(), studio.review.len());
    let mut before = false;
    floating(ui).show(ui, |ui| {
        ui.add(egui::Label::new(RichText::new(facts).color(tokens(ui).weak)).truncate());
        ui.horizontal(|ui| {
            if number > 1 {
                for (icon, command) in
                    [(Icon::Left, Command::PreviousResult), (Icon::Right, Command::NextResult)]
                {
                    if super::parts::command_button(ui, icon, command) {
                        studio.ask_for(command);
                    }
                }
                ui.label(format!("{place} of {number}"));
            }
            let tip = "Hold to see the picture without the result (\\)";
            before = ui.button("Before").on_hover_text(tip).is_pointer_button_down_on();
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let accept =
                    Button::new(RichText::new("Accept").color(tokens(ui).on_accent)).fill(tokens(ui).accent);
                let tip = with_key(ui, Command::Accept);
                if ui.add(accept).on_hover_text(tip).clicked() {
                    studio.ask_for(Command::Accept);
                }
                let tip = with_key(ui, Command::Discard);
                if ui.button("Discard").on_hover_text(tip).clicked() {
                    studio.ask_for(Command::Discard);
                }
            });
        });
    });
    studio.hold_before(before);
}

/// How long it took, and whether anything outside the marks changed.
fn facts(result: &Pending) -> String {
    let mut facts = format!("Done in {}, seed {}", words::seconds(result.seconds), result.recipe.seed);
    if let Some(pixels) = result.changed_outside {
        facts.push_str(&format!(", {} changed outside the marks", words::count(pixels, "pixel")));
    }
    facts
}
