//! `rostrum generate`: a picture from words.

use super::draw::{Drawing, Prepared, narrator};
use super::wanted::{Wanted, repeated};
use crate::command_line::{CommonOptions, DrawingOptions, GenerateOptions};
use crate::link::EngineLink;
use crate::recipe::Repeated;
use engine_api::{EngineError, Intent, Size};

/// Makes the picture and writes it.
pub(super) fn run(options: &GenerateOptions, link: &EngineLink) -> Result<(), EngineError> {
    let repeated =
        repeated(&options.drawing, link).inspect_err(|error| narrator(&options.common).ended_with(error))?;
    let typed = options.width.zip(options.height).map(|(width, height)| Size { width, height });
    draw(&options.drawing, &options.common, typed, (repeated.as_ref(), link))
}

/// Draws at the typed size, else at the recipe's, else at the model's own.
pub(super) fn draw(
    drawing: &DrawingOptions,
    common: &CommonOptions,
    typed: Option<Size>,
    (repeated, link): (Option<&Repeated>, &EngineLink),
) -> Result<(), EngineError> {
    let size = typed.or(repeated.map(|repeated| repeated.recipe.size));
    let wanted = Wanted::new(drawing, common.noise.clone(), repeated);
    let drawing = Drawing { options: drawing, common, wanted, link, narrator: narrator(common) };
    drawing.run(&[], |_| {
        if repeated.is_some_and(|repeated| repeated.edit().is_some()) {
            return Err(EngineError::request(
                "The picture to repeat was made by editing another one",
                "Repeat it with `rostrum edit --from`",
            ));
        }
        Ok(Prepared { intent: Intent::Generate(size), edit: None, profile: None })
    })
}
