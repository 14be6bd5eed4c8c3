//! Thousands of damaged files from a fixed seed: none panics, none makes the reader allocate beyond its size.

use crate::drafts::{Folder, bf16s, f16s, f32s, file, replace};
use burn::tensor::Device;
use engine::weights::{Scope, TensorStore, probe};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// Counts what the calling thread holds, so that tests can run side by side.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let held = HELD.get() + bytes;
    HELD.set(held);
    PEAK.set(PEAK.get().max(held));
}

// SAFETY: every call goes to the system's allocator unchanged; counting touches two cells without
// destructors.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: the pointer came from `alloc` above with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Peak of the memory that `work` takes on this thread, in bytes.
fn peak(work: impl FnOnce()) -> usize {
    let before = HELD.get();
    PEAK.set(before);
    work();
    (PEAK.get() - before).max(0).cast_unsigned()
}

/// Marsaglia's xorshift.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }

    /// Damages a file in one or two places, mostly in the first `front` bytes.
    fn damage(&mut self, bytes: &mut Vec<u8>, front: usize) {
        for _ in 0..=self.roll(2) {
            let reach = if self.roll(4) > 0 { front.min(bytes.len()) } else { bytes.len() };
            let at = self.roll(reach);
            match self.roll(8) {
                0 => bytes.truncate(at),
                1 => bytes.extend(std::iter::repeat_n(b'0', at % 64)),
                2 => drop(bytes.drain(at..(at + self.roll(16)).min(bytes.len()))),
                3 => bytes.splice(at..at, *b"99999999999999999999").for_each(drop),
                4 => bytes.iter_mut().take(8).for_each(|byte| *byte = self.roll(256) as u8),
                5 => bytes
                    .iter_mut()
                    .skip(at)
                    .find(|b| b.is_ascii_digit())
                    .into_iter()
                    .for_each(|b| *b = b'0' + (at % 10) as u8),
                6 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = b"[]{},:\"-"[at % 8]),
                _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (at % 8)),
            }
        }
    }
}

/// Asks for every tensor in the shape the file itself states.
fn read_everything(store: &TensorStore, device: &Device) -> usize {
    let scope = Scope::root(store, device);
    let mut read = 0;
    for facts in store.facts() {
        let done = match *facts.shape {
            [length] => scope.vector(facts.name, length).is_ok(),
            [rows, columns] => {
                scope.table(facts.name, [rows, columns]).is_ok()
                    && scope.rows(facts.name, [rows, columns], &[0, u32::MAX]).is_err()
                    && scope.matrix(facts.name, [rows, columns]).is_ok()
            }
            [a, b, c, d, e] => scope.convolution_last_tap(facts.name, [a, b, c, d, e]).is_ok(),
            _ => scope.vector(facts.name, 1).is_ok(),
        };
        read += usize::from(done);
    }
    read
}

#[test]
fn damaged_files_neither_panic_nor_allocate_without_bound() {
    let good = file(&[
        f32s("norm.weight", &[4], &[1.0, 2.0, 3.0, 4.0]),
        bf16s("linear.weight", &[3, 2], &[0.5; 6]),
        f16s("mid.conv.weight", &[1, 2, 3, 1, 1], &[0x3C00; 6]),
        f32s("marker", &[0], &[]),
    ]);
    let front = 8 + usize::from(good[0]) + 256 * usize::from(good[1]);
    let (folder, device) = (Folder::new(), Device::flex());
    let path = folder.path().join("fuzzed.safetensors");
    let mut dice = Dice(0x5EED_0F2A_57A2_0001);
    let (mut opened, mut refused, mut read) = (0, 0, 0);
    for round in 0..2000 {
        let mut bytes = good.clone();
        if round > 0 {
            dice.damage(&mut bytes, front);
        }
        replace(&path, &bytes);
        let used = peak(|| match TensorStore::open_file(&path) {
            Ok(store) => {
                opened += 1;
                read += read_everything(&store, &device);
            }
            Err(error) => {
                refused += 1;
                assert!(error.to_string().contains("fuzzed.safetensors"), "{error}");
            }
        });
        assert!(used < 64 * 1024 + 64 * bytes.len(), "round {round} took {used} bytes for {}", bytes.len());
        // The reference reader must not be stricter than ours where both know the formats.
        let reference = safetensors::SafeTensors::deserialize(&bytes);
        if let (Ok(store), Err(reason)) = (TensorStore::open_file(&path), reference) {
            let newer = store.facts().any(|t| matches!(t.format, engine::weights::StoredFormat::Unknown(_)));
            assert!(newer, "round {round}: the reference reader says {reason}");
        }
    }
    assert!(opened > 100 && refused > 1000 && read > 100, "{opened} opened, {refused} refused, {read} read");
}

#[test]
fn damaged_configs_do_not_break_the_probe() {
    let weights =
        file(&[bf16s("txt_norm.weight", &[2], &[1.0; 2]), bf16s("img_in.weight", &[4, 2], &[1.0; 8])]);
    let index = br#"{"_class_name": "QwenImagePipeline",
        "transformer": ["diffusers", "QwenImageTransformer2DModel"]}"#;
    let config = br#"{"_class_name": "QwenImageTransformer2DModel", "num_layers": 2, "attention_head_dim": 2,
        "num_attention_heads": 2, "in_channels": 2, "joint_attention_dim": 2, "out_channels": null}"#;
    let codec = br#"{"_class_name": "AutoencoderKLQwenImage", "base_dim": 2, "dim_mult": [1, 2], "z_dim": 2,
        "temperal_downsample": [true], "num_res_blocks": 1}"#;
    let text =
        br#"{"architectures": ["Qwen2_5_VLForConditionalGeneration"], "text_config": {"hidden_size": 4,
        "num_attention_heads": 2, "vocab_size": 8, "intermediate_size": 4, "num_hidden_layers": 1},
        "vision_config": {"depth": 1, "in_chans": 3}}"#;
    let folder = Folder::new();
    for part in ["transformer", "vae", "text_encoder"] {
        folder.write(&format!("{part}/model.safetensors"), &weights);
    }
    let files: [(&str, &[u8]); 4] = [
        ("model_index.json", index),
        ("transformer/config.json", config),
        ("vae/config.json", codec),
        ("text_encoder/config.json", text),
    ];
    files.iter().for_each(|(name, bytes)| drop(folder.write(name, bytes)));
    let mut dice = Dice(0x5EED_0F2A_57A2_0002);
    let mut answers = 0;
    for round in 0..800 {
        let (name, bytes) = files[round % files.len()];
        let mut damaged = bytes.to_vec();
        dice.damage(&mut damaged, bytes.len());
        folder.write(name, &damaged);
        let used = peak(|| {
            answers += usize::from(probe::probe(folder.path()).is_ok_and(|p| !p.to_string().is_empty()));
        });
        assert!(used < 16 << 20, "round {round} took {used} bytes");
        folder.write(name, bytes);
    }
    assert!(answers > 600, "{answers} answers");
}
