//! Long rows of pixels made by several threads at once, none of which outlives the call, and a way to call them off.

use super::DocumentError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A wish that a long change ends early; clones share it. Whoever makes such a change looks at it every few rows.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Nobody waits for the change any more.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// # Errors
    /// [`DocumentError::GivenUp`] once the change is called off.
    pub(super) fn check(&self) -> Result<(), DocumentError> {
        if self.is_asked() { Err(DocumentError::GivenUp) } else { Ok(()) }
    }
}

/// Values below which a thread costs more than it brings.
const WORTH_IT: usize = 1 << 18;

/// Fills `out` piece by piece, `length` values each, the last perhaps shorter; `make` gets a piece with its number.
/// Once `stop` is asked for, the rest is left as it is.
pub(super) fn each_piece<T: Send>(
    out: &mut [T],
    length: usize,
    stop: &Stop,
    make: impl Fn(usize, &mut [T]) + Sync,
) {
    let length = length.max(1);
    let pieces = out.len().div_ceil(length);
    let fitting = if out.len() < WORTH_IT { 1 } else { pieces };
    let workers = thread::available_parallelism().map_or(1, |number| number.get()).min(fitting.max(1));
    let share = pieces.div_ceil(workers).max(1);
    let make = &make;
    let work = move |first: usize, band: &mut [T]| {
        let pieces = band.chunks_mut(length).enumerate().take_while(|_| !stop.is_asked());
        pieces.for_each(|(at, piece)| make(first + at, piece));
    };
    thread::scope(|scope| {
        let mut bands = out.chunks_mut(share * length).enumerate();
        let own = bands.next();
        for (at, band) in bands {
            scope.spawn(move || work(at * share, band));
        }
        if let Some((_, band)) = own {
            work(0, band);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_made_once_with_its_own_number() {
        for (all, length) in [(10, 3), (WORTH_IT + 5, 1000), (0, 4), (5, 0)] {
            let mut out = vec![0usize; all];
            let stop = Stop::default();
            let count = |at, piece: &mut [usize]| piece.iter_mut().for_each(|value| *value += at + 1);
            each_piece(&mut out, length, &stop, count);
            let wanted = |at: usize| at / length.max(1) + 1;
            assert!(out.iter().enumerate().all(|(at, &value)| value == wanted(at)), "{all} by {length}");
        }
    }

    #[test]
    fn what_is_called_off_ends_with_the_piece_that_is_under_way() {
        let (stop, mut out) = (Stop::default(), vec![0u8; 2 * WORTH_IT]);
        each_piece(&mut out, 64, &stop, |_, piece| {
            piece.fill(1);
            stop.ask();
        });
        let made = out.iter().filter(|value| **value == 1).count() / 64;
        let workers = thread::available_parallelism().map_or(1, |number| number.get());
        assert!((1..=workers).contains(&made), "{made} pieces by {workers} threads");
    }
}
