//! From a result back to what it was made with: taking its settings once more, and making it anew from the layers
//! below it.

use super::{Command, Open, Studio};
use crate::document::{DocumentError, LayerId, LayerKind, Made, Tiles};
use crate::live::Doing;
use crate::tools::mask_of;

const NO_RESULT: &str = "Choose a result layer first";

impl Studio {
    pub(super) fn again_command(&mut self, command: Command) {
        match command {
            Command::UseRecipe => self.use_recipe(),
            Command::MakeAgain => self.make_again(),
            _ => {}
        }
    }

    /// The chosen result and how it was made.
    fn chosen_result(&self) -> Option<(LayerId, Made)> {
        let open = self.open.as_ref()?;
        let layer = open.history.document().layer(open.chosen()?).ok()?;
        layer.made().map(|made| (layer.id(), made.clone()))
    }

    /// Fills the prompt panel, and marks again what was marked.
    fn use_recipe(&mut self) {
        if self.open.is_none() {
            return;
        }
        let Some((_, made)) = self.chosen_result() else { return self.say(NO_RESULT) };
        self.take_settings(&made);
        self.say("The settings of this result are in the prompt panel");
        self.say_unless_installed(&made);
        let Some(marks) = made.ingredients.marks else { return };
        if self.open.as_ref().is_some_and(|open| open.history.document().size() != marks.size()) {
            return self
                .say("The settings are back; the marks are not, because the canvas has another size now");
        }
        self.change(|open| open.bring_back(&marks));
    }

    fn take_settings(&mut self, made: &Made) {
        self.wish.take(made);
        let is_installed = self.models.iter().any(|model| model.name == made.recipe.model);
        if is_installed {
            self.wish.model = Some(made.recipe.model.clone());
        }
    }

    fn say_unless_installed(&mut self, made: &Made) {
        let model = &made.recipe.model;
        if !self.models.iter().any(|installed| installed.name == *model) {
            let text = format!("{model} is not installed; the other settings are in the prompt panel");
            self.say(text);
        }
    }

    /// Asks for the chosen result once more: on the layers below it, with what is marked and said now.
    fn make_again(&mut self) {
        if self.open.is_none() {
            return;
        }
        let Some((layer, made)) = self.chosen_result() else { return self.say(NO_RESULT) };
        if self.wish.prompt.trim().is_empty() {
            self.take_settings(&made);
        }
        if let Err(error) = self.submit(false, Some(layer)) {
            self.complain(&error);
        }
    }
}

impl Open {
    /// What will happen when a layer is made again from what lies below it.
    pub(super) fn doing_below(&self, layer: LayerId) -> Doing {
        let document = self.history.document();
        let listed = document.listed();
        let seen = listed.iter().skip_while(|(_, other)| other.id() != layer).skip(1).any(|(_, other)| {
            !matches!(other.kind(), LayerKind::Mask | LayerKind::Group)
                && other.properties().visible
                && other.tiles().is_some_and(|tiles| tiles.bytes() > 0)
        });
        if seen { self.edit() } else { Doing::Generate(document.size()) }
    }

    /// Marks again what was marked then, as one step.
    fn bring_back(&mut self, marks: &Tiles) -> Result<(), DocumentError> {
        self.history.begin("Bring back marks")?;
        let outcome = mask_of(&mut self.history, self.active)
            .and_then(|mask| self.history.restore_marks(mask, marks))
            .and_then(|()| self.history.commit());
        if outcome.is_err() {
            self.history.abort();
        }
        outcome.map(drop)
    }
}
