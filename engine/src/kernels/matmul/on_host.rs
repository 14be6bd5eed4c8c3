//! `matmul` on the `cpu` device.

use super::product::{Threads, View, multiply};
use super::{Activation, Epilogue, MatrixWeight, NAME, Rows};
use crate::kernels::host::activate::activate;
use crate::kernels::{KernelError, host};
use burn::tensor::Tensor;
use rayon::prelude::*;

pub(super) fn matmul(
    x: &Tensor<2>,
    weight: &MatrixWeight,
    epilogue: &Epilogue,
) -> Result<Tensor<2>, KernelError> {
    let [tokens, inputs] = x.dims();
    let columns = weight.rows;
    let mut values = vec![0.0; tokens * columns];
    if let Some(Rows::Float(weight)) = weight.slabs.first() {
        let (x, weight) = (host::HostTensor::new(NAME, x)?, host::HostTensor::new(NAME, weight)?);
        let x = View::new(x.values(), tokens, inputs);
        let weight = View::new(weight.values(), columns, inputs).turned();
        multiply(&mut values, x, weight, false, Threads::All);
    }
    finish(&mut values, [tokens, columns], epilogue)?;
    Ok(host::from_values(values, [tokens, columns], &x.device()))
}

/// Bias, activation, gate and residual, token by token.
fn finish(values: &mut [f32], [tokens, columns]: [usize; 2], epilogue: &Epilogue) -> Result<(), KernelError> {
    let plain = epilogue.bias.is_none()
        && epilogue.activation == Activation::None
        && epilogue.gate.is_none()
        && epilogue.residual.is_none();
    if plain || values.is_empty() {
        return Ok(());
    }
    let bias = epilogue.bias.map(|b| host::HostTensor::new(NAME, b)).transpose()?;
    let residual = epilogue.residual.map(|r| host::HostTensor::new(NAME, r)).transpose()?;
    let gate = match epilogue.gate {
        Some(gate) => Some((host::HostTensor::new(NAME, gate.rows)?, gate.boundary(tokens))),
        None => None,
    };
    values.par_chunks_mut(columns).enumerate().for_each(|(token, row)| {
        if let Some(bias) = &bias {
            row.iter_mut().zip(bias.values()).for_each(|(y, b)| *y += b);
        }
        activate(epilogue.activation, row);
        if let Some((gate, boundary)) = &gate {
            let start = if token < *boundary { 0 } else { columns };
            row.iter_mut().zip(&gate.values()[start..start + columns]).for_each(|(y, g)| *y *= g);
        }
        if let Some(residual) = &residual {
            let start = token * columns;
            row.iter_mut().zip(&residual.values()[start..start + columns]).for_each(|(y, r)| *y += r);
        }
    });
    Ok(())
}
