//! Reading: every kind of file as Pillow reads it, and every kind of damage as one clear error.

use super::golden::{file, fnv, from_hex, golden};
use engine::picture::{PictureError, read_mask, read_metadata, read_picture};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[test]
fn every_kind_of_file_is_read_as_pillow_reads_it() {
    let golden = golden();
    assert!(golden.files.len() > 30);
    for case in golden.files {
        let opened = read_picture(&file(&case.file)).unwrap();
        assert_eq!(opened.picture.size(), case.size, "{}", case.file);
        if case.tolerance == 0 {
            assert_eq!(fnv(opened.picture.pixels().iter().copied()), case.rgba, "{}", case.file);
        } else {
            assert_close(opened.picture.pixels(), &from_hex(&case.rgba), case.tolerance, &case.file);
        }
        let notes = opened.notes.join("; ");
        match &case.note {
            Some(note) => assert!(notes.contains(note.as_str()), "{}: {notes:?} lacks {note:?}", case.file),
            None => assert_eq!(notes, "", "{}", case.file),
        }
    }
}

/// Lossy decoders may differ a little, and rarely as much as `most`.
fn assert_close(got: &[u8], expected: &[u8], most: u8, what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let largest = got.iter().zip(expected).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    let total: u32 = got.iter().zip(expected).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    assert!(largest <= most, "{what}: off by {largest}");
    assert!(f64::from(total) / got.len() as f64 <= 1.0, "{what}: off by {total} in all");
}

#[test]
fn settings_of_all_three_text_kinds_are_found() {
    let read = |name| read_metadata(&file(name)).unwrap();
    assert_eq!(read("settings_itxt.png").unwrap(), "{\"prompt\":\"雪山 — ½\"}");
    assert_eq!(read("settings_text.png").unwrap(), "{\"prompt\":\"snow\"}");
    assert_eq!(read("settings_ztxt.png").unwrap(), "{\"prompt\":\"snow\"}");
    assert_eq!(read("rgb.png"), None);
    assert_eq!(read("photo.jpg"), None);
}

#[test]
fn masks_come_from_luminance_and_transparency() {
    let gray = read_mask(&file("gray.png")).unwrap().mask;
    assert_eq!(
        gray.pixels(),
        read_picture(&file("rgb.png")).unwrap().picture.without_alpha().luma().pixels()
    );
    let picture = read_picture(&file("rgba.png")).unwrap().picture;
    let mask = read_mask(&file("rgba.png")).unwrap().mask;
    assert_eq!(mask.pixels()[0], 0, "the first pixel is transparent");
    let last = picture.width() * picture.height() - 1;
    assert_eq!(mask.pixels()[last], picture.without_alpha().luma().pixels()[last], "the last one is opaque");
}

#[test]
fn a_black_mask_is_read_by_its_alpha_only_if_it_has_one() {
    let folder = TempDir::new().unwrap();
    let mut stencil = image::RgbaImage::new(6, 5);
    stencil.put_pixel(2, 3, image::Rgba([0, 0, 0, 255]));
    let path = folder.path().join("stencil.png");
    stencil.save(&path).unwrap();
    let opened = read_mask(&path).unwrap();
    assert_eq!(opened.mask.pixels().iter().filter(|&&value| value > 0).count(), 1);
    assert_eq!(opened.mask.pixel(2, 3), [255]);
    assert!(opened.notes[0].contains("transparency"));

    let path = folder.path().join("black.png");
    image::RgbaImage::from_pixel(6, 5, image::Rgba([0, 0, 0, 255])).save(&path).unwrap();
    let black = read_mask(&path).unwrap();
    assert!(black.mask.pixels().iter().all(|&value| value == 0) && black.notes.is_empty());
    let error = engine::picture::mask::bounds(&black.mask).unwrap_err();
    assert_eq!(error.to_string(), "the mask is empty: nothing would change");
}

/// A file with the given content; the folder must outlive its use.
fn made(folder: &TempDir, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

fn message(path: &Path) -> String {
    let error = read_picture(path).unwrap_err().to_string();
    assert!(error.starts_with(&path.display().to_string()), "names the file: {error}");
    assert!(!error.contains('\n') && error.chars().count() < 500, "one line: {error}");
    error
}

#[test]
fn what_is_no_picture_is_refused_in_words() {
    let folder = TempDir::new().unwrap();
    assert!(message(&folder.path().join("missing.png")).contains("no such file"));
    assert!(message(folder.path()).contains("is a folder"));
    assert!(message(&made(&folder, "empty.png", b"")).contains("is empty"));
    assert!(message(&made(&folder, "letter.png", b"Dear picture,\n")).contains("is not a picture"));
    assert!(message(&made(&folder, "model.gguf", b"GGUF\x03\0\0\0")).contains("is not a picture"));
    assert!(message(&made(&folder, "start.png", b"\x89PNG\r\n\x1a\n")).contains("PNG data is damaged"));
}

#[test]
fn a_wrong_extension_does_not_matter() {
    let folder = TempDir::new().unwrap();
    let path = made(&folder, "photo.png", &fs::read(file("photo.jpg")).unwrap());
    assert_eq!(read_picture(&path).unwrap().picture, read_picture(&file("photo.jpg")).unwrap().picture);
}

#[test]
fn giants_are_refused_by_their_header() {
    let folder = TempDir::new().unwrap();
    let png = |width: u32, height: u32| {
        let mut header = b"IHDR".to_vec();
        header.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
        header.extend([8, 6, 0, 0, 0]);
        let chunk = |body: &[u8]| {
            let length = (body.len() as u32 - 4).to_be_bytes();
            [&length[..], body, &crc32(body).to_be_bytes()[..]].concat()
        };
        [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(&header), chunk(b"IDAT\x78\x9c\x63\0\0"), chunk(b"IEND")]
            .concat()
    };
    let error = message(&made(&folder, "giant.png", &png(40_000, 40_000)));
    assert!(
        error.contains("is 40000 × 40000; the largest picture that can be opened is 16384 × 16384"),
        "{error}"
    );
    assert!(message(&made(&folder, "strip.png", &png(200_000, 1))).contains("is 200000 × 1"));
    assert!(message(&made(&folder, "nothing.png", &png(0, 0))).contains("is 0 × 0"));

    let gif = b"GIF89a\xff\xff\xff\xff\x00\x00\x00,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;";
    assert!(message(&made(&folder, "giant.gif", gif)).contains("is 65535 × 65535"));
    assert!(
        message(&made(&folder, "nothing.gif", &[b"GIF89a\0\0\0\0", &gif[10..]].concat()))
            .contains("is 0 × 0")
    );

    let mut bmp = fs::read(file("rgb.bmp")).unwrap();
    bmp[18..26].copy_from_slice(&[40_000u32.to_le_bytes(), 40_000u32.to_le_bytes()].concat());
    assert!(message(&made(&folder, "giant.bmp", &bmp)).contains("is 40000 × 40000"));
    // A size that is allowed, and no pixels behind it.
    assert!(message(&made(&folder, "hollow.png", &png(16_000, 16_000))).contains("PNG data is damaged"));
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| {
        if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
    };
    !bytes.iter().fold(!0u32, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc)))
}

/// All golden files, by name.
fn all_files() -> Vec<(String, Vec<u8>)> {
    let names = golden().files.into_iter().map(|case| case.file);
    names.map(|name| (name.clone(), fs::read(file(&name)).unwrap())).collect()
}

#[test]
fn files_cut_short_are_never_half_a_picture() {
    let folder = TempDir::new().unwrap();
    for (name, content) in all_files() {
        // The ends of these may be missing without harm: frames and pages beyond the first, tables behind the
        // pixels.
        let may_lose_its_end =
            name.starts_with("animated") || name.ends_with(".tif") || name.ends_with(".gif");
        let whole = read_picture(&file(&name)).unwrap().picture;
        for part in 1..24 {
            let length = content.len() * part / 24;
            match read_picture(&made(&folder, &name, &content[..length])) {
                Ok(opened) if may_lose_its_end => {
                    assert_eq!(opened.picture, whole, "{name} cut to {length} bytes");
                }
                Ok(_) => panic!("{name} cut to {length} of {} bytes passed for a picture", content.len()),
                Err(error) => assert!(
                    matches!(
                        error,
                        PictureError::Damaged { .. }
                            | PictureError::UnknownFormat { .. }
                            | PictureError::Unsupported { .. }
                            | PictureError::EmptyFile { .. }
                    ),
                    "{name}: {error}"
                ),
            }
        }
    }
}

#[test]
fn damaged_bytes_never_panic() {
    let folder = TempDir::new().unwrap();
    let mut state = 2024u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for (name, content) in all_files() {
        for _ in 0..20 {
            let mut damaged = content.clone();
            for _ in 0..=random(6) {
                // Half of the hits go to the headers.
                let reach = if random(2) == 0 { damaged.len() } else { damaged.len().min(64) };
                let place = random(reach);
                damaged[place] = random(256) as u8;
            }
            let path = made(&folder, &name, &damaged);
            if let Err(error) = read_picture(&path) {
                assert!(error.to_string().contains(&name));
            }
            let _ = read_metadata(&path);
        }
    }
}
