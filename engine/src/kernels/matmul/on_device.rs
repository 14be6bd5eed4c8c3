//! `matmul` on the `gpu` device: which variant, how many workgroups, in how many launches.

use super::{Activation, Epilogue, MatrixWeight, NAME, WeightFormat};
use crate::device::{AdapterKind, facts_of};
use crate::kernels::KernelError;
use crate::kernels::launch::{Operand, fold, launch_into, shader};
use crate::kernels::variant::chosen;
use burn::tensor::{Device, Tensor};
use shaders::Source;
use std::sync::Arc;

/// Arithmetic of one launch on a graphics card and on smaller adapters: tens of milliseconds, so that the desktop
/// stays responsive and no driver's time-out strikes.
const LAUNCH_OPERATIONS: [u64; 2] = [400_000_000_000, 40_000_000_000];

/// Tokens up to which sharing the reduction between threads beats sharing operands between tokens.
const FEW_TOKENS: usize = 8;

/// The variant for these activations on their device.
pub(super) fn variant(x: &Tensor<2>) -> Arc<str> {
    let class = if x.dims()[0] <= FEW_TOKENS { "few tokens" } else { "many tokens" };
    chosen(NAME, class, &x.device())
}

/// The product by `variant`; operands have been checked.
pub(super) fn matmul(
    variant: &str,
    x: &Tensor<2>,
    weight: &MatrixWeight,
    epilogue: &Epilogue,
) -> Result<Tensor<2>, KernelError> {
    let [tokens, columns] = x.dims();
    let width = weight.rows;
    let source = shader(NAME, variant, &[format_option(weight.format), columns_option(columns)])?;
    let device = x.device();
    let x = Operand::float(NAME, x)?;
    let output = x.unwritten([tokens, width]);
    if tokens == 0 || width == 0 {
        return Ok(output.into_tensor());
    }
    if columns == 0 {
        return Err(KernelError::Unsupported { kernel: NAME, reason: "a weight without columns".into() });
    }
    let bias = epilogue.bias.map(|b| Operand::float(NAME, b)).transpose()?;
    let gate = epilogue.gate.map(|g| Operand::float(NAME, g.rows)).transpose()?;
    let residual = epilogue.residual.map(|r| Operand::float(NAME, r)).transpose()?;
    for (i, slab) in weight.slabs.iter().enumerate() {
        let first = i * weight.slab_rows;
        let rows = weight.slab_rows.min(width - first);
        let mut params = [
            tokens as u32,
            columns as u32,
            rows as u32,
            width as u32,
            first as u32,
            activation_code(epilogue.activation),
            u32::from(bias.is_some()),
            u32::from(gate.is_some()),
            epilogue.gate.map_or(tokens, |g| g.boundary(tokens)) as u32,
            u32::from(residual.is_some()),
            0,
            0,
        ];
        let slab = slab.operand(NAME)?;
        // An absent operand is bound to x, which the shader then does not read under that name.
        let [bias, gate, residual] = [&bias, &gate, &residual].map(|o| o.as_ref().unwrap_or(&x));
        for [start, end] in launches(&source, tokens, rows, columns, &device) {
            params[10] = start;
            params[11] = end;
            let groups = fold((end - start) as usize);
            launch_into(NAME, &source, &[&x, &slab, bias, gate, residual], &output, &params, groups)?;
        }
    }
    Ok(output.into_tensor())
}

/// Runs of output tiles, `[first, end]`, none with more arithmetic than one launch on this device may hold.
/// `reduction` is the number of multiplications behind one output.
pub(in crate::kernels) fn launches(
    source: &Source,
    rows: usize,
    columns: usize,
    reduction: usize,
    device: &Device,
) -> impl Iterator<Item = [u32; 2]> + use<> {
    let card = facts_of(device).is_some_and(|facts| facts.kind == AdapterKind::Discrete);
    let [most_on_card, most_elsewhere] = LAUNCH_OPERATIONS;
    let [tile_rows, tile_columns] =
        ["TILE_ROWS", "TILE_COLUMNS"].map(|name| source.defines.get(name).map_or(1, |n| *n as usize));
    let tiles = rows.div_ceil(tile_rows) * columns.div_ceil(tile_columns);
    let tile = 2 * (tile_rows * tile_columns) as u64 * reduction.max(1) as u64;
    runs(tiles, if card { most_on_card } else { most_elsewhere } / tile)
}

/// `0..tiles` in runs of at most `most`, one at least.
fn runs(tiles: usize, most: u64) -> impl Iterator<Item = [u32; 2]> {
    let run = usize::try_from(most.max(1)).unwrap_or(usize::MAX);
    (0..tiles).step_by(run).map(move |start| [start as u32, start.saturating_add(run).min(tiles) as u32])
}

/// The shader's choice for a weight format.
pub(in crate::kernels) fn format_option(format: WeightFormat) -> &'static str {
    match format {
        WeightFormat::F32 => "F32",
        WeightFormat::F16 => "F16",
        WeightFormat::Bf16 => "BF16",
    }
}

/// The shader's choice for the length of a row.
pub(in crate::kernels) fn columns_option(columns: usize) -> &'static str {
    if columns.is_multiple_of(4) { "ALIGNED" } else { "RAGGED" }
}

fn activation_code(activation: Activation) -> u32 {
    match activation {
        Activation::None => 0,
        Activation::GeluTanh => 1,
        Activation::GeluErf => 2,
        Activation::Silu => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_every_tile_once() {
        assert_eq!(runs(7, 3).collect::<Vec<_>>(), [[0, 3], [3, 6], [6, 7]]);
        assert_eq!(runs(2, 0).collect::<Vec<_>>(), [[0, 1], [1, 2]]);
        assert_eq!(runs(5, u64::MAX).collect::<Vec<_>>(), [[0, 5]]);
        assert_eq!(runs(0, 3).count(), 0);
    }
}
