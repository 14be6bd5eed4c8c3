//! Model folders as they come from a broken download, a mixed-up disk or a malicious hand.

use crate::program::{Desk, copy_folder, model};
use serde_json::Value;
use std::fs;
use std::path::Path;

const PARTS: [(&str, &str); 3] = [
    ("transformer", "transformer/diffusion_pytorch_model.safetensors"),
    ("vae", "vae/diffusion_pytorch_model.safetensors"),
    ("text_encoder", "text_encoder/model.safetensors"),
];

/// A desk with a copy of the edit model in `m`.
fn desk() -> Desk {
    let desk = Desk::new();
    copy_folder(model("edit_plus").as_ref(), &desk.path("m"));
    desk
}

/// Changes a file of the copy, and wants an edit that fails with `words` and leaves nothing; then undoes it.
fn refuses(desk: &Desk, file: &str, change: impl FnOnce(&mut Vec<u8>), words: &[&str]) {
    let path = desk.path("m").join(file);
    let whole = fs::read(&path).unwrap();
    let mut bytes = whole.clone();
    change(&mut bytes);
    fs::write(&path, bytes).unwrap();
    refused(desk, &["--model", "m"], words);
    fs::write(&path, whole).unwrap();
}

/// Wants an edit that fails with `words`, that leaves nothing, and that `models inspect` foresees.
fn refused(desk: &Desk, more: &[&str], words: &[&str]) {
    let before = desk.names();
    let line = desk.edit(more).failed();
    for word in words {
        assert!(line.contains(word), "`{line}` does not speak of {word}");
    }
    assert!(!line.contains("os error") && !line.contains("usize") && !line.contains("struct "), "{line}");
    assert_eq!(desk.names(), before, "{words:?} left something behind");
}

/// Where the numbers of a safetensors file begin.
fn data_start(bytes: &[u8]) -> usize {
    8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize
}

#[test]
fn weight_files_that_are_damaged_or_lie() {
    let desk = desk();
    for (part, file) in PARTS {
        refuses(&desk, file, |bytes| bytes.truncate(bytes.len() - 100), &[file, "breaks off", "again"]);
        refuses(&desk, file, |bytes| bytes.truncate(5), &[file, "is damaged", "a few bytes"]);
        refuses(&desk, file, Vec::clear, &[file, "it is empty"]);
        refuses(&desk, file, |bytes| bytes[7] = 0x40, &[file, "claims a header"]);
        refuses(&desk, file, |bytes| *bytes = b"<html>404</html>".to_vec(), &[file, "web page"]);
        fs::rename(desk.path("m").join(part), desk.path("elsewhere")).unwrap();
        refused(&desk, &["--model", "m"], &["incomplete", part]);
        let verified = desk.run(&["models", "verify", "m"]);
        assert!(verified.failed().contains("is missing"), "{part} is not missed");
        fs::rename(desk.path("elsewhere"), desk.path("m").join(part)).unwrap();
    }
}

#[test]
fn weights_that_are_no_numbers_are_found_wherever_they_are() {
    let desk = desk();
    for (_, file) in PARTS {
        let numbers = (fs::metadata(desk.path("m").join(file)).unwrap().len() as usize) / 2;
        // The first, the last and some between: in rows that no prompt asks for, and in taps of a convolution that
        // one picture does not need.
        for part in [0, 3, 5, 7] {
            let poke = |bytes: &mut Vec<u8>| {
                let start = data_start(bytes);
                let at = start + (numbers - start / 2 - 1) * part / 7 * 2;
                bytes[at..at + 2].copy_from_slice(&[0xc0, 0x7f]);
            };
            refuses(&desk, file, poke, &[file, "holds NaN"]);
        }
    }
    let infinite = |bytes: &mut Vec<u8>| {
        let start = data_start(bytes);
        bytes[start..start + 2].copy_from_slice(&[0x80, 0xff]);
    };
    refuses(&desk, PARTS[0].1, infinite, &["holds -inf"]);
}

/// Puts another value into a JSON file.
fn set(bytes: &mut Vec<u8>, pointer: &str, value: &str) {
    let mut json: Value = serde_json::from_slice(bytes).unwrap();
    *json.pointer_mut(pointer).unwrap() = serde_json::from_str(value).unwrap();
    *bytes = serde_json::to_vec_pretty(&json).unwrap();
}

#[test]
fn settings_that_cannot_be_name_their_file() {
    let desk = desk();
    let (transformer, vae, words) =
        ("transformer/config.json", "vae/config.json", "text_encoder/config.json");
    for (file, pointer, value, expected) in [
        (transformer, "/num_attention_heads", "0", "num_attention_heads is 0"),
        (transformer, "/num_attention_heads", "-3", "-3 stands where a whole number from 0 up should be"),
        (transformer, "/num_layers", "1000000000", "num_layers is 1000000000"),
        (transformer, "/num_layers", "\"two\"", "the text \"two\" stands where"),
        (transformer, "/num_layers", "1", "the weights hold more blocks"),
        (transformer, "/num_layers", "60", "the weights hold fewer blocks"),
        (transformer, "/axes_dims_rope", "[4]", "a list of 1 stands where a list of 3"),
        (vae, "/base_dim", "1000000000", "base_dim"),
        (vae, "/latents_std", "[0]", "latents_std"),
        (words, "/num_hidden_layers", "2", "the weights hold more blocks"),
        (words, "/vision_config/depth", "3", "the weights hold more blocks"),
        (words, "/hidden_size", "1e9", "a whole number from 0 up should be"),
        ("scheduler/scheduler_config.json", "/_class_name", "\"UniPC\"", "UniPC"),
    ] {
        refuses(&desk, file, |bytes| set(bytes, pointer, value), &[expected]);
        let path = desk.path("m").join(file);
        let whole = fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        set(&mut bytes, pointer, value);
        fs::write(&path, bytes).unwrap();
        let inspected = desk.run(&["models", "inspect", "m", "--json"]);
        assert_eq!(inspected.last("failed")["kind"], "model", "{file} {pointer}");
        inspected.failed();
        fs::write(&path, whole).unwrap();
    }
}

#[test]
fn settings_files_that_are_none() {
    let desk = desk();
    for file in [
        "model_index.json",
        "transformer/config.json",
        "vae/config.json",
        "text_encoder/config.json",
        "scheduler/scheduler_config.json",
        "tokenizer/vocab.json",
        "tokenizer/added_tokens.json",
    ] {
        refuses(&desk, file, Vec::clear, &[file, "it is empty"]);
        refuses(&desk, file, |bytes| *bytes = b"[]".to_vec(), &[file, "a list stands where"]);
        refuses(&desk, file, |bytes| bytes.truncate(bytes.len() - 3), &[file, "breaks off in line"]);
        refuses(&desk, file, |bytes| bytes.insert(0, b'x'), &[file, "line 1 is no JSON"]);
    }
    refuses(&desk, "model_index.json", |bytes| *bytes = b"{}".to_vec(), &["does not say what kind"]);
}

#[test]
fn tokenizers_of_other_models_and_half_ones() {
    let desk = desk();
    fs::remove_dir_all(desk.path("m/processor")).unwrap();
    let merges = "tokenizer/merges.txt";
    let half = |bytes: &mut Vec<u8>| {
        let lines = bytes.iter().filter(|&&byte| byte == b'\n').count();
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let end = ends.map(|(at, _)| at).nth(lines / 2).unwrap();
        bytes.truncate(end);
    };
    refuses(&desk, merges, half, &["cut short", "download"]);
    refuses(&desk, merges, Vec::clear, &["cut short"]);
    refuses(&desk, merges, |bytes| *bytes = vec![0xff; 50], &[merges, "it is no text"]);
    refuses(
        &desk,
        "tokenizer/vocab.json",
        |bytes| *bytes = b"{\"[UNK]\": 0}".to_vec(),
        &["of another model"],
    );
    let few = |bytes: &mut Vec<u8>| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        *bytes = text.replace("<|im_start|>", "<|begin|>").into_bytes();
    };
    let config = desk.path("m/tokenizer/tokenizer_config.json");
    let whole = fs::read(&config).unwrap();
    let mut bytes = whole.clone();
    few(&mut bytes);
    fs::write(&config, bytes).unwrap();
    refuses(&desk, "tokenizer/added_tokens.json", few, &["no token <|im_start|>"]);
}

#[test]
fn folders_and_files_that_are_not_a_model_say_what_they_are() {
    let desk = desk();
    desk.write("old.ckpt", b"\x80\x02ctorch");
    desk.write("new.gguf", b"GGUF\x03\0\0\0\0\0\0\0");
    fs::create_dir(desk.path("empty")).unwrap();
    for (name, word) in [
        ("m/vae", "This is the VAE of Qwen-Image"),
        (PARTS[0].1, "This is the transformer of Qwen-Image; the text encoder, the VAE"),
        ("old.ckpt", "could run code"),
        ("new.gguf", "not supported yet"),
        ("picture.png", "is not a safetensors file"),
        ("empty", "the folder is empty"),
        ("no\u{1b}[2Jsuch", "There is no model"),
    ] {
        let name = if name == PARTS[0].1 { format!("m/{name}") } else { name.to_owned() };
        refused(&desk, &["--model", &name], &[word]);
    }
    for (class, word) in [("WanPipeline", "Wan text-to-video"), ("FluxPipeline", "FluxPipeline")] {
        let index = format!("{{\"_class_name\": \"{class}\"}}");
        refuses(&desk, "model_index.json", |bytes| *bytes = index.into_bytes(), &[word]);
    }
    // A relative folder keeps its letters: a sentence that begins with it does not make it `M`.
    fs::remove_dir_all(desk.path("m/scheduler")).unwrap();
    refused(&desk, &["--model", "m"], &["rostrum: m is incomplete"]);
}

#[test]
fn parts_of_two_models_are_told_apart_before_any_work() {
    let desk = desk();
    for part in ["transformer", "text_encoder"] {
        fs::rename(desk.path("m").join(part), desk.path("kept")).unwrap();
        copy_folder(Path::new(&model("generate")).join(part).as_ref(), &desk.path("m").join(part));
        refused(&desk, &["--model", "m"], &["mixes two models", "48", "96"]);
        let inspected = desk.run(&["models", "inspect", "m"]);
        assert!(inspected.failed().contains("mixes two models"), "{part}");
        fs::remove_dir_all(desk.path("m").join(part)).unwrap();
        fs::rename(desk.path("kept"), desk.path("m").join(part)).unwrap();
    }
    desk.edit(&["--model", "m"]).done();
}

#[cfg(unix)]
#[test]
fn a_pipe_in_place_of_a_file_does_not_hold_the_program_up() {
    let desk = desk();
    for file in ["tokenizer/merges.txt", "vae/config.json", "model_index.json", PARTS[1].1] {
        let path = desk.path("m").join(file);
        let whole = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let words = ["generate", "--model", "m", "--prompt", "p", "-o", "out.png", "--device", "cpu"];
        let line = desk.run_soon(&words).failed();
        assert!(line.contains(file) && line.contains("it is not a file"), "{line}");
        assert!(desk.run_soon(&["models", "inspect", "m"]).failed().contains('m'));
        fs::remove_file(&path).unwrap();
        fs::write(&path, whole).unwrap();
    }
}
