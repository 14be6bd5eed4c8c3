//! Clip files: every kind out and back, what other programs say about them, and what is left when the writing ends early.

mod bars;
mod browser;
mod hostile;
mod round_trip;
mod unfinished;
