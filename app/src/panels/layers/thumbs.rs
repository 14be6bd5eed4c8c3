//! Small pictures of layers, made when a row is seen and made again only when its pixels changed.

use crate::design::{size, tokens};
use crate::document::{Document, Layer, LayerId, LayerKind};
use egui::{Color32, ColorImage, Context, Rect, TextureHandle, TextureOptions, Ui};
use engine_api::Size;
use std::collections::HashMap;

/// Most pictures that one frame makes; the others follow in the next ones.
const MOST_PER_FRAME: u32 = 3;
/// Pixels per point, so that they are sharp on fine screens, too.
const SHARPNESS: f32 = 2.0;

/// The pictures that were made.
#[derive(Default)]
pub(super) struct Thumbs {
    kept: HashMap<LayerId, Thumb>,
    /// Frame in which the last one was made, and how many.
    made: (u64, u32),
}

struct Thumb {
    /// Of the pixels that it shows.
    stamp: u64,
    texture: TextureHandle,
}

impl Thumbs {
    /// Draws a layer's picture into `place`. While `waits`, pixels are changing with every frame, and the last picture
    /// stays.
    pub(super) fn paint(&mut self, ui: &Ui, layer: &Layer, place: Rect, waits: bool) {
        let Some(tiles) = layer.tiles() else { return };
        if !ui.is_rect_visible(place) {
            return;
        }
        let known = self.kept.get(&layer.id());
        let is_stale = known.is_none_or(|thumb| thumb.stamp != tiles.stamp() && !waits);
        if is_stale && self.may_make(ui.ctx()) {
            let image = image(layer, place.width());
            let texture = ui.ctx().load_texture("layer", image, TextureOptions::LINEAR);
            self.kept.insert(layer.id(), Thumb { stamp: tiles.stamp(), texture });
        } else if is_stale {
            ui.ctx().request_repaint();
        }
        ui.painter().rect_filled(place, size::CORNER, tokens(ui).field);
        let Some(thumb) = self.kept.get(&layer.id()) else { return };
        let pixels = thumb.texture.size_vec2();
        let fitted = pixels * (place.width() / pixels.max_elem().max(1.0));
        let margin = (place.size() - fitted) / 2.0;
        let rect = Rect::from_min_size(place.min + margin, fitted);
        let whole = Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(1.0, 1.0));
        ui.painter().image(thumb.texture.id(), rect, whole, Color32::WHITE);
        ui.painter().rect_stroke(rect, 0.0, (size::LINE, tokens(ui).line), egui::StrokeKind::Inside);
    }

    /// Forgets layers that are gone.
    pub(super) fn forget_all_but(&mut self, document: &Document) {
        if self.kept.len() > document.listed().len() {
            self.kept.retain(|id, _| document.layer(*id).is_ok());
        }
    }

    fn may_make(&mut self, ctx: &Context) -> bool {
        let frame = ctx.cumulative_frame_nr();
        if self.made.0 != frame {
            self.made = (frame, 0);
        }
        self.made.1 += 1;
        self.made.1 <= MOST_PER_FRAME
    }
}

/// A layer's pixels at the size of a thumbnail; marks are white on black.
fn image(layer: &Layer, side: f32) -> ColorImage {
    let Some(tiles) = layer.tiles() else { return ColorImage::default() };
    let whole = tiles.size();
    let factor = side * SHARPNESS / whole.width.max(whole.height) as f32;
    let fitted = |length: u32| ((length as f32 * factor).round() as u32).max(1);
    let small = Size { width: fitted(whole.width), height: fitted(whole.height) };
    let values = tiles.reduced(small);
    let shape = [small.width as usize, small.height as usize];
    if layer.kind() == LayerKind::Mask {
        ColorImage::from_gray(shape, &values)
    } else {
        ColorImage::from_rgba_unmultiplied(shape, &values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::History;
    use engine_api::Picture;

    /// Shows a layer for one frame and says how many pictures have been made of it and its like.
    fn show(ctx: &Context, thumbs: &mut Thumbs, history: &History, place: Rect, waits: bool) -> Vec<u64> {
        let screen = Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(100.0, 100.0));
        let input = egui::RawInput { screen_rect: Some(screen), ..Default::default() };
        let _ = ctx.run_ui(input, |ui| {
            for (_, layer) in history.document().listed() {
                thumbs.paint(ui, layer, place, waits);
            }
        });
        let mut stamps: Vec<u64> = thumbs.kept.values().map(|thumb| thumb.stamp).collect();
        stamps.sort_unstable();
        stamps
    }

    #[test]
    fn a_picture_is_made_when_it_is_seen_and_again_only_after_a_change() {
        let picture = Picture::new(300, 200, [10, 20, 30, 255].repeat(300 * 200)).unwrap();
        let mut history = History::new(Document::from_picture("meadow", &picture).unwrap());
        let (ctx, mut thumbs) = (Context::default(), Thumbs::default());
        let inside = Rect::from_min_size(egui::pos2(10.0, 10.0), egui::vec2(36.0, 36.0));
        let outside = inside.translate(egui::vec2(0.0, 500.0));
        assert!(show(&ctx, &mut thumbs, &history, outside, false).is_empty(), "off screen: nothing is made");
        let first = show(&ctx, &mut thumbs, &history, inside, false);
        assert_eq!(first.len(), 1);
        let texture = thumbs.kept.values().map(|thumb| thumb.texture.id()).next();
        let layer = history.document().layers()[0].id();
        history.rename(layer, "field").unwrap();
        assert_eq!(show(&ctx, &mut thumbs, &history, inside, false), first);
        assert_eq!(thumbs.kept.values().map(|thumb| thumb.texture.id()).next(), texture);
        history.clear(layer).unwrap();
        assert_eq!(
            show(&ctx, &mut thumbs, &history, inside, true),
            first,
            "it waits for the end of a stroke"
        );
        assert_ne!(show(&ctx, &mut thumbs, &history, inside, false), first);
        history.remove(layer).unwrap();
        thumbs.forget_all_but(history.document());
        assert!(thumbs.kept.is_empty());
    }

    #[test]
    fn thumbnails_keep_aspect_and_colour() {
        let picture = Picture::new(400, 200, [10, 20, 30, 255].repeat(400 * 200)).unwrap();
        let document = Document::from_picture("wide", &picture).unwrap();
        let image = image(&document.layers()[0], 36.0);
        assert_eq!(image.size, [72, 36]);
        assert!(image.pixels.iter().all(|pixel| *pixel == Color32::from_rgb(10, 20, 30)));
    }
}
