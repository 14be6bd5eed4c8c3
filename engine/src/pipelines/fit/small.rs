//! Values for the pixels of a picture that was drawn small: what lies around one, and what lies between them on the way
//! back to the large size.

/// Where a pixel of the long side lies on the short one: the two nearest there, and how far it is from the first to the
/// second.
pub(super) type Place = (usize, usize, f32);

pub(super) fn place(at: usize, long: usize, short: usize) -> Place {
    let exact = ((at as f32 + 0.5) * short as f32 / long as f32 - 0.5).clamp(0.0, (short - 1) as f32);
    let first = exact as usize;
    (first, (first + 1).min(short - 1), exact - first as f32)
}

/// The values at a place between four pixels; `columns` wide.
pub(super) fn between<const N: usize>(
    values: &[[f32; N]],
    columns: usize,
    (left, right, across): Place,
    (top, bottom, down): Place,
) -> [f32; N] {
    let at = |x: usize, y: usize| values[y * columns + x]; // proof: both come from `place`
    let mix = |a: [f32; N], b: [f32; N], t: f32| std::array::from_fn(|k| a[k] + (b[k] - a[k]) * t);
    mix(mix(at(left, top), at(right, top), across), mix(at(left, bottom), at(right, bottom), across), down)
}

/// The pixels at most `reach` away in both directions, itself included.
pub(super) fn around(at: usize, width: usize, height: usize, reach: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (at % width, at / width);
    let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(width));
    let (top, bottom) = (y.saturating_sub(reach), (y + reach + 1).min(height));
    (top..bottom).flat_map(move |y| (left..right).map(move |x| y * width + x))
}
