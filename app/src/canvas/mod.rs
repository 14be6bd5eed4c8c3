//! The picture on screen: what is shown ([`Shown`]), where ([`View`]), and what the pointer does to it.

mod floating;
mod input;
pub mod overlay;
mod textures;
mod view;

pub use floating::Floating;
pub use textures::Uploads;
pub use view::{Sight, View};

use crate::design::{Tokens, tokens};
use crate::document::{Document, Region};
use crate::live::Changes;
use egui::{Color32, ColorImage, Context, Painter, Rect, Vec2};
use engine_api::{Expansion, Mask, Picture, Preview, Size};
use floating::Float;
use textures::{Budget, Textures, heat, image, textured, veil};

pub use input::{Gesture, Hand, listen};

/// The canvas of one document.
#[derive(Default)]
pub struct Canvas {
    pub view: View,
    /// The last sight; `None` before the first frame.
    pub sight: Option<Sight>,
    /// Where the pointer is on the screen, while it is over the canvas.
    pub pointer: Option<egui::Pos2>,
    picture: Textures,
    masks: Textures,
    result: Textures,
    changes: Textures,
    floating: Float,
    /// Of the frame that is drawn.
    budget: Budget,
    /// The pen or the mouse between two frames.
    pub hand: Hand,
    /// Up to which revision the textures are.
    revision: u64,
    result_number: u64,
    changes_number: u64,
    preview: Option<(u64, egui::TextureHandle)>,
    /// What the last frame sent.
    pub uploads: Uploads,
}

/// What is to be seen beside the document.
pub struct Shown<'a> {
    pub document: &'a Document,
    /// Whether marks are shown.
    pub masks: bool,
    /// A result that waits for a decision, with a number of its own.
    pub result: Option<(u64, &'a Picture)>,
    /// The part of the screen in which the result shows.
    pub after: Rect,
    /// What the result changed, with the result's number.
    pub changes: Option<(u64, &'a Changes)>,
    /// The rough picture of the running job.
    pub preview: Option<Rough<'a>>,
    /// How far the result reaches beyond the document's left and upper edge, in pixels.
    pub beyond: Vec2,
    /// A layer that is being moved.
    pub floating: Option<Floating>,
}

/// A rough picture, painted into what was marked.
#[derive(Clone, Copy)]
pub struct Rough<'a> {
    /// A number of its own, so that a new one is known.
    pub number: u64,
    pub preview: &'a Preview,
    /// The box that it fills, in the finished picture.
    pub part: Region,
    /// `None` where the whole picture is drawn.
    pub mask: Option<&'a Mask>,
    /// What the finished picture has more than the document.
    pub expand: Expansion,
    /// Size of the document.
    pub size: Size,
}

impl Canvas {
    /// Forgets the last document.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Draws everything into `rect`.
    pub fn paint(&mut self, ui: &egui::Ui, rect: Rect, shown: &Shown<'_>) -> Sight {
        let (ctx, tokens) = (ui.ctx(), tokens(ui));
        let painter = ui.painter().with_clip_rect(rect);
        let size = shown.document.size();
        let sight = self.view.sight(size, rect, ctx.pixels_per_point());
        self.sight = Some(sight);
        painter.rect_filled(rect, 0, tokens.desk);
        overlay::checkerboard(&painter, &sight, tokens);
        self.uploads = Uploads::default();
        self.budget = Budget::of_frame();
        self.refresh(ctx, &sight, shown, tokens);
        self.picture.paint(&painter, &sight, Color32::WHITE);
        if shown.masks {
            self.masks.paint(&painter, &sight, Color32::WHITE);
        }
        if let Some(floating) = shown.floating {
            self.floating.paint(&painter, &sight, &floating);
        }
        let after = painter.with_clip_rect(rect.intersect(shown.after));
        self.paint_result(ctx, &after, &sight, shown);
        self.paint_changes(ctx, &after, &sight, shown.changes, tokens);
        self.paint_preview(ctx, &painter, &sight, shown.preview);
        overlay::pixel_grid(&painter, &sight, tokens);
        if self.uploads.is_behind {
            ctx.request_repaint();
        }
        sight
    }

    fn refresh(&mut self, ctx: &Context, sight: &Sight, shown: &Shown<'_>, tokens: &Tokens) {
        let document = shown.document;
        self.picture.mark(document.size(), document.changed_since(self.revision));
        self.masks.mark(document.size(), document.masks_changed_since(self.revision));
        self.revision = document.revision();
        // A layer that floats is left out of the picture and drawn where it would come to lie.
        for tiles in self.floating.follow(document, shown.floating) {
            self.picture.mark(document.size(), tiles.iter().copied());
            self.masks.mark(document.size(), tiles);
        }
        let sent = self.floating.refresh(ctx, document, self.budget, tokens.mask);
        self.add(sent);
        let hidden = shown.floating.map(|floating| floating.layer);
        // A region of the grid lies inside the document, so that reading cannot fail; an empty tile would show it.
        let seen = |region: Region| {
            let rgba = match hidden {
                Some(id) => document.composite_without(region, id),
                None => document.composite(region),
            };
            rgba.ok().map(|rgba| image(region, &rgba))
        };
        let sent = self.picture.refresh(ctx, sight, self.budget, seen);
        self.add(sent);
        if shown.masks {
            let marked =
                |region| veil(region, &document.mask_values_without(region, hidden).ok()?, tokens.mask);
            let sent = self.masks.refresh(ctx, sight, self.budget, marked);
            self.add(sent);
        }
    }

    fn paint_result(&mut self, ctx: &Context, painter: &Painter, sight: &Sight, shown: &Shown<'_>) {
        let Some((number, picture)) = shown.result else {
            self.result.clear();
            return;
        };
        if self.result_number != number {
            self.result.clear();
            self.result_number = number;
        }
        let size = Size { width: picture.width(), height: picture.height() };
        self.result.mark(size, []);
        let sight = sight.on(-shown.beyond, size);
        let sent = self
            .result
            .refresh(ctx, &sight, self.budget, |region| Some(image(region, &cut(picture, region))));
        self.add(sent);
        self.result.paint(painter, &sight, Color32::WHITE);
    }

    fn paint_changes(
        &mut self,
        ctx: &Context,
        painter: &Painter,
        sight: &Sight,
        changes: Option<(u64, &Changes)>,
        tokens: &Tokens,
    ) {
        let Some((number, changes)) = changes else {
            self.changes.clear();
            return;
        };
        if self.changes_number != number {
            self.changes.clear();
            self.changes_number = number;
        }
        self.changes.mark(changes.size, []);
        let sent = self.changes.refresh(ctx, sight, self.budget, |region| heat(region, changes, tokens));
        self.add(sent);
        self.changes.paint(painter, sight, Color32::WHITE);
    }

    fn paint_preview(&mut self, ctx: &Context, painter: &Painter, sight: &Sight, rough: Option<Rough<'_>>) {
        let Some(rough) = rough else {
            self.preview = None;
            return;
        };
        if self.preview.as_ref().is_none_or(|(shown, _)| *shown != rough.number) {
            let texture = ctx.load_texture("preview", rough.masked(), egui::TextureOptions::LINEAR);
            self.preview = Some((rough.number, texture));
        }
        if let Some((_, texture)) = &self.preview {
            let beyond = Vec2::new(rough.expand.left as f32, rough.expand.top as f32);
            let quad = sight.quad(rect_of(rough.part).translate(-beyond));
            textured(painter, texture.id(), quad, Color32::WHITE);
        }
    }

    fn add(&mut self, sent: Uploads) {
        self.uploads.sent += sent.sent;
        self.uploads.is_behind |= sent.is_behind;
    }
}

impl Rough<'_> {
    /// The rough picture, transparent where nothing is marked, at its own small size.
    fn masked(&self) -> ColorImage {
        let picture = &self.preview.picture;
        let all = Region::new(0, 0, picture.width(), picture.height());
        let mut image = image(all, picture.rgba());
        if self.mask.is_none() && self.expand.is_none() {
            return image;
        }
        let at = |step: usize, steps: usize, start: u32, length: u32| {
            start as usize + (2 * step + 1) * length as usize / (2 * steps)
        };
        let [width, height] = image.size;
        for (index, pixel) in image.pixels.iter_mut().enumerate() {
            let x = at(index % width, width, self.part.x, self.part.width);
            let y = at(index / width, height, self.part.y, self.part.height);
            *pixel = pixel.gamma_multiply_u8(self.value(x, y));
        }
        image
    }

    /// How much of a pixel of the finished picture is drawn anew.
    fn value(&self, x: usize, y: usize) -> u8 {
        // What lies outside of the document is all new.
        let inside = |at: usize, before: u32, length: u32| {
            at.checked_sub(before as usize).filter(|&at| at < length as usize)
        };
        let column = inside(x, self.expand.left, self.size.width);
        let row = inside(y, self.expand.top, self.size.height);
        let (Some(column), Some(row)) = (column, row) else { return 255 };
        let marked = |mask: &Mask| mask.gray().get(row * mask.width() as usize + column).copied();
        match self.mask {
            Some(mask) => marked(mask).unwrap_or_default(),
            None => 0,
        }
    }
}

/// A rectangle of pixels in egui's terms.
pub fn rect_of(region: Region) -> Rect {
    textures::rect_of(region)
}

/// A document's pixels in egui's terms.
pub fn whole(size: Size) -> Rect {
    rect_of(Region::whole(size))
}

/// The rows of a region that lies inside the picture.
fn cut(picture: &Picture, region: Region) -> Vec<u8> {
    let row_bytes = picture.width() as usize * 4;
    let rows = picture.rgba().chunks_exact(row_bytes).skip(region.y as usize).take(region.height as usize);
    let (from, to) = (region.x as usize * 4, region.right() as usize * 4);
    rows.filter_map(|row| row.get(from..to)).flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rough_picture_is_painted_into_the_marks_only() {
        let picture = Picture::new(4, 2, [200, 100, 50, 255].repeat(8)).unwrap();
        let preview = Preview { picture, step: 1, total: 4 };
        // The part is 8 by 4 pixels of a document of 16 by 8; its left half is marked.
        let gray: Vec<u8> = (0..16 * 8).map(|at| if at % 16 < 8 { 255 } else { 0 }).collect();
        let mask = Mask::new(16, 8, gray).unwrap();
        let part = Region::new(4, 2, 8, 4);
        let size = Size { width: 16, height: 8 };
        let rough =
            |mask| Rough { number: 1, preview: &preview, part, mask, expand: Expansion::default(), size };
        let (inside, outside) = (Color32::from_rgb(200, 100, 50), Color32::TRANSPARENT);
        let row = [inside, inside, outside, outside];
        assert_eq!(rough(Some(&mask)).masked().pixels, [row, row].concat());
        assert!(rough(None).masked().pixels.iter().all(|pixel| *pixel == inside));
    }
}
