//! `rostrum models`: which models are here, what they are, and whether they are whole.

use crate::command_line::ModelsCommand;
use crate::library::{self, Installed, card, places};
use crate::link::{EngineLink, Inspected, Verified};
use crate::narrator::Json;
use crate::terminal::line;
use crate::words;
use engine_api::{EngineError, ErrorKind, one_line, system_words};
use serde_json::json;
use std::ffi::OsStr;
use std::path::PathBuf;

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
        places::installed().iter().for_each(|place| line(&format!("  {}", place.display())));
    }
    Ok(())
}

fn scan(folders: &[PathBuf], link: &EngineLink, json: bool) -> Result<(), EngineError> {
    let places = if folders.is_empty() { places::of_other_programs() } else { folders.to_vec() };
    for folder in folders {
        if let Err(error) = folder.read_dir() {
            let message = format!("{} cannot be searched: {}", folder.display(), system_words(&error));
            return Err(
                EngineError::new(ErrorKind::Model, message).with_hint("Name a folder that can be opened")
            );
        }
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
    let inspected = (link.inspect_model)(&model.path);
    let what = match &inspected {
        Ok(Inspected { trouble: Some(error), .. }) | Err(error) => error.message.as_str(),
        Ok(inspected) => inspected.summary.as_str(),
    };
    let what = one_line(what);
    let card = card::read(&model.path);
    if json {
        let fields = json!({
            "name": model.name,
            "what": what,
            "usable": inspected.is_ok_and(|inspected| inspected.trouble.is_none()),
            "bytes": card.bytes,
            "licence": card.licence,
            "path": model.path.to_string_lossy(),
        });
        return Json::print("model", fields);
    }
    let licence = card.licence.map_or("licence not stated".into(), |licence| format!("licence {licence}"));
    line(&format!("{}  {what}", one_line(&model.name)));
    line(&format!("    {}, {licence}, {}", words::bytes(card.bytes), model.path.display()));
}

fn inspect(model: &OsStr, link: &EngineLink, json: bool) -> Result<(), EngineError> {
    let path = library::find(model)?;
    let inspected = (link.inspect_model)(&path)?;
    let licence = card::read(&path).licence;
    if json {
        let mut fields = inspected.fields;
        fields["licence"] = licence.into();
        Json::print("model", fields);
    } else {
        inspected.report.iter().for_each(|text| line(text));
        line(&format!("Licence: {}", licence.as_deref().unwrap_or("not stated")));
    }
    inspected.trouble.map_or(Ok(()), Err)
}

fn verify(model: &OsStr, link: &EngineLink, json: bool) -> Result<(), EngineError> {
    let path = library::find(model)?;
    let verified = (link.verify_model)(&path, &mut |file| {
        if json {
            Json::print("reading", json!({ "file": file.to_string_lossy() }));
        } else {
            line(&format!("Reading {}", file.display()));
        }
    })?;
    if json {
        let Verified { files, tensors, not_decoded, bytes } = verified;
        let fields =
            json!({ "files": files, "tensors": tensors, "not_decoded": not_decoded, "bytes": bytes });
        Json::print("finished", fields);
        return Ok(());
    }
    let files = words::count(verified.files, "file");
    let tensors = words::count(verified.tensors, "tensor");
    line(&format!("{} is whole: {files}, {tensors}, {}", path.display(), words::bytes(verified.bytes)));
    if verified.not_decoded > 0 {
        let tensors = words::count(verified.not_decoded, "tensor");
        line(&format!("Note: the numbers of {tensors} are in a format that cannot be looked at yet"));
    }
    Ok(())
}
