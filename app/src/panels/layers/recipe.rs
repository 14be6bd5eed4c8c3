//! How the chosen result was made, in words, and what can be done with that.

use crate::design::{size, tokens};
use crate::document::Made;
use crate::panels::parts::with_key;
use crate::window::Command;
use crate::words;
use egui::{Label, RichText, Ui};
use engine_api::Quality;
use std::time::SystemTime;

/// Shows it; the command is the one whose button was pressed.
pub(super) fn show(ui: &mut Ui, made: &Made) -> Option<Command> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_secs());
    ui.add_space(size::PAD_SMALL);
    ui.add(Label::new(RichText::new(&made.recipe.prompt)).wrap());
    for line in lines(made, now) {
        ui.add(Label::new(RichText::new(line).small().color(tokens(ui).weak)).wrap());
    }
    let mut wanted = None;
    ui.horizontal_wrapped(|ui| {
        for (command, name) in
            [(Command::UseRecipe, "Use these settings again"), (Command::MakeAgain, "Make it again here")]
        {
            let tip = match command {
                Command::UseRecipe => "Fills the prompt panel, and marks again what was marked",
                _ => "Runs on the layers below it, with what is marked and said now; this result is kept",
            };
            let tip = format!("{}\n{tip}", with_key(ui, command));
            if ui.button(name).on_hover_text(tip).clicked() {
                wanted = Some(command);
            }
        }
    });
    wanted
}

/// The recipe in words; `now` is in seconds since 1970.
fn lines(made: &Made, now: Option<u64>) -> Vec<String> {
    let recipe = &made.recipe;
    let quality = match recipe.quality {
        Quality::Draft => "draft",
        Quality::Standard => "standard",
        Quality::Best => "best",
    };
    let mut numbers = format!(
        "Seed {}, {}, guidance {}, {quality} quality",
        recipe.seed,
        words::count(u64::from(recipe.steps), "step"),
        recipe.guidance
    );
    if let Some(strength) = made.ingredients.strength {
        numbers.push_str(&format!(", strength {strength}"));
    }
    let when = made.when.zip(now).map(|(when, now)| format!(", {}", words::ago(now.saturating_sub(when))));
    let mut lines = vec![format!("{}{}", recipe.model, when.unwrap_or_default()), numbers];
    if let Some(negative) = recipe.negative.as_ref().filter(|negative| !negative.trim().is_empty()) {
        lines.push(format!("Without: {negative}"));
    }
    let references = made.ingredients.references.len() as u64;
    if references > 0 {
        lines.push(format!("Guided by {}", words::count(references, "reference picture")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Ingredients;
    use engine_api::{Picture, Recipe, Size};

    #[test]
    fn a_recipe_is_told_in_words() {
        let recipe = Recipe {
            version: String::new(),
            model: "Toy".into(),
            family: "Toy".into(),
            prompt: "a hat".into(),
            negative: Some("blur".into()),
            seed: 7,
            steps: 1,
            guidance: 2.5,
            quality: Quality::Draft,
            size: Size { width: 8, height: 8 },
            noise: None,
            edit: None,
        };
        let picture = Picture::new(1, 1, vec![0; 4]).unwrap();
        let ingredients = Ingredients {
            strength: Some(0.5),
            references: vec![("face".into(), picture)],
            ..Ingredients::default()
        };
        let made = Made { recipe, ingredients, when: Some(1000) };
        let expected = [
            "Toy, 2 minutes ago",
            "Seed 7, 1 step, guidance 2.5, draft quality, strength 0.5",
            "Without: blur",
            "Guided by 1 reference picture",
        ];
        assert_eq!(lines(&made, Some(1130)), expected);
        assert_eq!(lines(&Made { when: None, ..made }, Some(1130))[0], "Toy");
    }
}
