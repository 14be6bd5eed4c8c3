//! The table of shaders: which kernels exist, in which variants, with which options.

use crate::template::{TemplateError, expand};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

const TABLE: &str = include_str!("../variants.toml");

/// Kernel texts by name.
const KERNELS: &[(&str, &str)] = &[
    ("attention", include_str!("../wgsl/attention.wgsl")),
    ("head_norm_rope", include_str!("../wgsl/head_norm_rope.wgsl")),
    ("norm_modulate", include_str!("../wgsl/norm_modulate.wgsl")),
    ("matmul", include_str!("../wgsl/matmul.wgsl")),
    ("convolution", include_str!("../wgsl/convolution.wgsl")),
    ("pixel_norm", include_str!("../wgsl/pixel_norm.wgsl")),
];

/// Texts that kernels import, by name.
const SHARED: &[(&str, &str)] = &[
    ("row_reduce", include_str!("../wgsl/shared/row_reduce.wgsl")),
    ("activation", include_str!("../wgsl/shared/activation.wgsl")),
    ("load_x", include_str!("../wgsl/shared/load_x.wgsl")),
    ("load_block", include_str!("../wgsl/shared/load_block.wgsl")),
    ("load_f32", include_str!("../wgsl/shared/load_f32.wgsl")),
    ("load_f16", include_str!("../wgsl/shared/load_f16.wgsl")),
    ("load_bf16", include_str!("../wgsl/shared/load_bf16.wgsl")),
    ("load_packed", include_str!("../wgsl/shared/load_packed.wgsl")),
    ("tile_lanes", include_str!("../wgsl/shared/tile_lanes.wgsl")),
    ("tile_order", include_str!("../wgsl/shared/tile_order.wgsl")),
    ("tile_staged", include_str!("../wgsl/shared/tile_staged.wgsl")),
    ("tile_wide", include_str!("../wgsl/shared/tile_wide.wgsl")),
    ("attention_tile", include_str!("../wgsl/shared/attention_tile.wgsl")),
    ("attention_wide", include_str!("../wgsl/shared/attention_wide.wgsl")),
    ("lane_reduce", include_str!("../wgsl/shared/lane_reduce.wgsl")),
    ("row_reduce", include_str!("../wgsl/shared/row_reduce.wgsl")),
];

/// What a variant needs from the device beyond core WebGPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    /// 16-bit floats in shaders.
    F16,
    /// Subgroup operations.
    Subgroup,
    /// Cooperative matrices.
    CooperativeMatrix,
}

/// One way to compute a kernel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Threads of a workgroup.
    pub workgroup: [u32; 3],
    #[serde(default)]
    pub requires: Vec<Requirement>,
    /// Numbers for the preprocessor (tile sizes).
    #[serde(default)]
    pub defines: BTreeMap<String, u32>,
}

/// A kernel's entry in the table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kernel {
    /// Axis → choices; the caller names one choice of every axis.
    #[serde(default)]
    pub options: BTreeMap<String, Vec<String>>,
    pub variants: BTreeMap<String, Variant>,
}

impl Kernel {
    /// Every combination of one choice per axis.
    pub fn combinations(&self) -> Vec<Vec<&str>> {
        self.options.values().fold(vec![Vec::new()], |combinations, choices| {
            combinations
                .iter()
                .flat_map(|head| choices.iter().map(|c| head.iter().copied().chain([c.as_str()]).collect()))
                .collect()
        })
    }
}

/// An expanded shader, ready for a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// WGSL with the entry point `main`.
    pub text: String,
    /// Fingerprint of the text: part of the identity under which devices cache compiled shaders.
    pub hash: u64,
    pub workgroup: [u32; 3],
    /// The variant's numbers, for the launcher's grid arithmetic.
    pub defines: BTreeMap<String, u32>,
}

/// All kernels by name.
///
/// # Errors
/// [`TemplateError::Table`] when `variants.toml` is malformed (a test rules that out).
pub fn kernels() -> Result<&'static BTreeMap<String, Kernel>, TemplateError> {
    static PARSED: OnceLock<Result<BTreeMap<String, Kernel>, TemplateError>> = OnceLock::new();
    PARSED
        .get_or_init(|| toml::from_str(TABLE).map_err(|error| TemplateError::Table(error.to_string())))
        .as_ref()
        .map_err(Clone::clone)
}

/// The entry of one kernel.
///
/// # Errors
/// [`TemplateError::UnknownKernel`].
pub fn kernel(name: &str) -> Result<&'static Kernel, TemplateError> {
    kernels()?.get(name).ok_or_else(|| TemplateError::UnknownKernel(name.into()))
}

/// Expands `kernel` in `variant` with one choice for each of its option axes.
///
/// # Errors
/// Any [`TemplateError`]; none for the combinations of the table, which a test walks.
pub fn source(name: &str, variant: &str, options: &[&str]) -> Result<Source, TemplateError> {
    let entry = kernel(name)?;
    let unknown = || TemplateError::UnknownVariant { kernel: name.into(), variant: variant.into() };
    let chosen = entry.variants.get(variant).ok_or_else(unknown)?;
    for choices in entry.options.values() {
        if options.iter().filter(|o| choices.iter().any(|c| c == *o)).count() != 1 {
            let choice = format!("one of {choices:?}");
            return Err(TemplateError::UnknownOption { kernel: name.into(), choice });
        }
    }
    if let Some(stray) = options.iter().find(|o| !entry.options.values().flatten().any(|c| c == *o)) {
        return Err(TemplateError::UnknownOption { kernel: name.into(), choice: stray.to_string() });
    }
    let mut defines: BTreeMap<String, String> =
        chosen.defines.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
    for (axis, size) in ["WORKGROUP_X", "WORKGROUP_Y", "WORKGROUP_Z"].iter().zip(chosen.workgroup) {
        defines.insert(axis.to_string(), size.to_string());
    }
    defines.extend(options.iter().map(|option| (option.to_string(), "1".to_string())));
    let find =
        |list: &[(&str, &'static str)], name: &str| list.iter().find(|(n, _)| *n == name).map(|(_, t)| *t);
    let text = find(KERNELS, name).ok_or_else(|| TemplateError::UnknownKernel(name.into()))?;
    let text = expand(name, text, &defines, &|import| find(SHARED, import))?;
    Ok(Source {
        hash: fingerprint(&text),
        text,
        workgroup: chosen.workgroup,
        defines: chosen.defines.clone(),
    })
}

/// FNV-1a, 64 bit.
fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use naga::valid::{Capabilities, ValidationFlags, Validator};

    /// Every shader that the engine can ask for parses and validates with the capabilities it claims.
    #[test]
    fn every_combination_is_valid_wgsl() {
        let mut count = 0;
        for (name, entry) in kernels().unwrap() {
            for (variant, facts) in &entry.variants {
                // Reading f16 as f32 is core WGSL; Vulkan, Metal and DirectX 12 all have it.
                let mut capabilities = Capabilities::SHADER_FLOAT16_IN_FLOAT32;
                for requirement in &facts.requires {
                    capabilities |= match requirement {
                        Requirement::F16 => Capabilities::SHADER_FLOAT16,
                        Requirement::Subgroup => Capabilities::SUBGROUP | Capabilities::SUBGROUP_BARRIER,
                        Requirement::CooperativeMatrix => Capabilities::COOPERATIVE_MATRIX,
                    };
                }
                for options in entry.combinations() {
                    let source = source(name, variant, &options).unwrap();
                    let at = format!("{name}.{variant} {options:?}");
                    let module = naga::front::wgsl::parse_str(&source.text)
                        .unwrap_or_else(|e| panic!("{at}: {}", e.emit_to_string(&source.text)));
                    Validator::new(ValidationFlags::all(), capabilities)
                        .validate(&module)
                        .unwrap_or_else(|e| panic!("{at}: {}", e.emit_to_string(&source.text)));
                    let main = module.entry_points.iter().find(|e| e.name == "main").expect(&at);
                    assert_eq!(main.workgroup_size, source.workgroup, "{at}");
                    assert!(source.text.lines().count() <= 500, "{at} is longer than 500 lines");
                    count += 1;
                }
            }
        }
        assert!(count > 0);
    }

    #[test]
    fn every_text_has_an_entry_and_every_entry_a_text() {
        let names: Vec<&str> = KERNELS.iter().map(|(name, _)| *name).collect();
        let mut listed: Vec<&str> = kernels().unwrap().keys().map(String::as_str).collect();
        listed.sort_unstable();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, listed);
    }

    #[test]
    fn wrong_names_are_refused() {
        assert!(matches!(source("norm", "plain", &[]), Err(TemplateError::UnknownKernel(_))));
        assert!(matches!(
            source("norm_modulate", "fast", &["RMS"]),
            Err(TemplateError::UnknownVariant { .. })
        ));
        assert!(matches!(source("norm_modulate", "plain", &[]), Err(TemplateError::UnknownOption { .. })));
        assert!(matches!(
            source("norm_modulate", "plain", &["RMS", "LAYER"]),
            Err(TemplateError::UnknownOption { .. })
        ));
        assert!(matches!(
            source("norm_modulate", "plain", &["RMS", "F16"]),
            Err(TemplateError::UnknownOption { .. })
        ));
    }
}
