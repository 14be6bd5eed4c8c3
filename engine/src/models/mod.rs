//! Floor 5: model families, one folder each, and the encoders and codecs that they share.
//!
//! Model code has one forward pass whatever the weight format and the device. Models know nothing of sampling,
//! requests or threads. A family describes itself by [`FamilySpec`]s; pipelines read those and never ask which
//! family they are running.

pub mod qwen_image;
pub mod qwen_vl;
pub mod tiny_decoder;
pub mod umt5;
pub mod wan;
pub mod wan_codec;

use qwen_vl::Template;

/// How many pictures a checkpoint can be guided by, the one to be edited included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum References {
    None,
    One,
    Several,
}

/// At which size the vision tower sees a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// It sees none.
    None,
    /// At the size at which the codec encodes it.
    AsDrawn,
    /// At about this many pixels.
    Area(usize),
}

/// What a pipeline needs to know of a kind of checkpoint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FamilySpec {
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
    /// Pipeline classes in `model_index.json` that mean this kind.
    pub classes: &'static [&'static str],
    /// The sentences around a prompt.
    pub template: Template,
    pub references: References,
    pub sight: Sight,
    /// Steps for draft, standard and best.
    pub steps: [u32; 3],
    pub guidance: f32,
    /// The negative prompt that the authors advise.
    pub negative: &'static str,
    /// Usual denoise strength when the work starts from a picture.
    pub strength: f32,
}

/// The kind of checkpoint that a pipeline class stands for.
pub fn family_of(class: &str) -> Option<&'static FamilySpec> {
    qwen_image::FAMILIES.iter().find(|family| family.classes.contains(&class))
}
