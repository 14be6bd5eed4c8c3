//! One component's tensors, memory-mapped: nothing is read from disk before it is asked for.

use super::{
    WeightError, files,
    header::{self, StoredFormat},
};
use crate::kernels::WeightFormat;
use memmap2::Mmap;
use std::{
    collections::{BTreeMap, btree_map},
    ops::Range,
    path::{Path, PathBuf},
};

/// The tensors of one component, from one safetensors file or several shards.
///
/// The files are mapped, not read. They must not be cut short while the store lives: the operating system
/// ends a program that reads a mapped page which is gone.
#[derive(Debug)]
pub struct TensorStore {
    /// The folder or file it was opened from, for messages.
    path: PathBuf,
    shards: Vec<Shard>,
    tensors: BTreeMap<String, Place>,
}

#[derive(Debug)]
struct Shard {
    path: PathBuf,
    map: Mmap,
}

/// Where a tensor lies and what it is.
#[derive(Debug)]
struct Place {
    shard: usize,
    format: StoredFormat,
    shape: Vec<usize>,
    range: Range<usize>,
}

/// A tensor in a format that can be decoded: little-endian numbers in row-major order.
#[derive(Debug, Clone, Copy)]
pub struct TensorView<'a> {
    pub name: &'a str,
    pub format: WeightFormat,
    pub shape: &'a [usize],
    pub bytes: &'a [u8],
}

/// What the header says about a tensor, whatever its format.
#[derive(Debug, Clone, Copy)]
pub struct TensorFacts<'a> {
    pub name: &'a str,
    pub format: &'a StoredFormat,
    pub shape: &'a [usize],
    /// Length in the file.
    pub bytes: usize,
}

impl TensorStore {
    /// Opens a component folder: shards named by `*.safetensors.index.json`, one `*.safetensors` file, or a
    /// complete series of numbered shards. A path to a file is opened as that file.
    ///
    /// # Errors
    /// Every variant of [`WeightError`] that speaks of files, headers and indices; number formats are looked
    /// at only when a tensor is asked for.
    pub fn open(folder: &Path) -> Result<Self, WeightError> {
        // Whatever is no folder is refused there unless it is an ordinary file.
        if folder.exists() && !folder.is_dir() {
            return Self::open_file(folder);
        }
        let shards = files::shards(folder)?;
        let store = Self::map(folder, shards.files)?;
        let Some(index) = shards.index else {
            return Ok(store);
        };
        let misplaced = index.places.iter().find(|(name, shard)| {
            store.tensors.get(name.as_str()).is_none_or(|place| place.shard != **shard)
        });
        match misplaced {
            None => Ok(store),
            Some((name, shard)) => {
                let shard = store.shards.get(*shard).map_or(folder, |shard| &shard.path);
                let reason =
                    format!("it looks for tensor `{name}` in {}, which does not hold it", shard.display());
                Err(WeightError::Index { path: index.path, reason })
            }
        }
    }

    /// Opens a single safetensors file.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_file(path: &Path) -> Result<Self, WeightError> {
        Self::map(path, vec![path.to_owned()])
    }

    /// The folder or file that was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Asks the system to read the files ahead, in its own time; a hint that it may ignore, and that some have not.
    pub fn read_ahead(&self) {
        #[cfg(unix)]
        for shard in &self.shards {
            // A refused hint costs nothing but the time that it would have saved.
            let _ = shard.map.advise(memmap2::Advice::WillNeed);
        }
    }

    /// Length of the files, in bytes.
    pub fn file_bytes(&self) -> u64 {
        self.shards.iter().map(|shard| shard.map.len() as u64).sum()
    }

    /// Names of all tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// What the headers say about all tensors, sorted by name.
    pub fn facts(&self) -> impl Iterator<Item = TensorFacts<'_>> {
        self.tensors.iter().map(|(name, place)| TensorFacts {
            name,
            format: &place.format,
            shape: &place.shape,
            bytes: place.range.len(),
        })
    }

    /// Whether a tensor is there, in whatever format.
    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// A tensor, or none when it is missing or in a format that cannot be decoded; [`Self::view`] says which.
    pub fn get(&self, name: &str) -> Option<TensorView<'_>> {
        self.view(name).ok()
    }

    /// A tensor.
    ///
    /// # Errors
    /// [`WeightError::MissingTensor`], or [`WeightError::Format`] for fp8, integers and all else that this
    /// version cannot decode.
    pub fn view(&self, name: &str) -> Result<TensorView<'_>, WeightError> {
        let missing = || WeightError::MissingTensor { path: self.path.clone(), tensor: name.to_owned() };
        let (name, place) = self.tensors.get_key_value(name).ok_or_else(missing)?;
        let shard = self.shards.get(place.shard).ok_or_else(missing)?;
        let format = place.format.weight().ok_or_else(|| WeightError::Format {
            path: shard.path.clone(),
            tensor: name.clone(),
            format: place.format.to_string(),
        })?;
        let bytes = shard.map.get(place.range.clone()).ok_or_else(missing)?;
        Ok(TensorView { name, format, shape: &place.shape, bytes })
    }

    /// The file that holds a tensor; the store's own path when there is no such tensor.
    pub fn file_of(&self, name: &str) -> &Path {
        let shard = self.tensors.get(name).and_then(|place| self.shards.get(place.shard));
        shard.map_or(&self.path, |shard| &shard.path)
    }

    /// Gives every tensor the name that `rename` makes of its own, so that models need to know one spelling
    /// only.
    ///
    /// # Errors
    /// [`WeightError::Spelling`] when two tensors come to the same name.
    pub fn with_renames(mut self, rename: impl Fn(&str) -> String) -> Result<Self, WeightError> {
        let mut origins: BTreeMap<String, String> = BTreeMap::new();
        let mut renamed = BTreeMap::new();
        for (name, place) in self.tensors {
            let tensor = rename(&name);
            if let Some(first) = origins.get(&tensor) {
                let first = first.clone();
                return Err(WeightError::Spelling { path: self.path, tensor, first, second: name });
            }
            origins.insert(tensor.clone(), name);
            renamed.insert(tensor, place);
        }
        self.tensors = renamed;
        Ok(self)
    }

    fn map(path: &Path, files: Vec<PathBuf>) -> Result<Self, WeightError> {
        let mut store =
            Self { path: path.to_owned(), shards: Vec::with_capacity(files.len()), tensors: BTreeMap::new() };
        for file in files {
            store.add(file)?;
        }
        Ok(store)
    }

    /// Maps one more file and takes up its tensors.
    fn add(&mut self, path: PathBuf) -> Result<(), WeightError> {
        let file = files::open_regular(&path)?;
        // SAFETY: the map is only ever read. A file that another program changes meanwhile can yield other
        // numbers, which every reader checks, or end the program (see the type's documentation); mapping is
        // the only way to hold 40 GB checkpoints on machines with less memory.
        let map =
            unsafe { Mmap::map(&file) }.map_err(|source| WeightError::Read { path: path.clone(), source })?;
        let number = self.shards.len();
        for entry in header::read(&path, &map)? {
            match self.tensors.entry(entry.name) {
                btree_map::Entry::Vacant(slot) => {
                    let (format, shape, range) = (entry.format, entry.shape, entry.range);
                    slot.insert(Place { shard: number, format, shape, range });
                }
                btree_map::Entry::Occupied(slot) => {
                    let first = self.shards.get(slot.get().shard).map_or(&path, |shard| &shard.path);
                    let (tensor, first) = (slot.key().clone(), first.clone());
                    return Err(WeightError::Duplicate { tensor, first, second: path });
                }
            }
        }
        self.shards.push(Shard { path, map });
        Ok(())
    }
}
