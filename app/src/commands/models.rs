//! `rostrum models`: which models are here, what they are, and whether they are whole.

use crate::command_line::ModelsCommand;
use crate::library::{self, Installed, card, places};
use crate::link::EngineLink;
use crate::narrator::Json;
use crate::terminal::line;
use crate::words;
use engine_api::{EngineError, ErrorKind, ModelFacts, one_line};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Answers the question that was typed.
pub(super) fn run(command: &ModelsCommand, link: &EngineLink) -> Result<(), EngineError> {
    let (answer, json) = match command {
        ModelsCommand::List(plain) => (list(link, plain.json), plain.json),
        ModelsCommand::Inspect { model, plain } => (inspect(model, link, plain.json), plain.json),
        ModelsCommand::Scan { folders, plain } => (scan(folders, link, plain.json), plain.json),
        ModelsCommand::Verify { model, plain } => (verify(model, link, plain.json), plain.json),
    };
    if let (Err(error), true) = (&answer, json) {
        Json::failed(error);
    }
    answer
}

fn list(link: &EngineLink, json: bool) -> Result<(), EngineError> {
    let installed = library::installed();
    installed.iter().for_each(|model| show(model, link, json));
    if installed.is_empty() && !json {
        line(
            "No models are installed. Put a model's folder into one of these folders, or name it with --model:",
        );
        places::installed()
            .iter()
            .for_each(|place| line(&format!("  {}", place.display())));
    }
    Ok(())
}

fn scan(folders: &[PathBuf], link: &EngineLink, json: bool) -> Result<(), EngineError> {
    let places = if folders.is_empty() {
        places::of_other_programs()
    } else {
        folders.to_vec()
    };
    if let Some(missing) = folders.iter().find(|folder| !folder.is_dir()) {
        let message = format!("There is no folder {}", missing.display());
        return Err(EngineError::new(ErrorKind::Model, message).with_hint("Check its name"));
    }
    let found = library::search(&places);
    found.iter().for_each(|model| show(model, link, json));
    if found.is_empty() && !json {
        let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        line(&format!("No models were found in {}", places.join(", ")));
    }
    Ok(())
}

fn show(model: &Installed, link: &EngineLink, json: bool) {
    let what = match (link.inspect_model)(&model.path) {
        Ok(facts) if facts.usable => facts.title,
        Ok(facts) => format!("{}, not usable: {}", facts.title, facts.problems.join("; ")),
        Err(error) => error.message,
    };
    let what = one_line(&what);
    let card = card::read(&model.path);
    if json {
        let path = model.path.to_string_lossy();
        let fields = json!({ "name": model.name, "what": what, "bytes": card.bytes, "licence": card.licence, "path": path });
        return Json::print("model", fields);
    }
    let licence = card.licence.as_deref().unwrap_or("licence not stated");
    line(&format!(
        "{}  {what}, {}, {licence}",
        one_line(&model.name),
        words::bytes(card.bytes)
    ));
    line(&format!("    {}", model.path.display()));
}

fn inspect(model: &str, link: &EngineLink, json: bool) -> Result<(), EngineError> {
    let path = library::find(model)?;
    let facts = (link.inspect_model)(&path)?;
    if json {
        let licence = card::read(&path).licence;
        let mut fields = json!(facts);
        fields["path"] = path.to_string_lossy().into();
        fields["licence"] = licence.into();
        Json::print("model", fields);
    } else {
        describe(&path, &facts);
    }
    if facts.usable {
        return Ok(());
    }
    let problems = facts.problems.join("; ");
    let message = format!("{} cannot be used: {problems}", path.display());
    Err(EngineError::new(ErrorKind::Model, message).with_hint("Download the missing or damaged parts again"))
}

fn describe(path: &Path, facts: &ModelFacts) {
    line(&one_line(&facts.title));
    line(&format!("  folder   {}", path.display()));
    if let Some(licence) = card::read(path).licence {
        line(&format!("  licence  {licence}"));
    }
    for part in &facts.parts {
        let weights = words::count(part.parameters, "weight");
        let text = format!(
            "{}: {}, {weights}, {}, {}",
            part.name,
            part.what,
            part.format,
            words::bytes(part.bytes)
        );
        line(&format!("  part     {}", one_line(&text)));
    }
    facts
        .problems
        .iter()
        .for_each(|problem| line(&format!("  problem  {}", one_line(problem))));
}

fn verify(model: &str, link: &EngineLink, json: bool) -> Result<(), EngineError> {
    let path = library::find(model)?;
    let verified = (link.verify_model)(&path, &mut |file| {
        if json {
            Json::print("reading", json!({ "file": file }));
        } else {
            line(&format!("Reading {}", one_line(file)));
        }
    })?;
    if json {
        let fields = json!({ "files": verified.files, "tensors": verified.tensors, "bytes": verified.bytes });
        Json::print("finished", fields);
    } else {
        let files = words::count(verified.files, "file");
        let tensors = words::count(verified.tensors, "tensor");
        line(&format!(
            "{} is whole: {files}, {tensors}, {}",
            path.display(),
            words::bytes(verified.bytes)
        ));
    }
    Ok(())
}
