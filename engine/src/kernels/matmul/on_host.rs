//! `matmul` on the `cpu` device.

use super::{Activation, Epilogue, MatrixWeight, NAME, Rows};
use crate::kernels::activate::activate;
use crate::kernels::{KernelError, host};
use burn::tensor::Tensor;
use rayon::prelude::*;

pub(super) fn matmul(
    x: &Tensor<2>,
    weight: &MatrixWeight,
    epilogue: &Epilogue,
) -> Result<Tensor<2>, KernelError> {
    let [tokens, _] = x.dims();
    let columns = weight.rows;
    let Some(Rows::Float(values)) = weight.slabs.first() else {
        return Ok(Tensor::zeros([tokens, columns], &x.device()));
    };
    let product = x.clone().matmul(values.clone().transpose());
    let plain = epilogue.bias.is_none()
        && epilogue.activation == Activation::None
        && epilogue.gate.is_none()
        && epilogue.residual.is_none();
    if plain || tokens == 0 || columns == 0 {
        return Ok(product);
    }
    let bias = epilogue.bias.map(|b| host::HostTensor::new(NAME, b)).transpose()?;
    let residual = epilogue.residual.map(|r| host::HostTensor::new(NAME, r)).transpose()?;
    let gate = match epilogue.gate {
        Some(gate) => Some((host::HostTensor::new(NAME, gate.rows)?, gate.boundary(tokens))),
        None => None,
    };
    let mut values = host::into_values(NAME, product)?;
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
    Ok(host::from_values(values, [tokens, columns], &x.device()))
}
