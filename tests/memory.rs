//! What plans say of memory, against every byte that is taken: this program counts its own allocations.
//!
//! On the `cpu` device tensors are allocated like everything else, so that the count is exact and the same on every
//! machine.

use burn::tensor::{Device as Tensors, Tensor};
use engine::device::{Device, DeviceChoice};
use engine::models::wan::{Modulation, Pass, Transformer, TransformerConfig};
use engine::models::wan_codec::{ClipCodec, CodecConfig, Passage};
use engine::nn::ModelError;
use engine::weights::probe::TensorList;
use engine::weights::probe::codec::{CodecShape, expected_codec};
use engine::weights::probe::wan_transformer::{WanTransformerShape, expected_wan_transformer};
use engine::weights::{Scope, TensorStore};
use safetensors::tensor::{Dtype, TensorView};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One measurement at a time: the counters are the whole process's.
static MEASURING: Mutex<()> = Mutex::new(());
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

/// Most bytes that `work` held beyond what was held before.
fn taken(work: impl FnOnce()) -> usize {
    let before = IN_USE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    work();
    PEAK.load(Ordering::Relaxed) - before
}

fn close(what: &str, taken: usize, planned: usize) {
    let ratio = taken as f64 / planned as f64;
    println!("{what}: planned {planned}, taken {taken}, {ratio:.3}");
    assert!((0.85..=1.15).contains(&ratio), "{what}: {ratio:.3} of the plan");
}

/// A model's tensors, all zero, as a file would hold them.
fn zeros(list: &TensorList) -> TensorStore {
    let zeros = vec![0; 4 * list.iter().map(|(_, s)| s.iter().product::<usize>()).max().unwrap()];
    let views = list.iter().map(|(name, shape)| {
        let bytes = 4 * shape.iter().product::<usize>();
        (name.clone(), TensorView::new(Dtype::F32, shape.clone(), &zeros[..bytes]).unwrap())
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.safetensors");
    safetensors::serialize_to_file(views.collect::<Vec<_>>(), None, &file).unwrap();
    TensorStore::open_file(&file).unwrap()
}

/// A codec of any sizes.
fn codec(config: &CodecConfig, shape: &CodecShape) -> ClipCodec {
    ClipCodec::load(&Scope::root(&zeros(&expected_codec(shape)), &Tensors::flex()), config).unwrap()
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
    let _alone = MEASURING.lock();
    for (name, config, shape) in kinds() {
        let codec = codec(&config, &shape);
        for (rows, columns, chunk) in [(96, 96, 1), (160, 224, 1), (256, 192, 1), (96, 160, 2)] {
            let extent = [config.z_dim, 5, rows / config.scale(), columns / config.scale()];
            let latents = Tensor::<4>::ones(extent, &Tensors::flex());
            let passage = Passage { chunk, tiling: None };
            let taken = taken(|| {
                codec.decode(&latents, passage, &|| false, |_| Ok::<_, ModelError>(())).unwrap();
            });
            let what = format!("Wan {name}, {rows} x {columns}, chunks of {chunk}");
            close(&what, taken, config.clip_bytes(rows, columns, chunk));
        }
    }
}

/// A small transformer, and its tensors.
fn small() -> (TransformerConfig, TensorStore) {
    let config = TransformerConfig {
        heads: 8,
        head_size: 64,
        text_channels: 32,
        timestep_channels: 32,
        hidden: 1024,
        blocks: 2,
        ..TransformerConfig::default()
    };
    let shape = WanTransformerShape {
        num_attention_heads: 8,
        attention_head_dim: 64,
        text_dim: 32,
        freq_dim: 32,
        ffn_dim: 1024,
        num_layers: 2,
        ..WanTransformerShape::default()
    };
    (config, zeros(&expected_wan_transformer(&shape)))
}

/// One pass of a clip of `[frames, rows, columns]` latents.
fn pass(
    transformer: &Transformer,
    scope: &Scope,
    modulation: &Modulation,
    [frames, rows, columns]: [usize; 3],
) {
    let device = scope.device();
    let latents = Tensor::<4>::ones([16, frames, rows, columns], device);
    let conditioning = transformer.condition(&Tensor::zeros([4, 32], device), 512).unwrap();
    let frame = transformer.frame(latents.dims(), device).unwrap();
    let pass = Pass { conditioning: &conditioning, frame: &frame, modulation, step: 0, clean_frames: 0 };
    transformer.forward(scope, &latents, &pass, &|| false).unwrap();
}

/// Frames, rows and columns of latents; tokens in a run.
const PASSES: [([usize; 3], usize); 4] =
    [([4, 24, 32], 768), ([3, 64, 64], 128), ([5, 32, 48], 256), ([7, 40, 64], 512)];

#[test]
fn a_pass_of_the_transformer_takes_what_the_plan_says() {
    let _alone = MEASURING.lock();
    let (config, store) = small();
    let device = Tensors::flex();
    let scope = Scope::root(&store, &device);
    let modulation = Modulation::for_schedule(&scope, &config, &[500.0]).unwrap();
    for (latents, run) in PASSES {
        let transformer = Transformer::load(&scope, &config, 2, &|| false).unwrap().in_runs_of(run);
        let taken = taken(|| pass(&transformer, &scope, &modulation, latents));
        let tokens = latents.iter().product::<usize>() / 4;
        close(&format!("{tokens} tokens in runs of {run}"), taken, config.pass_bytes(tokens, run));
    }
}

/// On a graphics device pools hold what is live and one page more, each page as large as the largest tensor; small pieces
/// have a pool of their own.
#[test]
fn a_graphics_device_holds_what_is_live_and_a_page() {
    const SMALL_PIECES: u64 = 12 << 20;
    let _alone = MEASURING.lock();
    let gpu = Device::open(DeviceChoice::Gpu(None)).unwrap();
    let (config, store) = small();
    let scope = Scope::root(&store, gpu.tensors());
    let modulation = Modulation::for_schedule(&scope, &config, &[500.0]).unwrap();
    for (latents, run) in [([4, 24, 32], 768), ([5, 32, 48], 256)] {
        let transformer = Transformer::load(&scope, &config, 2, &|| false).unwrap().in_runs_of(run);
        pass(&transformer, &scope, &modulation, latents);
        gpu.settle();
        let tokens = latents.iter().product::<usize>() / 4;
        let live = config.pass_bytes(tokens, run) + transformer.resident_bytes();
        let planned = (live + tokens * config.width() * 4) as u64;
        let reserved = gpu.reserved_bytes();
        println!("{tokens} tokens: live {live}, with a page {planned}, reserved {reserved}");
        assert!(reserved <= planned + SMALL_PIECES, "{tokens} tokens");
        assert!(reserved as f64 >= 0.85 * live as f64, "{tokens} tokens");
    }
}
