//! weights
use burn::tensor::{Device, Tensor};
use crate::kernels::{MatrixWeight, ConvolutionWeight};
#[derive(Debug, thiserror::Error)] #[error("x")] pub struct WeightError;
pub struct Scope<'a>(&'a Device);
impl<'a> Scope<'a> { pub fn at(&self, _n: impl std::fmt::Display) -> Scope<'a> { Scope(self.0) }
pub fn matrix(&self,_n:&str,_s:[usize;2])->Result<MatrixWeight,WeightError>{Err(WeightError)}
pub fn vector(&self,_n:&str,_s:usize)->Result<Tensor<1>,WeightError>{Err(WeightError)}
pub fn convolution(&self,_n:&str,_s:[usize;5])->Result<ConvolutionWeight,WeightError>{Err(WeightError)}
pub fn convolution_last_tap(&self,_n:&str,_s:[usize;5])->Result<ConvolutionWeight,WeightError>{Err(WeightError)}
}
