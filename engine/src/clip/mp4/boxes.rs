//! The building blocks of MP4: a length, four letters, and what is inside.

/// A box.
pub(super) fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut bytes = (content.len() as u32 + 8).to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(content);
    bytes
}

/// A box that begins with a version and flags.
pub(super) fn versioned(kind: &[u8; 4], version: u8, flags: u32, content: &[u8]) -> Vec<u8> {
    let [_, high, middle, low] = flags.to_be_bytes();
    boxed(kind, &[&[version, high, middle, low], content].concat())
}

/// A box of boxes.
pub(super) fn nested(kind: &[u8; 4], boxes: &[Vec<u8>]) -> Vec<u8> {
    boxed(kind, &boxes.concat())
}

/// The header of a box whose `length`, header included, is written in eight bytes.
pub(super) fn long_header(kind: &[u8; 4], length: u64) -> Vec<u8> {
    let mut bytes = 1u32.to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(length.to_be_bytes());
    bytes
}

/// Numbers of four bytes in a row.
pub(super) fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// A box as it was found: its letters, and its content.
pub(super) type Found<'a> = ([u8; 4], &'a [u8]);

/// The boxes inside `bytes`, as far as they are whole.
pub(super) fn inside(bytes: &[u8]) -> impl Iterator<Item = Found<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (kind, header, length) = header(rest)?;
        let length = match length {
            Some(length) => usize::try_from(length).ok()?,
            None => rest.len(),
        };
        let (whole, after) = rest.split_at_checked(length)?;
        rest = after;
        Some((kind, whole.get(header..)?))
    })
}

/// Letters, length of the header, and length of the box; no length means up to the end. `None` where there is no header,
/// or a length that does not hold it.
pub(super) fn header(bytes: &[u8]) -> Option<([u8; 4], usize, Option<u64>)> {
    let (length, after) = bytes.split_first_chunk::<4>()?;
    let (kind, after) = after.split_first_chunk::<4>()?;
    match u32::from_be_bytes(*length) {
        0 => Some((*kind, 8, None)),
        1 => {
            let (length, _) = after.split_first_chunk::<8>()?;
            Some((*kind, 16, Some(u64::from_be_bytes(*length)).filter(|length| *length >= 16)?.into()))
        }
        length => (length >= 8).then_some((*kind, 8, Some(u64::from(length)))),
    }
}

/// The first box of that kind.
pub(super) fn first<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    inside(bytes).find(|(found, _)| found == kind).map(|(_, content)| content)
}

/// The box at the end of a path of kinds.
pub(super) fn at_path<'a>(bytes: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    path.iter().try_fold(bytes, |bytes, kind| first(bytes, kind))
}

/// A number of four bytes.
pub(super) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk::<4>()?))
}

/// A number of eight bytes.
pub(super) fn long(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(*bytes.get(at..)?.first_chunk::<8>()?))
}

/// A number of two bytes.
pub(super) fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk::<2>()?))
}
