//! Magic wand and colour range: marks what has nearly the colour that is seen under the pointer, hanging together or
//! wherever it is.

use crate::design::icon::Icon;
use crate::document::{DocumentError, Region, Wand};
use crate::tools::{Meta, Pointer, Tool, ToolContext, ToolKind, combine, named};
use egui::{Pos2, Slider, Ui};

/// A selection by colour.
pub(in crate::tools) struct PickTool {
    meta: Meta,
}

const WAND: Meta = Meta {
    kind: ToolKind::Wand,
    name: "Magic wand",
    icon: Icon::Wand,
    hint: "Click a colour to mark it as far as it reaches. Shift adds, Alt takes away, both keep what is shared",
};
const COLOUR_RANGE: Meta = Meta {
    kind: ToolKind::ColourRange,
    name: "Colour range",
    icon: Icon::ColourRange,
    hint: "Click a colour to mark it everywhere. Shift adds, Alt takes away, both keep what is shared",
};

impl PickTool {
    pub(in crate::tools) fn wand() -> Self {
        Self { meta: WAND }
    }

    pub(in crate::tools) fn colour_range() -> Self {
        Self { meta: COLOUR_RANGE }
    }
}

impl Tool for PickTool {
    fn meta(&self) -> Meta {
        self.meta
    }

    fn event(&mut self, event: Pointer, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        let Pointer::Press(pen) = event else { return Ok(()) };
        let document = context.history.document();
        let Some(at) = pixel(pen.at).filter(|&[x, y]| Region::whole(document.size()).contains(x, y)) else {
            return Ok(());
        };
        let [red, green, blue, _] = document.colour_at(at[0], at[1])?;
        let (tolerance, how) = (context.settings.tolerance, combine(pen.modifiers, context.settings));
        let everywhere = self.meta.kind == ToolKind::ColourRange;
        context.change_mask(move |history, mask| {
            if everywhere {
                history.select_colour(mask, [red, green, blue], tolerance, how)
            } else {
                history.select_similar(mask, at, Wand { tolerance, contiguous: true }, how)
            }
        });
        Ok(())
    }

    fn has_options(&self) -> bool {
        true
    }

    fn options(&mut self, ui: &mut Ui, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        let slider = Slider::new(&mut context.settings.tolerance, 0..=255);
        named(ui, "Tolerance", |ui| ui.add(slider).accessible_name("Tolerance"));
        if self.meta.kind == ToolKind::ColourRange {
            ui.color_edit_button_srgb(&mut context.settings.colour).accessible_name("Colour");
            if ui.button("Mark this colour").clicked() {
                let (colour, tolerance) = (context.settings.colour, context.settings.tolerance);
                let how = combine(ui.input(|input| input.modifiers), context.settings);
                context.change_mask(move |history, mask| history.select_colour(mask, colour, tolerance, how));
            }
        }
        Ok(())
    }
}

/// The pixel that a point lies in; `None` left of or above the picture.
fn pixel(at: Pos2) -> Option<[u32; 2]> {
    // Casting saturates; what lies left of or above the picture is told by its sign.
    (at.x >= 0.0 && at.y >= 0.0).then_some([at.x as u32, at.y as u32])
}
