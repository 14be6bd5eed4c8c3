//! Writing: what goes in comes out, with its texts and profile, whole or not at all.

use super::golden::bytes_from;
use engine::picture::{
    Embedded, PictureError, Rgb8, Rgba8, keeps_every_pixel, read_metadata, read_picture, write_picture,
};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn noise(width: usize, height: usize) -> Rgba8 {
    Rgba8::new(width, height, bytes_from(5, width * height * 4)).unwrap()
}

#[test]
fn lossless_kinds_give_back_every_byte() {
    let folder = TempDir::new().unwrap();
    let opaque = Rgb8::new(31, 18, bytes_from(6, 31 * 18 * 3)).unwrap().opaque();
    for name in ["a.png", "a.webp", "a.PNG", "a.WebP"] {
        let path = folder.path().join(name);
        assert!(keeps_every_pixel(&path));
        for picture in [noise(31, 18), opaque.clone(), noise(1, 1)] {
            write_picture(&path, &picture, &Embedded::default()).unwrap();
            assert_eq!(read_picture(&path).unwrap().picture, picture, "{name}");
        }
    }
    // Alpha is stored only where there is some.
    write_picture(&folder.path().join("a.png"), &opaque, &Embedded::default()).unwrap();
    assert_eq!(image::open(folder.path().join("a.png")).unwrap().color(), image::ColorType::Rgb8);
}

#[test]
fn jpeg_is_close_and_shows_white_behind_transparency() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.jpg");
    assert!(!keeps_every_pixel(&path));
    let mut picture = Rgba8::filled(48, 32, [40, 90, 200, 255]).unwrap();
    picture.paste(&Rgba8::filled(24, 32, [0, 0, 0, 0]).unwrap(), 0, 0).unwrap();
    write_picture(&path, &picture, &Embedded::default()).unwrap();
    let back = read_picture(&path).unwrap().picture;
    let near = |got: [u8; 4], wanted: [u8; 4]| got.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 3);
    assert!(near(back.pixel(4, 16), [255, 255, 255, 255]));
    assert!(near(back.pixel(44, 16), [40, 90, 200, 255]));
}

#[test]
fn settings_come_back_in_any_script_and_length() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.png");
    let long = format!("{{\"prompt\":\"{}\"}}", "long — ".repeat(20_000));
    for settings in
        ["{}", "{\"prompt\":\"line\\nline\",\"seed\":18446744073709551615}", "{\"p\":\"雪山 🏔 ½\"}", &long]
    {
        let embedded = Embedded {
            settings: Some(settings),
            description: Some("A mountain, 雪, seed 3"),
            parameters: Some("steps 8, guidance 4"),
            profile: None,
        };
        write_picture(&path, &noise(9, 7), &embedded).unwrap();
        assert_eq!(read_metadata(&path).unwrap().as_deref(), Some(settings));
        assert_eq!(read_picture(&path).unwrap().picture, noise(9, 7));
    }
    let reader =
        png::Decoder::new(std::io::BufReader::new(fs::File::open(&path).unwrap())).read_info().unwrap();
    let text = |keyword: &str| {
        let info = reader.info();
        let plain = info.uncompressed_latin1_text.iter().find(|chunk| chunk.keyword == keyword);
        let international = info.utf8_text.iter().find(|chunk| chunk.keyword == keyword);
        plain.map(|chunk| chunk.text.clone()).or(international.map(|chunk| chunk.get_text().unwrap()))
    };
    assert_eq!(text("Description").unwrap(), "A mountain, 雪, seed 3");
    assert_eq!(text("parameters").unwrap(), "steps 8, guidance 4");
    assert_eq!(text("Software").unwrap(), "Rostrum");
}

#[test]
fn a_profile_travels_with_the_picture() {
    let folder = TempDir::new().unwrap();
    let mut profile = bytes_from(9, 400);
    profile[16..20].copy_from_slice(b"RGB ");
    for name in ["a.png", "a.jpg", "a.webp"] {
        let path = folder.path().join(name);
        let embedded = Embedded { profile: Some(&profile), ..Embedded::default() };
        write_picture(&path, &noise(9, 7), &embedded).unwrap();
        assert_eq!(read_picture(&path).unwrap().profile.as_deref(), Some(profile.as_slice()), "{name}");
    }
    // One for another colour space would be wrong beside RGB pixels.
    profile[16..20].copy_from_slice(b"CMYK");
    let path = folder.path().join("b.png");
    let embedded = Embedded { profile: Some(&profile), ..Embedded::default() };
    write_picture(&path, &noise(9, 7), &embedded).unwrap();
    assert_eq!(read_picture(&path).unwrap().profile, None);
}

fn files_in(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[test]
fn failures_are_told_and_leave_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let refused = |name: &str| {
        write_picture(&folder.path().join(name), &noise(4, 4), &Embedded::default()).unwrap_err()
    };
    assert!(matches!(refused("no/such/a.png"), PictureError::FolderMissing { .. }));
    assert!(refused("no/such/a.png").to_string().ends_with("no/such does not exist"));
    for name in ["a", "a.gif", "a.tiff", "a.txt", ".png"] {
        assert!(matches!(refused(name), PictureError::UnknownExtension { .. }), "{name}");
    }
    fs::create_dir(folder.path().join("folder.png")).unwrap();
    assert!(refused("folder.png").to_string().contains("is a directory"));
    fs::write(folder.path().join("file"), "x").unwrap();
    assert!(matches!(refused("file/a.png"), PictureError::FolderMissing { .. }));
    assert_eq!(files_in(folder.path()), ["file", "folder.png"]);

    // WebP ends at 16384 pixels a side; the encoder refuses, and the old file stays.
    let path = folder.path().join("old.webp");
    write_picture(&path, &noise(5, 5), &Embedded::default()).unwrap();
    let wide = Rgba8::filled(20_000, 1, [1, 2, 3, 255]).unwrap();
    let error = write_picture(&path, &wide, &Embedded::default()).unwrap_err();
    assert!(matches!(error, PictureError::Encode { format: "WebP", .. }), "{error}");
    assert_eq!(read_picture(&path).unwrap().picture, noise(5, 5));
    assert_eq!(files_in(folder.path()), ["file", "folder.png", "old.webp"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_that_takes_no_files_is_a_plain_error() {
    // The kernel's process folder refuses new files even to the administrator.
    let error = write_picture(Path::new("/proc/a.png"), &noise(4, 4), &Embedded::default()).unwrap_err();
    assert!(matches!(error, PictureError::Write { .. }), "{error}");
    assert!(error.to_string().starts_with("/proc/a.png cannot be written: "), "{error}");
}

#[cfg(unix)]
#[test]
fn the_file_has_ordinary_rights() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("ordinary"), "").unwrap();
    let path = folder.path().join("a.png");
    write_picture(&path, &noise(4, 4), &Embedded::default()).unwrap();
    let rights = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(rights(&path), rights(&folder.path().join("ordinary")));
}
