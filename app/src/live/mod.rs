//! Running work as the window knows it: jobs in line, how far they are, and what they brought back.
//!
//! Nothing here waits. [`Jobs::update`] is called once a frame and takes what the engine has told since; [`Aside`] runs
//! what would take longer than a frame; [`Shelf`] writes the line down, so that it survives the program.

mod aside;
mod changes;
mod job;
mod jobs;
mod lengthy;
mod shelf;
mod thumb;
mod wish;

pub use aside::{Aside, Errand, Threads, Work};
pub use changes::Changes;
pub use job::{Job, Progress};
pub use jobs::{Ending, Jobs};
pub use lengthy::{Change, Changed};
pub use shelf::{Codec, Disk, Kept, KeptResult, Restored, Shelf, Told};
pub use thumb::{small, small_part};
pub use wish::{Canvas, Doing, Reference, Wish, new_seed};

use crate::document::{Ingredients, LayerId, Tiles};
use crate::tools::enlarged;
use engine_api::{Edit, Expansion, ImageRequest, Intent, Mask, MaskSettings, Picture, Size};

/// What the window wants to remember of a request until its end.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What was to happen.
    pub doing: Doing,
    /// The model as it is named.
    pub model: String,
    /// The document that it was asked for; `None` when that was before Rostrum was started.
    pub document: Option<u64>,
    /// What was marked; `None` for the whole picture.
    pub mask: Option<Mask>,
    /// What its result will remember, so that it can be made again.
    pub ingredients: Ingredients,
    /// The result that is made again.
    pub remakes: Option<LayerId>,
    /// What is edited; `None` for a new picture.
    pub source: Option<Picture>,
    /// How far beyond the marks the change may fade out, in pixels.
    pub fades_over: u32,
    /// The picture at the size of a thumbnail.
    pub thumbnail: Option<Picture>,
    /// What the result shall have more than the document.
    pub expand: Expansion,
}

impl Asked {
    /// What is known of a request that an earlier session left behind.
    pub fn of_earlier(model: String, request: &ImageRequest) -> Self {
        let doing = match &request.intent {
            Intent::Generate(size) => Doing::Generate(size.unwrap_or(Size { width: 1024, height: 1024 })),
            Intent::Edit(edit) if !edit.expand.is_none() => {
                let size = Size { width: edit.image.width(), height: edit.image.height() };
                Doing::Expand(enlarged(size, edit.expand))
            }
            Intent::Edit(edit) => match edit.mask.as_ref().map(changes::marked) {
                Some(part) if !part.is_empty() => Doing::EditSelection(part),
                _ => Doing::EditEverything(Size { width: edit.image.width(), height: edit.image.height() }),
            },
        };
        let (mask, source, thumbnail) = (None, None, None);
        let (document, fades_over, expand) = (None, 0, Expansion::default());
        let (ingredients, remakes) = (ingredients_of(request), None);
        let asked = Self {
            doing,
            model,
            document,
            mask,
            ingredients,
            remakes,
            source,
            fades_over,
            thumbnail,
            expand,
        };
        asked.with_pictures(request)
    }

    /// The same with what belongs to the pictures of a request. Takes a moment for large ones.
    pub fn with_pictures(mut self, request: &ImageRequest) -> Self {
        if let Intent::Edit(edit) = &request.intent {
            self.fades_over = fades_over(edit);
            self.thumbnail = small(&edit.image, THUMBNAIL);
            // A larger picture has nothing of its own size to be compared with.
            self.source = edit.expand.is_none().then(|| edit.image.clone());
            self.expand = edit.expand;
            self.mask = edit.mask.clone();
        }
        self
    }
}

/// What a request tells of what it was made with; the names of its references are not in it.
fn ingredients_of(request: &ImageRequest) -> Ingredients {
    let Intent::Edit(edit) = &request.intent else { return Ingredients::default() };
    // The picture that is edited counts as the first one.
    let references = edit.references.iter().zip(2..);
    Ingredients {
        marks: edit.mask.as_ref().and_then(|mask| Tiles::from_mask(mask).ok()),
        mask_settings: edit.mask_settings,
        strength: edit.strength,
        references: references
            .map(|(picture, number)| (format!("Picture {number}"), picture.clone()))
            .collect(),
    }
}

/// Longest side of a thumbnail, in pixels.
pub const THUMBNAIL: u32 = 128;

/// How far from the marked pixels the engine may still change something: as it widens and softens a mask.
fn fades_over(edit: &Edit) -> u32 {
    let Some(mask) = &edit.mask else { return 0 };
    let (settings, part) = (edit.mask_settings, changes::marked(mask));
    let seam = if edit.expand.is_none() { 0 } else { MaskSettings::seam_for(part.width.max(part.height)) };
    settings.feather.unwrap_or(seam).saturating_add_signed(settings.grow)
}
