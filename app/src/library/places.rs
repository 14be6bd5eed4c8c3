//! Where models lie, and where settings are kept.

use std::env;
use std::path::{Path, PathBuf};

/// Folders of installed models: `$ROSTRUM_MODELS` (several, as in `$PATH`), the user's data folder, and the
/// starter pack beside the program or in the source tree.
pub fn installed() -> Vec<PathBuf> {
    let named =
        env::var_os("ROSTRUM_MODELS").map(|paths| env::split_paths(&paths).collect()).unwrap_or_default();
    let mut places: Vec<PathBuf> = named;
    places.extend(own());
    places.extend(starter());
    places.retain(|place| !place.as_os_str().is_empty());
    places
}

/// The folder in which a user puts models; it may not exist yet.
pub fn own() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join("rostrum").join("models"))
}

/// Where ComfyUI, InvokeAI and Hugging Face's own programs keep models.
pub fn of_other_programs() -> Vec<PathBuf> {
    let hub = env::var_os("HF_HUB_CACHE").map(PathBuf::from);
    let hub = hub.or_else(|| env::var_os("HF_HOME").map(|home| Path::new(&home).join("hub")));
    let mut places: Vec<PathBuf> = hub.into_iter().collect();
    if let Some(home) = env::home_dir() {
        places.push(home.join(".cache").join("huggingface").join("hub"));
        places.push(home.join("ComfyUI").join("models"));
        places.push(home.join("Documents").join("ComfyUI").join("models"));
        places.push(home.join("invokeai").join("models"));
    }
    places.retain(|place| place.is_dir());
    places.dedup();
    places
}

/// Where a user's presets and the program's own small notes are kept; the folder may not exist yet.
pub fn settings() -> Option<PathBuf> {
    config_folder().map(|folder| folder.join("rostrum"))
}

/// The system's folder for a user's settings.
fn config_folder() -> Option<PathBuf> {
    if cfg!(target_os = "windows") {
        return env::var_os("APPDATA").map(PathBuf::from);
    }
    if cfg!(target_os = "macos") {
        return env::home_dir().map(|home| home.join("Library").join("Application Support"));
    }
    let named = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    named.or_else(|| env::home_dir().map(|home| home.join(".config")))
}

/// The system's folder for a user's program data.
pub fn data_folder() -> Option<PathBuf> {
    if cfg!(target_os = "windows") {
        return env::var_os("LOCALAPPDATA").map(PathBuf::from);
    }
    if cfg!(target_os = "macos") {
        return env::home_dir().map(|home| home.join("Library").join("Application Support"));
    }
    let named = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    named.or_else(|| env::home_dir().map(|home| home.join(".local").join("share")))
}

/// `$ROSTRUM_STARTER`, or none where that is empty. Without it `assets/starter` beside the program, above it (a build folder
/// inside the source tree) or above the current folder, or `share/rostrum/starter` above the program.
fn starter() -> Option<PathBuf> {
    if let Some(named) = env::var_os("ROSTRUM_STARTER") {
        return Some(PathBuf::from(named));
    }
    let program = env::current_exe().ok().and_then(|program| program.canonicalize().ok());
    let program = program.as_deref().map(Path::ancestors).into_iter().flatten().skip(1).take(4);
    let here = env::current_dir().ok();
    let here = here.as_deref().map(Path::ancestors).into_iter().flatten().take(4);
    let inside =
        |folder: &Path| [folder.join("assets").join("starter"), folder.join("share/rostrum/starter")];
    program.chain(here).flat_map(inside).find(|place| place.is_dir())
}
