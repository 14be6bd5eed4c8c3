//! What several of the tests beside this folder need.

pub mod golden;

use burn::tensor::Device as TensorDevice;
use engine::device::{Device, DeviceChoice, adapters};
use std::path::{Path, PathBuf};

/// The devices that results are compared on: the processor, and the best graphics adapter (lavapipe will do).
///
/// # Panics
/// On a machine without any adapter: these tests exist to run WGSL, and `cargo xtask test` installs a software Vulkan
/// driver where it can.
pub fn tensor_devices() -> Vec<TensorDevice> {
    assert!(
        !adapters().is_empty(),
        "no Vulkan, Metal or DirectX 12 adapter; install a driver (lavapipe will do)"
    );
    let gpu = Device::open(DeviceChoice::Gpu(None)).expect("the adapter opens");
    vec![Device::cpu().tensors().clone(), gpu.tensors().clone()]
}

/// A folder with everything in it.
///
/// # Panics
/// When something cannot be read or written.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The program: `$ROSTRUM_BIN`, or what cargo built beside the test that asks.
///
/// # Panics
/// When it is not there.
pub fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("ROSTRUM_BIN") {
        return named.into();
    }
    let test = std::env::current_exe().expect("a test knows where it lies");
    let program = test
        .parent()
        .and_then(Path::parent)
        .expect("tests lie in a folder of the target")
        .join(format!("rostrum{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.is_file(),
        "{} is missing: build it with `cargo build --release -p app`",
        program.display()
    );
    program
}
