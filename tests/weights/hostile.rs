//! Bad files and folders: each gives one clear error that names the place, and none panics.

use crate::drafts::{Draft, Folder, bf16s, f16s, f32s, file, with_header};
use burn::tensor::Device;
use engine::weights::{HEADER_LIMIT, JSON_LIMIT, Scope, TensorStore, WeightError, read_json};
use std::fs::File;

/// Opens `bytes` as a file and wants an error whose text holds all of `words` and the file's name.
fn refuses(what: &str, bytes: &[u8], words: &[&str]) {
    let folder = Folder::new();
    let path = folder.write("bad.safetensors", bytes);
    let error = TensorStore::open_file(&path).err().unwrap_or_else(|| panic!("{what} was accepted"));
    let text = error.to_string();
    for word in words.iter().chain(&["bad.safetensors"]) {
        assert!(text.contains(word), "{what}: “{text}” lacks “{word}”");
    }
}

/// A header with one tensor `w`.
fn entry(dtype: &str, shape: &str, offsets: &str) -> String {
    format!(r#"{{"w":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}"#)
}

#[test]
fn files_of_other_kinds() {
    refuses("an empty file", b"", &["is damaged: it is empty", "download it again"]);
    refuses("a few bytes", b"\x10\0\0", &["a few bytes"]);
    refuses("a zipped pickle", b"PK\x03\x04rest of a torch file", &["pickle", "only safetensors"]);
    refuses("a bare pickle", b"\x80\x02ctorch\nstuff", &["pickle", "only safetensors"]);
    refuses("a GGUF file", b"GGUF\x03\0\0\0\0\0\0\0", &["GGUF", "not supported yet"]);
    refuses("an LFS pointer", b"version https://git-lfs.github.com/spec/v1\noid", &["Git LFS"]);
    refuses("a web page", b"<!DOCTYPE html><html>", &["web page"]);
    refuses("noise", &[7; 64], &["of another kind"]);
}

#[test]
fn a_header_of_640_bytes_is_no_pickle() {
    let name = "w".repeat(640 - 64);
    let mut text = format!(r#"{{"{name}":{{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}}}"#);
    text.extend(std::iter::repeat_n(' ', 640 - text.len()));
    let bytes = [&640u64.to_le_bytes()[..], text.as_bytes(), &1f32.to_le_bytes()].concat();
    assert!(bytes.starts_with(b"\x80\x02"));
    let folder = Folder::new();
    let path = folder.write("w.safetensors", &bytes);
    assert_eq!(TensorStore::open_file(&path).unwrap().names().collect::<Vec<_>>(), [name.as_str()]);
}

#[test]
fn headers_that_lie() {
    let good = file(&[f32s("w", &[4], &[1.0; 4])]);
    refuses("a cut in the header", &good[..20], &["breaks off inside its header", "download it again"]);
    refuses("a cut in the data", &good[..good.len() - 3], &["breaks off after 13 of 16 bytes"]);
    refuses("bytes at the end", &[&good[..], b"more"].concat(), &["4 bytes after its last tensor"]);
    let endless = [&u64::MAX.to_le_bytes()[..], &good[8..]].concat();
    refuses("an endless header", &endless, &["18446744073709551615 bytes", "at most"]);
    refuses("no JSON", &with_header("{nonsense", &[]), &["header cannot be understood"]);
    refuses("an array", &with_header(r#"{"w":[1,2]}"#, &[]), &["header cannot be understood"]);
    let deep = format!(r#"{{"w":{}"#, "[".repeat(100_000));
    refuses("deep nesting", &with_header(&deep, &[]), &["header cannot be understood"]);
    refuses("no UTF-8", &with_header("{\"w\u{0}", &[]), &["header cannot be understood"]);
    let twice =
        entry("U8", "[1]", "[0,1]").replace("}}", "},").replace('\n', "") + &entry("U8", "[1]", "[1,2]")[1..];
    refuses("a name twice", &with_header(&twice, &[0; 2]), &["`w` is listed twice"]);
}

#[test]
fn entries_that_lie() {
    let cases = [
        ("bytes and shape apart", "F32", "[5]", "[0,16]", "does not fit its 16 bytes"),
        ("an end before the beginning", "F32", "[4]", "[16,0]", "ends (at 0) before it begins"),
        ("an overflowing shape", "F32", "[9223372036854775808,4]", "[0,16]", "impossible shape"),
        ("overflowing bits", "F64", "[4611686018427387904]", "[0,16]", "does not fit"),
        ("half a byte", "F4", "[3]", "[0,16]", "does not fit"),
        ("a hole", "F32", "[3]", "[4,16]", "leaves a hole"),
        ("many dimensions", "F32", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,4]", "[0,16]", "17 dimensions"),
    ];
    for (what, dtype, shape, offsets, words) in cases {
        refuses(what, &with_header(&entry(dtype, shape, offsets), &[0; 16]), &[words, "`w`"]);
    }
    for (what, dtype, shape, offsets) in [
        ("an end outside of the file", "F32", "[5]", "[0,20]"),
        ("an end at the end of numbers", "F99", "[4]", "[0,18446744073709551615]"),
    ] {
        refuses(what, &with_header(&entry(dtype, shape, offsets), &[0; 16]), &["breaks off after 16 of"]);
    }
    for (what, shape, offsets) in [
        ("a negative dimension", "[-4]", "[0,16]"),
        ("a fraction", "[4.5]", "[0,16]"),
        ("one offset", "[4]", "[0]"),
    ] {
        refuses(
            what,
            &with_header(&entry("F32", shape, offsets), &[0; 16]),
            &["header cannot be understood"],
        );
    }
    let overlap = r#"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},
        "b":{"dtype":"U8","shape":[8],"data_offsets":[4,12]}}"#;
    refuses("an overlap", &with_header(overlap, &[0; 12]), &["`b`", "overlaps"]);
}

#[test]
fn a_header_of_a_hundred_megabytes_is_not_read() {
    let folder = Folder::new();
    let length = 100_000_000_u64;
    let path = folder.write("bad.safetensors", [&length.to_le_bytes()[..], b"{"].concat());
    let file = File::options().write(true).open(&path).expect("the file just written");
    file.set_len(length + 8).expect("a sparse file");
    let text = TensorStore::open_file(&path).expect_err("too large").to_string();
    assert!(text.contains("100000000") && text.contains(&HEADER_LIMIT.to_string()), "{text}");
}

#[test]
fn formats_are_refused_when_asked_for_and_not_before() {
    let odd = |name: &str, format| Draft { name: name.into(), format, shape: vec![4], bytes: vec![0; 4] };
    let folder = Folder::new();
    let drafts = [odd("f8", "F8_E4M3"), odd("i8", "I8"), odd("new", "F3_K9"), f32s("good", &[1], &[1.0])];
    let store = TensorStore::open_file(&folder.write("m.safetensors", file(&drafts))).expect("opens");
    let device = Device::flex();
    let scope = Scope::root(&store, &device);
    assert!(scope.vector("good", 1).is_ok());
    for (name, format) in [("f8", "F8_E4M3"), ("i8", "I8"), ("new", "F3_K9")] {
        assert!(store.contains(name) && store.get(name).is_none());
        let text = scope.vector(name, 4).expect_err("not supported").to_string();
        assert!(
            text.contains(&format!("`{name}` is stored as {format}")) && text.contains("not supported yet"),
            "{text}"
        );
    }
}

#[test]
fn wrong_shapes_values_and_rows_are_named() {
    let folder = Folder::new();
    let drafts = [
        bf16s("img_in.weight", &[2, 3], &[1.0; 6]),
        f32s("nan", &[3, 1], &[0.0, 1.0, f32::NAN]),
        f16s("inf", &[1, 2], &[0x3C00, 0xFC00]),
    ];
    let store = TensorStore::open_file(&folder.write("m.safetensors", file(&drafts))).expect("opens");
    let device = Device::flex();
    let scope = Scope::root(&store, &device);
    let texts = [
        (scope.matrix("img_in.weight", [2, 4]).err(), "`img_in.weight` has the shape 2 × 3, expected 2 × 4"),
        (scope.vector("img_in.weight", 2).err(), "has the shape 2 × 3, expected 2;"),
        (scope.table("img_in.weight", [3, 2]).err(), "has the shape 2 × 3, expected 3 × 2"),
        (scope.convolution("img_in.weight", [2, 3, 1, 1, 1]).err(), "expected 2 × 3 × 1 × 1 × 1"),
        (scope.convolution_last_tap("img_in.weight", [2, 3, 0, 1, 1]).err(), "expected 2 × 3 × 0 × 1 × 1"),
        (scope.matrix("nan", [3, 1]).err(), "`nan` holds NaN at position 2"),
        (scope.table("nan", [3, 1]).err(), "`nan` holds NaN at position 2"),
        (scope.rows("nan", [3, 1], &[0, 2]).err(), "`nan` holds NaN at position 2"),
        (scope.matrix("inf", [1, 2]).err(), "`inf` holds -inf at position 1"),
        (scope.rows("inf", [1, 2], &[1]).err(), "`inf` has 1 rows, row 1 was asked for"),
        (scope.vector("bias", 2).err(), "has no tensor `bias`"),
    ];
    for (error, words) in texts {
        let text = error.unwrap_or_else(|| panic!("nothing said “{words}”")).to_string();
        assert!(text.contains(words) && text.contains("m.safetensors"), "{text}");
    }
    assert!(scope.rows("nan", [3, 1], &[0, 1]).is_ok(), "rows that are not asked for are not read");
}

/// Fills a folder and wants an error whose text holds all of `words`.
fn refuses_folder(what: &str, files: &[(&str, &[u8])], words: &[&str]) {
    let folder = Folder::new();
    for (name, bytes) in files {
        folder.write(name, bytes);
    }
    let error = TensorStore::open(folder.path()).err();
    let text = error.unwrap_or_else(|| panic!("{what} was accepted")).to_string();
    for word in words {
        assert!(text.contains(word), "{what}: “{text}” lacks “{word}”");
    }
}

#[test]
fn folders_without_one_set_of_weights() {
    let one: &[u8] = &file(&[f32s("a", &[1], &[1.0])]);
    let (first, second) = ("m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors");
    refuses_folder("nothing", &[], &["holds no weights", "empty"]);
    let pickle = "pytorch_model.bin";
    refuses_folder("a pickle", &[(pickle, b"PK")], &[pickle, "pickle", "only safetensors"]);
    let gguf = "model-Q4_K.gguf";
    refuses_folder("a GGUF file", &[(gguf, b"GGUF")], &[gguf, "not supported yet"]);
    let pair = [("a.safetensors", one), ("b.safetensors", one)];
    refuses_folder("two files", &pair, &["a.safetensors, b.safetensors"]);
    refuses_folder("a gap in a series", &[(first, one)], &[second, "missing", first]);
    let series = [("m-00001-of-00001.safetensors", one), ("n-00001-of-00001.safetensors", one)];
    refuses_folder("two series", &series, &["several weight files"]);
    let same = [(first, one), (second, one)];
    refuses_folder("a tensor in two shards", &same, &["`a` is both in", first, second]);
    let folder: (&str, &[u8]) = ("model.safetensors/inner", b"x");
    refuses_folder("a folder named like a file", &[folder], &["model.safetensors", "not a file"]);
    let nowhere = TensorStore::open(std::path::Path::new("/no/such/folder")).expect_err("nothing there");
    assert!(nowhere.to_string().contains("Cannot read /no/such/folder"));
}

#[test]
fn indices_that_lie() {
    const INDEX: &str = "model.safetensors.index.json";
    let shard = ("x.safetensors", &file(&[f32s("a", &[1], &[1.0])])[..]);
    for (what, map, words) in [
        ("a missing shard", r#"{"a": "y.safetensors"}"#, ["y.safetensors", "missing"]),
        ("a way out", r#"{"a": "../x.safetensors"}"#, ["`../x.safetensors`", "outside"]),
        ("an absolute path", r#"{"a": "/etc/passwd"}"#, ["`/etc/passwd`", "outside"]),
        ("an empty name", r#"{"a": ""}"#, ["``", "outside"]),
        ("an empty index", "{}", [INDEX, "lists no tensors"]),
        (
            "a tensor that its shard lacks",
            r#"{"a": "x.safetensors", "b": "x.safetensors"}"#,
            ["`b`", "does not hold it"],
        ),
    ] {
        let index = format!(r#"{{"weight_map": {map}}}"#);
        refuses_folder(what, &[shard, (INDEX, index.as_bytes())], &words);
        refuses_folder(what, &[shard, (INDEX, index.as_bytes())], &[INDEX]);
    }
    refuses_folder("an index without a map", &[shard, (INDEX, b"{}")], &[INDEX, "weight_map"]);
    refuses_folder("no JSON", &[shard, (INDEX, b"\xFF\xFE{")], &[INDEX, "cannot be understood"]);
}

#[test]
fn json_files_have_a_size_cap_and_their_faults_are_named() {
    let folder = Folder::new();
    let path = folder.write("config.json", b"{\"a\": }");
    let text = read_json::<serde_json::Value>(&path).expect_err("no JSON").to_string();
    assert!(text.contains("config.json") && text.contains("line 1"), "{text}");
    let marked = folder.write("marked.json", b"\xEF\xBB\xBF{\"a\": 1}");
    assert_eq!(
        read_json::<serde_json::Value>(&marked).expect("a byte order mark"),
        serde_json::json!({"a": 1})
    );
    File::options().write(true).open(&path).and_then(|f| f.set_len(JSON_LIMIT + 1)).expect("a sparse file");
    let error = read_json::<serde_json::Value>(&path).expect_err("too large");
    assert!(matches!(error, WeightError::TooLarge { bytes, .. } if bytes == JSON_LIMIT + 1));
}
