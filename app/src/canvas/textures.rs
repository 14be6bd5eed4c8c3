//! Pictures on the graphics card, tile by tile: only what changed and can be seen is sent.

use crate::design::Tokens;
use crate::document::{Region, TILE, TileIndex};
use crate::live::Changes;
use egui::epaint::Vertex;
use egui::{
    Color32, ColorImage, Context, Mesh, Painter, Pos2, Rect, Shape, TextureHandle, TextureOptions, pos2,
};
use engine_api::Size;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::Sight;

/// Most tiles that one frame sends; the rest follows in the next ones, so that opening a large picture does not
/// hold up the window.
const MOST_UPLOADS: usize = 48;

/// Longest time that a frame spends on tiles, one tile more or less. Half of what a frame has at 60 a second.
const MOST_TIME: Duration = Duration::from_millis(8);

/// Coarsest level: 8 by 8 texels for a tile.
const LAST_LEVEL: u32 = 5;

/// The tiles of one picture.
#[derive(Default)]
pub struct Textures {
    size: Option<Size>,
    tiles: BTreeMap<TileIndex, TextureHandle>,
    stale: BTreeSet<TileIndex>,
    /// Halvings between the document's pixels and the tiles' texels, by the zoom: what is seen from afar is averaged
    /// rather than skipped over, and little is sent.
    level: u32,
}

/// Until when a frame may send tiles.
#[derive(Debug, Clone, Copy, Default)]
pub struct Budget(Option<Instant>);

impl Budget {
    /// For a frame that begins now.
    pub fn of_frame() -> Self {
        Self(Instant::now().checked_add(MOST_TIME))
    }

    fn is_spent(self) -> bool {
        self.0.is_some_and(|end| Instant::now() > end)
    }
}

/// What a frame sent and what is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Uploads {
    pub sent: usize,
    /// Whether some tiles that can be seen have to wait for the next frame.
    pub is_behind: bool,
}

impl Textures {
    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Notes the picture's size, and which tiles changed.
    pub fn mark(&mut self, size: Size, changed: impl IntoIterator<Item = TileIndex>) {
        if self.size != Some(size) {
            self.tiles.clear();
            self.stale = Region::whole(size).tiles().collect();
            self.size = Some(size);
        }
        self.stale.extend(changed);
    }

    /// Sends stale tiles that can be seen; `read` gives the pixels of a region, or nothing where there are none.
    pub fn refresh(
        &mut self,
        ctx: &Context,
        sight: &Sight,
        budget: Budget,
        mut read: impl FnMut(Region) -> Option<ColorImage>,
    ) -> Uploads {
        let Some(size) = self.size else { return Uploads::default() };
        let level = level_for(sight.zoom);
        if level != self.level {
            // The tiles that are there stay in sight until they are replaced.
            self.level = level;
            self.stale = Region::whole(size).tiles().collect();
        }
        self.refresh_in(ctx, seen(sight, size), budget, &mut read)
    }

    /// Sends stale tiles of a part of the picture.
    pub fn refresh_in(
        &mut self,
        ctx: &Context,
        part: Region,
        budget: Budget,
        mut read: impl FnMut(Region) -> Option<ColorImage>,
    ) -> Uploads {
        let Some(size) = self.size else { return Uploads::default() };
        let wanted: Vec<TileIndex> = part.tiles().filter(|tile| self.stale.contains(tile)).collect();
        let mut uploads = Uploads::default();
        for &tile in &wanted {
            if uploads.sent == MOST_UPLOADS || (uploads.sent > 0 && budget.is_spent()) {
                uploads.is_behind = true;
                break;
            }
            self.stale.remove(&tile);
            uploads.sent += 1;
            match read(tile.region(size)) {
                Some(image) => self.send(ctx, tile, reduced(image, self.level)),
                None => {
                    self.tiles.remove(&tile);
                }
            }
        }
        uploads
    }

    fn send(&mut self, ctx: &Context, tile: TileIndex, image: ColorImage) {
        match self.tiles.get_mut(&tile) {
            Some(texture) if texture.size() == image.size => texture.set(image, OPTIONS),
            _ => {
                let name = format!("tile {} {}", tile.column, tile.row);
                self.tiles.insert(tile, ctx.load_texture(name, image, OPTIONS));
            }
        }
    }

    /// Draws the tiles that can be seen.
    pub fn paint(&self, painter: &Painter, sight: &Sight, tint: Color32) {
        let Some(size) = self.size else { return };
        for tile in seen(sight, size).tiles() {
            self.paint_tile(painter, tile, sight.quad(rect_of(tile.region(size))), tint);
        }
    }

    /// Draws all tiles; `place` says where a corner lies on the screen.
    pub fn paint_moved(&self, painter: &Painter, place: impl Fn(Pos2) -> Pos2, tint: Color32) {
        let Some(size) = self.size else { return };
        for &tile in self.tiles.keys() {
            let rect = rect_of(tile.region(size));
            let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom()];
            self.paint_tile(painter, tile, corners.map(&place), tint);
        }
    }

    fn paint_tile(&self, painter: &Painter, tile: TileIndex, quad: [Pos2; 4], tint: Color32) {
        let Some(texture) = self.tiles.get(&tile) else { return };
        textured(painter, texture.id(), quad, tint);
    }
}

/// Draws all of a texture between four corners, clockwise from its upper left one.
pub fn textured(painter: &Painter, texture: egui::TextureId, quad: [Pos2; 4], tint: Color32) {
    let mut mesh = Mesh::with_texture(texture);
    let uvs = [pos2(0.0, 0.0), pos2(1.0, 0.0), pos2(1.0, 1.0), pos2(0.0, 1.0)];
    for (pos, uv) in quad.into_iter().zip(uvs) {
        mesh.vertices.push(Vertex { pos, uv, color: tint });
    }
    mesh.add_triangle(0, 1, 2);
    mesh.add_triangle(0, 2, 3);
    painter.add(Shape::mesh(mesh));
}

/// The level at which a texel is between one and two pixels of the screen, or at most one on the finest.
fn level_for(zoom: f32) -> u32 {
    (0..LAST_LEVEL).find(|level| zoom * (2 << level) as f32 > 1.0).unwrap_or(LAST_LEVEL)
}

/// The mean of squares of `2^level` pixels.
fn reduced(image: ColorImage, level: u32) -> ColorImage {
    if level == 0 {
        return image;
    }
    let [width, height] = image.size;
    let side = 1usize << level;
    let [columns, rows] = [width.div_ceil(side), height.div_ceil(side)];
    let mut pixels = Vec::with_capacity(columns * rows);
    let mut sums = vec![([0u32; 4], 0u32); columns];
    for lines in image.pixels.chunks(side * width.max(1)) {
        sums.fill(([0; 4], 0));
        for line in lines.chunks(width.max(1)) {
            for ((sum, count), pixels) in sums.iter_mut().zip(line.chunks(side)) {
                for pixel in pixels {
                    let values = pixel.to_array();
                    *sum = [0, 1, 2, 3].map(|i| sum[i] + u32::from(values[i]));
                }
                *count += pixels.len() as u32;
            }
        }
        pixels.extend(sums.iter().map(|(sum, count)| {
            let [red, green, blue, alpha] = sum.map(|sum| ((sum + count / 2) / count.max(&1)) as u8);
            Color32::from_rgba_premultiplied(red, green, blue, alpha)
        }));
    }
    ColorImage::new([columns, rows], pixels)
}

/// Sharp squares from near, smooth from afar.
const OPTIONS: TextureOptions =
    TextureOptions { magnification: egui::TextureFilter::Nearest, ..TextureOptions::LINEAR };

/// A rectangle of pixels in egui's terms.
pub fn rect_of(region: Region) -> Rect {
    Rect::from_min_max(
        pos2(region.x as f32, region.y as f32),
        pos2(region.right() as f32, region.bottom() as f32),
    )
}

/// The tiles' worth of document that can be seen.
fn seen(sight: &Sight, size: Size) -> Region {
    let visible = sight.visible();
    let edge = |value: f32| f64::from(value);
    Region::around(edge(visible.min.x), edge(visible.min.y), edge(visible.max.x), edge(visible.max.y), size)
        .widened(TILE / 8, size)
}

/// Straight RGBA bytes as egui takes them.
pub fn image(region: Region, rgba: &[u8]) -> ColorImage {
    ColorImage::from_rgba_unmultiplied([region.width as usize, region.height as usize], rgba)
}

/// Mask values as a veil of one colour; nothing where nothing is marked.
pub fn veil(region: Region, values: &[u8], colour: Color32) -> Option<ColorImage> {
    if values.iter().all(|&value| value == 0) {
        return None;
    }
    let shades: Vec<Color32> = (0..=255u8).map(|value| colour.gamma_multiply_u8(value)).collect();
    let pixels = values.iter().map(|&value| shades[usize::from(value)]).collect(); // proof: 256 shades
    Some(ColorImage::new([region.width as usize, region.height as usize], pixels))
}

/// What changed as a veil, the denser the more; in another colour where it should not have changed. Nothing where nothing
/// changed.
pub fn heat(region: Region, changes: &Changes, tokens: &Tokens) -> Option<ColorImage> {
    let rows = (region.y..region.bottom()).map(|y| changes.row(region.x, y, region.width));
    if rows.clone().flatten().all(|&heat| heat == 0) {
        return None;
    }
    let shade = |heat: u8| {
        let (level, colour) = match heat.checked_sub(Changes::OUTSIDE) {
            Some(level) => (level, tokens.changed_outside),
            None => (heat, tokens.changed),
        };
        // The least change can be seen, too.
        if heat == 0 { Color32::TRANSPARENT } else { colour.gamma_multiply_u8(level.saturating_add(128)) }
    };
    let shades: Vec<Color32> = (0..=255u8).map(shade).collect();
    let pixels = rows.flatten().map(|&heat| shades[usize::from(heat)]).collect(); // proof: 256 shades
    Some(ColorImage::new([region.width as usize, region.height as usize], pixels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canvas::View;
    use egui::vec2;

    fn blank(region: Region) -> Option<ColorImage> {
        Some(ColorImage::filled([region.width as usize, region.height as usize], Color32::WHITE))
    }

    #[test]
    fn only_changed_tiles_in_sight_are_sent() {
        let ctx = Context::default();
        let size = Size { width: 1024, height: 512 };
        let canvas = Rect::from_min_size(pos2(0.0, 0.0), vec2(400.0, 300.0));
        let sight = View::default().sight(size, canvas, 1.0);
        let mut textures = Textures::default();
        textures.mark(size, []);
        assert_eq!(
            textures.refresh(&ctx, &sight, Budget(None), blank),
            Uploads { sent: 8, is_behind: false }
        );
        assert_eq!(textures.refresh(&ctx, &sight, Budget(None), blank).sent, 0);
        textures.mark(size, [TileIndex { column: 1, row: 0 }]);
        assert_eq!(textures.refresh(&ctx, &sight, Budget(None), blank).sent, 1);
    }

    #[test]
    fn a_large_picture_comes_over_several_frames() {
        let ctx = Context::default();
        let size = Size { width: 8192, height: 8192 };
        let canvas = Rect::from_min_size(pos2(0.0, 0.0), vec2(400.0, 300.0));
        let sight = View::default().sight(size, canvas, 1.0);
        let mut textures = Textures::default();
        textures.mark(size, []);
        let none = |_: Region| None;
        assert_eq!(
            textures.refresh(&ctx, &sight, Budget(None), none),
            Uploads { sent: MOST_UPLOADS, is_behind: true }
        );
    }

    #[test]
    fn from_afar_squares_of_pixels_are_averaged() {
        assert_eq!([1.0, 0.51, 0.5, 0.3, 0.25, 0.1, 0.001].map(level_for), [0, 0, 1, 1, 2, 3, LAST_LEVEL]);
        let pixels = (0..15u8).map(|value| Color32::from_gray(value * 10)).collect();
        let half = reduced(ColorImage::new([5, 3], pixels), 1);
        let grays: Vec<u8> = half.pixels.iter().map(|pixel| pixel.r()).collect();
        assert_eq!((half.size, grays), ([3, 2], vec![30, 50, 65, 105, 125, 140]));
    }

    #[test]
    fn another_zoom_sends_the_tiles_again_at_its_own_size() {
        let ctx = Context::default();
        let size = Size { width: 1024, height: 512 };
        let canvas = Rect::from_min_size(pos2(0.0, 0.0), vec2(300.0, 300.0));
        let mut view = View::default();
        let sight = view.sight(size, canvas, 1.0);
        let mut textures = Textures::default();
        textures.mark(size, []);
        textures.refresh(&ctx, &sight, Budget(None), blank);
        assert!(textures.tiles.values().all(|tile| tile.size() == [64, 64]), "a quarter of each side");
        view.actual_pixels(&sight, canvas.center());
        let sight = view.sight(size, canvas, 1.0);
        let sent = textures.refresh(&ctx, &sight, Budget(None), blank).sent;
        let sharp = textures.tiles.values().filter(|tile| tile.size() == [256, 256]).count();
        assert!(sent == sharp && sent > 0 && textures.tiles.len() == 8, "{sent}, {sharp}");
    }
}
