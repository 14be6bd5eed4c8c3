//! Layers: what the artist sees in the list, with their pixels.

use super::tiles::Tiles;
use engine_api::{MaskSettings, Picture, Recipe};

/// Names a layer for as long as the document lives; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(pub(super) u64);

/// What sort of layer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LayerKind {
    /// A picture that was opened or pasted.
    Picture,
    /// Colour that the artist paints.
    Paint,
    /// Marks what may change; never seen in the composite.
    Mask,
    /// What the engine drew, with its recipe.
    Result,
    /// Layers that are composited by themselves first and then as one.
    Group,
}

/// How a layer's colours meet those below (W3C Compositing and Blending Level 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Blend {
    #[default]
    Normal,
    Multiply,
    Screen,
    Overlay,
    SoftLight,
    Darken,
    Lighten,
    Colour,
    Luminosity,
}

/// Everything about a layer but its pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Properties {
    pub name: String,
    /// From 0, unseen, to 1.
    pub opacity: f32,
    pub blend: Blend,
    pub visible: bool,
    /// Locked layers refuse changes of their pixels, removal and merging; they may still be hidden or renamed.
    pub locked: bool,
}

/// How a result was made: everything that is needed to make it again from the layers below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    pub recipe: Recipe,
    /// What the recipe leaves out because it lies in the document and not in files.
    pub ingredients: Ingredients,
    /// Seconds since 1970 when it was accepted; `None` when nobody looked at the clock.
    pub when: Option<u64>,
}

/// What a request took from the window beside words and numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ingredients {
    /// What was marked, sharing its tiles with the mask layer; `None` for a whole picture.
    pub marks: Option<Tiles>,
    pub mask_settings: MaskSettings,
    pub strength: Option<f32>,
    /// Pictures that guided it, with their names.
    pub references: Vec<(String, Picture)>,
}

/// What a layer holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    Picture(Tiles),
    Paint(Tiles),
    Mask(Tiles),
    Result(Tiles, Box<Made>),
    /// Lowest first.
    Group(Vec<Layer>),
}

/// One layer of a document. All pixels of a layer lie inside the document.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    pub(super) id: LayerId,
    pub(super) properties: Properties,
    pub(super) content: Content,
}

/// A place in the list of layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The group; `None` means the document itself.
    pub group: Option<LayerId>,
    /// How many layers of the group lie below.
    pub index: usize,
}

impl LayerKind {
    /// The kind in the user's words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Picture => "picture layer",
            Self::Paint => "paint layer",
            Self::Mask => "mask layer",
            Self::Result => "result layer",
            Self::Group => "group",
        }
    }
}

impl Blend {
    /// All modes, in the order of menus.
    pub const ALL: [Self; 9] = [
        Self::Normal,
        Self::Multiply,
        Self::Screen,
        Self::Overlay,
        Self::SoftLight,
        Self::Darken,
        Self::Lighten,
        Self::Colour,
        Self::Luminosity,
    ];

    /// The mode in the user's words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Multiply => "Multiply",
            Self::Screen => "Screen",
            Self::Overlay => "Overlay",
            Self::SoftLight => "Soft light",
            Self::Darken => "Darken",
            Self::Lighten => "Lighten",
            Self::Colour => "Colour",
            Self::Luminosity => "Luminosity",
        }
    }
}

impl Properties {
    /// A visible, unlocked layer at full opacity in mode Normal.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), opacity: 1.0, blend: Blend::Normal, visible: true, locked: false }
    }
}

impl From<Recipe> for Made {
    fn from(recipe: Recipe) -> Self {
        Self { recipe, ingredients: Ingredients::default(), when: None }
    }
}

impl Ingredients {
    fn bytes(&self) -> usize {
        let references = self.references.iter().map(|(_, picture)| picture.rgba().len());
        self.marks.as_ref().map_or(0, Tiles::bytes) + references.sum::<usize>()
    }
}

impl Layer {
    pub fn id(&self) -> LayerId {
        self.id
    }

    pub fn kind(&self) -> LayerKind {
        match self.content {
            Content::Picture(_) => LayerKind::Picture,
            Content::Paint(_) => LayerKind::Paint,
            Content::Mask(_) => LayerKind::Mask,
            Content::Result(..) => LayerKind::Result,
            Content::Group(_) => LayerKind::Group,
        }
    }

    pub fn properties(&self) -> &Properties {
        &self.properties
    }

    pub fn name(&self) -> &str {
        &self.properties.name
    }

    /// How a result was made; `None` for other layers.
    pub fn made(&self) -> Option<&Made> {
        if let Content::Result(_, made) = &self.content { Some(made) } else { None }
    }

    /// The same as what travels in files.
    pub fn recipe(&self) -> Option<&Recipe> {
        self.made().map(|made| &made.recipe)
    }

    /// The layers of a group, lowest first; empty for other layers.
    pub fn children(&self) -> &[Layer] {
        if let Content::Group(children) = &self.content { children } else { &[] }
    }

    /// The pixels: four channels, or one for a mask; `None` for a group.
    pub fn tiles(&self) -> Option<&Tiles> {
        match &self.content {
            Content::Picture(tiles)
            | Content::Paint(tiles)
            | Content::Mask(tiles)
            | Content::Result(tiles, _) => Some(tiles),
            Content::Group(_) => None,
        }
    }

    /// Bytes of pixels that this layer and those in it refer to, shared ones included.
    pub fn bytes(&self) -> usize {
        let besides = self.made().map_or(0, |made| made.ingredients.bytes());
        self.tiles().map_or(0, Tiles::bytes)
            + besides
            + self.children().iter().map(Layer::bytes).sum::<usize>()
    }

    pub(super) fn tiles_mut(&mut self) -> Option<&mut Tiles> {
        match &mut self.content {
            Content::Picture(tiles)
            | Content::Paint(tiles)
            | Content::Mask(tiles)
            | Content::Result(tiles, _) => Some(tiles),
            Content::Group(_) => None,
        }
    }
}
