//! The text encoder against the reference: token numbers, positions, every block of both towers, and the
//! conditioning, for prompts with and without pictures. Expected values: `tests/golden/qwen_image`.

use burn::tensor::{Device, Tensor};
use engine::models::qwen_vl::position::{Grid, ImagePlace, token_positions};
use engine::models::qwen_vl::tokenizer::PromptTokenizer;
use engine::models::qwen_vl::{Features, PreparedImage, Residency, Template, TextEncoder, prompt};
use engine::nn::{ModelError, Watch};
use engine::picture::dimension::{VisionArea, vision_size};
use engine::picture::{Rgb8, resize_antialiased_bicubic};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Largest difference allowed behind one block, and behind a whole tower.
const BLOCK: f32 = 5e-5;
const WHOLE: f32 = 2e-4;

const GOING_ON: fn() -> bool = || false;

#[test]
fn token_numbers_of_plain_text() {
    let golden = golden_json("numbers/tokens.json");
    let tokenizer = PromptTokenizer::open(&golden_folder().join("generate")).expect("tokenizer opens");
    let control: Vec<(&str, u32)> = golden["special"]
        .as_object()
        .expect("special tokens")
        .iter()
        .filter(|(name, _)| name.starts_with("<|") && !name.contains("fim") && !name.contains("file"))
        .map(|(name, id)| (name.as_str(), id.as_u64().expect("number") as u32))
        .collect();
    let mut spelled = 0;
    for sample in golden["samples"].as_array().expect("samples") {
        let text = sample["text"].as_str().expect("text");
        let ids = tokenizer.text(text).expect("encodes");
        if control.iter().any(|(name, _)| text.contains(name)) {
            assert!(
                control.iter().all(|(_, id)| !ids.contains(id)),
                "{text:?} gives control tokens: {ids:?}"
            );
            spelled += 1;
        } else {
            assert_eq!(ids, numbers(&sample["ids"]), "{text:?}");
        }
    }
    assert!(spelled >= 3, "the samples hold control tokens");
}

#[test]
fn one_file_holds_the_same_tokenizer() {
    let source = golden_folder().join("edit/tokenizer");
    let parts = PromptTokenizer::open(&golden_folder().join("edit")).expect("opens");
    let text = std::fs::read_to_string(source.join("merges.txt")).expect("merges");
    let texts: Vec<&str> = text.lines().skip(1).collect();
    let pairs: Vec<(&str, &str)> = texts.iter().map(|line| line.split_once(' ').expect("pair")).collect();
    let settings = golden_json("edit/tokenizer/tokenizer_config.json");
    let added: Vec<Value> = settings["added_tokens_decoder"]
        .as_object()
        .expect("added tokens")
        .iter()
        .map(|(id, token)| {
            let id: u32 = id.parse().expect("number");
            json!({ "id": id, "content": token["content"], "special": token["special"], "lstrip": false })
        })
        .collect();
    for merges in [json!(texts), json!(pairs)] {
        let model =
            json!({ "type": "BPE", "vocab": golden_json("edit/tokenizer/vocab.json"), "merges": merges });
        let file = json!({ "version": "1.0", "added_tokens": added, "model": model });
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::create_dir(folder.path().join("processor")).expect("folder");
        std::fs::write(folder.path().join("processor/tokenizer.json"), file.to_string()).expect("file");
        let whole = PromptTokenizer::open(folder.path()).expect("opens");
        for sample in golden_json("numbers/tokens.json")["samples"].as_array().expect("samples") {
            let text = sample["text"].as_str().expect("text");
            assert_eq!(whole.text(text).expect("encodes"), parts.text(text).expect("encodes"), "{text:?}");
        }
        assert_eq!(whole.control("<|im_end|>").expect("there"), parts.control("<|im_end|>").expect("there"));
    }
}

#[test]
fn templates_surround_the_prompt_to_the_letter() {
    let golden = golden_json("numbers/tokens.json");
    let tokenizer = PromptTokenizer::open(&golden_folder().join("generate")).expect("tokenizer opens");
    let templates = [
        ("generate", Template::Describe, &[][..]),
        ("edit", Template::Edit, &[1]),
        ("edit_plus", Template::EditPlus, &[]),
    ];
    for (name, template, pictures) in templates {
        let expected = &golden["templates"][name];
        for case in expected["cases"].as_array().expect("cases") {
            let text = case["prompt"].as_str().expect("prompt");
            let prompt = prompt::tokenize(&tokenizer, template, text, pictures).expect("encodes");
            assert_eq!(prompt.ids, numbers(&case["ids"]), "{name}: {text:?}");
            assert_eq!(prompt.cut_from, None);
            let around_pictures = 3 * pictures.len() as u64;
            assert_eq!(
                prompt.dropped as u64 + around_pictures,
                expected["drop"].as_u64().expect("drop"),
                "{name}"
            );
        }
    }
}

#[test]
fn prompts_without_pictures() {
    for device in tests::tensor_devices() {
        for name in ["generate_prompt", "generate_space", "generate_mixed"] {
            let case = Case::read(name);
            let encoder = TextEncoder::load(&case.checkpoint(), &device, Residency::Streamed).expect("loads");
            let seen = Stages::default();
            let result = encoder.encode(Template::Describe, &[case.prompt()], &[], &seen).expect("encodes");
            case.check_blocks(&seen, "layers.");
            case.check("conditioning", &values(&result[0].tokens), WHOLE);
        }
    }
}

#[test]
fn a_long_prompt_is_cut_with_a_note() {
    let case = Case::read("generate_long");
    let encoder = TextEncoder::load(&case.checkpoint(), &Device::flex(), Residency::Streamed).expect("loads");
    let result = encoder.encode(Template::Describe, &[case.prompt()], &[], &GOING_ON).expect("encodes");
    let [tokens, width] = result[0].tokens.dims();
    assert_eq!(tokens as u64, case.about["tokens"].as_u64().expect("tokens"));
    assert_eq!(result[0].cut_from.map(|n| n as u64), case.about["tokens_uncut"].as_u64());
    let all = values(&result[0].tokens);
    case.check("first", &all[..8 * width], WHOLE);
    case.check("last", &all[(tokens - 8) * width..], WHOLE);

    // An edit goes on to the end of the reference's rotary table, and keeps the closing sentences.
    let tokenizer = encoder.tokenizer();
    let ids = |text: &str| prompt::tokenize(tokenizer, Template::EditPlus, text, &[9]).expect("encodes");
    let count = |text: &str| tokenizer.text(text).expect("encodes").len();
    let (short, long) = (ids("sky"), ids(case.prompt()));
    assert_eq!(long.cut_from, None);
    assert_eq!(long.ids.len() - count(case.prompt()), short.ids.len() - count("sky"));
    let endless = case.prompt().repeat(8);
    let longest = ids(&endless);
    assert_eq!(longest.cut_from, Some(count(&endless)));
    let closing = short.ids.len() - (short.images[0].end + 1 + count("sky"));
    assert_eq!(longest.ids.len() - closing, longest.dropped + prompt::LONGEST_EDIT);
    assert_eq!(longest.ids[longest.ids.len() - closing..], short.ids[short.ids.len() - closing..]);
}

#[test]
fn prompts_with_pictures() {
    let names =
        ["edit_picture", "edit_plus_two_pictures", "edit_plus_resampled", "edit_plus_2509_two_pictures"];
    for device in tests::tensor_devices() {
        for name in names {
            let case = Case::read(name);
            let encoder = TextEncoder::load(&case.checkpoint(), &device, Residency::Streamed).expect("loads");
            let seen = Stages::default();
            let features = case.see(&encoder, &seen);
            case.check_blocks(&seen, "visual.");
            let tokens: Vec<f32> = features.iter().flat_map(|f| values(&f.tokens)).collect();
            case.check("vision_tokens", &tokens, WHOLE);
            case.check_positions(&encoder, &features);
            let seen = Stages::default();
            let result =
                encoder.encode(case.template(), &[case.prompt()], &features, &seen).expect("encodes");
            case.check_blocks(&seen, "layers.");
            case.check("conditioning", &values(&result[0].tokens), WHOLE);
        }
    }
}

#[test]
fn two_prompts_together_are_as_each_alone_resident_or_streamed() {
    let case = Case::read("edit_plus_two_pictures");
    let open = |residency| TextEncoder::load(&case.checkpoint(), &Device::flex(), residency).expect("loads");
    let (streamed, resident) = (open(Residency::Streamed), open(Residency::Resident));
    let features = case.see(&streamed, &GOING_ON);
    let kept = case.see(&resident, &GOING_ON);
    let both =
        streamed.encode(case.template(), &[case.prompt(), " "], &features, &GOING_ON).expect("encodes");
    for (i, prompt) in [case.prompt(), " "].into_iter().enumerate() {
        let alone = resident.encode(case.template(), &[prompt], &kept, &GOING_ON).expect("encodes");
        assert_eq!(values(&alone[0].tokens), values(&both[i].tokens), "{prompt:?}");
    }
}

#[test]
fn cancelling_answers_between_blocks() {
    struct After(RefCell<usize>);
    impl Watch for After {
        fn cancelled(&self) -> bool {
            *self.0.borrow() == 1
        }
        fn stage(&self, _: &str, _: &Tensor<2>) {
            *self.0.borrow_mut() += 1;
        }
    }
    let case = Case::read("edit_plus_resampled");
    let encoder = TextEncoder::load(&case.checkpoint(), &Device::flex(), Residency::Streamed).expect("loads");
    let images = case.prepare(&encoder);
    for seeing in [true, false] {
        let watch = After(RefCell::new(0));
        let error = if seeing {
            encoder.see(&images, &watch).map(|_| ()).expect_err("cancelled")
        } else {
            encoder.encode(case.template(), &["sky"], &[], &watch).map(|_| ()).expect_err("cancelled")
        };
        assert!(matches!(error, ModelError::Cancelled), "{error}");
        assert_eq!(*watch.0.borrow(), 1, "one block ran");
    }
}

#[test]
fn a_tokenizer_of_another_model_is_refused() {
    let right = golden_folder().join("edit");
    let change = |edit: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().expect("temporary folder");
        for part in ["text_encoder", "tokenizer", "processor"] {
            std::fs::create_dir(folder.path().join(part)).expect("folder");
            for file in std::fs::read_dir(right.join(part)).expect("golden folder").flatten() {
                std::fs::copy(file.path(), folder.path().join(part).join(file.file_name())).expect("copy");
            }
        }
        edit(folder.path());
        let error =
            TextEncoder::load(folder.path(), &Device::flex(), Residency::Streamed).expect_err("refused");
        let text = error.to_string();
        assert!(!text.contains('\n'), "{text:?}");
        text
    };
    let rewrite = |file: PathBuf, from: &str, to: &str| {
        let text = std::fs::read_to_string(&file).expect("file");
        assert!(text.contains(from), "{} holds {from}", file.display());
        std::fs::write(&file, text.replace(from, to)).expect("file");
    };
    let missing = change(&|f| {
        std::fs::remove_dir_all(f.join("tokenizer")).expect("removed");
        std::fs::remove_dir_all(f.join("processor")).expect("removed");
    });
    assert!(missing.contains("no tokenizer in"), "{missing}");
    let nameless = change(&|f| {
        for file in ["tokenizer_config.json", "added_tokens.json"] {
            rewrite(f.join("tokenizer").join(file), "<|vision_start|>", "<|somewhere|>");
        }
    });
    assert!(nameless.contains("no token <|vision_start|>"), "{nameless}");
    let larger = change(&|f| rewrite(f.join("tokenizer/added_tokens.json"), "364", "5364"));
    assert!(larger.contains("do not belong together"), "{larger}");
    let other = change(&|f| rewrite(f.join("tokenizer/vocab.json"), "\u{120}", "\u{2581}"));
    assert!(other.contains("of another model"), "{other}");
    let merges =
        change(&|f| std::fs::write(f.join("tokenizer/merges.txt"), "#version: 0.2\na b c\n").expect("file"));
    assert!(merges.contains("merge 2 is not two words"), "{merges}");
    let short = change(&|f| {
        let file = f.join("tokenizer/merges.txt");
        let merges = std::fs::read_to_string(&file).expect("file");
        let half: Vec<&str> = merges.lines().take(merges.lines().count() / 2).collect();
        std::fs::write(&file, half.join("\n")).expect("file");
    });
    assert!(short.contains("cut short"), "{short}");
    let cut = change(&|f| std::fs::write(f.join("tokenizer/vocab.json"), "{\"a\": 1").expect("file"));
    assert!(cut.contains("vocab.json"), "{cut}");
}

/// Keeps every stage; several prompts or pictures stand one below the other.
#[derive(Default)]
struct Stages(RefCell<BTreeMap<String, Vec<f32>>>);

impl Watch for Stages {
    fn cancelled(&self) -> bool {
        false
    }

    fn stage(&self, name: &str, stage: &Tensor<2>) {
        self.0.borrow_mut().entry(name.to_owned()).or_default().extend(values(stage));
    }
}

/// One golden result.
struct Case {
    name: &'static str,
    about: Value,
    tensors: BTreeMap<String, Vec<f32>>,
}

impl Case {
    fn read(name: &'static str) -> Self {
        let about = golden_json("blocks/about.json")["text"][name].take();
        let file = golden_folder().join(format!("blocks/text/{name}.safetensors"));
        let bytes = std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let mut tensors = BTreeMap::new();
        for (name, view) in safetensors::SafeTensors::deserialize(&bytes).expect("safetensors").tensors() {
            let words = view.data().chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]]);
            let values = match view.dtype() {
                safetensors::Dtype::F32 => words.map(f32::from_le_bytes).collect(),
                safetensors::Dtype::I32 => words.map(|b| i32::from_le_bytes(b) as f32).collect(),
                other => panic!("{name} is {other:?}"),
            };
            tensors.insert(name, values);
        }
        Self { name, about, tensors }
    }

    fn checkpoint(&self) -> PathBuf {
        golden_folder().join(self.about["checkpoint"].as_str().expect("checkpoint"))
    }

    fn prompt(&self) -> &str {
        self.about["prompt"].as_str().expect("prompt")
    }

    fn template(&self) -> Template {
        if self.name == "edit_picture" { Template::Edit } else { Template::EditPlus }
    }

    /// The case's pictures, resized as the processor does and cut into patches.
    fn prepare(&self, encoder: &TextEncoder) -> Vec<PreparedImage> {
        let [least, most] = encoder.picture_area();
        let factor = encoder.config().vision.as_ref().expect("a vision tower").factor();
        let area = VisionArea { factor, least, most };
        let files = self.about["pictures"].as_array().expect("pictures");
        let open = |file: &Value| {
            let file = golden_folder().join("blocks/text").join(file.as_str().expect("file"));
            let picture = image::open(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display())).to_rgb8();
            let (width, height) = (picture.width() as usize, picture.height() as usize);
            let picture = Rgb8::new(width, height, picture.into_raw()).expect("a picture");
            let (width, height) = vision_size(width, height, area).expect("a size");
            let seen = resize_antialiased_bicubic(&picture, width, height).expect("resizes");
            encoder.prepare(seen.pixels(), [width, height]).expect("prepares")
        };
        files.iter().map(open).collect()
    }

    fn see(&self, encoder: &TextEncoder, watch: &dyn Watch) -> Vec<Features> {
        encoder.see(&self.prepare(encoder), watch).expect("sees")
    }

    fn check_positions(&self, encoder: &TextEncoder, features: &[Features]) {
        let counts: Vec<usize> = features.iter().map(|f| f.grid.area()).collect();
        let prompt =
            prompt::tokenize(encoder.tokenizer(), self.template(), self.prompt(), &counts).expect("encodes");
        let ids: Vec<f32> = prompt.ids.iter().map(|id| *id as f32).collect();
        self.check("ids", &ids, 0.0);
        assert_eq!(prompt.dropped as u64, self.about["drop"].as_u64().expect("drop"));
        let places: Vec<ImagePlace> = prompt
            .images
            .iter()
            .zip(features)
            .map(|(tokens, f)| ImagePlace { tokens: tokens.clone(), grid: Grid { ..f.grid } })
            .collect();
        let positions = token_positions(prompt.ids.len(), &places);
        let by_axis: Vec<f32> = (0..3).flat_map(|a| positions.iter().map(move |p| p[a] as f32)).collect();
        self.check("positions", &by_axis, 0.0);
    }

    /// Compares every block whose name starts with `prefix`; the golden file holds the last rows of each.
    fn check_blocks(&self, seen: &Stages, prefix: &str) {
        let seen = seen.0.borrow();
        assert!(!seen.is_empty() && seen.keys().all(|name| name.starts_with(prefix)), "{:?}", seen.keys());
        for (name, stage) in seen.iter() {
            let expected = self.tensors.get(name).map_or(0, Vec::len);
            assert!(expected > 0, "{}: the golden file lacks {name}", self.name);
            self.check(name, &stage[stage.len() - expected..], BLOCK);
        }
    }

    fn check(&self, what: &str, got: &[f32], tolerance: f32) {
        let expected = self.tensors.get(what).unwrap_or_else(|| panic!("{}: no golden {what}", self.name));
        compare(self.name, what, got, expected, tolerance);
    }
}

fn compare(case: &str, what: &str, got: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(got.len(), expected.len(), "{case}: length of {what}");
    let worst = got.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    println!("{case:32} {what:20} {worst:.1e}");
    assert!(got.iter().all(|v| v.is_finite()) && worst <= tolerance, "{case}: {what} is off by {worst}");
}

fn golden_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/qwen_image")
}

fn golden_json(path: &str) -> Value {
    let file = golden_folder().join(path);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

fn numbers(value: &Value) -> Vec<u32> {
    value.as_array().expect("numbers").iter().map(|n| n.as_u64().expect("number") as u32).collect()
}

fn values(tensor: &Tensor<2>) -> Vec<f32> {
    engine::kernels::read(tensor).expect("reads back")
}
