//! Floor 3: picture files, resampling, masks and colour on plain bytes. Knows no tensors and no models.
//!
//! Tour: [`Raster`] is a checked block of 8-bit pixels ([`Gray8`], [`Rgb8`], [`Rgba8`]); `file` reads and
//! writes it, `resize` resamples it as Pillow and torchvision do, to the last bit; `mask` grows, feathers and
//! boxes what was painted; `dimension` knows the sizes that the models ask for; `pad` meets a multiple by
//! reflection and `canvas` extends a picture for outpainting; `colour` goes between 8 bits and the codec's −1
//! … 1.

mod canvas;
mod colour;
pub mod dimension;
mod error;
mod file;
pub mod mask;
mod pad;
mod raster;
mod region;
mod resize;

pub use canvas::{Expanded, Expansion, Fill, expand};
pub use colour::{from_signed, luma_weights};
pub use error::PictureError;
pub use file::{
    Embedded, Opened, OpenedMask, keeps_every_pixel, read_mask, read_metadata, read_picture,
    write_new_picture, write_picture,
};
pub use pad::{Padded, pad_to_multiple};
pub use raster::{Gray8, MAX_PIXELS, Raster, Rgb8, Rgba8};
pub use region::Region;
pub use resize::{Filter, resize, resize_antialiased_bicubic, resize_nearest};
