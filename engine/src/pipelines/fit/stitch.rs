//! Out of the picture and back: which part is worked on, and how the result returns to its place.

use super::compose::{ColourMatch, ColourMatched, composite, match_colour};
use super::detail::with_detail;
use super::register::{Registration, register};
use super::unchanged::keep_unchanged;
use crate::picture::mask::{Context, bounds, feather, fit, grow, soften};
use crate::picture::{Fill, Filter, Gray8, PictureError, Region, Rgb8, Rgba8, expand, resize};
use crate::pipelines::{PipelineError, convert, report::Report};
use engine_api::{Edit, EditProspect, MaskSettings, Size};

/// Shortest side of the part that the model sees around a mask, in pixels.
const LEAST_CONTEXT: usize = 256;

/// How the colours of a masked edit follow their surroundings.
const COLOUR: ColourMatch = ColourMatch { ring: 24.0, strength: 1.0 };

/// The masks of an edit.
pub(in crate::pipelines) struct EditMask {
    /// Of the worked-on part: what the sampler paints anew.
    pub worked: Gray8,
    /// Of the whole picture: how strongly the result covers it; 0 outside.
    blend: Gray8,
}

/// A picture on its canvas, and the part of it that is worked on.
pub(in crate::pipelines) struct Stitch {
    source: Rgba8,
    /// Where the worked-on part lies.
    pub region: Region,
    /// The worked-on part over white, in the picture's own pixels.
    pub part: Rgb8,
    /// None when the whole picture may change.
    pub mask: Option<EditMask>,
}

/// A finished picture and what is known of it.
pub(in crate::pipelines) struct Stitched {
    pub picture: Rgba8,
    pub changed_outside_mask: Option<u64>,
    pub registration: Option<engine_api::Registration>,
}

impl Stitch {
    /// Enlarges the canvas, prepares the masks and cuts the worked-on part out.
    pub(in crate::pipelines) fn new(edit: &Edit, report: &dyn Report) -> Result<Self, PipelineError> {
        let picture = convert::rgba(&edit.image)?;
        let mut painted = match &edit.mask {
            Some(mask) => {
                let (mask, note) = fit(&convert::gray(mask)?, picture.width(), picture.height())?;
                note.into_iter().for_each(|note| report.note(note));
                Some(mask)
            }
            None => None,
        };
        let mut source = picture;
        if !edit.expand.is_none() {
            let expanded = expand(&source, convert::expansion(edit.expand), Fill::Edge)?;
            let mut mask = expanded.mask;
            if let Some(inner) = painted {
                mask.paste(&inner, expanded.inner.x, expanded.inner.y)?;
            }
            (source, painted) = (expanded.picture, Some(mask));
        }
        let (width, height) = source.size();
        let Some(painted) = painted else {
            let part = source.over_white();
            return Ok(Self { source, region: Region::whole(width, height), part, mask: None });
        };
        let settings = edit.mask_settings;
        let painted_box = bounds(&painted)?;
        let grown = grow(&painted, settings.grow as f32);
        let longer = painted_box.width.max(painted_box.height) as u32;
        let blend = match settings.feather {
            Some(pixels) => feather(&grown, pixels as f32),
            // The seam of a larger canvas lies in the picture, which keeps every pixel farther away.
            None if !edit.expand.is_none() => feather(&grown, MaskSettings::seam_for(longer) as f32),
            None => soften(&grown, MaskSettings::edge_for(longer) as f32),
        };
        let beyond = i64::from(settings.feather.unwrap_or(0)) + i64::from(settings.grow);
        if edit.mask.is_some() && beyond > 0 {
            report.note(format!("The change reaches {beyond} pixels beyond the mask, as asked."));
        }
        let context = context(settings, edit.work_size);
        let blended_box = bounds(&blend).map_err(|error| narrowed_away(error, settings.grow))?;
        let region = context.region(blended_box, width, height);
        let part = source.crop(region)?.over_white();
        let worked = grown.crop(region)?;
        Ok(Self { source, region, part, mask: Some(EditMask { worked, blend }) })
    }

    /// Brings what the model drew back: to the part's own pixels, registered, colour-matched, blended.
    ///
    /// Without a mask the result has the work size where one was asked for, else the picture's own. `detail`: whether
    /// the model drew smaller than the source, so that its fine detail is brought back.
    pub(in crate::pipelines) fn put_back(
        &self,
        drawn: &Rgb8,
        edit: &Edit,
        detail: bool,
        report: &dyn Report,
    ) -> Result<Stitched, PipelineError> {
        let Some(mask) = &self.mask else { return self.whole(drawn, edit, detail, report) };
        let part = resize(drawn, self.region.width, self.region.height, Filter::Lanczos)?;
        let blend = mask.blend.crop(self.region)?;
        let (part, registration) = if edit.register {
            let (part, found) = register(&part, &self.part, &blend)?;
            (part, Some(told(&found)))
        } else {
            (part, None)
        };
        let part = if detail { with_detail(&part, &self.part, drawn.size())? } else { part };
        let (part, matched) = match_colour(&part, &self.part, &blend, COLOUR)?;
        if matched == ColourMatched::TooDifferent {
            report.note("The colours around the mask differ too much from the source to be matched.".into());
        }
        let done = composite(&self.source, &part, self.region, &mask.blend)?;
        Ok(Stitched {
            picture: done.picture,
            changed_outside_mask: Some(done.changed_outside_mask as u64),
            registration,
        })
    }

    /// The whole picture was free to change; where what was drawn small did not, the source stays.
    fn whole(
        &self,
        drawn: &Rgb8,
        edit: &Edit,
        detail: bool,
        report: &dyn Report,
    ) -> Result<Stitched, PipelineError> {
        let (width, height) = if edit.work_size.is_some() { drawn.size() } else { self.source.size() };
        let picture = resize(drawn, width, height, Filter::Lanczos)?;
        // A work size asked for is the model's own frame; only on the way back to the picture's frame is there one
        // to be registered to.
        let (picture, registration) = if edit.register && edit.work_size.is_none() {
            let source = resize(&self.part, width, height, Filter::Lanczos)?;
            let (picture, found) = register(&picture, &source, &Gray8::filled(width, height, [0])?)?;
            (picture, Some(told(&found)))
        } else {
            (picture, None)
        };
        let picture = if detail && edit.work_size.is_none() {
            let detailed = with_detail(&picture, &self.part, drawn.size())?;
            let (kept, part) = keep_unchanged(&detailed, &self.part, drawn.size())?;
            if part > 0.0 {
                let percent = (100.0 * part).round();
                report.note(format!(
                    "Where nothing changed, {percent} % of the picture, it is left as it was."
                ));
            }
            kept
        } else {
            picture
        };
        Ok(Stitched { picture: picture.opaque(), changed_outside_mask: None, registration })
    }
}

fn context(settings: MaskSettings, work_size: Option<Size>) -> Context {
    Context {
        margin: f64::from(settings.context) / 100.0,
        least: LEAST_CONTEXT,
        aspect: work_size.map(|size| (size.width as usize, size.height as usize)),
        multiple: 1,
    }
}

/// The part that an edit will be worked on, from sizes alone. It is that of [`Stitch::new`] for a mask that fills its
/// box, and at most a few pixels larger for others.
pub(in crate::pipelines) fn expected_region(canvas: Size, edit: &EditProspect) -> Region {
    let (grown_canvas, settings) = (edit.expand, edit.mask_settings);
    let [old_width, old_height] = [canvas.width, canvas.height].map(|side| side as usize);
    let [left, top, right, bottom] =
        [grown_canvas.left, grown_canvas.top, grown_canvas.right, grown_canvas.bottom].map(|by| by as usize);
    let (width, height) = (old_width + left + right, old_height + top + bottom);
    let marked = edit.marked.map(|marked| marked.map(|length| length as usize));
    let marked = marked.map(|[x, y, width, height]| [x + left, y + top, x + left + width, y + top + height]);
    // Edges of the box around what is marked and what is new: left, top, right, bottom.
    let new = [
        (left > 0, [0, 0, left, height]),
        (top > 0, [0, 0, width, top]),
        (right > 0, [width - right, 0, width, height]),
        (bottom > 0, [0, height - bottom, width, height]),
    ];
    let boxes = new.into_iter().filter(|(is_new, _)| *is_new).map(|(_, edges)| edges).chain(marked);
    let around = boxes.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
    let Some([x, y, right, bottom]) = around else { return Region::whole(width, height) };
    let longer = right.saturating_sub(x).max(bottom.saturating_sub(y)) as u32;
    let seam = if edit.expand.is_none() { 0 } else { MaskSettings::seam_for(longer) };
    let by = settings.grow as isize + settings.feather.unwrap_or(seam) as isize;
    let (x, y) = (x.saturating_add_signed(-by), y.saturating_add_signed(-by));
    let (right, bottom) =
        (right.saturating_add_signed(by).min(width), bottom.saturating_add_signed(by).min(height));
    // Narrowed away: the job itself will say so.
    if right <= x || bottom <= y {
        return Region::whole(width, height);
    }
    let bounds = Region { x, y, width: right - x, height: bottom - y };
    context(settings, edit.work_size).region(bounds, width, height)
}

/// A mask of which nothing is left says why.
fn narrowed_away(error: PictureError, grow: i32) -> PipelineError {
    if grow >= 0 {
        return error.into();
    }
    PipelineError::Request {
        message: format!("narrowed by {} pixels, nothing is left of the mask", grow.unsigned_abs()),
        hint: "Choose a smaller number for --grow, or paint a larger mask",
    }
}

/// A registration in the user's terms.
fn told(found: &Registration) -> engine_api::Registration {
    // The transform says where the source lies in the result; the result was moved the other way.
    let movement = found.transform;
    engine_api::Registration {
        applied: found.applied,
        shift_x: -movement.dx,
        shift_y: -movement.dy,
        scale: 1.0 / (1.0 + movement.scale()),
        degrees: -movement.degrees(),
        before: found.before,
        after: found.after,
    }
}
