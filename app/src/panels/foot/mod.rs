//! What floats at the foot of the canvas: running work, the result that waits, the last message.

mod review;

use super::parts::{floating, icon_button, with_key};
use crate::design::icon::Icon;
use crate::design::{size, tokens};
use crate::live::Job;
use crate::window::{Action, Command, Earlier, Studio};
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
        changing(ui, studio);
        earlier(ui, studio);
        jobs(ui, studio);
        review::show(ui, studio);
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

/// A change of the document, or a picture being opened, beside the window.
fn changing(ui: &mut Ui, studio: &mut Studio) {
    if !studio.is_busy_beside() {
        return;
    }
    floating(ui).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label("Working\u{2026}");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let tip = with_key(ui, Command::TakeBack);
                if ui.button("Give up").on_hover_text(tip).clicked() {
                    studio.ask_for(Command::TakeBack);
                }
            });
        });
    });
}

/// Jobs that waited when the program ended, in whatever way.
fn earlier(ui: &mut Ui, studio: &mut Studio) {
    let earlier = studio.earlier;
    if earlier == Earlier::default() {
        return;
    }
    let was = if earlier.jobs + earlier.results == 1 { "was" } else { "were" };
    floating(ui).show(ui, |ui| {
        ui.horizontal(|ui| {
            // The buttons first: the sentence breaks in the room that they leave.
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                for (name, command) in
                    [("Continue", Command::ContinueEarlier), ("Discard", Command::DiscardEarlier)]
                {
                    let tip = with_key(ui, command);
                    if ui.button(name).on_hover_text(tip).clicked() {
                        studio.ask_for(command);
                    }
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let text = format!("{earlier} {was} waiting when Rostrum closed");
                    ui.add(egui::Label::new(text).wrap());
                });
            });
        });
    });
}

/// The running job, and how many wait behind it.
fn jobs(ui: &mut Ui, studio: &mut Studio) {
    let Some(job) = studio.jobs.running().or(studio.jobs.list().first()).cloned() else { return };
    let waiting = studio.jobs.list().len() - 1;
    floating(ui).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(job.words()).strong());
            if waiting > 0 {
                ui.weak(format!("{waiting} more in the queue"));
            }
            if studio.jobs.is_paused() {
                ui.weak("The queue is paused");
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
    let choices = [
        (CancelMode::Now, "Cancel", Command::StopNow),
        (CancelMode::KeepStep, "Stop and keep", Command::StopAndKeep),
    ];
    for (mode, name, command) in choices {
        // What has not begun has nothing to keep; who waits for a step to end may still change their mind.
        let makes_sense = match mode {
            CancelMode::Now => job.stopping != Some(CancelMode::Now),
            CancelMode::KeepStep => job.stopping.is_none() && job.progress.share().is_some(),
        };
        let tip = with_key(ui, command);
        if ui.add_enabled(makes_sense, Button::new(name)).on_hover_text(tip).clicked() {
            studio.actions.push(Action::Stop(job.id, mode));
        }
    }
}
