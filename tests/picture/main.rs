//! Pictures, masks, noise and the way back into the picture, against Pillow, torch, diffusers and plain
//! definitions. Golden data: `golden/picture.py` → `golden/picture/`.

mod compose;
mod files;
mod golden;
mod masks;
mod noise;
mod register;
mod resampling;
mod scene;
mod writing;
