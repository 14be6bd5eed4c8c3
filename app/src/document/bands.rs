//! Long rows of pixels made by several threads at once, none of which outlives the call.

use std::thread;

/// Values below which a thread costs more than it brings.
const WORTH_IT: usize = 1 << 18;

/// Fills `out` piece by piece, `length` values each, the last perhaps shorter; `make` gets a piece with its number.
pub(super) fn each_piece<T: Send>(out: &mut [T], length: usize, make: impl Fn(usize, &mut [T]) + Sync) {
    let length = length.max(1);
    let pieces = out.len().div_ceil(length);
    let fitting = if out.len() < WORTH_IT { 1 } else { pieces };
    let workers = thread::available_parallelism().map_or(1, |number| number.get()).min(fitting.max(1));
    let share = pieces.div_ceil(workers).max(1);
    let make = &make;
    let work = move |first: usize, band: &mut [T]| {
        band.chunks_mut(length).enumerate().for_each(|(at, piece)| make(first + at, piece));
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
            each_piece(&mut out, length, |at, piece| piece.iter_mut().for_each(|value| *value += at + 1));
            let wanted = |at: usize| at / length.max(1) + 1;
            assert!(out.iter().enumerate().all(|(at, &value)| value == wanted(at)), "{all} by {length}");
        }
    }
}
