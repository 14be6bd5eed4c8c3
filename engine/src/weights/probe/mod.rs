//! What is this folder or file? Told from `model_index.json`, the components' configs and the headers of
//! their weight files; no weight is read.
//!
//! `report` holds the answer and `words` its text, `component` compares one component, and one file per network lists
//! the tensors that its measures call for: `transformer`, `text_encoder` and `codec` of Qwen-Image, `wan_transformer` and
//! `umt5` of Wan, whose codecs are in `codec`, too.

pub mod codec;
mod component;
mod report;
pub mod text_encoder;
pub mod transformer;
pub mod umt5;
pub mod wan_transformer;
mod words;

pub use component::TensorList;
pub use report::{Component, Family, Features, FormatShare, Listing, Misshapen, Probe, Role, Source, State};

use super::{TensorStore, WeightError, read_json};
use component::{Network, class_of};
use serde_json::Value;
use std::path::Path;

const MODEL_INDEX: &str = "model_index.json";

/// Says what a diffusers folder, a component's folder or a single weight file is, and what it lacks.
///
/// A component that is missing, damaged or wrong is part of the answer, not an error.
///
/// # Errors
/// [`WeightError::Read`] when the path cannot be read, [`WeightError::NotAModel`] when it is no model at all,
/// and for a single file or a component's folder whatever keeps its weights from being opened.
pub fn probe(path: &Path) -> Result<Probe, WeightError> {
    let data = std::fs::metadata(path).map_err(|source| WeightError::Read { path: path.into(), source })?;
    if !data.is_dir() {
        return lone(path, Source::File, None);
    }
    let parts = [Role::Transformer, Role::TextEncoder, Role::Vae];
    if path.join(MODEL_INDEX).exists() || parts.iter().any(|role| path.join(role.folder()).is_dir()) {
        return pipeline(path);
    }
    let config = path.join("config.json");
    let config = if config.exists() { Some(read_json(&config)?) } else { None };
    match lone(path, Source::ComponentFolder, config) {
        Err(WeightError::NoWeights { path, found }) if found.is_empty() => {
            let reason = "it has neither a model_index.json nor a safetensors file".to_owned();
            Err(WeightError::NotAModel { path, reason })
        }
        other => other,
    }
}

/// A component that stands alone, as a file or as a folder.
fn lone(path: &Path, source: Source, config: Option<Value>) -> Result<Probe, WeightError> {
    let store = TensorStore::open(path)?;
    let named = config.as_ref().and_then(class_of);
    let network = match &named {
        Some(class) => Network::of_class(class).or_else(|| Network::of_tensors(&store)),
        None => Network::of_tensors(&store),
    };
    let (component, features) = match network {
        Some(network) => component::compare(&store, network, config),
        None => {
            let mut component = component::measure(&store, Role::Unknown);
            component.class = named;
            (component, Features::default())
        }
    };
    let family = match network {
        None => Family::Unknown,
        Some(network) if network.is_video() => Family::WanText,
        Some(_) if features.additional_t_cond => Family::QwenImageLayered,
        Some(_) if features.zero_cond_t => Family::QwenImageEditPlus,
        Some(_) => Family::QwenImage,
    };
    let inside = path.parent().is_some_and(|folder| folder.join(MODEL_INDEX).exists());
    let summary = match network {
        None if is_lora(&store) => "This is a LoRA: it changes a model and is none itself.".to_owned(),
        None => format!("{} of a model that is not known here.", lone_noun(source)),
        Some(network) => {
            let found = lone_words(network, family);
            let rest = if inside {
                "it is part of the folder above, which is the one to name".to_owned()
            } else {
                absent(family.roles().iter().copied().filter(|role| role.needed() && *role != network.role()))
            };
            format!("This is the {found}; {rest}.")
        }
    };
    Ok(Probe {
        path: path.display().to_string(),
        summary,
        source,
        family,
        pipeline: None,
        features,
        complete: false,
        components: vec![component],
    })
}

/// Whether the tensors are pairs of low-rank factors, in either of the two usual spellings.
fn is_lora(store: &TensorStore) -> bool {
    store.names().any(|name| name.contains(".lora_down.") || name.contains(".lora_A."))
}

fn lone_noun(source: Source) -> &'static str {
    if source == Source::File { "A weight file" } else { "A component" }
}

fn lone_words(network: Network, family: Family) -> String {
    match network {
        Network::Transformer => format!("transformer of {}", family.title()),
        Network::TextEncoder => format!("text encoder of {} (Qwen2.5-VL)", family.title()),
        Network::Codec => format!("VAE of {} (the same as Wan 2.1's)", family.title()),
        Network::WanTransformer => "transformer of a Wan video model".to_owned(),
        Network::Umt5 => "text encoder of the Wan video models (umT5)".to_owned(),
        Network::WanCodec => "VAE of a Wan video model".to_owned(),
    }
}

/// "the transformer is missing", "the transformer and the VAE are missing".
fn absent(roles: impl Iterator<Item = Role>) -> String {
    let words: Vec<String> = roles.map(|role| format!("the {}", role.words())).collect();
    match words.as_slice() {
        [] => "nothing is missing".to_owned(),
        [one] => format!("{one} is missing"),
        [front @ .., last] => format!("{} and {last} are missing", front.join(", ")),
    }
}

/// A diffusers folder.
fn pipeline(path: &Path) -> Result<Probe, WeightError> {
    let index_path = path.join(MODEL_INDEX);
    let index: Value = if index_path.exists() { read_json(&index_path)? } else { Value::Null };
    let class = class_of(&index);
    let named = class.as_deref().map_or(Family::Unknown, Family::of_pipeline);
    let single = index.get("expand_timesteps").and_then(Value::as_bool) == Some(true);
    let named = if named.is_video() && single { Family::WanTextImage } else { named };
    let boundary = index.get("boundary_ratio").and_then(Value::as_f64).filter(|_| named.is_video());
    let mut features = Features::default();
    let mut components = Vec::new();
    for role in Role::ALL {
        let folder = path.join(role.folder());
        let listed = index
            .get(role.folder())
            .and_then(Value::as_array)
            .is_some_and(|entry| entry.iter().any(|part| !part.is_null()));
        let expert = role == Role::SecondTransformer && boundary.is_some();
        let wanted = listed || expert || named.roles().contains(&role);
        if !wanted && (class.is_some() || !folder.is_dir()) {
            continue;
        }
        let video = if class.is_none() { told_by_transformer(path) } else { named.is_video() };
        let expected = (class.is_none() || named.is_compared()).then_some(video);
        let (component, found) = part(&folder, role, expected);
        if role == Role::Transformer {
            features = found;
        }
        components.push(component);
    }
    features.boundary = boundary.map(|ratio| (ratio * 1000.0).round() as u32);
    let family = match named {
        Family::Unknown if class.is_none() => without_index(&components, features),
        named => named,
    };
    for role in family.roles() {
        if components.iter().all(|component| component.role != *role) {
            components.push(Component::new(*role, State::Missing));
        }
    }
    components.sort_by_key(|component| component.role);
    let usable = |role: &Role| components.iter().any(|c| c.role == *role && c.state.is_usable());
    let complete = class.is_some()
        && family.roles().iter().filter(|role| role.needed()).all(usable)
        && components.iter().filter(|c| c.role.needed()).all(|c| c.state.is_usable())
        && family != Family::Unknown;
    let summary = summary(family, class.as_deref(), &components, complete);
    let path = path.display().to_string();
    Ok(Probe {
        path,
        summary,
        source: Source::Pipeline,
        family,
        pipeline: class,
        features,
        complete,
        components,
    })
}

/// Whether a folder without its `model_index.json` holds a transformer for clips.
fn told_by_transformer(path: &Path) -> bool {
    let config = read_json::<Value>(&path.join(Role::Transformer.folder()).join("config.json"));
    let class = config.ok().as_ref().and_then(class_of);
    class.as_deref().and_then(Network::of_class).is_some_and(Network::is_video)
}

/// The family of a folder whose `model_index.json` is missing, as far as its transformer tells.
fn without_index(components: &[Component], features: Features) -> Family {
    let transformer = components.iter().find(|component| component.role == Role::Transformer);
    match transformer.and_then(|component| component.class.as_deref()).and_then(Network::of_class) {
        Some(network) if network.is_video() => Family::WanText,
        Some(_) if features.additional_t_cond => Family::QwenImageLayered,
        Some(_) if features.zero_cond_t => Family::QwenImageEditPlus,
        Some(_) => Family::QwenImage,
        None => Family::Unknown,
    }
}

fn summary(family: Family, class: Option<&str>, components: &[Component], complete: bool) -> String {
    let name = match (family, class) {
        (Family::Unknown, Some(class)) => format!("A model of a kind that is not known here ({class})"),
        (family, Some(class)) => format!("{} ({class})", family.title()),
        (family, None) => format!("{} without its model_index.json", family.title()),
    };
    if complete && !family.is_compared() {
        return format!("{name}; its tensors were not compared.");
    }
    if complete {
        return format!("{name}, complete.");
    }
    let mut parts = Vec::new();
    let missing: Vec<Role> =
        components.iter().filter(|c| c.state == State::Missing).map(|c| c.role).collect();
    if !missing.is_empty() {
        parts.push(absent(missing.into_iter()));
    }
    let states = [
        (State::Wrong, "is wrong"),
        (State::Unreadable, "cannot be read"),
        (State::Unsupported, "is in a format that is not supported yet"),
    ];
    for (state, words) in states {
        for component in components.iter().filter(|component| component.state == state) {
            parts.push(format!("the {} {words}", component.role.words()));
        }
    }
    if parts.is_empty() { format!("{name}.") } else { format!("{name}; {}.", parts.join("; ")) }
}

/// One subfolder of a diffusers folder; `video` says whether its tensors should be those of a family of clips or of
/// pictures, or of none that is known.
fn part(folder: &Path, role: Role, video: Option<bool>) -> (Component, Features) {
    if !folder.is_dir() {
        return (Component::new(role, State::Missing), Features::default());
    }
    if !role.has_weights() {
        return (settings(folder, role), Features::default());
    }
    let unreadable = |error: WeightError| {
        let component = Component::new(role, State::Unreadable);
        (component.with_problem(State::Unreadable, error.to_string()), Features::default())
    };
    let store = match TensorStore::open(folder) {
        Ok(store) => store,
        Err(error) => return unreadable(error),
    };
    let config: Option<Value> = match read_json(&folder.join("config.json")) {
        Ok(config) => Some(config),
        Err(error) => return unreadable(error),
    };
    let class = config.as_ref().and_then(class_of);
    let network = video.and_then(|video| Network::of_role(role, video));
    let Some(network) = network else {
        let mut component = component::measure(&store, role);
        component.class = class;
        return (component, Features::default());
    };
    match class {
        Some(other) if Network::of_class(&other) != Some(network) => {
            let problem = format!("it is a {other}, and a {} is needed", network.class());
            let mut component = component::measure(&store, role);
            component.class = Some(other);
            (component.with_problem(State::Wrong, problem), Features::default())
        }
        _ => {
            let (component, features) = component::compare(&store, network, config);
            (Component { role, ..component }, features)
        }
    }
}

/// A component that consists of settings: tokenizer, processor, scheduler.
fn settings(folder: &Path, role: Role) -> Component {
    /// Files that will do, each line being one way to have what is needed.
    const TOKENIZER: &[&[&str]] = &[&["tokenizer.json"], &["vocab.json", "merges.txt"], &["spiece.model"]];
    const PROCESSOR: &[&[&str]] = &[&["preprocessor_config.json"], &["processor_config.json"]];
    const SCHEDULER: &[&[&str]] = &[&["scheduler_config.json"]];
    let ways = match role {
        Role::Tokenizer => TOKENIZER,
        Role::Processor => PROCESSOR,
        _ => SCHEDULER,
    };
    let found = ways.iter().any(|files| files.iter().all(|file| folder.join(file).is_file()));
    let component = Component::new(role, State::Present);
    if found {
        return component;
    }
    let ways: Vec<String> = ways.iter().map(|files| files.join(" with ")).collect();
    component.with_problem(State::Wrong, format!("none of these is there: {}", ways.join(", ")))
}
