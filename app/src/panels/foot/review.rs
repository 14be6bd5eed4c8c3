//! The results that wait for a decision: a strip of them, what is known of the one that is shown, and what can be done.

use super::super::parts::{command_button, floating, texture, with_key};
use crate::design::icon::Icon;
use crate::design::{size, tokens};
use crate::window::{Action, Command, Pending, Studio};
use crate::words;
use egui::{
    Align, Button, Image, Layout, Rect, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo,
};

pub(super) fn show(ui: &mut Ui, studio: &mut Studio) {
    let Some(result) = studio.review.shown() else { return };
    let (facts, belongs_here) = (facts(result), studio.belongs_here(result));
    let mut before = false;
    floating(ui).show(ui, |ui| {
        if studio.review.len() > 1 {
            strip(ui, studio);
        }
        ui.add(egui::Label::new(RichText::new(facts).color(tokens(ui).weak)).truncate());
        ui.horizontal(|ui| {
            if belongs_here {
                before = ways_to_look(ui, studio);
            } else {
                ui.weak("Made for another picture");
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                decisions(ui, studio, belongs_here);
            });
        });
    });
    studio.hold_before(before);
}

/// Thumbnails of all results, the one that is shown with a frame.
fn strip(ui: &mut Ui, studio: &mut Studio) {
    let (place, number) = (studio.review.place(), studio.review.len());
    let mut wanted = None;
    ui.horizontal(|ui| {
        for (icon, command) in [(Icon::Left, Command::PreviousResult), (Icon::Right, Command::NextResult)] {
            if command_button(ui, icon, command) {
                studio.ask_for(command);
            }
        }
        ScrollArea::horizontal().id_salt("results").show(ui, |ui| {
            for (index, result) in studio.review.list().iter().enumerate() {
                let is_shown = index + 1 == place;
                let response = thumbnail(ui, result, is_shown);
                let chosen = if is_shown { ", chosen" } else { "" };
                let name = format!("Result {} of {number}{chosen}", index + 1);
                response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_shown, &name));
                let tip = format!("Seed {}\n{}", result.recipe.seed, result.recipe.prompt);
                let response = response.on_hover_text(tip);
                if is_shown {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    wanted = Some(index);
                }
            }
        });
    });
    studio.actions.extend(wanted.map(Action::ShowResult));
}

/// A square to press, with a frame around the one that is shown.
fn thumbnail(ui: &mut Ui, result: &Pending, is_shown: bool) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size::THUMBNAIL), Sense::click());
    if let Some(picture) = &result.thumbnail {
        let texture = texture(ui, ("result", result.number), picture);
        let image = Image::from_texture(&texture).shrink_to_fit().corner_radius(size::CORNER);
        let fitted = image.calc_size(rect.shrink(size::FRAME).size(), Some(texture.size_vec2()));
        image.paint_at(ui, Rect::from_center_size(rect.center(), fitted));
    }
    let tokens = tokens(ui);
    let colour = if is_shown { Some(tokens.accent) } else { response.hovered().then_some(tokens.hovered) };
    if let Some(colour) = colour.or(response.has_focus().then_some(tokens.strong)) {
        let stroke = Stroke::new(size::FRAME, colour);
        ui.painter().rect_stroke(rect, size::CORNER, stroke, StrokeKind::Inside);
    }
    response
}

/// Before and after, and the map of changes. True while the picture without the result is asked for.
fn ways_to_look(ui: &mut Ui, studio: &mut Studio) -> bool {
    let tip = "Hold to see the picture without the result (\\)";
    let before = ui.button("Before").on_hover_text(tip).is_pointer_button_down_on();
    let can_be_compared = studio.review.shown().is_some_and(Pending::can_be_compared);
    let choices = [
        ("Split", Command::Split, studio.compare.split.is_some(), true),
        ("Changes", Command::Changes, studio.compare.changes, can_be_compared),
    ];
    for (name, command, is_on, is_enabled) in choices {
        let tip = with_key(ui, command);
        let button = Button::selectable(is_on && is_enabled, name);
        let response = ui.add_enabled(is_enabled, button).on_hover_text(tip);
        let why = studio.obstacle(command).into_iter();
        if why.fold(response, egui::Response::on_disabled_hover_text).clicked() {
            studio.ask_for(command);
        }
    }
    before
}

fn decisions(ui: &mut Ui, studio: &mut Studio, belongs_here: bool) {
    let name = if belongs_here { "Accept" } else { "Open as picture" };
    let accept = Button::new(RichText::new(name).color(tokens(ui).on_accent)).fill(tokens(ui).accent);
    let tip = with_key(ui, Command::Accept);
    if ui.add(accept).on_hover_text(tip).clicked() {
        studio.ask_for(Command::Accept);
    }
    let others = [("Discard", Command::Discard), ("Accept all", Command::AcceptAll)];
    let number = if studio.review.len() > 1 { 2 } else { 1 };
    for (name, command) in others.into_iter().take(number) {
        let tip = with_key(ui, command);
        if ui.button(name).on_hover_text(tip).clicked() {
            studio.ask_for(command);
        }
    }
}

/// Whether anything outside the mask changed, how much did at all, and how long it took.
fn facts(result: &Pending) -> String {
    let mut facts = Vec::new();
    if let Some(pixels) = result.changed_outside() {
        facts.push(format!("{pixels} px changed outside the mask"));
    }
    if let Some(changes) = result.changes() {
        facts.push(format!("{} px in all", changes.changed));
    }
    facts.push(format!("seed {}", result.recipe.seed));
    facts.push(words::seconds(result.seconds));
    facts.join(" \u{b7} ")
}
