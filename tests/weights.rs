//! Weight files, good and hostile, and the probe that tells what they are.

#[path = "weights/drafts.rs"]
mod drafts;
#[path = "weights/fuzz.rs"]
mod fuzz;
#[path = "weights/hostile.rs"]
mod hostile;
#[path = "weights/probing.rs"]
mod probing;
#[path = "weights/reading.rs"]
mod reading;
