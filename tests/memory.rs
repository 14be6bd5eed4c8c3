//! What plans say of memory, against every byte that is taken: this program counts its own allocations.
//!
//! On the `cpu` device tensors are allocated like everything else, so that the count is exact and the same on every
//! machine.

use burn::tensor::{Device, Tensor};
use engine::models::wan_codec::{ClipCodec, CodecConfig, Passage};
use engine::nn::ModelError;
use engine::weights::probe::codec::{CodecShape, expected_codec};
use engine::weights::{Scope, TensorStore};
use safetensors::tensor::{Dtype, TensorView};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is handed to the system's allocator as it came; the counters allocate nothing.
unsafe impl GlobalAlloc for Counting {
    // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`, which is the system's.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = IN_USE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    // SAFETY: the caller keeps the contract of `GlobalAlloc::dealloc`, which is the system's.
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// A codec of any sizes with small weights, as a file would hold it.
fn codec(config: &CodecConfig, shape: &CodecShape) -> ClipCodec {
    let list = expected_codec(shape);
    let zeros = vec![0; 4 * list.iter().map(|(_, s)| s.iter().product::<usize>()).max().unwrap()];
    let views = list.iter().map(|(name, shape)| {
        let bytes = 4 * shape.iter().product::<usize>();
        (name.clone(), TensorView::new(Dtype::F32, shape.clone(), &zeros[..bytes]).unwrap())
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.safetensors");
    safetensors::serialize_to_file(views.collect::<Vec<_>>(), None, &file).unwrap();
    let store = TensorStore::open_file(&file).unwrap();
    ClipCodec::load(&Scope::root(&store, &Device::flex()), config).unwrap()
}

/// Both kinds, a sixth of the published widths.
fn kinds() -> [(&'static str, CodecConfig, CodecShape); 2] {
    let first = CodecConfig { base_dim: 16, ..CodecConfig::default() };
    let first_shape = CodecShape { base_dim: 16, ..CodecShape::default() };
    let second = CodecConfig {
        base_dim: 16,
        decoder_base_dim: Some(32),
        z_dim: 48,
        is_residual: true,
        patch_size: Some(2),
        latents_mean: vec![0.0; 48],
        latents_std: vec![1.0; 48],
        ..CodecConfig::default()
    };
    let second_shape = CodecShape {
        base_dim: 16,
        decoder_base_dim: Some(32),
        z_dim: 48,
        input_channels: 12,
        is_residual: true,
        ..CodecShape::default()
    };
    [("2.1", first, first_shape), ("2.2", second, second_shape)]
}

#[test]
fn decoding_a_clip_takes_what_the_plan_says() {
    for (name, config, shape) in kinds() {
        let codec = codec(&config, &shape);
        for (rows, columns, chunk) in [(96, 96, 1), (160, 224, 1), (256, 192, 1), (96, 160, 2)] {
            let extent = [config.z_dim, 5, rows / config.scale(), columns / config.scale()];
            let latents = Tensor::<4>::ones(extent, &Device::flex());
            let before = IN_USE.load(Ordering::Relaxed);
            PEAK.store(before, Ordering::Relaxed);
            let passage = Passage { chunk, tiling: None };
            codec.decode(&latents, passage, &|| false, |_| Ok::<_, ModelError>(())).unwrap();
            let taken = PEAK.load(Ordering::Relaxed) - before;
            let planned = config.clip_bytes(rows, columns, chunk);
            let ratio = taken as f64 / planned as f64;
            println!(
                "Wan {name}, {rows} x {columns}, chunks of {chunk}: planned {planned}, taken {taken}, {ratio:.3}"
            );
            assert!((0.85..=1.15).contains(&ratio), "Wan {name}, {rows} x {columns}: {ratio:.3} of the plan");
        }
    }
}
