//! The checkpoints of the family, told apart by the pipeline class in `model_index.json`.

use crate::models::qwen_vl::Template;
use crate::models::{FamilySpec, References, Sight};

/// Pixels of the picture that Edit Plus shows to the vision tower.
const SIGHT_AREA: usize = 384 * 384;

/// Qwen-Image and its edit models, versions 1.x.
pub const FAMILIES: [FamilySpec; 3] = [
    FamilySpec {
        id: "qwen_image",
        title: "Qwen-Image",
        classes: &["QwenImagePipeline", "QwenImageImg2ImgPipeline", "QwenImageInpaintPipeline"],
        template: Template::Describe,
        references: References::None,
        sight: Sight::None,
        steps: [20, 50, 60],
        guidance: 4.0,
        negative: " ",
        strength: 0.6,
    },
    FamilySpec {
        id: "qwen_image_edit",
        title: "Qwen-Image-Edit",
        classes: &["QwenImageEditPipeline", "QwenImageEditInpaintPipeline"],
        template: Template::Edit,
        references: References::One,
        sight: Sight::AsDrawn,
        steps: [20, 50, 60],
        guidance: 4.0,
        negative: " ",
        strength: 1.0,
    },
    FamilySpec {
        id: "qwen_image_edit_plus",
        title: "Qwen-Image-Edit Plus",
        classes: &["QwenImageEditPlusPipeline"],
        template: Template::EditPlus,
        references: References::Several,
        sight: Sight::Area(SIGHT_AREA),
        steps: [16, 40, 50],
        guidance: 4.0,
        negative: " ",
        strength: 1.0,
    },
];
