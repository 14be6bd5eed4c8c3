//! The queue: the running job and those that wait, to be moved, held and taken out.

use super::parts::{icon_button, texture, with_key};
use crate::design::icon::Icon;
use crate::design::{size, tokens};
use crate::live::Job;
use crate::window::{Action, Command, LineChange, Studio};
use egui::{
    Align2, Image, Response, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, TextStyle, TextWrapMode,
    Ui, Vec2, WidgetInfo, WidgetText,
};
use engine_api::{CancelMode, JobId};

/// Whether there is anything to show.
pub(super) fn is_needed(studio: &Studio) -> bool {
    !studio.jobs.list().is_empty() || studio.jobs.is_paused() || !studio.jobs.cleared().is_empty()
}

pub(super) fn show(ui: &mut Ui, studio: &mut Studio) {
    let mut asked = Vec::new();
    ui.spacing_mut().item_spacing.y = size::PAD_SMALL / 2.0;
    ScrollArea::vertical().id_salt("queue").max_height(size::LIST).auto_shrink([false, true]).show(
        ui,
        |ui| {
            for (place, job) in studio.jobs.list().iter().enumerate() {
                row(ui, job, (place, studio.chosen_job == Some(job.id)), &mut asked);
            }
        },
    );
    studio.actions.extend(asked);
    if studio.jobs.list().is_empty() {
        ui.label(RichText::new("No job is waiting").small().color(tokens(ui).weak));
    }
    buttons(ui, studio);
}

fn row(ui: &mut Ui, job: &Job, (place, is_chosen): (usize, bool), asked: &mut Vec<Action>) {
    let words = job.words();
    // What the running one does is told at the foot of the canvas; a name that changes all the time is none.
    let state = if job.is_handed_over() { "running" } else { &words };
    ui.horizontal(|ui| {
        thumbnail(ui, job);
        let has = job.is_handed_over();
        let icons = if has { 1.0 } else { 3.0 };
        let room = ui.available_width() - icons * (size::ROW + ui.spacing().item_spacing.x);
        let name = format!("Job {}, {state}: {}", place + 1, job.prompt);
        let response = two_lines(ui, room, [&job.prompt, &words], is_chosen);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
        if response.clicked() {
            asked.push(Action::Line(job.id, LineChange::Choose));
        }
        if !has && response.drag_started() {
            response.dnd_set_drag_payload(job.id);
        }
        if response.dnd_hover_payload::<JobId>().is_some() {
            let stroke = Stroke::new(size::LINE, tokens(ui).accent);
            ui.painter().rect_stroke(response.rect, size::CORNER, stroke, StrokeKind::Inside);
        }
        if let Some(dropped) = response.dnd_release_payload::<JobId>() {
            asked.push(Action::Line(*dropped, LineChange::MoveTo(place)));
        }
        let tip = format!("{}\n{}", job.doing(), job.prompt);
        response.on_hover_text(tip);
        let moves = [(Icon::Up, "forward", true), (Icon::Down, "back", false)];
        for (icon, way, forward) in moves.into_iter().take(if has { 0 } else { 2 }) {
            let name = format!("Move job {} {way}", place + 1);
            if icon_button(ui, icon, &name, false, size::ROW).clicked() {
                asked.push(Action::Line(job.id, LineChange::Shift(forward)));
            }
        }
        let name = format!("Cancel job {}", place + 1);
        if icon_button(ui, Icon::Close, &name, false, size::ROW).clicked() {
            asked.push(Action::Stop(job.id, CancelMode::Now));
        }
    });
}

/// A row to press and to drag: a line of text and a weaker one below.
fn two_lines(ui: &mut Ui, width: f32, lines: [&str; 2], is_chosen: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, size::LAYER_ROW), Sense::click_and_drag());
    let tokens = tokens(ui);
    if is_chosen || response.hovered() {
        let fill = if is_chosen { tokens.chosen } else { tokens.raised };
        ui.painter().rect_filled(rect, size::CORNER, fill);
    }
    if response.has_focus() {
        let stroke = Stroke::new(size::LINE, tokens.accent);
        ui.painter().rect_stroke(rect, size::CORNER, stroke, StrokeKind::Inside);
    }
    let inner = rect.shrink2(Vec2::new(size::GAP, size::PAD_SMALL));
    let colours = [tokens.text, tokens.weak];
    for ((line, colour), align) in lines.into_iter().zip(colours).zip([Align2::LEFT_TOP, Align2::LEFT_BOTTOM])
    {
        let text = WidgetText::from(RichText::new(line).small());
        let galley = text.into_galley(ui, Some(TextWrapMode::Truncate), inner.width(), TextStyle::Small);
        let at = align.align_size_within_rect(galley.size(), inner);
        ui.painter().galley(at.min, galley, colour);
    }
    response
}

/// The picture that is edited, or what is there of a new one.
fn thumbnail(ui: &mut Ui, job: &Job) {
    let side = Vec2::splat(size::LAYER_THUMB);
    let preview =
        job.preview.as_ref().filter(|_| job.asked.thumbnail.is_none()).map(|preview| &preview.picture);
    let (rect, _) = ui.allocate_exact_size(side, Sense::hover());
    let Some(picture) = job.asked.thumbnail.as_ref().or(preview) else {
        ui.painter().rect_filled(rect, size::CORNER, tokens(ui).field);
        return;
    };
    let texture = texture(ui, ("job", job.id.0, preview.map(|_| job.preview_number)), picture);
    let image = Image::from_texture(&texture).shrink_to_fit().corner_radius(size::CORNER);
    let fitted = image.calc_size(side, Some(texture.size_vec2()));
    image.paint_at(ui, egui::Rect::from_center_size(rect.center(), fitted));
}

/// What can be done to the whole queue.
fn buttons(ui: &mut Ui, studio: &mut Studio) {
    let pause = if studio.jobs.is_paused() { "Continue the queue" } else { "Pause the queue" };
    let has_waiting = studio.jobs.waiting() > 0;
    let list = [
        (pause, Command::PauseLine, true),
        ("Clear", Command::ClearLine, has_waiting),
        ("Put back", Command::RestoreLine, !studio.jobs.cleared().is_empty()),
    ];
    ui.horizontal(|ui| {
        for (name, command, _) in list.into_iter().filter(|(_, _, is_useful)| *is_useful) {
            let tip = with_key(ui, command);
            if ui.button(name).on_hover_text(tip).clicked() {
                studio.ask_for(command);
            }
        }
    });
}
